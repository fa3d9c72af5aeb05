"""How many unexpected failures in a row a fleet bears before it gives up."""

from typing import Final

from attrs import define

from ..._call.rules.backoff import Backoff


__all__ = ["MOST_FAILURES", "SHORTEST_TRIAL", "Tolerance"]

# In a row, and over so many seconds at least: what passes is not what ends a fleet at rest.
MOST_FAILURES: Final = 5
SHORTEST_TRIAL: Final = 30.0
_PAUSES: Final = Backoff(initial=1.0, factor=2.0, maximum=16.0)  # seconds


@define(eq=False)
class Tolerance:
    """
    The failures of one kind of work, in a row.

    Attributes:
        failures: How many there were since the last success.
        since: The instant of the first of them.
    """

    failures: int = 0
    since: float = 0.0

    def note_success(self) -> None:
        """Forget the failures so far."""
        self.failures = 0

    def bears(self, now: float) -> bool:
        """Note a failure; return whether the work is to be tried again."""
        if not self.failures:
            self.since = now
        self.failures += 1
        return self.failures <= MOST_FAILURES or now - self.since < SHORTEST_TRIAL

    @property
    def pause(self) -> float:
        """Seconds until the next try."""
        return _PAUSES.after(self.failures - 1)
