"""
Cancel calls at every turn of the event loop, over sockets, and count the connections lost.

``python -m tests.wire.turns`` makes 10,000 tries of each kind; the suite makes a few of each turn.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import anyio
import httpx
from anyio.lowlevel import checkpoint
from attrs import define, field

from tests.lab import ENDING, SPEC
from tests.wire_servers import NO_TLS
from yotta_async import AsyncYotta, Limits
from yotta_async._backend import running_asyncio_loop
from yotta_async.errors import NotFoundError
from yotta_async.simulator import Latency, PodLife, ServerLimits, SimulatedYotta


__all__ = ["BACKENDS", "KINDS", "TURNS", "Outcome", "tried"]

TURNS = 61
BACKENDS = ("asyncio", "trio")
BATCH = 10
CALLS = 10
SIZE = 20
KEY = "sk-canary-0123456789"


def _own() -> httpx.AsyncClient | None:
    return None


def _given() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=NO_TLS)


def _given_small() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=SIZE, max_keepalive_connections=0)
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=NO_TLS, limits=limits))


KINDS: dict[str, Callable[[], httpx.AsyncClient | None]] = {
    "own pool": _own,
    "given client": _given,
    "given client of 20 connections": _given_small,
}


@define
class Outcome:
    """What became of the tries of one kind."""

    tries: int = 0
    lost: int = 0
    succeeded: int = 0

    @property
    def is_good(self) -> bool:
        return not self.lost and self.succeeded == CALLS

    def __str__(self) -> str:
        calls = f"{self.succeeded} of {CALLS} calls succeed afterwards"
        return f"{self.tries} cancelled, {self.lost} connections lost, {calls}"


@define
class _Call:
    """A call that is cancelled in either of asyncio's ways, or in trio's one."""

    begin: Callable[[], Awaitable[object]]
    scope: anyio.CancelScope = field(factory=anyio.CancelScope)
    task: "asyncio.Task[Any] | None" = None

    async def run(self) -> None:
        if running_asyncio_loop() is not None:
            self.task = asyncio.current_task()
        with self.scope, suppress(asyncio.CancelledError):
            await self.begin()

    def cancel(self, *, natively: bool) -> None:
        if natively and self.task is not None:
            self.task.cancel()
        else:
            self.scope.cancel()


@define
class _Trial:
    """One client on a cloud that is served over TCP."""

    client: AsyncYotta
    cloud: SimulatedYotta
    given: httpx.AsyncClient | None
    outcome: Outcome = field(factory=Outcome)

    @property
    def pool(self) -> Any:
        http: Any = self.given or self.client._account.caller.transport._made
        return http._transport._pool

    async def cancel_at(self, turn: int) -> None:
        """Begin some calls at once, and cancel them so many turns later."""
        async with anyio.create_task_group() as tasks:
            verbs = (self.client.pods.list, partial(self.client.pods.create, SPEC))
            calls = [_Call(verbs[number % 2]) for number in range(BATCH)]
            for call in calls:
                tasks.start_soon(call.run)
            for _ in range(turn):
                await checkpoint()
            for number, call in enumerate(calls):
                call.cancel(natively=number % 4 < 2)
        self.outcome.tries += BATCH
        # Those that were made before the cancellation.
        for pod in [each for each in self.cloud.pods if each.status not in ENDING]:
            with suppress(NotFoundError):  # deleted beside its caller meanwhile
                await self.client.pods.delete(pod.id)

    async def finish(self) -> None:
        await self.rest()
        for _ in range(CALLS):
            await self.client.pods.list()
            self.outcome.succeeded += 1

    async def rest(self) -> None:
        """Wait for what runs on, count what is lost, and have the next calls connect anew."""
        owner = self.client._account.caller.owner
        while owner.at_work or self.client.statistics().in_flight:  # noqa: ASYNC110  # no event tells
            await anyio.sleep(0.001)
        stuck = [each for each in self.pool.connections if not (each.is_idle() or each.is_closed())]
        self.outcome.lost = max(self.outcome.lost, len(stuck))
        for each in self.pool.connections:
            if each not in stuck:
                await each.aclose()


async def tried(kind: str, tries: int) -> Outcome:
    """Cancel so many calls of a kind of client, as many at each turn; return what became of it."""
    async with _trial(KINDS[kind]()) as trial:
        await trial.client.pods.list()
        rounds = max(1, round(tries / BATCH / TURNS))
        for number in range(rounds * TURNS):
            await trial.cancel_at(number % TURNS)
            await trial.rest()
        await trial.finish()
    return trial.outcome


@asynccontextmanager
async def _trial(given: httpx.AsyncClient | None) -> AsyncGenerator[_Trial, None]:
    life = PodLife(delete=(0.0, 0.0))
    cloud = SimulatedYotta(limits=ServerLimits.none(), latency=Latency.none(), life=life)
    limits = Limits(requests=10**6, pod_operations=100)
    async with cloud.serve() as server:
        client = AsyncYotta(KEY, base_url=server.url, http_client=given, limits=limits)
        async with client:
            yield _Trial(client, cloud, given)
        if given is not None:
            await given.aclose()


def main() -> int:
    """Try all kinds on both backends; return the exit status."""
    parser = argparse.ArgumentParser(prog="tests.wire.turns", description=__doc__)
    parser.add_argument("--tries", type=int, default=10_000, help="of each kind, on each backend")
    tries = parser.parse_args().tries
    good = True
    for backend in BACKENDS:
        for kind in KINDS:
            outcome = anyio.run(partial(tried, kind, tries), backend=backend)
            sys.stdout.write(f"{backend}, {kind}: {outcome}\n")
            sys.stdout.flush()
            good = good and outcome.is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
