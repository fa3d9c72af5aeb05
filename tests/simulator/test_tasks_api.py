"""Tasks in both generations: what is accepted, what is answered."""

from typing import Any
from uuid import UUID

import pytest

from tests.simulator.serverless_bench import TASK, TASK_V1, TASKS, V2, Bench
from yotta_async.simulator import WireStyle
from yotta_async.simulator.cloud.tasks_life import TaskLife


NOBODY = "420522713875330018"


def submit(bench: Bench, generation: int, endpoint_id: str, **task: Any) -> tuple[Any, Any]:
    if generation == 1:
        return bench.ask("POST", f"{TASKS}/create", TASK_V1 | task, endpoint_id)
    return bench.ask("POST", f"{V2}/{endpoint_id}/tasks", TASK | task)


def by_v1(bench: Bench, endpoint_id: str, task_id: str = "t1") -> Any:
    return bench.done("GET", f"{TASKS}/{task_id}", endpoint=endpoint_id)


def test_what_one_generation_submitted_both_show() -> None:
    bench = Bench()
    endpoint_id = bench.running()
    assert submit(bench, 1, endpoint_id)[1] == {"userTaskId": "t1"}
    assert submit(bench, 2, endpoint_id, taskId="t2")[1] == {"taskId": "t2"}
    assert [by_v1(bench, endpoint_id, name)["userTaskId"] for name in ("t1", "t2")] == ["t1", "t2"]
    assert [bench.task(endpoint_id, name)["taskId"] for name in ("t1", "t2")] == ["t1", "t2"]


@pytest.mark.parametrize("generation", [1, 2])
def test_a_submit_is_idempotent_on_its_id(generation: int) -> None:
    bench = Bench()
    endpoint_id = bench.create()
    first = submit(bench, generation, endpoint_id)
    word = "taskData" if generation == 1 else "input"
    assert submit(bench, generation, endpoint_id, **{word: {"other": 2}}) == first
    assert bench.task(endpoint_id)["input"] == {"a": 1}
    assert bench.done("GET", f"{V2}/{endpoint_id}/tasks/count") == {"processing": 1}


def test_v2_names_a_task_that_comes_without_a_name() -> None:
    bench = Bench()
    endpoint_id = bench.create()
    task_id = bench.submit(endpoint_id, taskId=None)
    assert UUID(task_id).version == 4
    assert bench.task(endpoint_id, task_id)["taskId"] == task_id


WORDS = {"taskId": "userTaskId", "input": "taskData", "webhook": "notifyUrl"}
BAD = [
    ("taskId", "a-b", "must have"),
    ("taskId", "", "is required"),
    ("taskId", "a\n", "must have"),
    ("taskId", "t" * 256, "must have"),
    ("taskId", 7, "must be a string"),
    ("workerPort", None, "workerPort must be at least 1"),
    ("workerPort", 0, "workerPort must be at least 1"),
    ("workerPort", 65536, "workerPort must not exceed 65535"),
    ("workerPort", "80", "workerPort must be an integer"),
    ("processUri", None, "processUri is required"),
    ("processUri", " ", "processUri is required"),
    ("processUri", "/a b", "processUri must not contain spaces"),
    ("processUri", "/" * 256, "processUri must have at most 255"),
    ("input", None, "is required"),
    ("input", {}, "cannot be empty"),
    ("input", [], "cannot be empty"),
    ("input", "", "cannot be empty"),
    ("webhook", "no url", "must be a valid URL"),
    ("webhook", "ftp://host/", "must be a valid URL"),
    ("webhook", "http://[", "must be a valid URL"),
    ("webhook", "http://h/" + "x" * 504, "must have at most 512"),
    ("webhookAuthKey", "k" * 256, "must have at most 255"),
    ("headers", [], "must be a kv structure"),
    ("headers", {"a": 1}, "must be a kv structure"),
]
WORDS |= {"webhookAuthKey": "notifyAuthKey", "headers": "header"}


@pytest.mark.parametrize(("generation", "code"), [(1, 40001), (2, 10001)])
@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_a_submit_that_does_not_fit_is_refused_by_its_field(
    generation: int, code: int, name: str, value: object, words: str
) -> None:
    bench = Bench()
    field = WORDS.get(name, name) if generation == 1 else name
    answer = submit(bench, generation, bench.create(), **{field: value})
    assert answer[0] == code
    assert words in answer[1]
    assert field in answer[1]
    assert bench.simulated.tasks == ()


def test_v1_needs_a_name_for_each_task() -> None:
    bench = Bench()
    answer = submit(bench, 1, bench.create(), userTaskId=None)
    assert answer == (40001, "userTaskId is required")


@pytest.mark.parametrize("value", [0, False, 1.5, "text", [None], {"a": {"b": [2**64]}}, "\ud800"])
def test_an_input_may_be_any_json_that_is_not_empty(value: object) -> None:
    bench = Bench()
    endpoint_id = bench.running()
    bench.submit(endpoint_id, input=value)
    bench.now += 5.0
    shown = bench.task(endpoint_id)
    assert (shown["input"], shown["output"]) == (value, {"echo": value})


def test_an_input_that_is_nested_too_deep_is_refused() -> None:
    bench = Bench()
    endpoint_id = bench.create()
    for depth, code in [(200, 10000), (201, 10001)]:
        text = b'{"taskId":"t%d","workerPort":1,"processUri":"/","input":' % depth
        deep = text + b"[" * (depth - 1) + b"1" + b"]" * (depth - 1) + b"}"
        assert bench.ask("POST", f"{V2}/{endpoint_id}/tasks", deep)[0] == code


def test_a_uri_gets_its_leading_slash() -> None:
    bench = Bench()
    endpoint_id = bench.create()
    bench.submit(endpoint_id, processUri="run")
    assert bench.task(endpoint_id)["workerUrl"] == "http://localhost:8000/run"


VERBS_V1 = [
    ("POST", f"{TASKS}/create", TASK_V1),
    ("GET", TASKS, None),
    ("GET", f"{TASKS}/t1", None),
    ("GET", f"{TASKS}/processing/count", None),
]
VERBS_V2 = [
    ("POST", f"{V2}/{{}}/tasks", TASK),
    ("GET", f"{V2}/{{}}/tasks", None),
    ("GET", f"{V2}/{{}}/tasks/t1", None),
    ("GET", f"{V2}/{{}}/tasks/count", None),
]


@pytest.mark.parametrize(("method", "path", "body"), VERBS_V1 + VERBS_V2)
def test_only_queue_endpoints_have_tasks(method: str, path: str, body: object) -> None:
    bench = Bench()
    endpoint_id = bench.create(serviceMode="CUSTOM")
    assert bench.ask(method, path.format(endpoint_id), body, endpoint_id)[0] == 10001


@pytest.mark.parametrize(("method", "path", "body"), VERBS_V1)
@pytest.mark.parametrize(
    ("endpoint_id", "code"),
    [(None, 40001), ("", 40001), ("x", 40001), ("-1", 40001), (NOBODY, 14000)],
)
def test_v1_finds_the_endpoint_by_a_header(
    method: str, path: str, body: object, endpoint_id: str | None, code: int
) -> None:
    bench = Bench()
    bench.create()
    assert bench.ask(method, path, body, endpoint_id)[0] == code


@pytest.mark.parametrize(("method", "path", "body"), VERBS_V2)
@pytest.mark.parametrize(("endpoint_id", "code"), [("x", 10001), (NOBODY, 24001)])
def test_v2_finds_the_endpoint_by_the_path(
    method: str, path: str, body: object, endpoint_id: str, code: int
) -> None:
    assert Bench().ask(method, path.format(endpoint_id), body)[0] == code


@pytest.mark.parametrize("task_id", ["t2", "%00", "a%2Fb", "..", "create"])
def test_no_such_task_has_each_generations_code(task_id: str) -> None:
    bench = Bench()
    endpoint_id = bench.create()
    bench.submit(endpoint_id)
    assert bench.ask("GET", f"{TASKS}/{task_id}", endpoint=endpoint_id) == (40402, "Task not found")
    assert bench.ask("GET", f"{V2}/{endpoint_id}/tasks/{task_id}")[0] == 24011


def test_v1_shows_a_waiting_task_as_documented() -> None:
    bench = Bench()
    endpoint_id = bench.create()
    submit(bench, 1, endpoint_id, notifyUrl="http://me/", header={"A": "b"})
    assert by_v1(bench, endpoint_id) == {
        "userTaskId": "t1",
        "status": "PROCESSING",
        "workerUrl": "http://localhost:8000/run",
        "notifyUrl": "http://me/",
        "createdAt": "2026-01-01 00:00:00.000",
        "updatedAt": "2026-01-01 00:00:00.000",
        "taskData": {"a": 1},
        "header": {"A": "b"},
        "resultSendStatus": "INIT",
        "resultSendCount": 0,
        "notifySendCount": 0,
        "failedReason": None,
        "nextResultSendTime": None,
        "lastNotifiedAt": None,
        "taskResult": None,
    }


def test_v4_what_a_v1_task_has_not_is_null_or_left_out() -> None:
    """V4: failedReason and nextResultSendTime are there where nothing is said."""
    sides: list[tuple[Any, bool]] = [("null", True), ("absent", False)]
    for style, shown in sides:
        bench = Bench({"wire": WireStyle(missing=style)})
        endpoint_id = bench.create()
        submit(bench, 1, endpoint_id)
        task = by_v1(bench, endpoint_id)
        names = ("failedReason", "nextResultSendTime", "notifyUrl", "taskResult")
        assert [name in task for name in names] == [shown] * 4


TAKEN = TaskLife(duration=(5.0, 5.0), callbacks_failing=0.0)


def test_v1_shows_what_came_of_a_task() -> None:
    bench = Bench({"task_life": TAKEN})
    endpoint_id = bench.running()
    submit(bench, 1, endpoint_id, notifyUrl="http://me/")
    bench.now += 5.0
    shown = by_v1(bench, endpoint_id)
    assert (shown["status"], shown["taskResult"]) == ("SUCCESS", {"echo": {"a": 1}})
    assert (shown["resultSendStatus"], shown["resultSendCount"]) == ("SUCCESS", 1)
    assert shown["lastNotifiedAt"] == "2026-01-01 00:01:55.000"


def test_v1_shows_why_a_task_failed_and_when_its_callback_is_sent_again() -> None:
    life = TaskLife(duration=(5.0, 5.0), failing=1.0, callbacks_failing=1.0)
    bench = Bench({"task_life": life})
    endpoint_id = bench.running()
    submit(bench, 1, endpoint_id, notifyUrl="http://me/")
    bench.now += 5.0
    shown = by_v1(bench, endpoint_id)
    assert (shown["status"], shown["failedReason"]) == ("FAILED", "worker answered with HTTP 500")
    assert (shown["resultSendStatus"], shown["nextResultSendTime"]) == (
        "FAILED",
        "2026-01-01 00:02:55.000",
    )
    assert shown["taskResult"] is None


def test_v2_shows_a_task_as_documented() -> None:
    bench = Bench({"task_life": TAKEN})
    endpoint_id = bench.running()
    bench.submit(endpoint_id, webhook="http://me/", headers={"A": "b"})
    bench.now += 5.0
    assert bench.task(endpoint_id) == {
        "taskId": "t1",
        "endpointId": endpoint_id,
        "endpointName": "llm",
        "status": "SUCCESS",
        "workerUrl": "http://localhost:8000/run",
        "webhook": "http://me/",
        "deliveryStatus": "SUCCESS",
        "deliveryAttempts": 1,
        "error": None,
        "input": {"a": 1},
        "output": {"echo": {"a": 1}},
        "headers": {"A": "b"},
        "createdAt": 1767225710000,
        "updatedAt": 1767225715000,
        "deliveredAt": 1767225715000,
    }


def full(bench: Bench, number: int = 5) -> str:
    """Return an endpoint with so many tasks, of which two are done and two at work."""
    endpoint_id = bench.running()
    for index in range(number):
        bench.submit(endpoint_id, taskId=f"t{index}")
    bench.now += 5.0
    return endpoint_id


def test_v1s_pages_have_a_pagination() -> None:
    bench = Bench()
    shown = bench.done("GET", f"{TASKS}?page=2&pageSize=2", endpoint=full(bench))
    assert [task["userTaskId"] for task in shown["items"]] == ["t2", "t1"]
    assert shown["pagination"] == {"page": 2, "pageSize": 2, "totalCount": 5, "totalPages": 3}


def test_v2s_pages_are_flat() -> None:
    bench = Bench()
    endpoint_id = full(bench)
    shown = bench.done("GET", f"{V2}/{endpoint_id}/tasks?pageNumber=3&pageSize=2")
    assert [task["taskId"] for task in shown.pop("items")] == ["t0"]
    assert shown == {"page": 3, "size": 2, "total": 5, "pages": 3}


def test_v2s_pages_may_have_a_pagination_too() -> None:
    bench = Bench({"wire": WireStyle(pages="pagination")})
    shown = bench.done("GET", f"{V2}/{full(bench)}/tasks")
    assert shown["pagination"] == {"page": 1, "pageSize": 10, "totalCount": 5, "totalPages": 1}


def test_lists_leave_out_what_may_be_large() -> None:
    bench = Bench()
    endpoint_id = full(bench)
    (first, *_) = bench.done("GET", f"{TASKS}", endpoint=endpoint_id)["items"]
    assert {"taskData", "taskResult", "header"}.isdisjoint(first)
    (first, *_) = bench.done("GET", f"{V2}/{endpoint_id}/tasks")["items"]
    assert {"input", "output", "headers"}.isdisjoint(first)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("", 5),
        ("0", 3),
        ("PROCESSING", 3),
        ("1", 0),
        ("2", 2),
        ("SUCCESS", 2),
        ("FAILED", 0),
    ],
)
def test_lists_are_filtered_by_status(word: str, found: int) -> None:
    bench = Bench()
    endpoint_id = full(bench)
    page = bench.done("GET", f"{TASKS}?status={word}", endpoint=endpoint_id)
    assert page["pagination"]["totalCount"] == found
    assert bench.done("GET", f"{V2}/{endpoint_id}/tasks?status={word}")["total"] == found


@pytest.mark.parametrize("query", ["status=4", "status=-1", "status=done", "page=0", "pageSize=0"])
def test_a_list_that_does_not_fit_is_refused(query: str) -> None:
    bench = Bench()
    endpoint_id = bench.create()
    assert bench.ask("GET", f"{TASKS}?{query}", endpoint=endpoint_id)[0] == 40001
    v2 = query.replace("page=", "pageNumber=")
    assert bench.ask("GET", f"{V2}/{endpoint_id}/tasks?{v2}")[0] == 10001


def test_the_unfinished_are_counted() -> None:
    bench = Bench()
    endpoint_id = full(bench)
    count = bench.done("GET", f"{TASKS}/processing/count", endpoint=endpoint_id)
    assert count == {"processingCount": 3}
    assert bench.done("GET", f"{V2}/{endpoint_id}/tasks/count") == {"processing": 3}


def test_too_many_unfinished_tasks_are_429() -> None:
    bench = Bench({"task_life": TaskLife(most=1)})
    endpoint_id = bench.create()
    bench.submit(endpoint_id)
    for generation, word in ((1, "userTaskId"), (2, "taskId")):
        answer = submit(bench, generation, endpoint_id, **{word: "t2"})
        assert answer == (429, "too many requests")


def test_v1s_statuses_may_be_numbers() -> None:
    bench = Bench({"wire": WireStyle(v1_task_statuses="number")})
    endpoint_id = full(bench, 3)
    shown = [by_v1(bench, endpoint_id, name) for name in ("t0", "t2")]
    assert [task["status"] for task in shown] == [2, 0]
    assert shown[0]["resultSendStatus"] == 0
    assert bench.task(endpoint_id, "t0")["status"] == "SUCCESS"


def test_v1s_times_may_be_the_general_ones() -> None:
    bench = Bench({"wire": WireStyle(v1_task_times="general")})
    endpoint_id = bench.create()
    bench.submit(endpoint_id)
    assert by_v1(bench, endpoint_id)["createdAt"] == 1767225600000


@pytest.mark.parametrize("delivered", [False, True])
def test_delivered_means_in_v1_that_a_worker_has_it(*, delivered: bool) -> None:
    bench = Bench({"wire": WireStyle(delivered=delivered)})
    endpoint_id, seen = bench.create(), []
    submit(bench, 1, endpoint_id, notifyUrl="http://me/")
    for now in (99.0, 100.0, 105.0):
        bench.now = now
        seen.append(by_v1(bench, endpoint_id)["status"])
    assert seen == ["PROCESSING", "DELIVERED" if delivered else "PROCESSING", "SUCCESS"]


@pytest.mark.parametrize("delivered", [False, True])
@pytest.mark.parametrize("webhook", [None, "http://me/"])
def test_delivered_means_in_v2_that_the_webhook_has_it(
    *, delivered: bool, webhook: str | None
) -> None:
    bench = Bench({"wire": WireStyle(delivered=delivered), "task_life": TAKEN})
    endpoint_id, seen = bench.create(), []
    bench.submit(endpoint_id, webhook=webhook)
    for now in (99.0, 100.0, 105.0):
        bench.now = now
        seen.append(bench.task(endpoint_id)["status"])
    assert seen == ["PROCESSING", "PROCESSING", "DELIVERED" if delivered and webhook else "SUCCESS"]


def test_a_filter_goes_by_the_word_that_is_shown() -> None:
    bench = Bench({"wire": WireStyle(delivered=True)})
    endpoint_id = full(bench)
    page = bench.done("GET", f"{TASKS}?status=1", endpoint=endpoint_id)
    assert {task["userTaskId"] for task in page["items"]} == {"t2", "t3"}
    assert {task["status"] for task in page["items"]} == {"DELIVERED"}


def test_the_workers_code_and_the_views_are_the_simulators_own() -> None:
    bench = Bench({"task_result": lambda value: value["a"] * 2})
    endpoint_id = bench.running()
    bench.submit(endpoint_id, webhook="http://me/", webhookAuthKey="SECRET")
    bench.now += 5.0
    (task,) = bench.simulated.tasks
    assert (task.id, task.endpoint_id, task.output) == ("t1", endpoint_id, 2)
    (callback,) = bench.simulated.callbacks
    assert (callback.instant, callback.url) == (115.0, "http://me/")
    (endpoint,) = bench.simulated.endpoints
    assert (endpoint.id, endpoint.running_workers) == (endpoint_id, 2)
    assert "SECRET" not in repr((task, callback, endpoint))
