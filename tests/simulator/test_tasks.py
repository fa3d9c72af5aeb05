"""The task queues' rules, by instants alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.serverless_bench import advance, queue, request, running, serverless, task
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import WireStyle
from yotta_async.simulator.callbacks import CallbackRecord, record
from yotta_async.simulator.cloud.problems import CloudError
from yotta_async.simulator.cloud.tasks import TaskQueue
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.tasks_task import DeliveryStatus, Task, TaskStatus


EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FAILING = TaskLife(duration=(5.0, 5.0), callbacks_failing=1.0)
PRETENDING = TaskLife(duration=(5.0, 5.0), callbacks_failing=0.0)


def pass_until(home: TaskQueue, now: float) -> None:
    home.desk.agenda.advance(now)


def finished(home: TaskQueue, **fields: Any) -> Task:
    """Return a task that a worker was free for at once, after its 5 seconds."""
    home.join(1, 0.0)
    done = home.submit(task(**fields), 0.0)
    pass_until(home, 5.0)
    return done


def wall(now: float) -> datetime:
    return EPOCH + timedelta(seconds=now)


def callbacks(home: TaskQueue, **style: Any) -> list[CallbackRecord]:
    sent = home.desk.courier.sent
    return [record(delivery, wall, WireStyle(**style)) for delivery in sent]


def test_a_task_waits_until_a_worker_runs() -> None:
    home = queue()
    waiting = home.submit(task(), 0.0)
    pass_until(home, 100.0)
    assert (waiting.status, waiting.running, home.unfinished) == (TaskStatus.PROCESSING, False, 1)
    home.join(1, 100.0)
    assert (waiting.running, waiting.started_at, home.unfinished) == (True, 100.0, 1)


def test_a_task_succeeds_when_its_time_is_over_and_not_before() -> None:
    home = queue()
    home.join(1, 0.0)
    at_work = home.submit(task(), 10.0)
    pass_until(home, 14.9)
    assert at_work.status is TaskStatus.PROCESSING
    pass_until(home, 15.0)
    assert (at_work.status, at_work.finished_at) == (TaskStatus.SUCCESS, 15.0)
    assert at_work.view().output == {"echo": {"a": 1}}
    assert home.unfinished == 0


def test_a_worker_has_one_task_at_a_time_and_takes_the_oldest_next() -> None:
    home = queue()
    tasks = [home.submit(task(f"t{number}"), float(number)) for number in range(5)]
    home.join(1, 10.0)
    home.join(2, 10.0)
    started: list[list[str]] = []
    for now in (10.0, 15.0, 20.0):
        pass_until(home, now)
        started.append([one.id for one in tasks if one.running])
    assert started == [["t0", "t1"], ["t2", "t3"], ["t4"]]


def test_what_a_lost_worker_was_at_is_done_again_before_what_came_later() -> None:
    home = queue()
    first, second = home.submit(task("t1"), 0.0), home.submit(task("t2"), 1.0)
    home.join(1, 2.0)
    home.leave([1], 4.0)
    assert (first.running, second.running) == (False, False)
    home.join(2, 5.0)
    assert (first.running, second.running, first.runs) == (True, False, 2)
    seen = []
    for now in (9.9, 10.0):
        pass_until(home, now)
        seen.append(first.status)
    assert seen == [TaskStatus.PROCESSING, TaskStatus.SUCCESS]


def test_workers_that_leave_together_hand_nothing_to_each_other() -> None:
    home = queue()
    home.join(1, 0.0)
    home.join(2, 0.0)
    alone = home.submit(task(), 0.0)
    home.leave([1, 2], 1.0)
    assert (alone.running, alone.runs) == (False, 1)


def test_a_worker_that_left_takes_nothing_more() -> None:
    home = queue()
    home.join(1, 0.0)
    home.leave([1], 1.0)
    assert not home.submit(task(), 2.0).running


def test_a_second_submit_under_one_id_answers_the_first_and_changes_nothing() -> None:
    home = queue()
    first = home.submit(task(), 0.0)
    again = home.submit(task(input='{"other": 2}', webhook="http://other"), 7.0)
    assert again is first
    assert (first.view().input, first.created_at, len(home.all)) == ({"a": 1}, 0.0, 1)
    assert first.request.webhook is None


def test_an_id_is_one_tasks_alone_within_its_endpoint_only() -> None:
    one, other = queue(), queue()
    assert one.submit(task(), 0.0) is not other.submit(task(), 0.0)


def test_a_task_without_an_id_is_given_a_new_uuid_each_time() -> None:
    home = queue()
    first, second = home.submit(task(None), 0.0), home.submit(task(None), 0.0)
    assert UUID(first.id).version == 4
    assert first.id != second.id
    assert set(home.all) == {first.id, second.id}


def test_too_many_unfinished_tasks_are_refused_but_not_a_repeated_one() -> None:
    home = queue(life=TaskLife(duration=(5.0, 5.0), most=2))
    home.join(1, 0.0)
    home.submit(task("t1"), 0.0)
    home.submit(task("t2"), 0.0)
    with pytest.raises(CloudError, match="too many requests") as caught:
        home.submit(task("t3"), 0.0)
    assert caught.value.code == 429
    assert home.submit(task("t2"), 0.0).id == "t2"
    pass_until(home, 5.0)
    assert home.submit(task("t3"), 5.0).id == "t3"


def test_a_thousand_unfinished_tasks_are_the_most_unless_told_otherwise() -> None:
    assert TaskLife().most == 1000
    home = queue(life=TaskLife(most=None))
    for number in range(1001):
        home.submit(task(f"t{number}"), 0.0)
    assert home.unfinished == 1001


def test_a_share_of_the_tasks_fails_with_a_reason() -> None:
    failed = finished(queue(life=TaskLife(duration=(5.0, 5.0), failing=1.0)))
    assert (failed.status, failed.output) == (TaskStatus.FAILED, None)
    assert failed.error == "worker answered with HTTP 500"


def test_the_workers_code_can_be_given() -> None:
    assert finished(queue(run=lambda value: value["a"] + 1)).view().output == 2


def divide(value: Any) -> object:
    return value["a"] / 0


def nothing_json_knows(_: Any) -> object:
    return {1, 2}


def not_a_number(_: Any) -> object:
    return float("nan")


@pytest.mark.parametrize(
    ("run", "error"),
    [
        (divide, "worker raised ZeroDivisionError"),
        (nothing_json_knows, "worker raised TypeError"),
        (not_a_number, "worker raised ValueError"),
    ],
)
def test_code_that_raises_fails_its_task_and_no_other(run: Any, error: str) -> None:
    home = queue(run=run)
    first = finished(home)
    assert (first.status, first.error) == (TaskStatus.FAILED, error)
    assert home.submit(task("t2"), 6.0).running


def test_code_that_changes_its_input_changes_only_its_own_copy() -> None:
    assert finished(queue(run=lambda value: value.clear())).view().input == {"a": 1}


def test_a_task_of_an_endpoint_waits_for_the_endpoints_workers() -> None:
    home = serverless()
    endpoint = home.create(request(workers=1), 0.0)
    early = home.queue(endpoint.id, 0.0).submit(task(), 0.0)
    advance(home, 104.9)
    assert (early.started_at, early.status) == (100.0, TaskStatus.PROCESSING)
    advance(home, 105.0)
    assert early.status is TaskStatus.SUCCESS


def test_a_stopped_endpoint_works_on_when_it_is_started_again() -> None:
    home = serverless()
    endpoint = running(home)
    late = home.queue(endpoint.id, 199.0).submit(task(), 199.0)
    home.stop(endpoint.id, 200.0)
    advance(home, 300.0)
    assert (late.status, late.running) == (TaskStatus.PROCESSING, False)
    home.start(endpoint.id, 300.0)
    advance(home, 405.0)
    assert late.status is TaskStatus.SUCCESS


def test_scaling_down_puts_a_dismissed_workers_task_back() -> None:
    home = serverless()
    endpoint = running(home)
    tasks = [home.queue(endpoint.id, 200.0).submit(task(f"t{n}"), 200.0) for n in range(2)]
    home.scale(endpoint.id, 1, 201.0)
    assert [one.running for one in tasks] == [True, False]
    advance(home, 210.0)
    assert [one.finished_at for one in tasks] == [205.0, 210.0]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "submit", "repeat", "join", "leave", "wait"]),
        st.integers(0, 30),
    ),
    max_size=60,
)


@given(EVENTS, st.tuples(st.floats(0, 5), st.floats(5, 20)))
def test_no_task_is_lost_done_twice_or_overtaken(
    events: list[tuple[str, int]], duration: tuple[float, float]
) -> None:
    done: list[int] = []
    home, now, workers = queue(life=TaskLife(duration=duration), run=done.append), 0.0, [0]
    for number, (verb, gap) in enumerate(events):
        now += gap
        pass_until(home, now)
        if verb == "submit":
            home.submit(task(f"t{number}", input=str(number)), now)
        elif verb == "repeat" and home.all:
            home.submit(task(next(iter(home.all)), input="0"), now)
        elif verb == "join":
            workers.append(number + 1)
            home.join(number + 1, now)
        elif verb == "leave":
            home.leave([workers.pop() if workers else 0], now)
        at_work = [one for one in home.all.values() if one.running]
        waiting = [
            one
            for one in home.all.values()
            if not one.running and one.status is TaskStatus.PROCESSING
        ]
        assert len(at_work) <= sum(worker > 0 for worker in workers)
        assert home.unfinished == len(at_work) + len(waiting)
        # Nobody works at a task while an older one waits for its first worker.
        first_waiting = min((one.number for one in waiting if not one.runs), default=10**20)
        assert all(one.number < first_waiting for one in at_work)
    home.join(1000, now)
    pass_until(home, now + 20.0 * len(events) + 20.0)
    assert all(one.status is TaskStatus.SUCCESS for one in home.all.values())
    assert sorted(done) == [int(one.request.input) for one in home.all.values()]


def test_v3_a_webhook_that_is_not_reached_is_told_nothing() -> None:
    """V3: in the process nothing is posted, and the task does not say that it was."""
    home = queue()
    told = finished(home, webhook="http://me/hook")
    pass_until(home, 10_000.0)
    assert (told.delivery, told.deliveries, told.delivered_at) == (DeliveryStatus.INIT, 0, None)
    assert (told.last_delivery_at, told.next_delivery_at) == (None, None)
    (callback,) = callbacks(home)
    assert (callback.url, callback.posted, callback.accepted) == ("http://me/hook", False, False)


def test_v3_what_can_be_reached_waits_to_be_posted() -> None:
    """V3: and is counted when it is sent, not when it is accepted."""
    home = queue()
    courier = home.desk.courier
    courier.reaches = lambda url: url == "http://here/"
    told = finished(home, webhook="http://here/")
    assert (told.delivery, told.deliveries, callbacks(home)) == (DeliveryStatus.INIT, 1, [])
    courier.note_outcome(courier.outbox.popleft(), 6.0, accepted=False)
    assert (told.delivery, told.next_delivery_at) == (DeliveryStatus.FAILED, 66.0)
    pass_until(home, 66.0)
    courier.note_outcome(courier.outbox.popleft(), 67.0, accepted=True)
    assert (told.delivery, told.deliveries, told.delivered_at) == (DeliveryStatus.SUCCESS, 2, 67.0)
    assert [(each.instant, each.posted) for each in callbacks(home)] == [(5.0, True), (66.0, True)]


def test_v3_what_cannot_be_reached_is_not_posted() -> None:
    """V3: whatever else is."""
    home = queue()
    home.desk.courier.reaches = lambda _: False
    told = finished(home, webhook="http://me/hook")
    assert (told.delivery, told.deliveries) == (DeliveryStatus.INIT, 0)
    assert not home.desk.courier.outbox


def test_a_webhook_is_told_in_the_instant_of_the_end() -> None:
    home = queue(life=PRETENDING)
    told = finished(home, webhook="http://me/hook", auth_key="key")
    assert (told.delivery, told.deliveries, told.delivered_at) == (DeliveryStatus.SUCCESS, 1, 5.0)
    (callback,) = callbacks(home)
    assert (callback.instant, callback.url, callback.accepted) == (5.0, "http://me/hook", True)
    assert callback.headers == {"Content-Type": "application/json", "X-API-Key": "key"}


def test_a_task_without_a_webhook_tells_nobody() -> None:
    home = queue()
    silent = finished(home)
    assert (silent.delivery, silent.deliveries, callbacks(home)) == (DeliveryStatus.INIT, 0, [])


def test_a_webhook_without_a_key_gets_none() -> None:
    home = queue()
    finished(home, webhook="http://me/hook")
    assert "X-API-Key" not in callbacks(home)[0].headers


def test_a_callback_of_v1_is_the_documented_one() -> None:
    home = queue()
    told = finished(home, webhook="http://me/hook", generation=1)
    assert json.loads(callbacks(home)[0].body) == {
        "task_id": told.number,
        "user_task_id": "t1",
        "endpoint_id": 7,
        "status": "Success",
        "success": True,
        "timestamp": "2026-01-01 00:00:05.000",
        "retry_count": 1,
        "result": {"echo": {"a": 1}},
    }


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize(("style", "words"), [("capitalized", "Failed"), ("upper", "FAILED")])
def test_v3_the_words_of_a_callback_are_a_switch(style: str, words: str, generation: int) -> None:
    """V3: the validator and the field table have one side, the guide's example the other."""
    home = queue(run=divide)
    finished(home, webhook="http://me/hook", generation=generation)
    (callback,) = callbacks(home, callback_statuses=style)
    assert json.loads(callback.body)["status"] == words


def test_v3_a_callback_of_v2_has_the_names_of_the_vendors_validator() -> None:
    """V3: they are v1's."""
    home = queue()
    told = finished(home, webhook="http://me/hook", generation=2)
    body = json.loads(callbacks(home)[0].body)
    assert (body["task_id"], body["user_task_id"], body["endpoint_id"]) == (told.number, "t1", 7)


def test_a_callback_of_v2_may_be_spelt_as_v2_is() -> None:
    home = queue(run=divide)
    finished(home, webhook="http://me/hook", generation=2)
    (callback,) = callbacks(home, v2_callbacks="camelCase", callback_statuses="upper")
    assert json.loads(callback.body) == {
        "taskId": "t1",
        "userTaskId": "t1",
        "endpointId": "7",
        "status": "FAILED",
        "success": False,
        "timestamp": "2026-01-01 00:00:05.000",
        "retryCount": 1,
        "failedReason": "worker raised ZeroDivisionError",
    }


def test_a_callback_that_is_not_accepted_is_sent_again_three_times() -> None:
    home = queue(life=FAILING)
    told = finished(home, webhook="http://me/hook", generation=1)
    assert (told.delivery, told.next_delivery_at) == (DeliveryStatus.FAILED, 65.0)
    pass_until(home, 10_000.0)
    assert told.delivery is DeliveryStatus.MAX_RETRIES_EXCEEDED
    assert (told.next_delivery_at, told.delivered_at) == (None, None)
    sent = callbacks(home)
    assert [callback.instant for callback in sent] == [5.0, 65.0, 365.0, 1265.0]
    assert [json.loads(callback.body)["retry_count"] for callback in sent] == [1, 2, 3, 4]
    assert not any(callback.accepted for callback in sent)


def test_secrets_of_a_task_are_not_shown() -> None:
    home = queue(run=lambda _: "SECRET-out")
    told = finished(
        home,
        input='"SECRET-in"',
        webhook="http://me/SECRET-hook",
        auth_key="SECRET-key",
        headers=(("A", "SECRET-header"),),
    )
    for shown in (told.request, told.view(), callbacks(home)[0], told):
        assert "SECRET" not in repr(shown)


def test_an_instant_life_needs_a_worker_and_no_time() -> None:
    home = queue(life=TaskLife.instant())
    home.join(1, 0.0)
    quick = home.submit(task(), 3.0)
    pass_until(home, 3.0)
    assert quick.finished_at == 3.0


@pytest.mark.parametrize(
    "settings",
    [{"failing": 1.1}, {"callbacks_failing": -0.1}, {"duration": (5.0, 1.0)}, {"most": 0}],
)
def test_an_impossible_life_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TaskLife(**settings)
    assert caught.value.field in settings
