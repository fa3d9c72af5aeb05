"""Trials with real processes: what is started, how it is ended, and what is left then."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import anyio
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream
from attrs import define, evolve, frozen

from tests.fleet import processes
from tests.fleet.processes import PODS, real
from tests.lab import ENDING
from tests.steps import until
from yotta_async.simulator import Faults, Latency, PodLife, ServerLimits, SimulatedYotta


# Creates take about a third of a real second, pods half of one; in a second and a half most fleets
# are up.
LATENCY = Latency(low=2.0, high=6.0)
LIFE = PodLife(start_median=14.0, start_span=(10.0, 20.0), ports=(0.0, 3.0), delete=(2.0, 10.0))
FRAIL = evolve(LIFE, failing=0.05)
# What a killed program has sent takes effect within 18 s, and its successor waits for 20.
FAULTS = Faults(
    operations={"createPod"},
    reset_after=0.1,
    html=0.05,
    truncated=0.02,
    late_commit=(0.0, 12.0),
    list_lag=3.0,
)
# Real seconds in which whatever was on its way to the server has taken effect.
LATER = real(20.0)
STEPS = 20
LONGEST_LINE = 1_000_000
AT_ONCE = 12


@contextmanager
def fork_server() -> Iterator[str]:
    """Start the server of `processes`; return where it listens."""
    with tempfile.TemporaryDirectory(prefix="yotta-") as folder:
        path = str(Path(folder) / "forks")
        with subprocess.Popen(
            [sys.executable, processes.__file__, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == b'"ready"\n'
            yield path
            # Leaving closes its input, with which it ends.


@frozen
class Ended:
    """How a program ended: its exit code, or minus the signal's number, and what it wrote."""

    code: int
    out: str
    complaints: str


@define
class Program:
    """A program in a process of its own."""

    pid: int
    _lines: BufferedByteReceiveStream

    @property
    def lives(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    async def end(self) -> Ended:
        """Wait for its end."""
        return Ended(*json.loads(await self._lines.receive_until(b"\n", LONGEST_LINE)))


@define
class World:
    """
    A simulated service, on a port of its own, and the programs that use it.

    Attributes:
        forks: Where the fork server listens.
    """

    forks: str
    url: str
    cloud: SimulatedYotta

    @asynccontextmanager
    async def started(self, task: str) -> AsyncGenerator[Program, None]:
        order = {"task": task, "fleet": "job", "url": self.url}
        async with await anyio.connect_unix(self.forks) as stream:
            await stream.send(json.dumps(order).encode() + b"\n")
            yield await self._begun(stream)

    async def _begun(self, stream: SocketStream) -> Program:
        lines = BufferedByteReceiveStream(stream)
        pid = json.loads(await lines.receive_until(b"\n", LONGEST_LINE))
        return Program(pid, lines)

    async def completed(self, task: str) -> Ended:
        async with self.started(task) as program:
            return await program.end()

    async def arrived(self, requests: int, *, program: Program) -> None:
        """
        Wait until so many requests have come, or no more are needed, as all pods run.

        Args:
            program: What sends them; if it ends before, that is why the wait fails.
        """
        while len(self.cloud.requests) < requests and not self.all_run():
            await anyio.sleep(0.01)
            if not program.lives:
                raise AssertionError(await program.end())

    async def asked_for(self, operation: str, times: int) -> None:
        """Wait until an operation has been asked for so often."""
        await until(lambda: self.cloud.operations[operation] >= times)

    def all_run(self) -> bool:
        return [pod.status for pod in self.cloud.pods] == ["RUNNING"] * PODS

    def living(self) -> list[str]:
        """Return the names of the pods that bill."""
        return [pod.name for pod in self.cloud.pods if pod.status not in ENDING]

    def adoptable(self) -> set[str]:
        """Return the ids of the pods that a list would show, and that have not failed."""
        shown = self.cloud._timeline.now() - FAULTS.list_lag
        return {
            pod.id
            for pod in self.cloud.pods
            if pod.created_at <= shown and pod.status in ("INITIALIZE", "RUNNING")
        }

    def twins(self) -> list[str]:
        """Return the names under which more than one pod was ever made."""
        made = Counter(pod.name for pod in self.cloud.all_pods)
        return [name for name, number in made.items() if number > 1]


@asynccontextmanager
async def world(forks: str, **options: Any) -> AsyncGenerator[World, None]:
    usual: dict[str, Any] = {"latency": LATENCY, "life": LIFE, "faults": FAULTS}
    cloud = SimulatedYotta(limits=ServerLimits.none(), **usual | options)
    async with cloud.serve(speed=processes.SPEED) as server:
        yield World(forks, server.url, cloud)


@frozen(kw_only=True)
class Trial:
    """
    A program that is ended at an instant.

    Attributes:
        requests: How many requests have reached the server by then, unless all pods run before,
        delay: and how many real seconds later it is.
        number: The signal's.
        then: What is run after it, or None for nothing.
    """

    seed: int
    requests: int
    delay: float
    number: int
    then: str | None


def trials(
    seed: int, number: int, signals: Sequence[int], then: Sequence[str | None] = (None,)
) -> list[Trial]:
    """Return so many trials, with these signals and what is run after them in turn."""
    dice = Random(seed)
    return [
        Trial(
            seed=dice.randrange(10_000),
            requests=dice.randrange(dice.choice((PODS // 2, PODS, 3 * PODS))),
            delay=dice.uniform(0.0, real(LATENCY.high)),
            number=signals[place % len(signals)],
            then=then[place % len(then)],
        )
        for place in range(number)
    ]


@frozen(kw_only=True)
class Result:
    """
    What came of a trial.

    Attributes:
        first: How the program ended.
        second: How what was run after it ended.
        left: The names of the pods that bill then.
        twins: The names under which more than one was made.
        adoptable: The ids of the pods that were there for the second program to find.
    """

    trial: Trial
    first: Ended
    second: Ended | None
    left: list[str]
    twins: list[str]
    adoptable: set[str]

    @property
    def adopted(self) -> set[str]:
        """The ids of those that the second program had in the end."""
        assert self.second is not None
        return set(json.loads(self.second.out)) & self.adoptable


async def outcome(forks: str, trial: Trial) -> Result:
    # Which pods are to be adopted can be told beforehand where none fails later.
    async with world(forks, seed=trial.seed, life=LIFE if trial.then else FRAIL) as here:
        async with here.started("run") as program:
            await here.arrived(trial.requests, program=program)
            await anyio.sleep(trial.delay)
            program.send(trial.number)
            first = await program.end()
        adoptable = here.adoptable()
        second = await here.completed(trial.then) if trial.then else None
        for _ in range(STEPS):  # so that a machine that stands still for a while settles nothing
            await anyio.sleep(LATER / STEPS)
        return Result(
            trial=trial,
            first=first,
            second=second,
            left=here.living(),
            twins=here.twins(),
            adoptable=adoptable,
        )


async def outcomes(forks: str, plan: list[Trial]) -> list[Result]:
    """Carry out trials, a few at a time."""
    results: list[Result] = []
    places = anyio.Semaphore(AT_ONCE)

    async def carry_out(trial: Trial) -> None:
        async with places:
            results.append(await outcome(forks, trial))

    async with anyio.create_task_group() as tasks:
        for trial in plan:
            tasks.start_soon(carry_out, trial)
    return results
