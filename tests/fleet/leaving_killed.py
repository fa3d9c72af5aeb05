"""
A program that is killed, and its successor, in virtual time.

To the server a program is dead when nothing of it arrives any more, and to the program the answers
do not matter then: its cable is cut. What it had sent is on its way.
"""

from contextlib import suppress
from random import Random

import anyio
import httpx
from attrs import define, frozen

from tests.fleet.leaving_ways import PLACEMENT, PODS, instant, losing_lab
from tests.lab import ENDING, SPEC, client_of
from yotta_async import AsyncYotta
from yotta_async._call.transport import client_over
from yotta_async.errors import YottaError
from yotta_async.simulator import ServerLimits, SimulatedYotta
from yotta_async.testing.virtual_time import Backend


# Seconds in which whatever is under way at the server has taken effect.
LATER = 60.0


@frozen
class Kill:
    """One trial: when a program is killed, and how many seconds later its successor begins."""

    backend: Backend
    seed: int
    delay: float
    pause: float

    def __str__(self) -> str:
        when = f"after {self.delay:g} s, and {self.pause:g} s"
        return f"on {self.backend}, seed {self.seed}, {when}"


def kills(tries: int, *, seed: int) -> list[Kill]:
    dice = Random(seed)
    backends: tuple[Backend, ...] = ("asyncio", "trio")
    return [
        Kill(on, dice.randrange(1000), instant(dice), dice.choice((0.0, 0.25, 3.0, 20.0)))
        for on in backends * tries
    ]


class Cable(httpx.AsyncBaseTransport):
    """The way to a cloud, until it is cut."""

    def __init__(self, cloud: SimulatedYotta) -> None:
        self.cloud, self.cut = cloud.transport(), False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._check()
        try:
            return await self.cloud.handle_async_request(request)
        finally:
            self._check()

    def _check(self) -> None:
        if self.cut:
            raise httpx.ConnectError("the cable is cut")


@define
class Succession:
    """
    A killed program and its successor.

    Attributes:
        running: The ids of the pods that ran when the first was killed.
        had: The ids of those that its successor had in the end.
    """

    cloud: SimulatedYotta
    running: frozenset[str] = frozenset()
    had: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kill: Kill) -> "Succession":
        # Two programs, each of which keeps to the limits of the key.
        return cls(losing_lab(kill.seed, limits=ServerLimits.none()).cloud)

    async def carry_out(self, kill: Kill, *, by_name: bool) -> None:
        """Run both; the second deletes by name what there is, or is the same program again."""
        cable, first = Cable(self.cloud), anyio.CancelScope()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._run, cable, first)
            await anyio.sleep(kill.delay)
            cable.cut = True
            first.cancel()
            self.running = frozenset(pod.id for pod in self.cloud.pods if pod.status == "RUNNING")
            await anyio.sleep(kill.pause)
            async with client_of(self.cloud) as client:
                await (self._down(client) if by_name else self._again(client))
        await anyio.sleep(LATER)

    async def _run(self, cable: Cable, scope: anyio.CancelScope) -> None:
        client = client_of(self.cloud)
        client._account.caller.transport.new_client = lambda: client_over(cable)
        with scope, suppress(YottaError):
            async with client, client.fleet("job", exit_timeout=0.1, signals=False) as fleet:
                await fleet.up([SPEC] * PODS, placement=PLACEMENT)
                await anyio.sleep_forever()

    async def _again(self, client: AsyncYotta) -> None:
        async with client.fleet("job") as fleet:
            report = await fleet.up([SPEC] * PODS, placement=PLACEMENT)
            self.had = frozenset(pod.id for pod in report.ready)

    async def _down(self, client: AsyncYotta) -> None:
        async with client.fleet("job") as fleet:
            await fleet.down()

    @property
    def left(self) -> list[str]:
        """The names of the pods that bill."""
        return [pod.name for pod in self.cloud.pods if pod.status not in ENDING]
