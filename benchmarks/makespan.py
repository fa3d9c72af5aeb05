"""
How long creating takes, over the least that is possible, and how often the server says no.

Virtual time: minutes pass in milliseconds, and the same seed gives the same run. The least is that
of a client which knows the limit and every latency in advance, but not which kind of window the
server keeps: it is within the limit in any. Where the server itself allows less than that (a
small bucket), it is the server's least. A client that gambles on a laxer kind can be below 1.
"""

import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import anyio
import httpx
from aiolimiter import AsyncLimiter
from attrs import evolve, frozen

from benchmarks.bound import least_makespan
from benchmarks.profiles import Profile
from benchmarks.report import LEAST, OURS, Case, Sample, Table
from benchmarks.rivals import GPU_TYPE, IMAGE, POD_OPERATIONS, SendTimeLog, Unlimited, create_all
from yotta_async import AsyncYotta, Limits, PodSpec
from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta
from yotta_async.testing import run_virtual


__all__ = ["run"]

SEEDS = {Profile.QUICK: range(2), Profile.FULL: range(3)}
COUNTS = {Profile.QUICK: (50, 240), Profile.FULL: (50, 240, 600)}
PLANS = {Profile.QUICK: (120,), Profile.FULL: (60, 120)}
SERVERS = {
    "sliding": ServerLimits(kind="sliding"),
    "sliding-strict": ServerLimits(kind="sliding-strict"),
    "fixed, at 42 s": ServerLimits(kind="fixed", phase=42.0),
    "bucket": ServerLimits(kind="bucket"),
    "bucket of 10": ServerLimits(kind="bucket", burst=10),
}
PROMISED = 1.05
SPEC = PodSpec(image=IMAGE, gpu_type=GPU_TYPE)
# The first requests each open a connection, as they do over TLS.
LATENCY = Latency(low=0.1, high=0.5, cold=(0.1, 0.4), cold_requests=120)

Create = Callable[[httpx.AsyncClient, ServerLimits, int], Awaitable[None]]


async def create_with_ours(http: httpx.AsyncClient, server: ServerLimits, count: int) -> None:
    limits = Limits(requests=server.requests or 1, per=server.per)
    url = str(http.base_url)
    async with (
        AsyncYotta("key", base_url=url, limits=limits, http_client=http) as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(count):
            tasks.start_soon(client.pods.create, SPEC)


async def create_with_aiolimiter(http: httpx.AsyncClient, server: ServerLimits, count: int) -> None:
    await create_all(http, AsyncLimiter(server.requests or 1, server.per), count)


async def create_with_log(http: httpx.AsyncClient, server: ServerLimits, count: int) -> None:
    await create_all(http, SendTimeLog(server.requests or 1, server.per), count)


POLICIES: dict[str, Create] = {
    OURS: create_with_ours,
    "aiolimiter": create_with_aiolimiter,
    "send-time log": create_with_log,
}


@frozen
class Run:
    seconds: float
    refusals: int


def run(profile: Profile = Profile.QUICK) -> tuple[Table, list[Case]]:
    seeds = SEEDS[profile]
    jobs = product(SERVERS, PLANS[profile], COUNTS[profile], [seeds])
    # Virtual time does not mind company on the processor.
    with ProcessPoolExecutor(initializer=_be_quiet) as pool:
        found = list(pool.map(_measure, *zip(*jobs, strict=True)))
    rows = [_row(times, refusals) for times, refusals in found]
    notes = [
        f"Makespan over the least, and in brackets refusals; {len(seeds)} seeds.",
        "The promise is for two windows and more, and for servers whose burst is the limit.",
    ]
    head = ["server, limit, creates", "least s", *POLICIES, "promised"]
    table = Table(title="Makespan of creating pods", head=head, rows=rows, notes=notes)
    return table, [case for pair in found for case in pair]


def _be_quiet() -> None:
    logging.getLogger(OURS).setLevel(logging.ERROR)  # its refusals are in the table


def _measure(name: str, plan: int, count: int, seeds: range) -> tuple[Case, Case]:
    """Return the makespans over the least possible, and the refusals."""
    server = evolve(SERVERS[name], requests=plan)
    title = f"{name}, {plan}/min, {count}"
    runs = {
        who: [_run(create, server, count, seed) for seed in seeds]
        for who, create in POLICIES.items()
    }
    least = [_least(server, count, seed) for seed in seeds]
    times = {who: Sample(each.seconds for each in found) for who, found in runs.items()}
    refusals = {who: Sample(each.refusals for each in found) for who, found in runs.items()}
    promises = server.burst is None
    target = PROMISED if promises and count >= 2 * plan else None
    return (
        Case(
            name=title,
            unit="s",
            samples={LEAST: Sample(least), **times},
            target=target,
        ),
        Case(name=title, unit="refusals", samples=refusals, target=0 if promises else None),
    )


def _row(times: Case, refusals: Case) -> list[str]:
    least = times.samples[LEAST]
    cells = [
        f"{times.samples[who].over(least)} ({refusals.samples[who].median:.0f})" for who in POLICIES
    ]
    ratio = "" if times.target is None else f"{times.target:.2f} "
    promised = "" if refusals.target is None else f"{ratio}({refusals.target:.0f})"
    return [times.name, f"{least.median:.1f}", *cells, promised]


def _run(create: Create, server: ServerLimits, count: int, seed: int) -> Run:
    cloud = SimulatedYotta(
        limits=server, latency=LATENCY, stock={"us-east-1": {SPEC.gpu_type: count}}, seed=seed
    )

    async def main() -> Run:
        url, key = "http://localhost", {"X-API-Key": "key"}
        async with httpx.AsyncClient(
            transport=cloud.transport(), base_url=url, headers=key
        ) as http:
            await create(http, server, count)
            seconds = anyio.current_time()
        assert len(cloud.pods) == count
        return Run(seconds, cloud.refusals)

    return run_virtual(main)


def _least(server: ServerLimits, count: int, seed: int) -> float:
    """Return the least possible makespan with the latencies of this seed."""
    free = ServerLimits(requests=None, pod_operations=POD_OPERATIONS)
    wire: list[float] = []

    async def note_wire_times(http: httpx.AsyncClient, _: ServerLimits, count: int) -> None:
        wire.extend(await create_all(http, Unlimited(), count))

    _run(note_wire_times, free, count, seed)
    return least_makespan(server, wire, POD_OPERATIONS)
