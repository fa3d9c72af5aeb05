"""
How much time has passed by the server's clock, by which it bills.

The clock of an event loop may stand while the machine sleeps, and the server's goes on; what an
answer's Date says may also be wrong, once or for good. So a leap is believed when the next list
confirms it; of more than a day, as far as this machine's calendar has leapt, too. Time is never
less than what has passed on the event loop's clock.
"""

from datetime import datetime
from math import inf
from typing import Final

from attrs import define


__all__ = ["MOST_TOLD", "ServerClock", "oldest"]

# Seconds. What a server's clock claims beyond that is believed only if this machine's says so, too:
# a machine sleeps for a night, and a Date in another year is no year that has passed.
MOST_TOLD: Final = 24 * 3600.0

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
    # The same for this machine's calendar, when that was last compared.
    _own_ahead: float = 0.0
    _suspected: float | None = None

    def read(self, instant: float, told: datetime, own: datetime | None = None) -> float:
        """
        Return the seconds that have passed since the first reading; they never become less.

        Args:
            instant: On the event loop's clock.
            told: What the server's clock showed then.
            own: What this machine's calendar showed then; None if that is not known.
        """
        ahead = told.timestamp() - instant
        own_ahead = self._own_ahead if own is None else own.timestamp() - instant
        if self._read_at is None:
            self._read_at, self._ahead, self._own_ahead = instant, ahead, own_ahead
        passed = max(0.0, instant - self._read_at) + self._leap(ahead, own_ahead)
        self._read_at = max(instant, self._read_at)
        self.elapsed += passed
        return self.elapsed

    def _leap(self, ahead: float, own_ahead: float) -> float:
        """Return the seconds for which the event loop's clock has stood, once that is certain."""
        leap, suspected = ahead - self._ahead, self._suspected
        if abs(leap) <= _TOLERANCE:
            self._suspected, self._own_ahead = None, own_ahead
            return 0.0
        if suspected is None or abs(ahead - suspected) > _TOLERANCE:
            self._suspected = ahead
            return 0.0
        own_leap = max(0.0, own_ahead - self._own_ahead)
        self._ahead, self._own_ahead, self._suspected = ahead, own_ahead, None
        return max(0.0, leap) if abs(leap - own_leap) <= MOST_TOLD else own_leap


def oldest(made: datetime | None, told: datetime | None, own: datetime, *, sent: float) -> float:
    """
    Return how many seconds old a thing may be at the most; where clocks contradict each other, by
    the one that says less.

    Args:
        made: When it was made, by the server; None where it does not say.
        told: What the server's clock shows; None where it does not say.
        own: What this machine's calendar shows.
        sent: Seconds since its create was sent; infinitely many if that was not here.
    """
    agree = told is not None and abs((told - own).total_seconds()) <= MOST_TOLD
    clocks = [clock for clock in (told, None if agree else own) if clock]
    ages = [(clock - made).total_seconds() for clock in clocks if made]
    possible = [age for age in ages if age >= 0]
    return min(sent, min(possible, default=0.0 if sent == inf else sent))
