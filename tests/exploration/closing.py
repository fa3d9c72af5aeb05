"""`aclose` at every point of what is under way, once, twice, and cancelled itself."""

import asyncio
from contextlib import suppress

from tests.exploration.bench import Bench, Chance
from tests.lab import SPEC
from yotta_async.errors import ClientClosedError


__all__ = ["client_closed"]


async def client_closed(chance: Chance) -> None:
    """
    Two creates, a read and a wait are under way, or queue, when the client is closed by two tasks,
    of which one may be cancelled: each ends with its result or with `ClientClosedError`, and no
    pod is lost.
    """
    bench = Bench.open(pod_operations=chance.one_of("slots", 1, 5))
    client = bench.client

    async def create() -> None:
        bench.owned.add((await client.pods.create(SPEC)).id)

    async def wait() -> None:
        async for _ in client.pods.watch():
            pass

    works = [asyncio.ensure_future(work()) for work in (create, create, client.pods.list, wait)]
    await chance.moment("close", 5)
    closers = [asyncio.ensure_future(client.aclose()) for _ in range(2)]
    if chance.one_of("closer", "stays", "is cancelled") == "is cancelled":
        await chance.moment("cancel", 5)
        closers[0].cancel()
    async with asyncio.timeout(30.0):
        await asyncio.wait(closers)
        for work in works[:3]:
            with suppress(ClientClosedError):
                await work
    works[3].cancel()
    with suppress(asyncio.CancelledError, ClientClosedError):
        await works[3]
    chance.note(f"{len(bench.owned)} created")
    await bench.close()
    bench.assert_never_refused()
