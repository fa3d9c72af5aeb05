"""
Burst shaping: at most so many requests back to back, then the even rate.

The window is what the server promises; the pacer is for servers that allow less at once. It is an
aiolimiter bucket with exactly one waiter in front of it, so the order in which that library serves
its waiters never matters.
"""

from aiolimiter import AsyncLimiter
from attrs import define

from .._backend import running_asyncio_loop
from .rules.budget import RateLimit


__all__ = ["Pacer", "can_pace"]


def can_pace() -> bool:
    """Whether a pacer works on the running event loop; aiolimiter knows only asyncio."""
    return running_asyncio_loop() is not None


@define(eq=False)
class Pacer:
    """
    Lets requests through at most ``burst`` back to back.

    Attributes:
        burst: None while it is not needed.
    """

    rate: RateLimit
    burst: int | None = None
    _limiter: AsyncLimiter | None = None
    _begins_empty: bool = False

    def shape(self, burst: int | None, rate: RateLimit, *, begins_empty: bool = True) -> None:
        """
        Change the burst and the rate.

        Args:
            begins_empty: Whether the server's bucket is to be taken as used up, as after a refusal.
        """
        if (burst, rate) != (self.burst, self.rate):
            self.burst, self.rate, self._begins_empty = burst, rate, begins_empty
            self._limiter = None

    def forget_loop(self) -> None:
        """Bind to the next loop that is met; the server's bucket may be used up by then."""
        self._limiter, self._begins_empty = None, True

    async def acquire(self) -> None:
        """Wait for the next request's turn; only one task may wait at a time."""
        if self.burst is None:
            return
        if self._limiter is None:
            self._limiter = AsyncLimiter(self.burst, self.burst * self.rate.interval)
            if self._begins_empty:
                await self._limiter.acquire(self.burst)
        await self._limiter.acquire()
