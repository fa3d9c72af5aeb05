"""
A fleet that is left at an instant: the cloud it runs on, the job that it does, and the ways out.

Each way ends in what it was left by, and in nothing else.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import anyio
import pytest
import trio
from attrs import frozen

from tests.lab import SPEC, Lab, make_lab
from yotta_async import AsyncYotta, Fleet, Placement, ReplacePolicy
from yotta_async.errors import FleetExpiredError
from yotta_async.fleet import OnExit
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.simulator import Faults, Latency, PodLife
from yotta_async.simulator.cloud.pod import PodView
from yotta_async.testing.virtual_time import Backend


PODS = 12
PLACEMENT = Placement(regions=["us-east-1", "us-west-1", "us-central-2"])
FULL = "us-east-1"
# Arrival after 0.25 s and answer after 0.5 s, to the tick.
ON_THE_TICK = Latency(low=0.5, high=0.5)
TICKS = 20  # a second
LOSING = Faults(
    operations={"createPod"},
    reset_after=0.1,
    html=0.05,
    timeout_after=0.05,
    late_commit=(0.0, 10.0),
    list_lag=2.0,
)
LIFE = PodLife(
    start_median=10.0,
    start_span=(5.0, 20.0),
    ports=(0.0, 5.0),
    pause=(2.0, 10.0),
    delete=(2.0, 10.0),
    failing=0.1,
)

# Leaves a fleet of a lab, that ends in some way, after so many seconds.
Way = Callable[[Lab, OnExit, float], Awaitable[None]]


class BodyError(Exception):
    """What the block of a fleet raises."""


@frozen
class Exit:
    """One trial: how a fleet is left, and when."""

    way: Way
    backend: Backend
    seed: int
    delay: float

    def __str__(self) -> str:
        return f"{self.way.__name__} on {self.backend}, seed {self.seed}, after {self.delay:g} s"


def exits(tries: int, *, seed: int) -> list[Exit]:
    """Return so many instants of each way out."""
    dice = Random(seed)
    ways: list[tuple[Way, Backend]] = [(way, "asyncio") for way in ON_ASYNCIO]
    ways += [(way, "trio") for way in ON_TRIO]
    return [Exit(way, on, dice.randrange(1000), instant(dice)) for way, on in ways * tries]


def instant(dice: Random) -> float:
    """Return an instant: of the creates, as often as of all that comes after them."""
    longest = dice.choice((3.0, 8.0, 30.0, 60.0))
    return (1 + round(dice.uniform(0.0, longest) * TICKS)) / TICKS


def losing_lab(seed: int, **options: Any) -> Lab:
    """Return a cloud with a full region, pods that fail, and answers that are lost."""
    stock = {region: {SPEC.gpu_type: 100 * (region != FULL)} for region in PLACEMENT.regions}
    usual: dict[str, Any] = {"latency": ON_THE_TICK, "faults": LOSING, "life": LIFE, "stock": stock}
    return make_lab(requests=60, seed=seed, **usual | options)


def key_of(pod: PodView) -> str:
    name = FleetPodName.parse(pod.name)
    assert name is not None
    return name.key


# What is done in it.


def fleet_of(client: AsyncYotta, on_exit: OnExit, *, lifetime: float | None = None) -> Fleet:
    # A tenth of all pods fail, and none is to be given up.
    patient = ReplacePolicy(replacements=50)
    return client.fleet("job", on_exit=on_exit, replace=patient, max_lifetime=lifetime)


async def work(fleet: Fleet) -> None:
    await fleet.up([SPEC] * PODS, placement=PLACEMENT)
    await anyio.sleep(1000.0)


async def job(lab: Lab, on_exit: OnExit) -> None:
    async with fleet_of(lab.client, on_exit) as fleet:
        await work(fleet)


# Ways out of it.


async def by_scope(lab: Lab, on_exit: OnExit, delay: float) -> None:
    with pytest.raises(TimeoutError), anyio.fail_after(delay):
        await job(lab, on_exit)


async def by_task_group(lab: Lab, on_exit: OnExit, delay: float) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(job, lab, on_exit)
        await anyio.sleep(delay)
        tasks.cancel_scope.cancel()


async def by_raising(lab: Lab, on_exit: OnExit, delay: float) -> None:
    async def body() -> None:
        async with fleet_of(lab.client, on_exit) as fleet:
            fleet.launch([SPEC] * PODS, placement=PLACEMENT)
            await anyio.sleep(delay)
            raise BodyError

    with pytest.raises(BodyError):
        await body()


async def by_returning(lab: Lab, on_exit: OnExit, delay: float) -> None:
    async with fleet_of(lab.client, on_exit) as fleet:
        fleet.launch([SPEC] * PODS, placement=PLACEMENT)
        await anyio.sleep(delay)


async def by_lifetime(lab: Lab, on_exit: OnExit, delay: float) -> None:
    with pytest.raises(FleetExpiredError):
        async with fleet_of(lab.client, on_exit, lifetime=delay) as fleet:
            await work(fleet)


async def by_timeout(lab: Lab, on_exit: OnExit, delay: float) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(delay):
            await job(lab, on_exit)


async def by_wait_for(lab: Lab, on_exit: OnExit, delay: float) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(job(lab, on_exit), delay)


async def _by_cancelling(lab: Lab, on_exit: OnExit, delay: float, *, times: int) -> None:
    task = asyncio.ensure_future(job(lab, on_exit))
    await asyncio.sleep(delay)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_cancel(lab: Lab, on_exit: OnExit, delay: float) -> None:
    await _by_cancelling(lab, on_exit, delay, times=1)


async def by_cancel_twice(lab: Lab, on_exit: OnExit, delay: float) -> None:
    await _by_cancelling(lab, on_exit, delay, times=2)


async def by_cancel_thrice(lab: Lab, on_exit: OnExit, delay: float) -> None:
    await _by_cancelling(lab, on_exit, delay, times=3)


async def by_cancel_during_the_end(lab: Lab, on_exit: OnExit, delay: float) -> None:
    """Cancel it, and again while it is ending."""
    task = asyncio.ensure_future(job(lab, on_exit))
    for seconds in (delay, 0.3):
        await asyncio.sleep(seconds)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_failing_sibling(lab: Lab, on_exit: OnExit, delay: float) -> None:
    async def fail() -> None:
        await asyncio.sleep(delay)
        raise ZeroDivisionError

    with pytest.RaisesGroup(ZeroDivisionError):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(job(lab, on_exit))
            tasks.create_task(fail())


async def by_ctrl_c(lab: Lab, on_exit: OnExit, delay: float) -> None:
    asyncio.get_running_loop().call_later(delay, signal.raise_signal, signal.SIGINT)
    # Before there is a fleet asyncio heeds the signal, and cancels.
    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)):
        await job(lab, on_exit)


async def by_ctrl_c_on_trio(lab: Lab, on_exit: OnExit, delay: float) -> None:
    async def interrupt() -> None:
        await trio.sleep(delay)
        signal.raise_signal(signal.SIGINT)

    trio.lowlevel.spawn_system_task(interrupt)
    with pytest.raises(KeyboardInterrupt):
        await job(lab, on_exit)


ON_BOTH: tuple[Way, ...] = (by_scope, by_task_group, by_raising, by_returning, by_lifetime)
ON_ASYNCIO: tuple[Way, ...] = (
    *ON_BOTH,
    by_timeout,
    by_wait_for,
    by_cancel,
    by_cancel_twice,
    by_cancel_thrice,
    by_cancel_during_the_end,
    by_failing_sibling,
    by_ctrl_c,
)
ON_TRIO: tuple[Way, ...] = (*ON_BOTH, by_ctrl_c_on_trio)
