"""Bursts: at most so many back to back, then the even rate; what was learned, and where."""

from itertools import pairwise

import anyio
import pytest

from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async.errors import ConfigurationError
from yotta_async.testing import run_virtual


# One a second.
RATE = {"requests": 60, "per": 60.0, "reserve": 0}


def scheduler_of(burst: int | None = None) -> Scheduler:
    return Scheduler(Limits(burst=burst, **RATE))  # type: ignore[arg-type]


async def send(scheduler: Scheduler, count: int) -> list[float]:
    """Send calls that are answered at once; return the seconds after which they went."""
    began, went = anyio.current_time(), list[float]()
    for _ in range(count):
        admission = await scheduler.admit(Lane.NORMAL)
        went.append(admission.granted_at - began)
        scheduler.note_sent(admission)
        admission.answered()
    return went


async def refuse(scheduler: Scheduler, sent: int) -> None:
    """Send some back to back, and have the last one refused."""
    await send(scheduler, sent - 1)
    admission = await scheduler.admit(Lane.NORMAL)
    scheduler.note_sent(admission)
    admission.answered()
    assert scheduler.learn_refusal(admission).changed


@pytest.mark.asyncio_only
async def test_a_burst_goes_at_once_and_then_the_even_rate() -> None:
    went = await send(scheduler_of(burst=5), 12)
    assert went == pytest.approx([0.0] * 5 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], abs=1e-4)


@pytest.mark.asyncio_only
async def test_many_that_wait_are_paced_one_by_one_and_the_best_lane_goes_first() -> None:
    scheduler, went = scheduler_of(burst=1), list[tuple[Lane, float]]()

    async def call(lane: Lane) -> None:
        admission = await scheduler.admit(lane)
        went.append((lane, anyio.current_time()))
        admission.answered()

    await send(scheduler, 1)
    async with anyio.create_task_group() as tasks:
        for lane in (Lane.BACKGROUND, Lane.NORMAL, Lane.URGENT):
            tasks.start_soon(call, lane)
    assert [lane for lane, _ in went] == [Lane.URGENT, Lane.NORMAL, Lane.BACKGROUND]
    assert [at for _, at in went] == pytest.approx([1.0, 2.0, 3.0], abs=1e-4)


@pytest.mark.asyncio_only
async def test_a_window_that_closes_while_the_pacer_waits_holds_the_call_back() -> None:
    scheduler, went = scheduler_of(burst=1), list[float]()

    async def call() -> None:
        went.extend(await send(scheduler, 1))

    await send(scheduler, 1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.sleep(0.5)
        scheduler.close(20.0)
    assert went == pytest.approx([20.5], abs=1.0)
    assert went[0] >= 20.5


@pytest.mark.asyncio_only
async def test_a_slot_that_comes_free_is_taken_at_once_where_the_burst_allows() -> None:
    scheduler = Scheduler(Limits(burst=5, pod_operations=1, **RATE))  # type: ignore[arg-type]
    went: list[float] = []

    async def operate() -> None:
        admission = await scheduler.admit(Lane.NORMAL, pod_operation=True)
        went.append(anyio.current_time())
        scheduler.note_sent(admission)
        await anyio.sleep(3.0)
        admission.answered()

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(operate)
    assert went == pytest.approx([0.0, 3.0, 6.0], abs=1e-4)


@pytest.mark.asyncio_only
async def test_a_refusal_of_a_burst_teaches_a_quarter_of_it() -> None:
    scheduler = scheduler_of()
    await refuse(scheduler, 20)
    assert scheduler.statistics().burst == 5
    # The server's bucket is taken to be empty.
    assert await send(scheduler, 3) == pytest.approx([1.0, 2.0, 3.0], abs=1e-4)
    assert scheduler.statistics().requests == 60


@pytest.mark.asyncio_only
async def test_the_pace_takes_hold_of_those_who_wait_already() -> None:
    scheduler, went = scheduler_of(), list[float]()

    async def call() -> None:
        went.append((await scheduler.admit(Lane.NORMAL)).granted_at)

    last = [await scheduler.admit(Lane.NORMAL) for _ in range(4)][-1]
    scheduler.close(10.0)
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(call)
        await anyio.sleep(1.0)
        assert scheduler.learn_refusal(last).changed
    assert scheduler.statistics().burst == 1
    gaps = [later - earlier for earlier, later in pairwise(went)]
    assert went[0] >= 10.0
    assert gaps == pytest.approx([1.0, 1.0], abs=1e-4)


def test_on_trio_a_refusal_narrows_the_limit() -> None:
    scheduler = scheduler_of()
    run_virtual(refuse, scheduler, 20, backend="trio")
    books = scheduler.statistics()
    assert (books.burst, books.requests) == (None, 42)


def test_a_limit_that_was_narrowed_widens_again_when_all_is_well() -> None:
    scheduler = scheduler_of()

    async def recover() -> None:
        await refuse(scheduler, 20)
        await anyio.sleep(61.0)
        assert scheduler.learn_success()
        assert not scheduler.learn_success()

    run_virtual(recover, backend="trio")
    assert scheduler.statistics().requests == 45


def test_a_chosen_burst_on_trio_names_itself_and_the_remedy() -> None:
    scheduler = scheduler_of(burst=5)
    with pytest.raises(ConfigurationError, match="asyncio") as caught:
        run_virtual(send, scheduler, 1, backend="trio")
    assert (caught.value.field, caught.value.value) == ("Limits.burst", "5")
    assert "must be None except on asyncio" in str(caught.value)
    assert scheduler.statistics().sent == scheduler.waiting() == 0


def test_a_burst_that_was_learned_does_not_keep_a_client_from_trio() -> None:
    scheduler = scheduler_of()
    run_virtual(refuse, scheduler, 20)
    assert run_virtual(send, scheduler, 3, backend="trio")
    assert scheduler.statistics().burst is None
    assert run_virtual(send, scheduler, 3)


def test_a_burst_does_not_start_anew_with_each_event_loop() -> None:
    scheduler = scheduler_of(burst=5)
    assert run_virtual(send, scheduler, 5) == [0.0] * 5
    assert run_virtual(send, scheduler, 2) == pytest.approx([1.0, 2.0], abs=1e-4)
