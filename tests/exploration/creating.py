"""Creates whose callers are cancelled, each in one of the ways of asyncio, at every point."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import anyio

from tests.exploration.bench import TICK, Bench, Chance, expect
from tests.lab import SPEC
from yotta_async._scheduling.rules.limits import OperationSpan
from yotta_async.simulator import Faults


__all__ = ["create_cancelled", "creates_for_one_slot"]

# The create is done, and its answer is lost: its name has to be looked for.
LOST = Faults(operations={"createPod"}, reset_after=1.0)
CANCELLED = (asyncio.CancelledError, TimeoutError, ExceptionGroup)

Create = Callable[[], Coroutine[Any, Any, None]]

SPANS: tuple[OperationSpan, ...] = ("call", "settled")


async def by_cancel(chance: Chance, create: Create) -> None:
    task = asyncio.ensure_future(create())
    await chance.moment("cancel", 4)
    task.cancel()
    await task


async def by_cancel_twice(chance: Chance, create: Create) -> None:
    task = asyncio.ensure_future(create())
    await chance.moment("cancel", 4)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await task


async def by_scope(chance: Chance, create: Create) -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(create)
            await chance.moment("cancel", 4)
            scope.cancel()


async def by_deadline(chance: Chance, create: Create) -> None:
    with anyio.move_on_after(TICK * chance.one_of("deadline", 0, 1, 2, 3)):
        await create()


async def by_timeout(chance: Chance, create: Create) -> None:
    async with asyncio.timeout(TICK * chance.one_of("deadline", 0, 1, 2, 3)):
        await create()


async def by_failing_sibling(chance: Chance, create: Create) -> None:
    async def fail() -> None:
        await chance.moment("cancel", 4)
        raise ZeroDivisionError

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(create())
        tasks.create_task(fail())


WAYS = (by_cancel, by_cancel_twice, by_scope, by_deadline, by_timeout, by_failing_sibling)


async def create_cancelled(chance: Chance) -> None:
    """One create, cancelled: its pod is its caller's, or deleted, or named."""
    way, faults = chance.one_of("way", *WAYS), chance.one_of("answer", None, LOST)
    bench = Bench.open(faults=faults)

    async def create() -> None:
        bench.owned.add((await bench.client.pods.create(SPEC)).id)

    with suppress(*CANCELLED):
        await way(chance, create)
    chance.note("created" if bench.owned else "cancelled")
    await bench.close()
    bench.assert_never_refused()


async def creates_for_one_slot(chance: Chance) -> None:
    """
    Three creates for one slot, of which one is cancelled: the others get the slot, one after the
    other, and as early as if the cancelled one had not been.
    """
    span = chance.one_of("slot is kept", *SPANS)
    bench = Bench.open(pod_operations=1, span=span)
    tasks = [asyncio.ensure_future(bench.client.pods.create(SPEC)) for _ in range(3)]
    victim = chance.one_of("victim", *tasks)
    await chance.moment("cancel", 8)
    victim.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            bench.owned.add((await task).id)
    expect(len(bench.owned) >= 2, "those that are not cancelled create")
    chance.note(f"{len(bench.owned)} created")
    await bench.close()
    bench.assert_never_refused()
