"""Work under way goes on whatever happens to its caller, and its outcome is handed over once."""

import asyncio
import gc
import logging
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import anyio
import pytest
from attrs import define, field

from tests.shell.steps import let_run
from yotta_async._ownership import Owner
from yotta_async.testing import VirtualTimeLoop, run_virtual


# The caller is cancelled after one second, the work is done after two.
CANCELLED, DONE, TIDY = 1.0, 2.0, 0.5


@pytest.fixture(autouse=True)
def no_complaints(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """See that asyncio finds no task that was forgotten, and no error that nobody took."""
    yield
    gc.collect()
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []


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


def run_to_its_end(main: Callable[[], Awaitable[None]]) -> float:
    """Do as `asyncio.run` does; return the instant at which its loop was closed."""
    loop = VirtualTimeLoop()

    async def wrapped() -> None:
        await main()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(wrapped())
    return loop.time()


def test_the_end_of_the_run_waits_for_the_work_and_its_clean_up() -> None:
    job = Job()

    async def main() -> None:
        job.left.clear()
        callers.append(asyncio.ensure_future(job.carry()))
        await asyncio.sleep(CANCELLED)

    callers: list[asyncio.Task[str]] = []
    assert run_to_its_end(main) == DONE + TIDY
    assert (job.done, job.unwanted) == ([DONE], ["pod"])
    assert callers[0].cancelled()


def test_the_end_of_the_run_waits_no_longer_than_the_grace() -> None:
    """Work that hangs is ended then, and so is the caller that waits for it."""
    job = Job(Owner(5.0), lasts=1000.0)

    async def main() -> None:
        callers.append(asyncio.ensure_future(job.carry()))
        await asyncio.sleep(CANCELLED)

    callers: list[asyncio.Task[str]] = []
    assert run_to_its_end(main) == CANCELLED + 5.0
    assert callers[0].cancelled()
    assert (job.done, job.unwanted) == ([], [])


def test_what_the_clean_up_wants_tidied_is_done_before_the_run_ends() -> None:
    job = Job()

    async def main() -> None:
        async def discard(_: str | Exception) -> None:
            await job.owner.tidy(job.tidy)

        callers.append(asyncio.ensure_future(job.owner.carry(job.work, discard)))
        await asyncio.sleep(CANCELLED)

    callers: list[asyncio.Task[str]] = []
    run_to_its_end(main)
    assert job.tidied == [DONE + TIDY]


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


def test_work_that_died_with_its_loop_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    job = Job(lasts=1000.0)
    loop = VirtualTimeLoop()
    tasks = [loop.create_task(job.owner.carry(job.work, job.discard))]
    loop.run_until_complete(asyncio.sleep(CANCELLED))
    loop.close()
    assert job.owner.at_work == 1
    assert run_virtual(job.owner.drain, 60.0)
    assert job.owner.at_work == 0
    tasks.clear()
    gc.collect()
    # Whoever closes a loop under its tasks is told so by asyncio.
    assert {record.message.partition("\n")[0] for record in caplog.records} == {
        "Task was destroyed but it is pending!"
    }
    caplog.clear()


def on_trio(job: Job, way: Way) -> None:
    async def main() -> float:
        await endure(way, job)
        return anyio.current_time()

    run_virtual(main, backend="trio")


@pytest.mark.parametrize("way", [by_a_scope, by_a_task_group], ids=lambda way: way.__name__)
@pytest.mark.parametrize("fails", [False, True])
def test_on_trio_work_and_clean_up_are_shielded(way: Way, *, fails: bool) -> None:
    job = Job(fails=fails)
    on_trio(job, way)
    assert (job.done, len(job.unwanted), job.tidied) == ([DONE], 1, [DONE + TIDY])
    assert job.left == [DONE + TIDY]


def test_on_trio_the_clean_up_ends_with_the_grace() -> None:
    job = Job(Owner(TIDY / 2))
    on_trio(job, by_a_scope)
    assert (job.unwanted, job.tidied, job.left) == (["pod"], [], [DONE + TIDY / 2])


PROGRAM = """
    import asyncio
    from yotta_async._ownership import Owner

    async def work():
        print("begun", flush=True)
        await asyncio.sleep(0.3)
        print("done", flush=True)
        return "pod"

    async def discard(outcome):
        await asyncio.sleep(0.05)
        print("unwanted", outcome, flush=True)

    async def main():
        await Owner(10.0).carry(work, discard, patient={patient})

    asyncio.run(main())
"""


@pytest.mark.parametrize("patient", [True, False])
def test_ctrl_c_does_not_end_the_work(*, patient: bool) -> None:
    program = textwrap.dedent(PROGRAM.format(patient=patient))
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        out, complaints = process.communicate(timeout=30)
    assert out == "done\nunwanted pod\n"
    assert process.returncode != 0
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    assert "Task" not in complaints.replace("TaskGroup", "")
