"""Work under way goes on whatever happens to its caller, and its outcome is handed over once."""

import asyncio
import sys

import anyio
import pytest

from tests.call.jobs import (
    CANCELLED,
    DONE,
    TIDY,
    WAYS,
    Job,
    Way,
    by_timeout,
    by_two_cancels,
    endure,
)
from tests.steps import let_run


pytestmark = pytest.mark.usefixtures("no_complaints")


async def test_an_outcome_that_is_taken_is_nobody_elses() -> None:
    job = Job()
    assert await job.carry() == "pod"
    assert await job.owner.drain(60.0)
    assert (job.done, job.unwanted) == ([DONE], [])


async def test_an_error_that_is_taken_is_raised_as_it_is() -> None:
    job = Job(fails=True)
    with pytest.raises(LookupError):
        await job.carry()
    assert await job.owner.drain(60.0)
    assert job.unwanted == []


@pytest.mark.asyncio_only
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_work_outlives_every_kind_of_cancellation(way: Way, *, fails: bool) -> None:
    job = Job(fails=fails)
    await endure(way, job)
    assert job.done == [DONE]
    assert len(job.unwanted) == 1
    assert isinstance(job.unwanted[0], LookupError) if fails else job.unwanted == ["pod"]
    assert job.tidied == [DONE + TIDY]


@pytest.mark.asyncio_only
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_cancelled_caller_waits_for_the_answer_unless_it_is_cancelled_again(
    way: Way,
) -> None:
    job = Job()
    await endure(way, job)
    assert job.left == [CANCELLED if way is by_two_cancels else DONE]


@pytest.mark.asyncio_only
@pytest.mark.parametrize("cancelled", [0.0, DONE])
async def test_a_cancellation_in_the_first_or_last_instant_loses_nothing(cancelled: float) -> None:
    job = Job()
    task = asyncio.ensure_future(job.carry())
    await let_run()
    await anyio.sleep(cancelled)
    task.cancel()
    taken = await asyncio.wait([task])
    assert len(taken[0]) == 1
    assert await job.owner.drain(60.0)
    assert job.unwanted == (["pod"] if task.cancelled() else [])
    assert job.done == [DONE]


@pytest.mark.asyncio_only
async def test_an_impatient_caller_leaves_at_once_and_the_work_goes_on() -> None:
    job = Job()
    with anyio.move_on_after(CANCELLED):
        await job.carry(patient=False)
    assert job.left == [CANCELLED]
    assert await job.owner.drain(60.0)
    assert (job.done, job.unwanted) == ([DONE], ["pod"])


@pytest.mark.asyncio_only
@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
async def test_tasks_that_begin_eagerly_are_carried_as_well() -> None:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
    job, quick = Job(), Job(lasts=0.0)
    await endure(by_timeout, job)
    assert (job.done, job.unwanted) == ([DONE], ["pod"])
    assert await quick.carry() == "pod"


@pytest.mark.asyncio_only
async def test_what_is_tidied_on_asyncio_is_done_beside_the_caller() -> None:
    job = Job()
    await job.owner.tidy(job.tidy)
    assert (anyio.current_time(), job.tidied, job.owner.at_work) == (0.0, [], 1)
    assert await job.owner.drain(60.0)
    assert job.tidied == [TIDY]


async def test_waiting_for_the_work_ends_at_its_deadline() -> None:
    job = Job(lasts=30.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(job.carry)
        await let_run()
        assert not await job.owner.drain(10.0)
        assert anyio.current_time() == 10.0
        assert await job.owner.drain(60.0)
    assert job.done == [30.0]


async def test_closing_waits_for_work_that_another_task_began() -> None:
    job = Job()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(job.carry)
        await let_run()
        assert job.owner.at_work == 1
        assert await job.owner.drain(60.0)
        assert anyio.current_time() == DONE
