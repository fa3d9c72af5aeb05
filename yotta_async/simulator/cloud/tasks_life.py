"""How long tasks run, whether they succeed, and whether their callbacks are accepted."""

from typing import Self

from attrs import field, frozen
from attrs.validators import optional

from yotta_async.simulator._checks import positive, share, span


__all__ = ["TaskLife"]


@frozen(kw_only=True)
class TaskLife:
    """
    How long simulated tasks run, whether they succeed, and whether their callbacks are accepted.

    Attributes:
        duration: Seconds that a worker needs for a task.
        failing: The share of tasks that end in FAILED.
        callbacks_failing: The share of callbacks that are not accepted; such a one is sent again
            after 1, 5 and 15 minutes. With a number, callbacks to where nothing is posted are
            pretended; None leaves such a task's delivery at INIT. What is posted is over TCP alone,
            and to loopback addresses alone.
        most: How many unfinished tasks an endpoint takes before it refuses another with 429;
            the queue guide knows a total of 1000 and does not say of what. None for any number.
    """

    duration: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    failing: float = field(default=0.0, validator=share)
    callbacks_failing: float | None = field(default=None, validator=optional(share))
    most: int | None = field(default=1000, validator=positive)

    @classmethod
    def instant(cls) -> Self:
        """
        Return the life in which every task is done in the instant in which a worker is free for it.

        Returns:
            The life.
        """
        return cls(duration=(0.0, 0.0))
