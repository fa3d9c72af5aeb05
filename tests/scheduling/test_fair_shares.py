"""Processes that share a budget have even shares of it, whenever they come and whatever they do."""

from collections import Counter
from functools import partial
from random import Random

import anyio
import pytest

from tests.scheduling.processes import World
from tests.scheduling.test_shared import WINDOW, crowd
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async.simulator import ServerLimits


MODELS = (
    ServerLimits(kind="sliding"),
    ServerLimits(kind="sliding-strict"),
    ServerLimits(kind="bucket"),
    *(ServerLimits(kind="fixed", phase=phase) for phase in (0.0, 7.0, 31.0, 59.9)),
)


async def work(world: World, process: SharedScheduler, done: Counter[SharedScheduler]) -> None:
    """Send one request after the other."""
    while True:
        await world.send(process)
        done[process] += 1


async def share(
    world: World, processes: list[SharedScheduler], *, windows: int, at_once: int = 5
) -> Counter[SharedScheduler]:
    """Let each send all it can for so many windows, a little later than the one before."""
    done = Counter(dict.fromkeys(processes, 0))
    with anyio.move_on_after(windows * WINDOW - 1.0):
        async with anyio.create_task_group() as tasks:
            for process in processes:
                for _ in range(at_once):
                    tasks.start_soon(work, world, process, done)
                await anyio.sleep(0.003)
    return done


def check_even(done: Counter[SharedScheduler]) -> None:
    assert min(done.values()) >= 0.8 * done.total() / len(done)


def check_used(world: World, windows: int) -> None:
    assert len(world.arrivals) >= 0.97 * windows * 60
    assert world.worst() <= 60
    for limits in MODELS:
        model = limits.rate_model()
        assert [at for at in sorted(world.arrivals) if model.admit(at) is not None] == []


@pytest.mark.parametrize("at_once", [5, 12])
@pytest.mark.parametrize(("number", "steps"), [(4, 2), (11, 2), (32, 3)])
async def test_processes_together_use_the_whole_limit_and_share_it_evenly(
    number: int, steps: int, at_once: int
) -> None:
    world = World()
    processes = [world.process() for _ in range(number)]
    check_even(await share(world, processes, windows=5, at_once=at_once))
    check_used(world, 5)
    assert world.steps <= steps * len(world.arrivals)
    await world.close()


@pytest.mark.parametrize("number", [4, 32])
async def test_in_ten_windows_no_server_refuses_any(number: int) -> None:
    world = World()
    processes = [world.process() for _ in range(number)]
    check_even(await share(world, processes, windows=10))
    check_used(world, 10)
    await world.close()


@pytest.mark.parametrize("number", [4, 32])
async def test_processes_that_know_each_other_share_as_evenly(number: int) -> None:
    world = World()
    processes = [world.process() for _ in range(number)]
    for each in processes:
        await world.send(each)
    await anyio.sleep(WINDOW + 1.0)
    check_even(await share(world, processes, windows=5))
    await world.close()


async def test_those_that_stay_share_evenly_while_others_come_and_go() -> None:
    world, dice = World(), Random(1)
    processes = [world.process() for _ in range(8)]
    waits: list[float] = []

    async def visit() -> None:
        visitor = world.process()
        for _ in range(3):
            asked = anyio.current_time()
            waits.append(await world.send(visitor) - asked)
        await visitor.aclose()

    async def visits() -> None:
        while True:
            await anyio.sleep(dice.expovariate(1 / 15.0))
            tasks.start_soon(visit)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(visits)
        done = await share(world, processes, windows=6)
        tasks.cancel_scope.cancel()
    check_even(done)
    assert world.worst() <= 60
    assert len(waits) >= 30
    assert max(waits) <= WINDOW
    await world.close()


async def test_one_that_had_the_whole_window_has_its_turn_in_the_next() -> None:
    world = World()
    alone, others = world.process(), [world.process() for _ in range(20)]
    await crowd(world, alone, 60)
    async with anyio.create_task_group() as tasks:
        for each in others:
            tasks.start_soon(crowd, world, each, 30)
        await anyio.sleep(1.0)
        asked = anyio.current_time()
        assert await world.send(alone) - asked <= WINDOW
        tasks.cancel_scope.cancel()
    await world.close()


async def test_in_a_lane_that_is_passed_over_an_occasional_call_is_not_behind_all_of_anothers() -> (
    None
):
    world = World()
    creating, polling, occasional = world.process(), world.process(), world.process()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd, world, creating, 600)
        tasks.start_soon(partial(crowd, world, polling, 100, lane=Lane.BACKGROUND))
        await anyio.sleep(3 * WINDOW)
        asked = anyio.current_time()
        # Six of sixty credits are the polls' while work waits.
        assert await world.send(occasional, Lane.BACKGROUND) - asked <= 2 * WINDOW
        tasks.cancel_scope.cancel()
    await world.close()


async def test_200_that_wait_in_one_process_keep_another_waiting_for_a_window_at_most() -> None:
    world = World()
    busy, occasional = world.process(), world.process()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd, world, busy, 200)
        for _ in range(3):
            await anyio.sleep(17.0)
            asked = anyio.current_time()
            assert await world.send(occasional) - asked <= WINDOW
    assert world.worst() <= 60
    await world.close()


async def test_a_delete_anywhere_passes_creates_and_polls_everywhere() -> None:
    world = World()
    processes = [world.process() for _ in range(3)]
    async with anyio.create_task_group() as tasks:
        for process in processes:
            tasks.start_soon(partial(crowd, world, process, 60, pod_operation=True))
            tasks.start_soon(partial(crowd, world, process, 20, lane=Lane.BACKGROUND))
        await anyio.sleep(30.0)  # every credit is spent
        for process in processes:
            asked = anyio.current_time()
            granted = await world.send(process, Lane.URGENT)
            # Half of what an exchange takes lies between a grant and its arrival.
            others = [at - 0.05 for at in world.arrivals]
            assert [at for at in others if asked + 0.0005 < at < granted] == []
        tasks.cancel_scope.cancel()
    await world.close()
