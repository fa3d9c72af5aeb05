"""
One of many processes that use one key: ``python -m benchmarks.shared_worker SUBJECT URL STORE``.

It sends reads for as many seconds as a line on its input says, some at once, each when its limiter
lets it, and prints what became of them as JSON. The rivals are driven as their documentation
drives them.
"""

import json
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import httpx

from benchmarks.shared_squeezed import PER, REQUESTS, TIMEOUT, limits_for
from yotta_async import AsyncYotta, RetryPolicy


__all__ = ["SUBJECTS"]

AT_ONCE = 6
# Seconds: any of them waits as long as it takes.
PATIENCE = 3600.0

# Sends one read; returns whether it was admitted.
Read = Callable[[], Awaitable[bool]]
Acquire = Callable[[], Awaitable[object]]


@asynccontextmanager
async def ours(url: str, store: str) -> AsyncGenerator[Read]:
    retry = RetryPolicy(initial=0.05, maximum=1.5, settle=1.0, patience=PATIENCE)
    client = AsyncYotta("key", base_url=url, limits=limits_for(store), retry=retry, timeout=TIMEOUT)
    async with client:

        async def read() -> bool:
            await client.pods.list()
            return True

        yield read


@asynccontextmanager
async def limited(url: str, acquire: Acquire) -> AsyncGenerator[Read]:
    """Send with httpx, each request when a limiter lets it."""
    async with httpx.AsyncClient(
        base_url=url, headers={"x-api-key": "key"}, verify=False, timeout=60.0
    ) as http:

        async def read() -> bool:
            await acquire()
            answer = await http.get("/openapi/v1/pods/list")
            return bool(answer.json()["code"] == 10000)

        yield read


@asynccontextmanager
async def pyrate(url: str, store: str) -> AsyncGenerator[Read]:
    import pyrate_limiter
    from redis.asyncio import Redis

    rate = pyrate_limiter.Rate(REQUESTS, int(1000 * PER))
    bucket = await pyrate_limiter.RedisBucket.init([rate], Redis.from_url(store), "pyrate")
    limiter = pyrate_limiter.Limiter(bucket)
    async with limited(url, lambda: limiter.try_acquire_async("key")) as read:
        yield read


@asynccontextmanager
async def moving_window(url: str, store: str) -> AsyncGenerator[Read]:
    import limits.aio.storage
    import limits.aio.strategies

    options: dict[str, Any] = {"implementation": "redispy"}
    storage = limits.aio.storage.RedisStorage(f"async+{store}", **options)
    limiter = limits.aio.strategies.MovingWindowRateLimiter(storage)
    # It counts whole seconds.
    item = limits.RateLimitItemPerSecond(REQUESTS, int(PER))

    async def acquire() -> None:
        while not await limiter.hit(item, "key"):
            stats = await limiter.get_window_stats(item, "key")
            await anyio.sleep(max(0.01, stats.reset_time - time.time()))

    async with limited(url, acquire) as read:
        yield read


def throttled_by(kind: str) -> Callable[[str, str], Any]:
    @asynccontextmanager
    async def throttled(url: str, store: str) -> AsyncGenerator[Read]:
        from datetime import timedelta

        from throttled.asyncio import RateLimiterType, RedisStore, Throttled, per_duration

        limiter = Throttled(
            key="key",
            using=RateLimiterType(kind).value,
            quota=per_duration(timedelta(seconds=PER), REQUESTS),
            store=RedisStore(server=store),
            timeout=PATIENCE,
        )
        async with limited(url, limiter.limit) as read:
            yield read

    return throttled


SUBJECTS: dict[str, Callable[[str, str], Any]] = {
    "yotta_async, Redis": ours,
    "yotta_async, file": ours,
    "pyrate-limiter": pyrate,
    "limits, moving window": moving_window,
    "throttled-py, GCRA": throttled_by("gcra"),
    "throttled-py, sliding": throttled_by("sliding_window"),
}


async def work(subject: str, url: str, store: str) -> dict[str, int]:
    told = {"admitted": 0, "refused": 0}
    async with SUBJECTS[subject](url, store) as read:
        await read()  # what is loaded, connected and learned by the first one is not counted
        print("ready", flush=True)
        seconds = float(await anyio.to_thread.run_sync(sys.stdin.readline))
        ends = time.monotonic() + seconds

        async def read_on() -> None:
            while True:
                admitted = await read()
                if time.monotonic() > ends:
                    return
                told["admitted" if admitted else "refused"] += 1

        with anyio.move_on_after(seconds + PER):
            async with anyio.create_task_group() as tasks:
                for _ in range(AT_ONCE):
                    tasks.start_soon(read_on)
    return told


if __name__ == "__main__":
    print(json.dumps(anyio.run(work, sys.argv[1], sys.argv[2], sys.argv[3])), flush=True)
