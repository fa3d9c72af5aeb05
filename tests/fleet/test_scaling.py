"""Four times the pods are four times the work: counted in lines that run, not in seconds."""

import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

import anyio
import pytest

import yotta_async.fleet
from tests.fleet.fleets import QUICK, make_fleet_lab
from tests.lab import SPEC
from yotta_async import Budget, Fleet, Pod
from yotta_async.fleet._roster import Roster
from yotta_async.fleet._siting import Siting
from yotta_async.fleet.rules.money import Meter
from yotta_async.fleet.rules.placement import Places
from yotta_async.simulator import ServerLimits


FOLDER = str(Path(str(yotta_async.fleet.__file__)).parent)
FEW, MANY = 50, 200
UNLIMITED = ServerLimits(requests=1_000_000, pod_operations=10_000)

TraceFunction: TypeAlias = Callable[[FrameType, str, Any], Any]
# Follows a fleet in some way, until all of its pods are ready.
Follow = Callable[[Fleet, int], Awaitable[None]]


async def launch(fleet: Fleet, number: int) -> None:
    outcomes = [outcome async for outcome in fleet.launch([SPEC] * number)]
    assert len(outcomes) == number


async def watch(fleet: Fleet, number: int) -> None:
    fleet.launch([SPEC] * number)
    ready = set[str]()
    async for change in fleet.watch():
        ready |= {change.key} if change.stage == "ready" else set()
        if len(ready) == number:
            return


async def wait(fleet: Fleet, number: int) -> None:
    fleet.launch([SPEC] * number)
    assert len((await fleet.wait()).ready) == number


async def work(fleet: Fleet, number: int) -> None:
    async def do(_pod: Pod, item: int) -> None:
        await anyio.sleep(item % 7)

    fleet.launch([SPEC] * number)
    assert len([done async for done in fleet.map(do, range(4 * number))]) == 4 * number


async def lines(follow: Follow, number: int, budget: Budget | None = None) -> int:
    """Return how many lines of the fleets' code run until so many pods are ready."""
    lab, count = make_fleet_lab(limits=UNLIMITED, life=QUICK), 0

    def note(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return note

    def enter(frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        return note if frame.f_code.co_filename.startswith(FOLDER) else None

    before = sys.gettrace()
    async with lab.client.fleet("sweep", on_exit="keep", budget=budget) as fleet:
        sys.settrace(enter)
        try:
            await follow(fleet, number)
        finally:
            sys.settrace(before)
    return count


@pytest.mark.asyncio_only
@pytest.mark.parametrize("follow", [launch, watch, wait, work])
async def test_four_times_the_pods_run_four_times_the_lines(follow: Follow) -> None:
    few, many = await lines(follow, FEW), await lines(follow, MANY)
    assert many / few < 1.25 * MANY / FEW


@pytest.mark.asyncio_only
async def test_a_budget_is_not_summed_up_anew_for_each_pod() -> None:
    budget = Budget(max_per_hour=1e6, prices={SPEC.gpu_type: 1})
    few, many = [await lines(launch, number, budget) for number in (FEW, MANY)]
    assert many / few < 1.25 * MANY / FEW


def test_a_change_of_one_member_copies_no_others() -> None:
    roster = Roster("sweep", Siting(Budget(), Meter(), Places()), lambda _: None)
    roster.want({str(number): SPEC for number in range(4000)})
    changed = [each.trying(1) for each in list(roster.members.values())[:10]]
    tracemalloc.start()
    try:
        for each in changed:
            roster.set(each)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * len(roster.members)  # bytes: members are not copied for each change
