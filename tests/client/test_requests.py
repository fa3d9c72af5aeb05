"""Calls that the package has no verb for: through the same limits, and never blindly twice."""

import json
from collections import Counter
from typing import Any

import anyio
import httpx
import pytest
from attrs import define, field

from tests.lab import SPEC, client_of, in_both_generations, make_lab
from yotta_async import AsyncYotta, Limits, RetryPolicy
from yotta_async.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    MaybeSentError,
    NotFoundError,
)
from yotta_async.events import Answered
from yotta_async.simulator import Faults, ServerLimits, SimulatedYotta


PATIENT = RetryPolicy(attempts=50, budget=None)
CREATES = {"v1": "/openapi/v1/pods/create", "v2": "/v2/pods"}
PODS = {"v1": "/openapi/v1/pods", "v2": "/v2/pods"}
NAMES = {"v1": "podName", "v2": "name"}
POD = {"image": "a/b", "gpuType": SPEC.gpu_type, "gpuCount": 1}
CLUSTER = "/openapi/v1/skypilot/cluster"


@in_both_generations
async def test_paths_without_a_verb_give_their_data_as_it_is(api_version: str) -> None:
    lab = make_lab(api_version=api_version, stock={"eu-1": {"NVIDIA_L4_24G": 3}})
    assert await lab.client.request("GET", "/v2/reserves") == []
    (offer,) = await lab.client.request("POST", "/api/v2/resource/gpu/list", body={})
    assert (offer["gpuType"], offer["gpuCount"]) == ("NVIDIA_L4_24G", 3)
    assert lab.cloud.operations == {"listReserves": 1, "listGpuResources": 1}


async def test_the_helpers_of_skypilot_can_be_called() -> None:
    lab = make_lab()
    request = lab.client.request
    instance = f"1x14v119g_{SPEC.gpu_type}_SECURE"
    made = await request(
        "POST",
        f"{CLUSTER}/create",
        body={"clusterName": "c", "instanceType": instance, "region": "us-east-1"},
    )
    await anyio.sleep(60.0)
    status = await request("GET", f"{CLUSTER}/status/{made['clusterId']}")
    assert status == {"status": "RUNNING"}
    with pytest.raises(NotFoundError):
        await request("POST", f"{CLUSTER}/pods/list", body={"clusterName": "c"})
    pod_id = await request(
        "POST",
        f"{CLUSTER}/create/pod",
        body={"name": "head", "image": "a/b", "clusterId": made["clusterId"], "clusterName": "c"},
    )
    (pod,) = await request("POST", f"{CLUSTER}/pods/list", body={"clusterName": "c"})
    assert pod["id"] == pod_id
    assert await request("POST", f"{CLUSTER}/release", body={"clusterName": "c"}) is None
    assert lab.living == set()
    lanes = {event.operation: event.lane for event in lab.told(Answered)}
    assert lanes[f"POST {CLUSTER}/release"] == "URGENT"
    assert lanes[f"POST {CLUSTER}/create/pod"] == "NORMAL"


@in_both_generations
async def test_creates_of_pods_take_their_slots(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(_create, lab.client, api_version)
    assert len(lab.living) == 20
    assert lab.cloud.worst_concurrency == 5
    assert lab.cloud.refusals == 0
    await lab.close()


async def _create(client: AsyncYotta, api_version: str) -> None:
    await client.request("POST", CREATES[api_version], body=POD | {NAMES[api_version]: "trainer"})


@in_both_generations
@pytest.mark.parametrize(("method", "lane"), [("GET", "NORMAL"), ("DELETE", "URGENT")])
async def test_a_known_path_waits_in_its_own_lane(method: str, lane: str, api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    pod = await lab.client.pods.create(SPEC)
    path = f"{PODS[api_version]}/{pod.id}"
    await lab.client.request(method, path)
    (event,) = [event for event in lab.told(Answered) if event.operation == f"{method} {path}"]
    assert (event.lane, event.outcome) == (lane, "ok")


@in_both_generations
async def test_a_delete_goes_before_the_creates_that_wait(api_version: str) -> None:
    lab = make_lab(api_version=api_version, limits=ServerLimits(requests=60))
    first = await lab.client.pods.create(SPEC)
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(lab.client.pods.create, SPEC)
        await anyio.sleep(30.0)
        asked = anyio.current_time()
        await lab.client.request("DELETE", f"{PODS[api_version]}/{first.id}")
        assert anyio.current_time() - asked < 1.0
        tasks.cancel_scope.cancel()
    await lab.client.aclose()
    assert lab.cloud.refusals == 0


@in_both_generations
@pytest.mark.parametrize("fault", ["reset_after", "error_after", "html", "timeout_after"])
async def test_a_create_is_never_repeated_after_an_unclear_answer(
    fault: str, api_version: str
) -> None:
    faults = Faults(operations={"createPod"}, **{fault: 1.0})  # type: ignore[arg-type]
    lab = make_lab(api_version=api_version, faults=faults)
    with pytest.raises(APIError) as caught:
        await _create(lab.client, api_version)
    assert caught.value.attempts == 1
    assert len(lab.cloud.all_pods) == lab.cloud.operations["createPod"] == 1


async def test_a_create_that_was_not_sent_is_repeated() -> None:
    lab = make_lab(faults=Faults(refuse=0.6), retry=PATIENT, seed=1)
    await _create(lab.client, "v1")
    assert lab.cloud.faults_fired["refuse"] > 0
    assert len(lab.cloud.all_pods) == 1


@in_both_generations
async def test_where_an_operation_lasts_until_its_pod_is_at_rest_its_slot_is_kept(
    api_version: str,
) -> None:
    cloud = SimulatedYotta(limits=ServerLimits(requests=600, operation_span="settled"))
    limits = Limits(requests=600, operation_span="settled")
    client = client_of(cloud, api_version=api_version, limits=limits)

    async def live(number: int) -> None:
        path, body = CREATES[api_version], POD | {NAMES[api_version]: f"pod{number}"}
        made = await client.request("POST", path, body=body)
        pod_id = made["id"] if api_version == "v2" else made
        await client.pods.wait(str(pod_id))
        await client.request("DELETE", f"{PODS[api_version]}/{pod_id}")

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(live, number)
    assert cloud.refusals == 0
    assert len(cloud.all_pods) == 8


@define
class Wire:
    """A server that breaks off its first answers, and what it was asked."""

    failing: int = 0
    asked: list[httpx.Request] = field(factory=list[httpx.Request])
    keys: list[str] = field(factory=list[str])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.keys.append(request.headers["x-api-key"])  # which is not there for long
        if len(self.asked) <= self.failing:
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(200, json={"code": 10000, "message": "success", "data": {"a": [1]}})

    def client(self) -> AsyncYotta:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        return AsyncYotta("key", base_url="http://localhost/base", http_client=http)


@pytest.mark.parametrize(
    ("method", "path", "repeated"),
    [
        ("GET", "/v2/reserves", True),
        ("GET", "/v9/nothing/known", True),
        ("POST", "/v9/nothing/known", False),
        ("PUT", "/v9/nothing/known", False),
        ("PATCH", "/v9/nothing/known", False),
        ("DELETE", "/v9/nothing/known", False),
        ("DELETE", "/v2/pods/7", True),
        ("DELETE", "/openapi/v1/pods/7", True),
        ("PATCH", "/v2/vms/7", True),
        ("PUT", "/v2/serverless/7/workers", True),
        ("POST", "/v2/pods", False),
        ("POST", "/v2/pods/7/pause", False),
        ("POST", "/v2/serverless/7/tasks", False),
        ("POST", "/openapi/v1/gpus/list", False),
    ],
)
async def test_what_has_the_same_effect_twice_is_repeated(
    method: str, path: str, *, repeated: bool
) -> None:
    wire = Wire(failing=1)
    client = wire.client()
    if repeated:
        assert await client.request(method, path) == {"a": [1]}
    else:
        with pytest.raises(MaybeSentError):
            await client.request(method, path)
    assert len(wire.asked) == 1 + repeated


async def test_what_was_given_is_sent() -> None:
    wire = Wire()
    data = await wire.client().request(
        "post",
        "/v9/things/a%2Fb",
        body={"text": "ü", "none": None},
        headers={"X-Trace": "7", "accept-language": "en"},
        statusList=[1, 3],
        left=None,
        flag=True,
        page=2,
    )
    (request,) = wire.asked
    assert data == {"a": [1]}
    assert (request.method, request.url.raw_path) == (
        "POST",
        b"/base/v9/things/a%2Fb?statusList=1%2C3&flag=true&page=2",
    )
    assert json.loads(request.content) == {"text": "ü", "none": None}
    assert (request.headers["x-trace"], request.headers["accept-language"]) == ("7", "en")
    assert wire.keys == ["key"]


async def test_without_a_body_none_is_sent() -> None:
    wire = Wire()
    await wire.client().request("GET", "/v2/reserves")
    assert wire.asked[0].content == b""


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "another"},
        {"x-api-key": "another"},
        {"Authorization": "Bearer another"},
        {"Host": "evil.example"},
        {"Content-Length": "7"},
        {"content-type": "text/plain"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
        {"X-A": "b\r\nX-API-Key: another"},
        {"X-A\r\nX-B": "c"},
        {"X-A": "ü"},
        {"X-Ä": "u"},
        {"": "a"},
        {"X A": "b"},
        {"X-A:": "b"},
        {"X-A": 7},
        {7: "a"},
    ],
    ids=ascii,
)
async def test_a_header_that_is_not_the_callers_is_refused(headers: Any) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.request("GET", "/v2/reserves", headers=headers)
    assert caught.value.field == "headers"
    assert "another" not in str(caught.value)
    assert lab.cloud.requests == ()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v2/pods",
        "//evil.example/v2",
        "https://evil.example/v2",
        "/v2/../keys",
        "/v2/./pods",
        "/v2/pods?x=1",
        "/v2/pods#x",
        "/v2/a b",
        "/v2/{pod_id}",
        "/v2\\pods",
        "/v2/pöds",
        "/v2/pods\r\n",
        7,
        None,
    ],
    ids=ascii,
)
async def test_a_path_that_leaves_its_place_is_refused(path: Any) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.request("GET", path)
    assert caught.value.field == "path"
    assert lab.cloud.requests == ()


@pytest.mark.parametrize("method", ["BREW", "HEAD", "", "GET /", 7, None], ids=ascii)
async def test_a_method_that_the_api_has_not_is_refused(method: Any) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.request(method, "/v2/reserves")
    assert caught.value.field == "method"
    assert lab.cloud.requests == ()


async def test_refusals_are_the_same_errors_as_of_verbs() -> None:
    lab = make_lab(api_key="right")
    with pytest.raises(AuthenticationError):
        await lab.client.request("GET", "/v2/reserves")
    lab.cloud._gate.api_key = None
    with pytest.raises(NotFoundError):
        await lab.client.request("GET", "/v2/pods/100000000000000001")
    with pytest.raises(NotFoundError):
        await lab.client.request("GET", "/v9/nothing")
    with pytest.raises(BadRequestError):
        await lab.client.request("POST", "/v2/pods", body={})
    pod = await lab.client.pods.create(SPEC)
    with pytest.raises(ConflictError):
        await lab.client.request("POST", f"/v2/pods/{pod.id}/resume")


async def test_they_count_like_all_others() -> None:
    lab = make_lab(limits=ServerLimits(requests=10))
    async with anyio.create_task_group() as tasks:
        for _ in range(25):
            tasks.start_soon(lab.client.request, "GET", "/v2/reserves")
    assert lab.cloud.operations == Counter(listReserves=25)
    assert lab.cloud.worst_window <= 10
    assert lab.cloud.refusals == 0
