"""Tasks of QUEUE endpoints: submitted once, waited for together."""

from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any

import anyio
import httpx
import pytest

from tests.lab import Lab, client_of, in_both_generations, make_lab
from yotta_async import AsyncYotta, DeliveryStatus, RetryPolicy, Task, TaskStatus
from yotta_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    TaskFailedError,
    WaitTimeoutError,
)
from yotta_async.simulator import Faults, SimulatedYotta, TaskLife, WireStyle


NOBODY = "100000000000000001"
PLACE: dict[str, Any] = {"worker_port": 8000, "process_uri": "/run"}
PATIENT = RetryPolicy(attempts=50, budget=None)


async def submit(lab: Lab, endpoint_id: str, value: object = 1, **more: Any) -> str:
    return await lab.client.tasks.submit(endpoint_id, value, **PLACE | more)


@in_both_generations
async def test_a_task_is_submitted_with_all_that_it_was_given(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    task_id = await submit(
        lab,
        endpoint.id,
        {"prompt": ["a", None, 1.5, {"b": True}]},
        task_id="mine_1",
        process_uri="generate",
        headers={"X-Trace": "7"},
        webhook="https://host.example/done",
        webhook_auth_key="secret",
    )
    assert task_id == "mine_1"
    (task,) = lab.tasks(endpoint.id).values()
    request = task.request
    assert (request.port, request.uri, request.headers) == (8000, "/generate", (("X-Trace", "7"),))
    assert (request.webhook, request.auth_key) == ("https://host.example/done", "secret")
    got = await lab.client.tasks.wait(endpoint.id, task_id)
    assert got.input == {"prompt": ("a", None, 1.5, {"b": True})}
    assert got.output == {"echo": got.input}
    assert (got.status, got.headers["X-Trace"]) == ("SUCCESS", "7")


@in_both_generations
async def test_without_an_id_each_task_gets_one_of_its_own(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    ids = {await submit(lab, endpoint.id) for _ in range(5)}
    assert ids == set(lab.tasks(endpoint.id))
    assert len(ids) == 5


@in_both_generations
async def test_the_same_id_twice_is_one_task(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    for value in (1, 2):
        assert await submit(lab, endpoint.id, value, task_id="mine") == "mine"
    assert len(lab.tasks(endpoint.id)) == 1
    assert (await lab.client.tasks.wait(endpoint.id, "mine")).input == 1


@in_both_generations
@pytest.mark.parametrize("given", ["mine", None])
async def test_a_task_whose_answers_are_lost_is_there_once(
    given: str | None, api_version: str
) -> None:
    faults = Faults(operations={"submitTask"}, reset_after=0.4, html=0.2, error_before=0.2)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=2)
    endpoint = await lab.endpoint()
    ids = [await submit(lab, endpoint.id, task_id=given) for _ in range(3)]
    assert set(lab.tasks(endpoint.id)) == set(ids)
    assert sum(lab.cloud.faults_fired.values()) > 3


Call = Callable[[AsyncYotta], Awaitable[object]]


def _submission(**fields: Any) -> Call:
    sound = {"endpoint_id": NOBODY, "input": 1, **PLACE}
    return lambda client: client.tasks.submit(**sound | fields)


REFUSED: dict[str, tuple[str, Call]] = {
    "no input": ("input", _submission(input=None)),
    "empty input": ("input", _submission(input={})),
    "input that is no JSON": ("input", _submission(input={1})),
    "input that is not finite": ("input", _submission(input=[float("nan")])),
    "port 0": ("worker_port", _submission(worker_port=0)),
    "no path": ("process_uri", _submission(process_uri="")),
    "space in the path": ("process_uri", _submission(process_uri="/a b")),
    "empty id": ("task_id", _submission(task_id="")),
    "hyphens in the id": ("task_id", _submission(task_id="0-1")),
    "long id": ("task_id", _submission(task_id="n" * 256)),
    "webhook": ("webhook", _submission(webhook="host.example")),
    "header": ("headers", _submission(headers={"a b": "c"})),
    "endpoint": ("endpoint_id", _submission(endpoint_id="")),
    "get without an id": ("task_id", lambda client: client.tasks.get(NOBODY, "")),
    "get of dots": ("task_id", lambda client: client.tasks.get(NOBODY, "..")),
    "wait without an id": ("task_id", lambda client: client.tasks.wait(NOBODY, "")),
    "wait at no endpoint": ("endpoint_id", lambda client: client.tasks.wait("", "mine")),
    "count of none": ("endpoint_id", lambda client: client.tasks.count("")),
    "list of none": ("endpoint_id", lambda client: client.tasks.list("").all()),
    "status": ("status", lambda client: client.tasks.list(NOBODY, status="LAZY").all()),
}


@in_both_generations
@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    name: str, api_version: str
) -> None:
    lab = make_lab(api_version=api_version)
    field, call = REFUSED[name]
    with pytest.raises(ConfigurationError) as caught:
        await call(lab.client)
    assert caught.value.field == field
    assert caught.value.hint
    assert lab.cloud.requests == ()


@pytest.mark.parametrize("endpoint_id", ["7\r\nX-Evil: 1", "7 7", "é", "7\n"], ids=ascii)
async def test_an_endpoints_id_cannot_leave_its_header(endpoint_id: str) -> None:
    lab = make_lab(api_version="v1")
    with pytest.raises(ConfigurationError, match="endpoint_id"):
        await lab.client.tasks.count(endpoint_id)
    assert lab.cloud.requests == ()


@pytest.mark.parametrize(
    "call",
    [
        _submission(task_id="count"),
        lambda client: client.tasks.get(NOBODY, "count"),
        lambda client: client.tasks.wait(NOBODY, "count"),
    ],
    ids=["submit", "get", "wait"],
)
async def test_in_v2_a_task_cannot_be_called_what_the_counter_is(call: Call) -> None:
    lab = make_lab(api_version="v2")
    with pytest.raises(ConfigurationError, match="counter's name"):
        await call(lab.client)
    assert lab.cloud.requests == ()


async def test_in_v1_it_can() -> None:
    lab = make_lab(api_version="v1")
    endpoint = await lab.endpoint()
    await submit(lab, endpoint.id, task_id="count")
    assert (await lab.client.tasks.wait(endpoint.id, "count")).status == "SUCCESS"


@in_both_generations
async def test_a_task_for_an_endpoint_of_another_mode_is_refused(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint(service_mode="CUSTOM")
    with pytest.raises(BadRequestError, match="QUEUE"):
        await submit(lab, endpoint.id)


@in_both_generations
async def test_what_is_not_there_is_not_found(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    tasks = lab.client.tasks
    for call in (
        tasks.submit(NOBODY, 1, **PLACE),
        tasks.get(endpoint.id, "nobody"),
        tasks.wait(endpoint.id, "nobody"),
        tasks.wait(NOBODY, "nobody"),
        tasks.count(NOBODY),
        tasks.list(NOBODY).all(),
    ):
        with pytest.raises(NotFoundError):
            await call


@in_both_generations
async def test_a_task_that_succeeds_is_returned_in_full(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    task = await lab.client.tasks.wait(endpoint.id, await submit(lab, endpoint.id, {"n": 1}))
    assert task == await lab.client.tasks.get(endpoint.id, task.id)
    assert (task.status, task.output) == (TaskStatus.SUCCESS, {"echo": {"n": 1}})


@in_both_generations
async def test_a_task_that_fails_tells_why(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(failing=1.0))
    endpoint = await lab.endpoint()
    task_id = await submit(lab, endpoint.id)
    with pytest.raises(TaskFailedError, match="HTTP 500") as caught:
        await lab.client.tasks.wait(endpoint.id, task_id)
    seen = caught.value.last_seen
    assert caught.value.subject == task_id
    assert isinstance(seen, Task)
    assert (seen.status, seen.error) == ("FAILED", "worker answered with HTTP 500")


@in_both_generations
async def test_a_wait_that_takes_too_long_tells_what_was_last_seen(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(600.0, 600.0)))
    endpoint = await lab.endpoint()
    task_id, began = await submit(lab, endpoint.id), anyio.current_time()
    with pytest.raises(WaitTimeoutError, match="last seen PROCESSING") as caught:
        await lab.client.tasks.wait(endpoint.id, task_id, timeout=30.0)
    assert anyio.current_time() - began == pytest.approx(30.0, abs=1.0)
    assert isinstance(caught.value.last_seen, Task)
    assert (await lab.client.tasks.wait(endpoint.id, task_id, timeout=None)).is_done
    await lab.close()


@in_both_generations
async def test_in_no_time_nothing_is_seen(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    with pytest.raises(WaitTimeoutError, match="could not be looked at") as caught:
        await lab.client.tasks.wait(endpoint.id, await submit(lab, endpoint.id), timeout=0.0)
    assert caught.value.last_seen is None


async def wait_for_all(lab: Lab, endpoint_id: str, ids: list[str]) -> dict[str, Task]:
    done: dict[str, Task] = {}

    async def wait(task_id: str) -> None:
        done[task_id] = await lab.client.tasks.wait(endpoint_id, task_id, timeout=None)

    async with anyio.create_task_group() as tasks:
        for task_id in ids:
            tasks.start_soon(wait, task_id)
    return done


@in_both_generations
@pytest.mark.parametrize("count", [3, 60])
async def test_many_waiters_of_one_endpoint_look_together(count: int, api_version: str) -> None:
    """Each asks when it begins and for its result; a tick costs at most 3 pages and 3 looks."""
    life = TaskLife(duration=(10.0, 20.0))
    lab = make_lab(api_version=api_version, task_life=life)
    endpoint = await lab.endpoint(workers=10)
    ids = [await submit(lab, endpoint.id, number) for number in range(1, count + 1)]
    before, began = len(lab.cloud.requests), anyio.current_time()
    done = await wait_for_all(lab, endpoint.id, ids)
    ticks = (anyio.current_time() - began) / 2.0 + 1
    sent = len(lab.cloud.requests) - before
    assert [done[task_id].input for task_id in ids] == list(range(1, count + 1))
    assert sent <= 2 * count + 6 * ticks
    assert lab.cloud.operations["listTasks"] <= (3 * ticks if count > 3 else 0)
    assert lab.cloud.refusals == 0
    await lab.close()


@in_both_generations
@pytest.mark.asyncio_only
async def test_tasks_that_the_first_pages_do_not_show_come_to_their_end_too(
    api_version: str,
) -> None:
    """Newer tasks fill the three pages that a tick looks at; each older one has its turn."""
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(90.0, 90.0)))
    endpoint = await lab.endpoint(workers=1)
    ids = [await submit(lab, endpoint.id, task_id=task_id) for task_id in ("z", "a", "b", "c")]
    async with anyio.create_task_group() as tasks:
        for _ in range(320):
            tasks.start_soon(submit, lab, endpoint.id)
    ended: dict[str, float] = {}

    async def wait(task_id: str) -> None:
        task = await lab.client.tasks.wait(endpoint.id, task_id, timeout=None)
        ended[task.id] = anyio.current_time()

    async with anyio.create_task_group() as tasks:
        for task_id in ids:
            tasks.start_soon(wait, task_id)
    for task_id in ids:
        finished = lab.tasks(endpoint.id)[task_id].finished_at
        assert 0.0 < ended[task_id] - finished < 60.0
    runs = groupby(record.operation for record in lab.cloud.requests)
    assert max(len(list(run)) for name, run in runs if name == "listTasks") == 3


@in_both_generations
async def test_looks_that_fail_fail_no_wait(api_version: str) -> None:
    faults = Faults(operations={"getTask", "listTasks"}, html=0.15, error_before=0.15, refuse=0.15)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=3)
    endpoint = await lab.endpoint()
    ids = [await submit(lab, endpoint.id) for _ in range(8)]
    assert set(await wait_for_all(lab, endpoint.id, ids)) == set(ids)
    assert sum(lab.cloud.faults_fired.values()) > 3


@in_both_generations
@pytest.mark.parametrize("count", [1, 5])
async def test_an_endpoint_that_goes_ends_the_wait_for_its_tasks(
    count: int, api_version: str
) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(900.0, 900.0)))
    endpoint = await lab.endpoint()
    ids = [await submit(lab, endpoint.id) for _ in range(count)]
    errors: list[NotFoundError] = []

    async def wait(task_id: str) -> None:
        with pytest.raises(NotFoundError) as caught:
            await lab.client.tasks.wait(endpoint.id, task_id, timeout=3600.0)
        errors.append(caught.value)

    async with anyio.create_task_group() as tasks:
        for task_id in ids:
            tasks.start_soon(wait, task_id)
        await anyio.sleep(10.0)
        await lab.client.serverless.stop(endpoint.id)
        await lab.client.serverless.wait(endpoint.id, until="STOPPED")
        await lab.client.serverless.delete(endpoint.id)
        gone = anyio.current_time()
    assert len(errors) == count
    assert anyio.current_time() - gone < 60.0


async def test_a_refused_key_ends_every_wait() -> None:
    cloud = SimulatedYotta(api_key="right")
    client = client_of(cloud)
    with pytest.raises(AuthenticationError):
        await client.tasks.wait(NOBODY, "mine")


@in_both_generations
async def test_when_the_waiter_that_looks_is_cancelled_another_one_does(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(60.0, 60.0)))
    endpoint = await lab.endpoint()
    task_id = await submit(lab, endpoint.id)
    done: list[Task] = []

    async def wait() -> None:
        done.append(await lab.client.tasks.wait(endpoint.id, task_id))

    async with anyio.create_task_group() as tasks:
        with anyio.move_on_after(20.0):
            async with anyio.create_task_group() as leaving:
                leaving.start_soon(lab.client.tasks.wait, endpoint.id, task_id)
                await anyio.sleep(1.0)
                tasks.start_soon(wait)
    assert [task.is_done for task in done] == [True]
    await lab.close()


@in_both_generations
async def test_tasks_can_be_listed_by_status(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(failing=0.5), seed=5)
    endpoint = await lab.endpoint()
    ids = [await submit(lab, endpoint.id, number) for number in range(1, 11)]
    await anyio.sleep(120.0)
    tasks = lab.client.tasks
    found = {
        status: {task.id for task in await tasks.list(endpoint.id, status=status).all()}
        for status in (TaskStatus.SUCCESS, "FAILED", "PROCESSING")
    }
    assert found["PROCESSING"] == set()
    assert found["SUCCESS"] | found["FAILED"] == set(ids)
    assert found["SUCCESS"]
    assert found["FAILED"]
    (first, *_) = await tasks.list(endpoint.id, status="FAILED").all()
    assert (first.input, first.output, first.error) == (None, None, "worker answered with HTTP 500")


@in_both_generations
async def test_the_tasks_that_wait_or_are_at_work_are_counted(api_version: str) -> None:
    lab = make_lab(api_version=api_version, task_life=TaskLife(duration=(60.0, 60.0)))
    endpoint = await lab.endpoint()
    assert await lab.client.tasks.count(endpoint.id) == 0
    for _ in range(5):
        await submit(lab, endpoint.id)
    assert await lab.client.tasks.count(endpoint.id) == 5
    await anyio.sleep(600.0)
    assert await lab.client.tasks.count(endpoint.id) == 0


def _answering(data: object) -> AsyncYotta:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"code": 10000, "message": "success", "data": data})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return AsyncYotta("key", base_url="http://localhost", http_client=http, api_version="v2")


@pytest.mark.parametrize(
    "data", [{"processing": 7}, {"processingCount": 7}, {"processing": 7, "x": 1}]
)
async def test_a_count_is_read_in_either_shape(data: object) -> None:
    assert await _answering(data).tasks.count("7") == 7


@pytest.mark.parametrize("data", [None, 7, {}, {"processing": "7"}, {"processing": -1}], ids=repr)
async def test_what_is_no_count_is_an_invalid_answer(data: object) -> None:
    with pytest.raises(InvalidResponseError, match="processing"):
        await _answering(data).tasks.count("7")


@pytest.mark.parametrize(
    "data", [None, {}, {"taskId": "mine"}, {"userTaskId": "mine"}, True], ids=repr
)
async def test_the_id_that_was_sent_is_the_tasks(data: object) -> None:
    client = _answering(data)
    assert await client.tasks.submit("7", 1, task_id="mine", **PLACE) == "mine"


async def test_an_answer_about_another_task_is_none() -> None:
    with pytest.raises(InvalidResponseError, match="got another"):
        await _answering({"taskId": "yours"}).tasks.submit("7", 1, task_id="mine", **PLACE)


@pytest.mark.parametrize("statuses", ["name", "number"])
@pytest.mark.parametrize("times", ["spaced", "general"])
async def test_v1_may_number_its_statuses_and_spell_its_times(statuses: Any, times: Any) -> None:
    wire = WireStyle(v1_task_statuses=statuses, v1_task_times=times)
    lab = make_lab(api_version="v1", wire=wire, task_life=TaskLife(callbacks_failing=0.0))
    endpoint = await lab.endpoint()
    task = await lab.client.tasks.wait(
        endpoint.id, await submit(lab, endpoint.id, webhook="https://host.example/done")
    )
    assert task.status is TaskStatus.SUCCESS
    assert task.delivery_status is DeliveryStatus.SUCCESS
    assert task.created_at is not None
    assert task.created_at.tzinfo is not None
    assert [each.id for each in await lab.client.tasks.list(endpoint.id, status="SUCCESS").all()]


async def test_in_v1_a_task_that_was_delivered_to_a_worker_is_not_done() -> None:
    life = TaskLife(duration=(60.0, 60.0))
    lab = make_lab(api_version="v1", wire=WireStyle(delivered=True), task_life=life)
    endpoint = await lab.endpoint()
    task_id = await submit(lab, endpoint.id)
    await anyio.sleep(1.0)
    seen = await lab.client.tasks.get(endpoint.id, task_id)
    assert (seen.status, seen.is_done) == ("DELIVERED", False)
    task = await lab.client.tasks.wait(endpoint.id, task_id)
    assert (task.status, task.output) == ("SUCCESS", {"echo": 1})


@pytest.mark.parametrize("count", [1, 8])
async def test_in_v2_a_task_whose_result_was_delivered_is_done(count: int) -> None:
    life = TaskLife(callbacks_failing=0.0)
    lab = make_lab(api_version="v2", wire=WireStyle(delivered=True), task_life=life)
    endpoint = await lab.endpoint()
    ids = [
        await submit(lab, endpoint.id, webhook="https://host.example/done") for _ in range(count)
    ]
    done = await wait_for_all(lab, endpoint.id, ids)
    assert Counter(task.status for task in done.values()) == {"DELIVERED": count}
    assert all(task.output == {"echo": 1} for task in done.values())


def _told_late(request: httpx.Request) -> httpx.Response:
    """Show what was delivered in a list that does not say when; a single look has the result."""
    shown: dict[str, Any] = {"status": "DELIVERED"}
    *_, name = request.url.path.split("/")
    data: object = shown | {"taskId": name, "input": 1, "output": 2}
    if name == "tasks":
        items = [shown | {"taskId": f"task_{number}"} for number in range(5)]
        data = {"items": items, "page": 1, "size": 100, "total": 5, "pages": 1}
    return httpx.Response(200, json={"code": 10000, "message": "success", "data": data})


async def test_what_the_list_leaves_open_is_looked_at_one_by_one() -> None:
    asked: Counter[str] = Counter()

    def answer(request: httpx.Request) -> httpx.Response:
        asked[request.url.path] += 1
        if request.url.path.endswith("tasks") or asked[request.url.path] > 1:
            return _told_late(request)
        data = {"taskId": request.url.path.split("/")[-1], "status": "PROCESSING", "input": 1}
        return httpx.Response(200, json={"code": 10000, "message": "success", "data": data})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = AsyncYotta("key", base_url="http://localhost", http_client=http, api_version="v2")
    outputs: list[object] = []

    async def wait(task_id: str) -> None:
        outputs.append((await client.tasks.wait("7", task_id)).output)

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(wait, f"task_{number}")
    assert outputs == [2] * 5
    assert asked["/v2/serverless/7/tasks"] > 0


async def test_no_secret_of_a_task_is_in_a_repr_or_an_error() -> None:
    lab = make_lab(task_life=TaskLife(failing=1.0))
    endpoint = await lab.endpoint()
    task_id = await submit(
        lab,
        endpoint.id,
        "canary",
        headers={"X-Token": "canary"},
        webhook="https://host.example/canary",
        webhook_auth_key="canary",
    )
    with pytest.raises(TaskFailedError) as caught:
        await lab.client.tasks.wait(endpoint.id, task_id)
    assert "canary" not in f"{caught.value!r} {caught.value} {caught.value.last_seen!r}"


async def test_endpoints_do_not_know_of_each_others_tasks() -> None:
    lab = make_lab()
    first, second = await lab.endpoint(), await lab.endpoint(name="Other")
    for endpoint in (first, second):
        await submit(lab, endpoint.id, endpoint.id, task_id="mine")
    for endpoint in (first, second):
        assert (await lab.client.tasks.wait(endpoint.id, "mine")).input == endpoint.id
