"""
The rivals: rate limiters from the package index, each driven as its own documentation drives it.

All of them run in virtual time. Those that ask the event loop for the time need nothing for that. A
pyrate-limiter bucket is given a clock, as its documentation says. throttled-py and limits ask the
module ``time``; in theirs, it is replaced by the event loop's clock.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Protocol

import asynciolimiter
import httpx
import limits.aio.storage.memory
import limits.aio.strategies
import pyrate_limiter
import throttled.utils
from aiolimiter import AsyncLimiter
from attrs import define, frozen
from httpx_limiter import AbstractAsyncLimiter, AsyncRateLimitedTransport, Rate
from httpx_limiter.aiolimiter import AiolimiterAsyncLimiter
from httpx_limiter.pyrate import PyrateAsyncLimiter
from throttled.asyncio import MemoryStore, RateLimiterType, Throttled, per_duration

from benchmarks.limiters_server import Exchange


__all__ = ["OTHER_FORMS", "RIVALS", "Rival", "Subject"]

# The rival's clock must not begin at 0, which means "never" to some.
EPOCH = 1_000_000_200.0
FOR_EVER = 1e6
# What one writes in a loop of one's own: a wait that is over by rounding must still be a wait.
LEAST_WAIT = 0.01


class Rival(Protocol):
    """A limiter at work."""

    async def send(self, exchange: Exchange) -> bool:
        """Wait for the limiter, make the exchange, and return whether it was admitted."""
        ...


@frozen
class Subject:
    """
    A limiter and how it is used.

    Attributes:
        make: Makes one for so many requests in so many seconds.
        how: A phrase for the notes.
    """

    make: Callable[[int, float], Rival]
    how: str


def _now() -> float:
    return EPOCH + asyncio.get_running_loop().time()


for module in (throttled.utils, limits.aio.storage.memory, limits.aio.strategies):
    module.__dict__["time"] = SimpleNamespace(time=_now, monotonic=_now)


@frozen
class Acquiring:
    """A limiter with a method to wait for, whatever its name."""

    acquire: Callable[[], Awaitable[object]]

    async def send(self, exchange: Exchange) -> bool:
        await self.acquire()
        return await exchange()


class EventLoopClock(pyrate_limiter.AbstractClock):
    def now(self) -> int:
        return int(1000 * _now())


def _pyrate_bucket(
    requests: int, per: float, algorithm: pyrate_limiter.LogAlgorithm | None = None
) -> pyrate_limiter.InMemoryBucket:
    rate = pyrate_limiter.Rate(requests, int(1000 * per))
    bucket = pyrate_limiter.InMemoryBucket([rate], algorithm)
    bucket._clock = EventLoopClock()  # noqa: SLF001  # the documented way
    return bucket


def _pyrate(requests: int, per: float) -> Rival:
    # The other factory throws old items away in a thread of its own; the counts are the same.
    factory = pyrate_limiter.SingleBucketFactory(_pyrate_bucket(requests, per), schedule_leak=False)
    return Acquiring(pyrate_limiter.Limiter(factory).try_acquire_async)


def _pyrate_tokens(requests: int, per: float) -> Rival:
    rate = pyrate_limiter.Rate(requests, int(1000 * per))
    bucket = pyrate_limiter.StateBucket([rate], algorithm=pyrate_limiter.TokenBucket())
    bucket._clock = EventLoopClock()  # noqa: SLF001  # the documented way
    factory = pyrate_limiter.SingleBucketFactory(bucket, schedule_leak=False)
    return Acquiring(pyrate_limiter.Limiter(factory).try_acquire_async)


@frozen
class Polling:
    """limits does not wait by itself: one asks when to come again."""

    strategy: limits.aio.strategies.RateLimiter
    item: limits.RateLimitItem

    async def send(self, exchange: Exchange) -> bool:
        while not await self.strategy.hit(self.item):
            stats = await self.strategy.get_window_stats(self.item)
            await asyncio.sleep(max(LEAST_WAIT, stats.reset_time - _now()))
        return await exchange()


def _limits(kind: type[limits.aio.strategies.RateLimiter]) -> Callable[[int, float], Rival]:
    def make(requests: int, per: float) -> Rival:
        item = limits.RateLimitItemPerSecond(requests, int(per))
        return Polling(kind(limits.aio.storage.memory.MemoryStorage()), item)

    return make


def _throttled(kind: RateLimiterType) -> Callable[[int, float], Rival]:
    def make(requests: int, per: float) -> Rival:
        throttle = Throttled(
            key="yotta",
            using=kind.value,
            quota=per_duration(timedelta(seconds=per), requests),
            store=MemoryStore(),
            timeout=FOR_EVER,
        )
        return Acquiring(throttle.limit)

    return make


@define(eq=False)
class Transport:
    """httpx-limiter stands between a client and its transport."""

    limiter: AbstractAsyncLimiter

    async def send(self, exchange: Exchange) -> bool:
        async def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200 if await exchange() else 429)

        transport = AsyncRateLimitedTransport(
            limiter=self.limiter, transport=httpx.MockTransport(answer)
        )
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get("http://localhost")).is_success


def _httpx_aiolimiter(requests: int, per: float) -> Rival:
    return Transport(AiolimiterAsyncLimiter.create(Rate.create(requests, per)))


def _httpx_pyrate(requests: int, per: float) -> Rival:
    bucket = pyrate_limiter.BucketAsyncWrapper(_pyrate_bucket(requests, per))
    factory = pyrate_limiter.SingleBucketFactory(bucket, schedule_leak=False)
    return Transport(PyrateAsyncLimiter(limiter=pyrate_limiter.Limiter(factory)))


RIVALS = {
    "aiolimiter": Subject(
        lambda requests, per: Acquiring(AsyncLimiter(requests, per).acquire),
        "AsyncLimiter(120, 60)",
    ),
    "aiolimiter, even": Subject(
        lambda requests, per: Acquiring(AsyncLimiter(1, per / requests).acquire),
        "AsyncLimiter(1, 0.5), which its documentation gives against bursts",
    ),
    "pyrate-limiter": Subject(_pyrate, "its default, a log, with try_acquire_async"),
    "pyrate-limiter, tokens": Subject(_pyrate_tokens, "a StateBucket with TokenBucket"),
    "asynciolimiter": Subject(
        lambda requests, per: Acquiring(asynciolimiter.Limiter(requests / per).wait),
        "Limiter(2), the one that it recommends",
    ),
    "asynciolimiter, leaky": Subject(
        lambda requests, per: Acquiring(
            asynciolimiter.LeakyBucketLimiter(requests / per, capacity=requests).wait
        ),
        "LeakyBucketLimiter(2, capacity=120)",
    ),
    "limits, moving window": Subject(
        _limits(limits.aio.strategies.MovingWindowRateLimiter),
        "hit(), and after a miss a sleep until get_window_stats().reset_time",
    ),
    "limits, fixed window": Subject(
        _limits(limits.aio.strategies.FixedWindowRateLimiter), "the same"
    ),
    "throttled-py": Subject(
        _throttled(RateLimiterType.TOKEN_BUCKET), "its default, tokens, with a timeout of days"
    ),
    "throttled-py, sliding": Subject(_throttled(RateLimiterType.SLIDING_WINDOW), "the same"),
    "throttled-py, GCRA": Subject(_throttled(RateLimiterType.GCRA), "the same"),
    "httpx-limiter, aiolimiter": Subject(
        _httpx_aiolimiter, "AsyncRateLimitedTransport over a mock transport"
    ),
    "httpx-limiter, pyrate": Subject(_httpx_pyrate, "the same"),
}
# Forms that a library's documentation does not put first.
OTHER_FORMS = {
    "pyrate-limiter, tokens",
    "asynciolimiter, leaky",
    "limits, fixed window",
    "throttled-py, sliding",
    "throttled-py, GCRA",
    "httpx-limiter, pyrate",
}
