"""Who keeps the time, who looks, and who goes at which instant: the scheduler in virtual time."""

import tracemalloc
from collections.abc import Awaitable, Callable

import anyio
import pytest
from attrs import define, field

from tests.steps import let_run
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.turnstile import Admission
from yotta_async.errors import QueueTimeoutError


# Two requests in ten seconds; a credit comes back a window after its answer.
PER = 10.0
WINDOW = PER * 1.001


def scheduler_of(
    requests: int = 2, look: Callable[[], Awaitable[None]] = anyio.sleep_forever, **plan: object
) -> Scheduler:
    settings = {"requests": requests, "per": PER, "reserve": 0, "grace": 1.0, **plan}
    return Scheduler(Limits(**settings), look)  # type: ignore[arg-type]  # checked by Limits itself


async def send(scheduler: Scheduler, lane: Lane = Lane.NORMAL) -> Admission:
    """Send a call that is answered at once."""
    admission = await scheduler.admit(lane)
    scheduler.note_sent(admission)
    admission.answered()
    return admission


async def spend(scheduler: Scheduler, count: int = 2) -> None:
    for _ in range(count):
        await send(scheduler)


def assert_idle(scheduler: Scheduler) -> None:
    turns = scheduler._turns
    assert scheduler.is_idle, scheduler
    assert not turns._waiters
    assert (turns._keeper, turns._looker, turns._alarm) == (None, None, None)


@define
class Queue:
    """Calls that wait, each in a scope of its own, and the instants at which they went."""

    scheduler: Scheduler
    tasks: anyio.abc.TaskGroup
    went: dict[str, float] = field(factory=dict[str, float])
    scopes: dict[str, anyio.CancelScope] = field(factory=dict[str, anyio.CancelScope])

    async def add(self, name: str, lane: Lane = Lane.NORMAL) -> None:
        """Have a call ask for its turn, and wait until it has."""
        self.scopes[name] = anyio.CancelScope()
        self.tasks.start_soon(self._call, name, lane)
        await let_run()

    async def _call(self, name: str, lane: Lane) -> None:
        with self.scopes[name]:
            self.went[name] = (await send(self.scheduler, lane)).granted_at


async def test_a_window_goes_at_once_and_the_next_call_a_window_after_the_answer() -> None:
    scheduler = scheduler_of()
    await spend(scheduler)
    assert (await send(scheduler)).granted_at == WINDOW
    assert_idle(scheduler)


async def test_a_credit_counts_from_the_answer_and_not_from_the_sending() -> None:
    scheduler = scheduler_of()
    slow = await scheduler.admit(Lane.NORMAL)
    scheduler.note_sent(slow)
    await send(scheduler)
    await anyio.sleep(4.0)
    slow.answered()
    assert (await send(scheduler)).granted_at == WINDOW
    assert (await send(scheduler)).granted_at == 4.0 + WINDOW


async def test_a_call_without_an_answer_holds_its_credit_for_a_grace_more() -> None:
    scheduler = scheduler_of(1)
    lost = await scheduler.admit(Lane.NORMAL)
    scheduler.note_sent(lost)
    lost.unanswered()
    assert (await send(scheduler)).granted_at == 1.0 + WINDOW


async def test_a_call_that_was_not_sent_gives_its_turn_to_the_next_at_once() -> None:
    scheduler = scheduler_of(1)
    unsent = await scheduler.admit(Lane.NORMAL)
    scheduler.note_sent(unsent)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        await queue.add("next")
        await anyio.sleep(3.0)
        unsent.refund()
    assert queue.went == {"next": 3.0}


async def test_an_admission_ends_once_whatever_is_said_later() -> None:
    scheduler = scheduler_of()
    admission = await scheduler.admit(Lane.NORMAL)
    for ending in (admission.refund, admission.unanswered, admission.answered, admission.refund):
        ending()
    assert scheduler.statistics().credits == 2
    assert_idle(scheduler)


@pytest.mark.parametrize("leaving", ["keeper", "follower", "both"])
async def test_whoever_leaves_the_next_one_goes_at_its_exact_instant(leaving: str) -> None:
    scheduler = scheduler_of(1)
    await spend(scheduler, 1)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        for name in ("keeper", "follower", "last"):
            await queue.add(name)
        await anyio.sleep(2.0)
        for name in ("keeper", "follower"):
            if leaving in (name, "both"):
                queue.scopes[name].cancel()
    left = [name for name in ("keeper", "follower", "last") if name in queue.went]
    assert len(left) == (1 if leaving == "both" else 2)
    assert list(queue.went.values()) == pytest.approx([WINDOW * n for n in range(1, len(left) + 1)])
    assert_idle(scheduler)


@pytest.mark.parametrize(("cancelled", "first"), [("abc", "d"), ("ad", "b"), ("adc", "b")])
async def test_a_successor_that_is_cancelled_before_it_wakes_passes_the_watch_on(
    cancelled: str, first: str
) -> None:
    scheduler = scheduler_of(1)
    await spend(scheduler, 1)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        for name in "abcd":
            await queue.add(name)
        for name in cancelled:
            queue.scopes[name].cancel()
    assert next(iter(queue.went.items())) == (first, WINDOW)
    assert len(queue.went) == 4 - len(cancelled)
    assert_idle(scheduler)


async def test_a_watch_is_not_handed_over_with_each_grant() -> None:
    scheduler = scheduler_of(1)
    await spend(scheduler, 1)
    keepers: set[object] = set()
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        for name in "abcdefgh":
            await queue.add(name)
        await anyio.sleep(WINDOW / 2)  # the first to come keeps the time until it goes
        for _ in range(6):
            await anyio.sleep(WINDOW)
            keepers.add(scheduler._turns._keeper)
    assert None not in keepers
    assert len(keepers) == 1, "the last to come keeps it from then on"


@pytest.mark.asyncio_only
async def test_a_call_that_waits_takes_less_than_a_kilobyte_and_a_half() -> None:
    scheduler, count = scheduler_of(1), 200
    await spend(scheduler, 1)
    async with anyio.create_task_group() as tasks:
        tracemalloc.start()
        for _ in range(count):
            tasks.start_soon(anyio.sleep_forever)
        await let_run()
        bare, _ = tracemalloc.get_traced_memory()
        for _ in range(count):
            tasks.start_soon(scheduler.admit, Lane.NORMAL)
        await let_run()
        both, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        tasks.cancel_scope.cancel()
    assert (both - 2 * bare) / count < 1500


async def test_a_keeper_that_runs_out_of_patience_hands_over() -> None:
    scheduler = scheduler_of(1, queue_timeout=6.0)
    await spend(scheduler, 1)
    waited: list[float] = []

    async def impatient() -> None:
        with pytest.raises(QueueTimeoutError, match=r"6\.0 s") as caught:
            await scheduler.admit(Lane.NORMAL)
        waited.append(caught.value.waited)

    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        tasks.start_soon(impatient)
        await anyio.sleep(5.0)
        await queue.add("patient")
    assert waited == [6.0]
    assert queue.went == {"patient": WINDOW}
    assert_idle(scheduler)


async def test_a_turn_that_comes_in_the_instant_of_the_time_out_leaves_nothing_held() -> None:
    scheduler = scheduler_of(1, queue_timeout=WINDOW)
    await spend(scheduler, 1)
    try:
        (await scheduler.admit(Lane.NORMAL)).refund()
    except QueueTimeoutError:
        assert anyio.current_time() == WINDOW
    assert scheduler.statistics().credits == 1
    assert_idle(scheduler)


async def test_better_lanes_go_first_and_the_oldest_of_a_lane() -> None:
    scheduler = scheduler_of(3)
    await spend(scheduler, 3)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        await queue.add("poll", Lane.BACKGROUND)
        await queue.add("create 1")
        await queue.add("create 2")
        await queue.add("delete", Lane.URGENT)
    assert [queue.went[name] for name in ("delete", "create 1", "create 2")] == [WINDOW] * 3
    assert queue.went["poll"] == pytest.approx(2 * WINDOW)


async def test_a_refused_call_goes_before_all_that_came_after_it() -> None:
    scheduler = scheduler_of(1)
    refused = await send(scheduler)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        await queue.add("later")
        again = await scheduler.readmit(refused)
        assert again.granted_at == WINDOW
        scheduler.note_sent(again)
        again.answered()
    assert queue.went["later"] == pytest.approx(2 * WINDOW)


async def test_a_closed_window_lets_nobody_go_and_opens_at_its_instant() -> None:
    scheduler = scheduler_of()
    scheduler.close(7.0)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        await queue.add("urgent", Lane.URGENT)
        await queue.add("normal")
    assert queue.went == {"urgent": 7.0, "normal": 7.0}


async def test_a_window_that_closes_again_later_holds_those_who_wait_already() -> None:
    scheduler = scheduler_of()
    scheduler.close(3.0)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        await queue.add("waiting")
        await anyio.sleep(1.0)
        scheduler.close(30.0)
        scheduler.close(2.0)
    assert queue.went == {"waiting": 31.0}


async def test_a_cancelled_caller_is_not_granted_what_is_free() -> None:
    scheduler = scheduler_of()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await scheduler.admit(Lane.NORMAL)
    assert scope.cancelled_caught
    assert scheduler.statistics().credits == 2
    assert_idle(scheduler)


async def test_a_scheduler_is_idle_while_no_call_waits_and_none_is_out() -> None:
    scheduler, seen = scheduler_of(1, pod_operations=1), list[bool]()
    for ending in ("refund", "answered", "unanswered"):
        admission = await scheduler.admit(Lane.NORMAL, pod_operation=True)
        seen.append(scheduler.is_idle)
        getattr(admission, ending)()
        seen.append(scheduler.is_idle)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        await queue.add("waiting")
        seen.append(scheduler.is_idle)
        tasks.cancel_scope.cancel()
    seen.append(scheduler.is_idle)
    assert seen == [False, True] * 4


async def test_an_answer_is_counted_once_however_often_it_is_told() -> None:
    scheduler = scheduler_of()
    admission = await send(scheduler)
    admission.answered()
    assert scheduler.statistics().answered == 1


async def test_the_statistics_tell_who_waits_for_what() -> None:
    scheduler = scheduler_of(3)
    await spend(scheduler, 3)
    async with anyio.create_task_group() as tasks:
        queue = Queue(scheduler, tasks)
        for lane in (Lane.NORMAL, Lane.NORMAL, Lane.URGENT):
            await queue.add(f"{len(queue.scopes)}", lane)
        await anyio.sleep(4.0)
        books = scheduler.statistics(retried=1, polls=2)
        tasks.cancel_scope.cancel()
    assert books.waiting == (1, 2, 0)
    assert (books.sent, books.answered, books.retried, books.polls) == (3, 3, 1, 2)
    assert (books.credits, books.in_flight) == (0, 0)
    assert books.next_credit == pytest.approx(WINDOW - 4.0)
    assert scheduler.statistics().waiting == (0, 0, 0)
