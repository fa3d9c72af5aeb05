"""
Whether limiters keep the limit: against servers that count in different ways, and over real wires.

A limiter that never lets two windows' worth go at once is refused all the same when requests that
it sent in one window arrive in the next. Each subject sends the same requests; refused ones again,
after 1, 2, 4 ... seconds. Virtual time throughout.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product, repeat
from random import Random

import aiometer
import anyio
from attrs import frozen

from benchmarks.bound import least_makespan
from benchmarks.limiters_ours import Load, send_with_client, send_with_scheduler
from benchmarks.limiters_rivals import OTHER_FORMS, RIVALS, Subject
from benchmarks.limiters_server import Server
from benchmarks.profiles import Profile
from benchmarks.report import LEAST, OURS, Case, Sample, Table
from benchmarks.rivals import LONGEST_WAIT, POD_OPERATIONS
from yotta_async.simulator import Latency, ServerLimits
from yotta_async.testing import run_virtual


__all__ = ["SCHEDULER", "SERVERS", "SUBJECTS", "run"]

REQUESTS, PER = 120, 60.0
PROMISED = 1.05
GIVEN_UP = 3600.0
SCHEDULER = "its scheduler alone"
BURST_KNOWN = f"{SCHEDULER}, burst=20"
WORKS = {"creates": POD_OPERATIONS, "reads": None}
LATENCIES = {
    "cold": Latency(low=0.1, high=0.5, cold=(0.1, 0.4), cold_requests=REQUESTS),
    "warm": Latency(low=0.1, high=0.5),
}
SERVERS = {
    "sliding": ServerLimits(kind="sliding", requests=REQUESTS),
    "sliding-strict": ServerLimits(kind="sliding-strict", requests=REQUESTS),
    "fixed, at 42 s": ServerLimits(kind="fixed", requests=REQUESTS, phase=42.0),
    "bucket": ServerLimits(kind="bucket", requests=REQUESTS),
    "bucket of 10": ServerLimits(kind="bucket", requests=REQUESTS, burst=10),
}
QUICK_LOADS = [(300, "creates", "cold"), (300, "reads", "cold")]
FULL_LOADS = [(300, "creates", "warm"), (300, "reads", "warm"), (600, "creates", "cold")]
LOADS = {Profile.QUICK: QUICK_LOADS, Profile.FULL: QUICK_LOADS + FULL_LOADS}
SEEDS = {Profile.QUICK: range(2), Profile.FULL: range(3)}

Job = Callable[[Server, Load], Awaitable[None]]


def through(subject: Subject) -> Job:
    """Return what is written today: gather, a semaphore, a limiter, and doubling waits."""

    async def send_all(server: Server, load: Load) -> None:
        rival = subject.make(REQUESTS, PER)
        slots = asyncio.Semaphore(load.slots or load.count)

        async def send() -> None:
            wait = 1.0
            while True:
                async with slots:
                    if await rival.send(server.request):
                        return
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)

        await asyncio.gather(*(send() for _ in range(load.count)))

    return send_all


async def send_with_aiometer(server: Server, load: Load) -> None:
    """Its tasks are metered as they start; what one sends again it sends by itself."""

    async def send(_: int) -> None:
        wait = 1.0
        while not await server.request():
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    rate = REQUESTS / PER
    await aiometer.run_on_each(send, range(load.count), max_at_once=load.slots, max_per_second=rate)


SUBJECTS: dict[str, Job] = {
    OURS: send_with_client,
    SCHEDULER: send_with_scheduler,
    BURST_KNOWN: partial(send_with_scheduler, burst=20),
    "aiometer": send_with_aiometer,
    **{name: through(subject) for name, subject in RIVALS.items()},
}


ONLY_IN_FULL = {*OTHER_FORMS, BURST_KNOWN}
WHO = {
    Profile.QUICK: [name for name in SUBJECTS if name not in ONLY_IN_FULL],
    Profile.FULL: list(SUBJECTS),
}


@frozen
class Scene:
    """So much work over such wires to such a server."""

    count: int
    work: str
    wires: str
    server: str

    def __str__(self) -> str:
        return f"{self.load}, {self.server}"

    @property
    def load(self) -> str:
        return f"{self.count} {self.work}, {self.wires}"


@frozen
class Run:
    seconds: float
    refusals: int
    worst: int


def run(profile: Profile = Profile.QUICK) -> tuple[Table, list[Case]]:
    scenes = [Scene(*load, server) for load, server in product(LOADS[profile], SERVERS)]
    # Virtual time does not mind company on the processor.
    with ProcessPoolExecutor(initializer=_be_quiet) as pool:
        found = list(pool.map(_measure, scenes, repeat(SEEDS[profile]), repeat(WHO[profile])))
    rows = [
        row
        for start in range(0, len(scenes), len(SERVERS))
        for row in _rows(scenes[start].load, found[start : start + len(SERVERS)], WHO[profile])
    ]
    head = ["requests, connections", "subject", *SERVERS]
    notes = _notes(len(SEEDS[profile]), WHO[profile])
    table = Table(title="Limiters and servers", head=head, rows=rows, notes=notes)
    return table, [case for cases in found for case in cases]


def _notes(seeds: int, who: list[str]) -> list[str]:
    used = [f"{name}: {subject.how}." for name, subject in RIVALS.items() if name in who]
    left_out = [name for name in SUBJECTS if name not in who]
    return [
        f"Makespan over the least (refusals) most requests in any {PER:g} s; {seeds} seeds.",
        f"The limit is {REQUESTS} in {PER:g} s. After {GIVEN_UP:g} s a subject is given up.",
        "Creates go through 5 slots, reads all at once. Cold: the first requests open connections.",
        "Virtual time; libraries that do not take theirs from the event loop were given its clock.",
        *used,
        "aiometer: run_on_each with max_per_second=2, and max_at_once=5 for creates.",
        *([f"Only in a full run: {'; '.join(left_out)}."] if left_out else []),
    ]


def _be_quiet() -> None:
    logging.getLogger(OURS).setLevel(logging.ERROR)  # its refusals are in the table


def _measure(scene: Scene, seeds: range, who: list[str]) -> tuple[Case, Case, Case]:
    """Return the makespans, the refusals and the worst windows of everyone."""
    server, latency = SERVERS[scene.server], LATENCIES[scene.wires]
    load = Load(count=scene.count, slots=WORKS[scene.work])
    least = [_least(Server(server, latency, Random(seed)), load) for seed in seeds]
    runs = {
        name: [_run(SUBJECTS[name], Server(server, latency, Random(seed)), load) for seed in seeds]
        for name in who
    }
    times = {name: Sample(each.seconds for each in found) for name, found in runs.items()}
    refusals = {name: Sample(each.refusals for each in found) for name, found in runs.items()}
    worst = {name: Sample(each.worst for each in found) for name, found in runs.items()}
    promises = server.burst is None
    return (
        Case(
            name=str(scene),
            unit="s",
            samples={LEAST: Sample(least), **times},
            target=PROMISED if promises else None,
        ),
        Case(name=str(scene), unit="refusals", samples=refusals, target=0 if promises else None),
        Case(name=str(scene), unit="in the worst window", samples=worst, target=REQUESTS),
    )


def _least(server: Server, load: Load) -> float:
    slots = load.slots or load.count
    return least_makespan(server.limits, server.wire_times(load.count), slots)


def _run(job: Job, server: Server, load: Load) -> Run:
    async def main() -> float:
        with anyio.move_on_after(GIVEN_UP):
            await job(server, load)
        return anyio.current_time()

    return Run(run_virtual(main), server.refused, server.rate.worst)


def _rows(load: str, found: list[tuple[Case, Case, Case]], subjects: list[str]) -> list[list[str]]:
    return [[load, who, *(_cell(who, *cases) for cases in found)] for who in subjects]


def _cell(who: str, times: Case, refusals: Case, worst: Case) -> str:
    ratio = times.samples[who].over(times.samples[LEAST]).median
    shown = f"{ratio:.2f}" if times.samples[who].median < GIVEN_UP else "never"
    refused = refusals.samples[who].median
    return f"{shown} ({refused:.0f}) {worst.samples[who].median:.0f}"
