"""
One of several processes that share a key: ``python -m tests.services.sharing URL SHARED TIMEOUT``.

It does what it is told on its input, a line each (``read 40``, ``create 5``), and says when that is
done; at the end of its input it ends, with its statistics as JSON.
"""

import json
import sys

import anyio
import anyio.to_thread

from tests.lab import SPEC
from yotta_async import AsyncYotta, Limits, RetryPolicy


__all__ = ["GRACE", "OPERATIONS", "PER", "REQUESTS"]

REQUESTS, OPERATIONS, PER, GRACE = 20, 5, 2.0, 0.5
AT_ONCE = 6


async def main(url: str, shared: str, timeout: float) -> None:  # noqa: ASYNC109
    limits = Limits(
        requests=REQUESTS, per=PER, pod_operations=OPERATIONS, grace=GRACE, shared=shared
    )
    retry = RetryPolicy.none()
    async with AsyncYotta(
        "key", base_url=url, limits=limits, retry=retry, timeout=timeout
    ) as client:
        while line := await anyio.to_thread.run_sync(sys.stdin.readline):
            what, number = line.split()
            if what == "read":
                await read(client, int(number))
            else:
                await create(client, int(number))
            tell("done")
        now = client.statistics()
        tell(json.dumps({"sent": now.sent, "refused": now.refused}))


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def read(client: AsyncYotta, number: int) -> None:
    left = iter(range(number))

    async def some() -> None:
        for _ in left:
            await client.pods.list()

    async with anyio.create_task_group() as tasks:
        for _ in range(AT_ONCE):
            tasks.start_soon(some)


async def create(client: AsyncYotta, number: int) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(client.pods.create, SPEC)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2], float(sys.argv[3]))
