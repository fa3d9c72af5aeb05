"""The simulated time: the clock of the event loop, or a multiple of it."""

from collections.abc import Callable

import anyio
from attrs import define


__all__ = ["Timeline"]


@define(eq=False)
class Timeline:
    """
    Instants that run `speed` times as fast as a clock, without ever jumping.

    At speed 1 they are the clock's own.
    """

    clock: Callable[[], float]
    speed: float = 1.0
    _clock_then: float = 0.0
    _instant_then: float = 0.0

    def now(self) -> float:
        return self._instant_then + (self.clock() - self._clock_then) * self.speed

    def set_speed(self, speed: float) -> None:
        """Run so fast from now on."""
        self._instant_then, self._clock_then = self.now(), self.clock()
        self.speed = speed

    async def sleep_until(self, instant: float) -> None:
        await anyio.sleep(max(0.0, (instant - self.now()) / self.speed))
