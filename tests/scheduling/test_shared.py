"""Several processes share one key's budget: what each of them gets, and that all keep it."""

from functools import partial

import anyio
import pytest

from tests.scheduling.processes import World, exchanged
from tests.steps import let_run, until
from yotta_async import Limits
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async.errors import ConfigurationError, QueueTimeoutError


WINDOW = 60.06  # a window, and what the clocks may differ


async def crowd(world: World, scheduler: SharedScheduler, number: int, **options: object) -> None:
    """Have so many calls wait in one process, all at once."""
    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(partial(world.send, scheduler, **options))  # type: ignore[arg-type]


async def test_one_process_alone_uses_the_whole_limit() -> None:
    world = World()
    await crowd(world, world.process(), 120)
    assert world.worst() == 60
    assert anyio.current_time() < WINDOW + 1.0
    await world.close()


async def test_never_more_operations_at_once_than_the_key_has_slots() -> None:
    world = World(Limits(requests=600))
    processes = [world.process() for _ in range(4)]
    async with anyio.create_task_group() as tasks:
        for process in processes:
            tasks.start_soon(partial(crowd, world, process, 20, pod_operation=True, takes=7.0))
    assert world.most_operations == 5
    assert anyio.current_time() == pytest.approx(80 / 5 * 7.0, abs=1.0)
    await world.close()


async def test_slots_of_a_process_that_died_come_back_after_lease_and_grace() -> None:
    world = World()
    dead, other = world.process(), world.process()
    for _ in range(5):
        dead.note_sent(await dead.admit(Lane.NORMAL, pod_operation=True))
    dead._asker.abandon()  # type: ignore[union-attr]  # as by kill -9
    died = anyio.current_time()
    assert await world.send(other) - died < 1.0
    granted = await world.send(other, pod_operation=True)
    lease, grace = 35.0, world.limits.grace
    assert granted - died == pytest.approx(lease + grace, abs=0.1)
    await other.aclose()


async def test_a_call_that_is_cancelled_while_it_waits_costs_nothing() -> None:
    world = World(Limits(requests=3, reserve=0))
    one, other = world.process(), world.process()
    for _ in range(3):
        await exchanged(one)
    with anyio.move_on_after(1.0):
        await exchanged(other)
    assert other.is_idle
    await crowd(world, one, 3)
    assert anyio.current_time() < WINDOW + 2.0
    await world.close()


async def test_a_call_that_is_cancelled_in_the_instant_of_its_grant_gives_all_back() -> None:
    world = World(Limits(requests=1, reserve=0))
    one, other = world.process(), world.process()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await exchanged(one)
    assert await world.send(other) < 1.0
    await world.close()


async def test_what_was_not_sent_is_another_process_at_once() -> None:
    world = World(Limits(requests=1, reserve=0))
    one, other = world.process(), world.process()
    admission = await one.admit(Lane.NORMAL)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.send, other)
        await anyio.sleep(3.0)
        admission.refund()
    assert anyio.current_time() < 4.0
    await world.close()


async def test_a_call_that_is_refused_goes_before_all_that_came_after_it() -> None:
    world = World(Limits(requests=2, reserve=0))
    process = world.process()
    order: list[str] = []
    refused = await process.admit(Lane.NORMAL)
    process.note_sent(refused)

    async def later(name: str) -> None:
        await exchanged(process)
        order.append(name)

    async with anyio.create_task_group() as tasks:
        await exchanged(process)
        tasks.start_soon(later, "later")
        await let_run()
        process.learn_refusal(refused)
        process.close(10.0)
        refused.answered()
        again = await process.readmit(refused)
        order.append("refused")
        again.refund()
    assert order == ["refused", "later"]
    await world.close()


async def test_a_pause_in_one_process_is_everyones() -> None:
    world = World()
    one, other = world.process(), world.process()
    await exchanged(other)
    one.note_sent(admission := await one.admit(Lane.NORMAL))
    one.learn_refusal(admission)
    one.close(20.0)
    admission.answered()
    await let_run()
    began = anyio.current_time()
    assert await world.send(other) >= began + 19.9
    await world.close()


async def test_a_pause_longer_than_a_window_is_known_to_all_as_a_ban() -> None:
    world = World()
    one, other = world.process(), world.process()
    await exchanged(other)
    await exchanged(one)
    one.close(50.0)
    assert one.banned_until is None
    one.close(300.0)
    assert one.banned_until == anyio.current_time() + 300.0
    await let_run()
    with anyio.move_on_after(1.0):
        await exchanged(other)
    assert other.banned_until == pytest.approx(300.0, abs=0.1)
    await anyio.sleep(300.0)
    assert other.banned_until is None
    await world.close()


async def test_after_a_ban_each_process_lets_one_request_of_a_line_find_out() -> None:
    world = World()
    processes = [world.process() for _ in range(2)]
    for each in processes:
        await exchanged(each)
    processes[0].close(300.0)
    await let_run()
    sent: list[float] = []

    async def find_out(process: SharedScheduler) -> None:
        process.note_sent(admission := await process.admit(Lane.NORMAL))
        sent.append(anyio.current_time())
        await anyio.sleep(2.0)
        process.learn_success()
        admission.answered()

    async with anyio.create_task_group() as tasks:
        for process in processes * 10:
            tasks.start_soon(find_out, process)
    assert sent[:2] == pytest.approx([300.0] * 2, abs=0.1)
    assert sent[2:] == pytest.approx([302.0] * 18, abs=0.2)
    await world.close()


async def test_one_more_request_finds_out_where_the_first_was_not_sent_or_is_refused() -> None:
    world = World()
    process = world.process()
    await exchanged(process)
    process.close(300.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd, world, process, 3)  # which learn of no success
    assert [round(at) for at in world.arrivals] == [300] * 3
    assert world.arrivals == sorted(set(world.arrivals))
    await world.close()


async def test_a_request_that_the_gate_refused_was_not_sent() -> None:
    world = World()
    process = world.process()
    process.note_sent(admission := await process.admit(Lane.NORMAL))
    admission.expired()
    await exchanged(process)
    assert process.statistics().sent == 1
    await world.close()


async def test_news_end_a_request_that_hangs_and_the_next_one_has_its_time() -> None:
    world = World()
    process = world.process()
    await exchanged(process)
    world.hang = 5.0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.send, process)
        for _ in range(3):
            await anyio.sleep(0.4)
            world.book.wake("*")
    # The first was given up after 0.5 s.
    assert world.arrivals == pytest.approx([5.5], abs=0.1)
    await world.close()


async def test_a_burst_that_one_process_has_learned_is_everyones() -> None:
    world = World()
    one, other = world.process(), world.process()
    admissions = [await one.admit(Lane.NORMAL) for _ in range(20)]
    for each in admissions:
        one.note_sent(each)
    one.learn_refusal(admissions[0])
    for each in admissions:
        each.answered()
    await let_run()
    await exchanged(other)
    burst = other.statistics().burst
    assert burst is not None
    assert burst < 20
    assert one.statistics().burst == burst
    assert [type(event).__name__ for event in world.events] == ["Adapted", "Adapted"]
    await world.close()


async def test_statistics_tell_the_whole_and_ones_own_part() -> None:
    world = World()
    one, other = world.process(), world.process()
    assert one.statistics().shared is None
    held = [await other.admit(Lane.NORMAL, pod_operation=True) for _ in range(2)]
    admission = await one.admit(Lane.NORMAL)
    now = one.statistics()
    assert (now.in_flight, now.pod_operations, now.credits) == (1, 2, 57)
    assert now.shared is not None
    assert (now.shared.processes, now.shared.in_flight, now.shared.unknown) == (2, 3, 0)
    for each in [*held, admission]:
        each.refund()
    await world.close()


# --- a store that is lost -----------------------------------------------------------------------


async def test_calls_wait_for_a_lost_store_with_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    process = world.process()
    await exchanged(process)
    world.lost = "connection refused"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd, world, process, 3)
        await anyio.sleep(100.0)
        world.lost = ""
    assert len(world.arrivals) == 3
    assert 100.0 <= anyio.current_time() < 103.0
    names = [type(event).__name__ for event in world.events]
    assert names == ["SharedBudgetLost", "SharedBudgetRestored"]
    warnings = [each for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "connection refused" in warnings[0].getMessage()
    await world.close()


async def test_a_lost_store_is_named_by_the_error_of_a_call_that_waited_too_long() -> None:
    world = World(Limits(queue_timeout=7.0))
    world.lost = "connection refused"
    process = world.process()
    with pytest.raises(QueueTimeoutError, match="store is lost") as caught:
        await process.admit(Lane.NORMAL)
    assert caught.value.waited == 7.0
    assert "connection refused" in str(caught.value)
    assert process.is_idle
    await world.close()


async def test_ends_that_a_lost_store_was_not_told_are_told_later() -> None:
    world = World(Limits(requests=1, reserve=0))
    process = world.process()
    await world.send(process)
    world.lost = "away"
    await anyio.sleep(30.0)
    world.lost = ""
    await world.send(process)
    assert anyio.current_time() < WINDOW + 3.0
    assert world.worst() == 1
    await world.close()


async def test_a_store_that_has_forgotten_is_told_what_is_held() -> None:
    world = World()
    one, other = world.process(), world.process()
    await crowd(world, one, 30)
    await crowd(world, other, 20)
    world.book.book = None
    world.book.wake("*")
    await anyio.sleep(5.0)
    await crowd(world, one, 60)
    assert world.worst() <= 60
    await world.close()


# --- what cannot be -----------------------------------------------------------------------------


async def test_other_limits_than_the_first_process_has_are_an_error_that_names_both() -> None:
    world = World()
    first, second = world.process(), world.process(Limits(requests=120))
    held = await first.admit(Lane.NORMAL)
    with pytest.raises(ConfigurationError, match="120") as caught:
        await second.admit(Lane.NORMAL)
    assert "node:1" in str(caught.value)
    assert "60" in str(caught.value)
    assert second.is_idle
    held.refund()
    await world.close()


async def test_all_that_wait_meet_such_an_error_and_the_next_call_asks_again() -> None:
    world = World()
    first, second = world.process(), world.process(Limits(requests=120))
    await exchanged(first)
    failed = 0

    async def fail() -> None:
        nonlocal failed
        with pytest.raises(ConfigurationError):
            await second.admit(Lane.NORMAL)
        failed += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(fail)
    assert failed == 10
    await first.aclose()
    await anyio.sleep(2 * WINDOW)
    await exchanged(second)
    await world.close()


# --- what a process leaves behind ---------------------------------------------------------------


async def test_a_process_that_has_left_is_not_in_the_book() -> None:
    world = World()
    one, other = world.process(), world.process()
    await exchanged(one)
    await exchanged(other)
    await one.aclose()
    assert world.book.book is not None
    assert [each.label for each in world.book.book.sessions] == ["node:2"]
    await world.close()


async def test_a_client_that_is_closed_can_be_used_for_what_is_left_to_clean_up() -> None:
    world = World()
    process = world.process()
    await exchanged(process)
    await process.aclose()
    await exchanged(process)
    await process.aclose()


async def test_a_process_at_rest_asks_for_nothing() -> None:
    world = World()
    process = world.process()
    await world.send(process)
    await anyio.sleep(3 * WINDOW)
    steps = world.steps
    await anyio.sleep(3600.0)
    assert world.steps == steps <= 3
    await exchanged(process)
    await world.close()


# --- pods in motion -----------------------------------------------------------------------------


async def test_one_looks_whether_pods_rest_while_they_keep_the_slots() -> None:
    world = World(Limits(pod_operations=1, operation_span="settled"))
    one, other = world.process(), world.process()
    admission = await one.admit(Lane.NORMAL, pod_operation=True)
    one.note_sent(admission)
    admission.answered(subject="pod")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(world.send, other, pod_operation=True))
        await until(lambda: world.looks >= 3)
        assert other.awaits_rest
        other.pods_at_rest("pod", "another")
    assert anyio.current_time() < 60.0
    assert not other.awaits_rest
    await world.close()
