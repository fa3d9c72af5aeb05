"""How long an endpoint's changes take, and whether they succeed."""

from random import Random
from typing import Self

from attrs import field, frozen

from yotta_async.simulator._checks import share, span


__all__ = ["EndpointLife"]


@frozen(kw_only=True)
class EndpointLife:
    """
    How long a simulated endpoint's changes take, and whether they succeed. Durations are drawn anew
    for each change.

    Attributes:
        start: Seconds from INITIALIZING to RUNNING, which is when the first worker runs, (shortest,
            longest).
        worker: Seconds from one worker's running to the next one's, (shortest, longest).
        stop: Seconds from STOPPING to STOPPED, and from TERMINATING to TERMINATED for a worker that
            is scaled away, (shortest, longest).
        failing: The share of starts that end in FAILED, 0 to 1; a start that finds no GPU always
            does.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    start: tuple[float, float] = field(default=(30.0, 120.0), validator=span)
    worker: tuple[float, float] = field(default=(2.0, 20.0), validator=span)
    stop: tuple[float, float] = field(default=(5.0, 60.0), validator=span)
    failing: float = field(default=0.0, validator=share)

    @classmethod
    def instant(cls) -> Self:
        """
        Return the life in which every change is done in the instant in which it is asked for.

        Returns:
            The life.
        """
        none = (0.0, 0.0)
        return cls(start=none, worker=none, stop=none)

    def draw_failure(self, dice: Random) -> bool:
        """
        Draw whether a start fails.

        Args:
            dice: The source of chance.

        Returns:
            Whether it fails.
        """
        return dice.random() < self.failing
