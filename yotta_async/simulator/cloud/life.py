"""How long changes take, and whether they succeed."""

import math
from random import Random
from typing import Literal, Self

from attrs import field, frozen

from yotta_async.simulator._checks import one_of, seconds, share, span


__all__ = ["PodLife", "VMLife", "VolumeLife"]

WhenFull = Literal["refuse", "fail"]


@frozen(kw_only=True)
class PodLife:
    """
    The course of a simulated pod's life; every duration in seconds.

    Attributes:
        start_median: INITIALIZE to RUNNING after a create; the median of a log-normal draw.
        start_spread: The sigma of its logarithm.
        start_span: What the draw is clipped to.
        ports: RUNNING to an exposed port being healthy, drawn for each port.
        pause: PAUSING to PAUSED.
        resume: INITIALIZE to RUNNING after a resume.
        delete: TERMINATING to TERMINATED.
        failing: The share of starts that end in FAILED.
        when_full: Without stock a create or resume is refused, or accepted and FAILED later;
            the documentation knows both and says neither when.
        shows_terminated: Whether TERMINATED pods stay in lists and can be read.
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
        """Every change done in the instant it is asked for."""
        none = (0.0, 0.0)
        return cls(
            start_median=0.0, start_span=none, ports=none, pause=none, resume=none, delete=none
        )

    def draw_start(self, dice: Random) -> float:
        low, high = self.start_span
        return min(high, max(low, self.start_median * math.exp(dice.gauss(0.0, self.start_spread))))

    def draw_failure(self, dice: Random) -> bool:
        return dice.random() < self.failing


@frozen(kw_only=True)
class VMLife:
    """
    The course of a simulated VM's life; every duration in seconds.

    Attributes:
        start: initializing to running.
        terminate: From the request, at which a VM is stopped, to terminated.
    """

    start: tuple[float, float] = field(default=(60.0, 180.0), validator=span)
    terminate: tuple[float, float] = field(default=(5.0, 60.0), validator=span)

    @classmethod
    def instant(cls) -> Self:
        """Every change done in the instant it is asked for."""
        return cls(start=(0.0, 0.0), terminate=(0.0, 0.0))


@frozen(kw_only=True)
class VolumeLife:
    """
    The course of a simulated network volume's life; every duration in seconds.

    Attributes:
        create: creating to active.
        resize: resizing to active.
        delete: deleting to gone.
        failing: The share of creates that end in error.
    """

    create: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    resize: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    delete: tuple[float, float] = field(default=(1.0, 10.0), validator=span)
    failing: float = field(default=0.0, validator=share)

    @classmethod
    def instant(cls) -> Self:
        """Every change done in the instant it is asked for."""
        return cls(create=(0.0, 0.0), resize=(0.0, 0.0), delete=(0.0, 0.0))
