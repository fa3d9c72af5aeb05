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
        duration: Seconds that a worker needs for a task, (shortest, longest); drawn anew for each
            task.
        failing: The share of tasks that end in FAILED, 0 to 1.
        callbacks_failing: The share of callbacks that are not accepted, 0 to 1; such a callback is
            sent again after 1, 5 and 15 minutes. With a number, callbacks that cannot be posted are
            counted as if they were: only a cloud over TCP posts, and only to this machine. None
            leaves the delivery of such a task at INIT.
        most: How many unfinished tasks an endpoint takes before it refuses another with 429; the
            guide names 1000 tasks and does not say which are counted. None for any number.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
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
