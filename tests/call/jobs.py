"""A piece of work that outlives its caller, and the ways in which the caller may be cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
from attrs import define, field

from tests.steps import let_run
from yotta_async._call.ownership import Owner


__all__ = [
    "CANCELLED",
    "DONE",
    "TIDY",
    "WAYS",
    "Job",
    "Way",
    "by_a_scope",
    "by_a_task_group",
    "by_timeout",
    "by_two_cancels",
    "endure",
]

# The caller is cancelled after one second, the work is done after two.
CANCELLED, DONE, TIDY = 1.0, 2.0, 0.5


@define(eq=False)
class Job:
    """A piece of work, and what became of it: instants and outcomes."""

    owner: Owner = field(factory=lambda: Owner(20.0))
    lasts: float = DONE
    fails: bool = False
    done: list[float] = field(factory=list[float])
    unwanted: list[object] = field(factory=list[object])
    left: list[float] = field(factory=list[float])
    tidied: list[float] = field(factory=list[float])

    async def carry(self, *, patient: bool = True) -> str:
        try:
            return await self.owner.carry(self.work, self.discard, patient=patient)
        finally:
            self.left.append(anyio.current_time())

    async def work(self) -> str:
        await anyio.sleep(self.lasts)
        self.done.append(anyio.current_time())
        if self.fails:
            raise LookupError
        return "pod"

    async def discard(self, outcome: str | Exception) -> None:
        self.unwanted.append(outcome)
        await self.tidy()

    async def tidy(self) -> None:
        await anyio.sleep(TIDY)
        self.tidied.append(anyio.current_time())


Way = Callable[[Job], Awaitable[object]]


async def by_timeout(job: Job) -> None:
    async with asyncio.timeout(CANCELLED):
        await job.carry()


async def by_wait_for(job: Job) -> None:
    await asyncio.wait_for(job.carry(), CANCELLED)


async def by_cancel(job: Job) -> None:
    task = asyncio.ensure_future(job.carry())
    await asyncio.sleep(CANCELLED)
    task.cancel()
    await task


async def by_two_cancels(job: Job) -> None:
    task = asyncio.ensure_future(job.carry())
    await asyncio.sleep(CANCELLED)
    for _ in range(2):
        task.cancel()
        await let_run()
    await task


async def by_a_failing_sibling(job: Job) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(job.carry())
        await asyncio.sleep(CANCELLED)
        raise ZeroDivisionError


async def by_a_scope(job: Job) -> None:
    with anyio.fail_after(CANCELLED):
        await job.carry()


async def by_a_task_group(job: Job) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(job.carry)
        await anyio.sleep(CANCELLED)
        tasks.cancel_scope.cancel()


WAYS: list[Way] = [
    by_timeout,
    by_wait_for,
    by_cancel,
    by_two_cancels,
    by_a_failing_sibling,
    by_a_scope,
    by_a_task_group,
]
ENDS = (asyncio.CancelledError, TimeoutError, ExceptionGroup)


async def endure(way: Way, job: Job) -> None:
    with suppress(*ENDS):
        await way(job)
    assert await job.owner.drain(60.0)
    assert job.owner.at_work == 0
