"""How long an endpoint's changes take, and whether they succeed."""

from random import Random
from typing import Self

from attrs import field, frozen

from yotta_async.simulator._checks import share, span


__all__ = ["EndpointLife"]


@frozen(kw_only=True)
class EndpointLife:
    """
    The course of a simulated endpoint's life; every duration in seconds.

    Attributes:
        start: INITIALIZING to RUNNING, which is when the first worker runs.
        worker: From one worker's running to the next one's.
        stop: STOPPING to STOPPED, and TERMINATING to TERMINATED for a worker scaled away.
        failing: The share of starts that end in FAILED; one that finds no GPU at all always does.
    """

    start: tuple[float, float] = field(default=(30.0, 120.0), validator=span)
    worker: tuple[float, float] = field(default=(2.0, 20.0), validator=span)
    stop: tuple[float, float] = field(default=(5.0, 60.0), validator=span)
    failing: float = field(default=0.0, validator=share)

    @classmethod
    def instant(cls) -> Self:
        """Every change done in the instant it is asked for."""
        none = (0.0, 0.0)
        return cls(start=none, worker=none, stop=none)

    def draw_failure(self, dice: Random) -> bool:
        return dice.random() < self.failing
