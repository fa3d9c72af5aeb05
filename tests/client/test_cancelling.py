"""
A create whose caller is cancelled: the pod is returned, deleted, or named; it is never lost.

Instants are quantised, so that the cancellation also falls on the very instants of the grant, of
the commit and of the answer.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import pytest

from tests.campaign import tries
from tests.lab import SPEC, Lab, make_lab
from yotta_async import Pod
from yotta_async.simulator import Faults, Latency
from yotta_async.testing import run_virtual


# Of each of 21 instants, from before the request until after its answer.
TRIES = tries(4)
# Arrival after 0.25 s and answer after 0.5 s, to the tick.
ON_THE_TICK = Latency(low=0.5, high=0.5)
LOSING = Faults(operations={"createPod"}, reset_after=0.3, html=0.2, list_lag=2.0)

Way = Callable[[Lab, float, list[Pod]], Awaitable[None]]


async def create(lab: Lab, got: list[Pod]) -> None:
    got.append(await lab.client.pods.create(SPEC))


async def by_timeout(lab: Lab, delay: float, got: list[Pod]) -> None:
    async with asyncio.timeout(delay):
        await create(lab, got)


async def by_wait_for(lab: Lab, delay: float, got: list[Pod]) -> None:
    await asyncio.wait_for(create(lab, got), delay)


async def by_cancel(lab: Lab, delay: float, got: list[Pod]) -> None:
    task = asyncio.ensure_future(create(lab, got))
    await asyncio.sleep(delay)
    task.cancel()
    await task


async def by_cancel_twice(lab: Lab, delay: float, got: list[Pod]) -> None:
    task = asyncio.ensure_future(create(lab, got))
    await asyncio.sleep(delay)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await task


async def by_failing_sibling(lab: Lab, delay: float, got: list[Pod]) -> None:
    async def fail() -> None:
        await asyncio.sleep(delay)
        raise ZeroDivisionError

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(create(lab, got))
        tasks.create_task(fail())


async def by_scope(lab: Lab, delay: float, got: list[Pod]) -> None:
    with anyio.fail_after(delay):
        await create(lab, got)


NATIVE = [by_timeout, by_wait_for, by_cancel, by_cancel_twice, by_failing_sibling]
CANCELLED = (TimeoutError, asyncio.CancelledError, ExceptionGroup)


def delays() -> list[float]:
    return [tick / 20 for tick in range(21)] * TRIES


async def lost_pods(way: Way, faults: Faults | None) -> tuple[int, int]:
    """Try a way of being cancelled; return how many creates came back, and how many are lost."""
    returned = lost = 0
    for seed, delay in enumerate(delays()):
        lab = make_lab(faults=faults, latency=ON_THE_TICK, seed=seed)
        got: list[Pod] = []
        with suppress(*CANCELLED):
            await way(lab, delay, got)
        await lab.close()
        known = {pod.id for pod in got} | set(lab.client.left_behind.values())
        returned += len(got)
        lost += len(lab.living - known) + len({pod.id for pod in got} - lab.living)
    return returned, lost


@pytest.mark.campaign
@pytest.mark.parametrize("faults", [None, LOSING], ids=["answered", "answers lost"])
@pytest.mark.parametrize("way", NATIVE)
@pytest.mark.asyncio_only
async def test_no_pod_is_lost_to_a_native_cancellation(way: Way, faults: Faults | None) -> None:
    returned, lost = await lost_pods(way, faults)
    assert 0 < returned < len(delays())
    assert lost == 0


@pytest.mark.campaign
@pytest.mark.parametrize("faults", [None, LOSING], ids=["answered", "answers lost"])
async def test_no_pod_is_lost_to_a_cancelled_scope(faults: Faults | None) -> None:
    returned, lost = await lost_pods(by_scope, faults)
    assert 0 < returned < len(delays())
    assert lost == 0


def interrupted(delay: float, seed: int, faults: Faults | None, *, closing: bool) -> int:
    """Create a pod, have the process interrupted meanwhile as by Ctrl-C; return the lost pods."""
    lab = make_lab(faults=faults, latency=ON_THE_TICK, seed=seed)
    got: list[Pod] = []

    async def program() -> None:
        asyncio.get_running_loop().call_later(delay, signal.raise_signal, signal.SIGINT)
        if closing:
            async with lab.client:
                await create(lab, got)
        else:
            await create(lab, got)
        await asyncio.sleep(2.0)  # the interrupt comes now, if it has not yet

    with pytest.raises(KeyboardInterrupt):
        run_virtual(program)
    known = {pod.id for pod in got} | set(lab.client.left_behind.values())
    return len(lab.living - known)


@pytest.mark.campaign
@pytest.mark.parametrize("faults", [None, LOSING], ids=["answered", "answers lost"])
@pytest.mark.parametrize("closing", [True, False], ids=["async with", "never closed"])
def test_no_pod_is_lost_to_ctrl_c(*, closing: bool, faults: Faults | None) -> None:
    lost = [
        interrupted(delay, seed, faults, closing=closing) for seed, delay in enumerate(delays())
    ]
    assert sum(lost) == 0


async def test_a_cancelled_create_that_was_not_sent_sends_nothing() -> None:
    lab = make_lab()
    lab.client._account.caller.scheduler.close(50.0)
    with anyio.move_on_after(5.0):
        await lab.client.pods.create(SPEC)
    await lab.close()
    assert lab.cloud.requests == ()


@pytest.mark.asyncio_only
async def test_a_cancelled_caller_gets_its_cancellation_only_after_the_answer() -> None:
    lab = make_lab(latency=ON_THE_TICK)
    began = anyio.current_time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await lab.client.pods.create(SPEC)
    assert anyio.current_time() - began == pytest.approx(0.5)
    await lab.close()
    assert lab.living == set()


@pytest.mark.asyncio_only
async def test_a_second_cancellation_does_not_wait_for_the_answer() -> None:
    lab = make_lab(latency=ON_THE_TICK)
    task = asyncio.ensure_future(lab.client.pods.create(SPEC))
    for delay in (0.3, 0.05):
        await asyncio.sleep(delay)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert anyio.current_time() < 0.4
    await lab.close()
    assert lab.living == set()


async def test_a_pod_that_cannot_be_deleted_is_named(caplog: pytest.LogCaptureFixture) -> None:
    lab = make_lab(faults=Faults(operations={"deletePod"}, error_before=1.0), latency=ON_THE_TICK)
    with anyio.move_on_after(0.3):
        await lab.client.pods.create(SPEC)
    await lab.client.aclose()
    (pod,) = lab.cloud.pods
    assert lab.client.left_behind == {pod.name: pod.id}
    assert pod.id in caplog.text
    assert pod.name in caplog.text
