"""How long changes take, and whether they succeed."""

import math
from random import Random
from typing import Literal, Self

from attrs import field, frozen

from yotta_async.errors._arguments import explains
from yotta_async.simulator._checks import one_of, seconds, share, span


__all__ = ["PodLife", "VMLife", "VolumeLife"]

WhenFull = Literal["refuse", "fail"]


@explains
@frozen(kw_only=True)
class PodLife:
    """
    How long a simulated pod's changes take, and whether they succeed. Durations are drawn anew for
    each change.

    Attributes:
        start_median: Seconds from INITIALIZE to RUNNING after a create: the median of a log-normal
            draw.
        start_spread: The sigma of that draw's logarithm, a ratio.
        start_span: The bounds of that draw, (shortest, longest) in seconds.
        ports: Seconds from RUNNING until an exposed port is healthy, (shortest, longest); drawn for
            each port.
        pause: Seconds from PAUSING to PAUSED, (shortest, longest).
        resume: Seconds from INITIALIZE to RUNNING after a resume, (shortest, longest).
        delete: Seconds from TERMINATING to TERMINATED, (shortest, longest).
        failing: The share of starts that end in FAILED, 0 to 1.
        when_full: Whether a create or a resume without stock is refused (``"refuse"``), or accepted
            and FAILED later (``"fail"``); the documentation describes both.
        shows_terminated: Whether TERMINATED pods stay in lists and can be read.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    start_median: float = field(default=90.0, validator=seconds)
    start_spread: float = field(default=0.4, validator=seconds)
    start_span: tuple[float, float] = field(default=(30.0, 180.0), validator=span)
    ports: tuple[float, float] = field(default=(0.0, 30.0), validator=span)
    pause: tuple[float, float] = field(default=(5.0, 60.0), validator=span)
    resume: tuple[float, float] = field(default=(5.0, 60.0), validator=span)
    delete: tuple[float, float] = field(default=(5.0, 60.0), validator=span)
    failing: float = field(default=0.0, validator=share)
    when_full: WhenFull = field(default="refuse", validator=one_of(WhenFull))
    shows_terminated: bool = False

    @classmethod
    def instant(cls) -> Self:
        """
        Return the life in which every change is done in the instant in which it is asked for.

        Returns:
            The life.
        """
        none = (0.0, 0.0)
        return cls(
            start_median=0.0, start_span=none, ports=none, pause=none, resume=none, delete=none
        )

    def draw_start(self, dice: Random) -> float:
        """
        Draw how long a start takes.

        Args:
            dice: The source of chance.

        Returns:
            The time in seconds.
        """
        low, high = self.start_span
        return min(high, max(low, self.start_median * math.exp(dice.gauss(0.0, self.start_spread))))

    def draw_failure(self, dice: Random) -> bool:
        """
        Draw whether a start fails.

        Args:
            dice: The source of chance.

        Returns:
            Whether it fails.
        """
        return dice.random() < self.failing


@frozen(kw_only=True)
class VMLife:
    """
    How long a simulated VM's changes take. Durations are drawn anew for each change.

    Attributes:
        start: Seconds from initializing to running, (shortest, longest).
        terminate: Seconds from the request, at which a VM is stopped, to terminated, (shortest,
            longest).

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    start: tuple[float, float] = field(default=(60.0, 180.0), validator=span)
    terminate: tuple[float, float] = field(default=(5.0, 60.0), validator=span)

    @classmethod
    def instant(cls) -> Self:
        """
        Return the life in which every change is done in the instant in which it is asked for.

        Returns:
            The life.
        """
        return cls(start=(0.0, 0.0), terminate=(0.0, 0.0))


@frozen(kw_only=True)
class VolumeLife:
    """
    How long a simulated network volume's changes take, and whether they succeed. Durations are
    drawn anew for each change.

    Attributes:
        create: Seconds from creating to active, (shortest, longest).
        resize: Seconds from resizing to active, (shortest, longest).
        delete: Seconds from deleting until it is gone, (shortest, longest).
        failing: The share of creates that end in error, 0 to 1.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    create: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    resize: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    delete: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    failing: float = field(default=0.0, validator=share)

    @classmethod
    def instant(cls) -> Self:
        """
        Return the life in which every change is done in the instant in which it is asked for.

        Returns:
            The life.
        """
        return cls(create=(0.0, 0.0), resize=(0.0, 0.0), delete=(0.0, 0.0))
