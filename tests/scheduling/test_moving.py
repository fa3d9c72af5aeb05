"""From one event loop to the next: what was spent stays spent, what died is written off."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import anyio
import pytest
from attrs import evolve

from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.turnstile import Admission
from yotta_async.errors import ConfigurationError
from yotta_async.testing import VirtualTimeLoop, run_virtual


LIMITS = Limits(requests=4, per=10.0, reserve=0, pod_operations=2, grace=1.0)
WINDOW = 10.0 * 1.001


async def begin(scheduler: Scheduler, *, pod_operation: bool = False) -> Admission:
    admission = await scheduler.admit(Lane.NORMAL, pod_operation=pod_operation)
    scheduler.note_sent(admission)
    return admission


async def spend(scheduler: Scheduler, count: int) -> float:
    """Send calls that are answered at once; return the seconds it took."""
    began = anyio.current_time()
    for _ in range(count):
        (await begin(scheduler)).answered()
    return anyio.current_time() - began


@pytest.mark.parametrize("backends", [("asyncio", "trio", "asyncio"), ("trio", "asyncio", "trio")])
def test_credits_spent_on_one_loop_are_missing_on_the_next(backends: tuple[str, ...]) -> None:
    scheduler = Scheduler(LIMITS)
    took = [run_virtual(spend, scheduler, 4, backend=each) for each in backends]  # type: ignore[arg-type]
    assert took == pytest.approx([0.0, WINDOW, WINDOW])


def run_and_die(*calls: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """Run calls for two seconds, and close their loop under them without ending them."""
    loop = VirtualTimeLoop()
    tasks = [loop.create_task(call) for call in calls]
    loop.run_until_complete(asyncio.sleep(2.0))
    loop.close()
    return tasks


def silence(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        # asyncio's way to say that nobody will ever wait for it.
        task._log_destroy_pending = False  # type: ignore[attr-defined]


async def hold(scheduler: Scheduler) -> None:
    admission = await begin(scheduler, pod_operation=True)
    try:
        await anyio.sleep_forever()
    finally:
        admission.unanswered()


def test_calls_on_the_wire_of_a_loop_that_died_come_back_after_grace_and_window() -> None:
    scheduler = Scheduler(evolve(LIMITS, requests=2))
    tasks = run_and_die(hold(scheduler), hold(scheduler))
    took = run_virtual(spend, scheduler, 1)
    assert took == pytest.approx(LIMITS.grace + WINDOW)
    silence(tasks)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("swept", ["outside", "on another loop", "after moving there"])
def test_what_a_dead_loop_left_behind_changes_nothing_when_it_is_swept_up(swept: str) -> None:
    """Their clean-up runs when memory is: anywhere, by any clock, before or after the move."""
    scheduler = Scheduler(LIMITS)
    calls = [spend(scheduler, 2), hold(scheduler), hold(scheduler)]
    tasks = run_and_die(*calls, *[spend(scheduler, 1) for _ in range(3)])
    silence(tasks)
    del calls

    def sweep() -> None:
        tasks.clear()
        gc.collect()

    async def go_on() -> list[float]:
        await anyio.sleep(80_000.0)
        if swept == "on another loop":
            sweep()
        began, went = anyio.current_time(), list[float]()
        for _ in range(4):
            await spend(scheduler, 1)
            went.append(anyio.current_time() - began)
        if swept == "after moving there":
            sweep()
        return went

    if swept == "outside":
        sweep()
    written_off = LIMITS.grace + WINDOW
    assert run_virtual(go_on) == pytest.approx([WINDOW, WINDOW, written_off, written_off])
    assert scheduler.is_idle, scheduler
    assert scheduler.statistics().pod_operations == 0
    assert not scheduler._turns._waiters


def test_a_loop_at_work_is_not_left_and_its_work_goes_on() -> None:
    scheduler = Scheduler(LIMITS)

    async def here() -> None:
        admission = await begin(scheduler)
        with pytest.raises(ConfigurationError, match="one event loop at a time") as caught:
            await anyio.to_thread.run_sync(asyncio.run, spend(scheduler, 1))
        assert (caught.value.field, caught.value.value) == ("client", "AsyncYotta")
        admission.answered()
        assert await spend(scheduler, 3) < 1.0

    asyncio.run(here())
    assert scheduler.statistics().sent == 4


def test_the_books_are_read_by_the_clock_on_which_they_were_kept() -> None:
    """A look from another loop, whose clock may show any time, frees nothing."""
    scheduler = Scheduler(LIMITS)

    async def look_later() -> tuple[int, float]:
        await anyio.sleep(80_000.0)
        books = scheduler.statistics()
        return books.credits, books.next_credit or 0.0

    run_virtual(spend, scheduler, 4)
    assert run_virtual(look_later, backend="trio") == pytest.approx((0, WINDOW))
    assert run_virtual(spend, scheduler, 1) == pytest.approx(WINDOW)


def test_without_an_event_loop_the_books_are_as_they_were_last() -> None:
    scheduler = Scheduler(LIMITS)
    assert scheduler.statistics().credits == 4
    run_virtual(spend, scheduler, 3)
    assert (scheduler.statistics().credits, scheduler.statistics().sent) == (1, 3)


@pytest.mark.parametrize("clocks", [(0.0, 1e6), (1e6, 0.0)], ids=["ahead", "behind"])
def test_what_was_learned_is_relearned_and_forgotten_whatever_the_next_clock_shows(
    clocks: tuple[float, float],
) -> None:
    scheduler = Scheduler(LIMITS)

    async def learn(clock: float) -> bool:
        await anyio.sleep(clock)
        admission = await begin(scheduler)
        admission.answered()
        lesson = scheduler.learn_refusal(admission)
        await anyio.sleep(LIMITS.per - 1.0)
        return lesson.changed and not scheduler.learn_success()

    async def forget() -> bool:
        await anyio.sleep(2.0)
        return scheduler.learn_success()

    async def learn_and_forget(clock: float) -> bool:
        return await learn(clock) and await forget()

    for clock in clocks:
        assert run_virtual(learn_and_forget, clock, backend="trio")
