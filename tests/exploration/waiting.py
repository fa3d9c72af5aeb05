"""Waiters that share one list: whoever of them goes, the others have what they wait for in time."""

import asyncio
from contextlib import suppress

import anyio

from tests.exploration.bench import PER, Bench, Chance, expect
from tests.exploration.creating import LOST
from tests.lab import SPEC
from yotta_async import PodStatus


__all__ = ["shared_list", "waiters_and_a_looker"]

# Seconds from RUNNING until a poll has shown it: the slowest interval, and an exchange.
SEEN = 6.0


async def waiters_and_a_looker(chance: Chance) -> None:
    """Two wait for a pod while a third goes through all lists; one of the three is cancelled."""
    bench = Bench.open()
    pod = await bench.client.pods.create(SPEC)
    bench.owned.add(pod.id)
    seen: list[str] = []

    async def look() -> None:
        async for change in bench.client.pods.watch():
            seen.append(change.pod.status)
            if change.pod.status == PodStatus.RUNNING:
                return

    tasks = [asyncio.ensure_future(bench.client.pods.wait(pod.id)) for _ in range(2)]
    every = [*tasks, asyncio.ensure_future(look())]
    victim = chance.one_of("victim", *every)
    await chance.moment("cancel", 12)
    chance.note("ended first" if victim.done() else "cancelled")
    victim.cancel()
    async with asyncio.timeout(2.0 + SEEN):
        for task in every:
            with suppress(asyncio.CancelledError):
                await task
    others = [task for task in every if task is not victim]
    expect(not any(task.cancelled() for task in others), "what is not cancelled goes in time")
    await bench.close()
    bench.assert_never_refused()


async def shared_list(chance: Chance) -> None:
    """
    A create whose answer is lost is looked for on the list that two others wait for; the leader, or
    another one, is cancelled.
    """
    bench = Bench.open(faults=LOST)
    pods = bench.client.pods

    async def create() -> None:
        bench.owned.add((await pods.create(SPEC)).id)

    async def wait_for_any() -> None:
        async for change in pods.watch():
            if change.pod.status == PodStatus.RUNNING:
                return

    tasks = [asyncio.ensure_future(work()) for work in (create, wait_for_any, wait_for_any)]
    victim = chance.one_of("victim", *tasks)
    await chance.moment("cancel", 20)
    was_over = victim.done()
    chance.note("ended first" if was_over else "cancelled")
    victim.cancel()
    if victim is tasks[0] and not was_over:
        # What it makes is deleted, so that the others may see nothing.
        await anyio.sleep(PER)
        for task in tasks[1:]:
            task.cancel()
    async with asyncio.timeout(2 * PER + SEEN):
        await asyncio.wait(tasks)
    await bench.close()
    bench.assert_never_refused()
