"""Work under way when its event loop ends, by itself, by Ctrl-C or by force; and on trio."""

import asyncio
import gc
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable

import anyio
import pytest

from tests.call.jobs import CANCELLED, DONE, TIDY, Job, Way, by_a_scope, by_a_task_group, endure
from yotta_async._call.ownership import Owner
from yotta_async.testing import VirtualTimeLoop, run_virtual


pytestmark = pytest.mark.usefixtures("no_complaints")


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
    # asyncio reports a loop that is closed under its tasks.
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
def test_on_trio_the_work_is_waited_for_and_the_clean_up_is_not(way: Way, *, fails: bool) -> None:
    job = Job(fails=fails)
    on_trio(job, way)
    assert (job.done, len(job.unwanted), job.tidied) == ([DONE], 1, [DONE + TIDY])
    assert job.left == [DONE]


def test_on_trio_an_impatient_caller_leaves_at_once_and_the_work_goes_on() -> None:
    job = Job()

    async def main() -> None:
        with anyio.move_on_after(CANCELLED):
            await job.carry(patient=False)
        assert await job.owner.drain(60.0)

    run_virtual(main, backend="trio")
    assert (job.left, job.done, job.unwanted) == ([CANCELLED], [DONE], ["pod"])


@pytest.mark.parametrize(("grace", "tidied"), [(20.0, [DONE + TIDY]), (TIDY / 2, [])])
def test_on_trio_the_end_of_the_run_waits_for_the_clean_up_within_the_grace(
    grace: float, tidied: list[float]
) -> None:
    job = Job(Owner(grace))

    async def main() -> None:
        with anyio.move_on_after(CANCELLED):
            await job.carry()

    run_virtual(main, backend="trio")
    assert (job.unwanted, job.tidied) == (["pod"], tidied)


def test_on_trio_an_error_of_the_clean_up_is_logged_and_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    owner = Owner(20.0)

    async def main() -> None:
        async def fail() -> None:
            raise LookupError

        await owner.tidy(fail)
        assert await owner.drain(60.0)

    run_virtual(main, backend="trio")
    assert [record.message for record in caplog.records] == ["work beside its caller failed"]
    caplog.clear()


PROGRAM = """
    import asyncio, sys
    from yotta_async._call.ownership import Owner

    async def work():
        print("begun", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print("done", flush=True)
        return "pod"

    async def discard(outcome):
        await asyncio.sleep(0.05)
        print("unwanted", outcome, flush=True)

    async def main():
        # How busy the machine is, too, asyncio would tell on stderr.
        asyncio.get_running_loop().slow_callback_duration = 600.0
        await Owner(10.0).carry(work, discard, patient={patient})

    asyncio.run(main())
"""


@pytest.mark.parametrize("patient", [True, False])
def test_ctrl_c_does_not_end_the_work(*, patient: bool) -> None:
    program = textwrap.dedent(PROGRAM.format(patient=patient))
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        out, complaints = process.communicate("that is all\n")
    assert out == "done\nunwanted pod\n"
    assert process.returncode != 0
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    assert "Task" not in complaints.replace("TaskGroup", "")
