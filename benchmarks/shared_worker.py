"""
One of many processes that use one key: ``python -m benchmarks.shared_worker URL SHARED SECONDS``.

It sends reads for so many seconds, some at once, within what `benchmarks.shared` has squeezed a
window to, and prints what became of them as JSON. It begins when a line comes on its input.
"""

import json
import sys
import time
from typing import Any

import anyio

from yotta_async import AsyncYotta, Limits, RetryPolicy


__all__ = ["OPERATIONS", "PER", "REQUESTS", "client_at", "limits_for"]

REQUESTS, OPERATIONS = 60, 5
# Real seconds of a window; the server's own clock is quicker by as much.
PER = 3.0
AT_ONCE = 6


def limits_for(shared: str) -> Limits:
    return Limits(requests=REQUESTS, per=PER, pod_operations=OPERATIONS, grace=0.5, shared=shared)


def client_at(url: str, shared: str, **options: Any) -> AsyncYotta:
    """Return a client whose times are squeezed; how long it waits for an answer is not."""
    retry = RetryPolicy(initial=0.05, maximum=1.5, settle=1.0, patience=600.0)
    return AsyncYotta("key", base_url=url, limits=limits_for(shared), retry=retry, **options)


async def read_on(client: AsyncYotta, ends: float, answered: list[float]) -> None:
    while time.monotonic() < ends:
        await client.pods.list()
        answered.append(time.monotonic())


async def work(url: str, shared: str, seconds: float) -> dict[str, object]:
    answered: list[float] = []
    async with client_at(url, shared) as client:
        sys.stdin.readline()
        ends = time.monotonic() + seconds
        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(read_on, client, ends, answered)
        now = client.statistics()
    within = sum(each <= ends for each in answered)
    return {"answered": within, "sent": now.sent, "refused": now.refused}


if __name__ == "__main__":
    print(json.dumps(anyio.run(work, sys.argv[1], sys.argv[2], float(sys.argv[3]))))
