"""
How much time has passed by the server's clock, by which it bills.

The clock of an event loop may stand while the machine sleeps, and the server's goes on; what an
answer's Date says may also be wrong. So a leap is believed when the next list confirms it, and time
is never less than what has passed on the event loop's clock.
"""

from datetime import datetime
from typing import Final

from attrs import define


__all__ = ["ServerClock"]

# Seconds. A Date has no fractions, and an answer takes its time.
_TOLERANCE: Final = 5.0


@define(eq=False)
class ServerClock:
    """
    Reads instants of the event loop's clock as seconds that have passed for the server.

    Attributes:
        elapsed: Seconds from the first reading to the last.
    """

    elapsed: float = 0.0
    _read_at: float | None = None
    # Seconds by which the server's clock is ahead of the event loop's.
    _ahead: float = 0.0
    _suspected: float | None = None

    def read(self, instant: float, told: datetime) -> float:
        """
        Return the seconds that have passed since the first reading; they never become less.

        Args:
            instant: On the event loop's clock.
            told: What the server's clock showed then.
        """
        ahead = told.timestamp() - instant
        if self._read_at is None:
            self._read_at, self._ahead = instant, ahead
        passed = max(0.0, instant - self._read_at) + self._leap(ahead)
        self._read_at = max(instant, self._read_at)
        self.elapsed += passed
        return self.elapsed

    def _leap(self, ahead: float) -> float:
        """Return the seconds for which the event loop's clock has stood, once that is certain."""
        leap, suspected = ahead - self._ahead, self._suspected
        if abs(leap) <= _TOLERANCE:
            self._suspected = None
            return 0.0
        if suspected is None or abs(ahead - suspected) > _TOLERANCE:
            self._suspected = ahead
            return 0.0
        self._ahead, self._suspected = ahead, None
        return max(0.0, leap)
