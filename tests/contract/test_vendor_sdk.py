"""The vendor's own Python SDK drives the simulated cloud, and reads what is in it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import anyio
import pytest

from tests.contract.served import KEY, Served, serving
from tests.contract.waiting import eventually
from yotta_async import AsyncYotta, TaskStatus, verify_callback


yottaml = pytest.importorskip("yottaml")
CLIENTS = {
    kind: getattr(pytest.importorskip(f"yottaml.{module}"), kind)
    for module, kind in (
        ("pod", "PodApi"),
        ("elastic", "ElasticApi"),
        ("skywalker", "SkywalkerTaskApi"),
        ("credential", "CredentialApi"),
        ("gpu", "GpuApi"),
    )
}

GPU = "NVIDIA_H100_80G"
POD = {"image": "image", "gpu_type": GPU, "gpu_count": 2, "name": "pod", "regions": ["us-east-1"]}
ENDPOINT = {
    "name": "Endpoint",
    "image": "image",
    "resources": [{"region": "us-east-1", "gpuType": GPU, "gpuCount": 1}],
    "workers": 2,
    "service_mode": "QUEUE",
    "container_volume_in_gb": 20,
}
TASK = {"worker_port": 8000, "process_uri": "/run"}


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as served:
        yield served


class SDK:
    """The vendor's clients of one key, each method of theirs by its own name."""

    def __init__(self, url: str, key: str) -> None:
        self.pods, self.endpoints, self.tasks, self.credentials, self.gpus = (
            kind(api_key=key, base_url=url) for kind in CLIENTS.values()
        )

    def close(self) -> None:
        for api in (self.pods, self.endpoints, self.tasks, self.credentials, self.gpus):
            api.session.close()


@pytest.fixture
def sdk(served: Served) -> Iterator[Any]:
    sdk = SDK(served.url, KEY)
    yield sdk
    sdk.close()


def data(envelope: dict[str, Any]) -> Any:
    assert (envelope["code"], envelope["message"]) == (10000, "success")
    return envelope["data"]


def until(word: str, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Poll, as a user of this SDK must, until a status is reached."""
    return eventually(lambda: data(look()), lambda thing: thing["status"] == word)


def test_a_pod_lives_from_create_to_delete(served: Served, sdk: SDK) -> None:
    made = data(sdk.pods.new_pod(**POD, expose=[{"port": 22, "protocol": "SSH"}]))
    (pod,) = served.look(lambda cloud: cloud.pods)
    assert str(made["id"]) == pod.id
    assert (made["name"], made["gpuType"], made["gpuCount"]) == ("pod", GPU, 2)
    assert pod.region == made["region"] == "us-east-1"

    get = partial(sdk.pods.get_pod, pod.id)
    running = until("RUNNING", get)
    assert running["sshCmd"].startswith("ssh ")
    assert data(sdk.pods.pause_pod(pod.id)) is True
    until("PAUSED", get)
    assert data(sdk.pods.resume_pod(pod.id)) is True
    until("RUNNING", get)
    assert data(sdk.pods.delete_pod(pod.id)) is True
    eventually(get, lambda envelope: envelope["code"] == 13000)
    assert served.look(lambda cloud: cloud.pods) == ()
    assert [pod.id for pod in served.look(lambda cloud: cloud.all_pods)] == [pod.id]


def test_pods_are_listed_by_regions_and_statuses_joined_by_commas(sdk: SDK) -> None:
    ids = {}
    for region in ("us-east-1", "us-west-1", "eu-1"):
        pod = data(sdk.pods.new_pod(**POD | {"name": region, "regions": [region]}))
        until("RUNNING", partial(sdk.pods.get_pod, str(pod["id"])))
        ids[region] = pod["id"]
    data(sdk.pods.pause_pod(ids["eu-1"]))
    until("PAUSED", partial(sdk.pods.get_pod, ids["eu-1"]))

    def names(**filters: Any) -> set[str]:
        return {pod["name"] for pod in data(sdk.pods.get_pods(**filters))}

    assert names() == set(ids)
    assert names(region_list=["us-east-1", "eu-1"]) == {"us-east-1", "eu-1"}
    assert names(status_list=[1]) == {"us-east-1", "us-west-1"}
    assert names(status_list=[1, 3], region_list=["eu-1", "us-west-1"]) == {"us-west-1", "eu-1"}
    assert names(status_list=[6]) == set()
    assert names(statusList=["RUNNING", "PAUSED"]) == set(ids)


def test_a_queue_endpoint_works_off_a_task(served: Served, sdk: SDK) -> None:
    endpoint_id = str(data(sdk.endpoints.create_deployment(**ENDPOINT))["id"])
    until("RUNNING", partial(sdk.endpoints.get_deployment_detail, endpoint_id))
    task = data(
        sdk.tasks.create_task(endpoint_id=endpoint_id, task_id="one", input={"n": 1}, **TASK)
    )
    assert task["taskId"] == "one"
    get = partial(sdk.tasks.get_task, endpoint_id=endpoint_id, task_id="one")
    done = until("SUCCESS", get)
    (view,) = served.look(lambda cloud: cloud.tasks)
    assert done["input"] == {"n": 1}
    assert (done["taskId"], str(done["endpointId"])) == (view.id, endpoint_id)
    assert done["output"] is not None
    assert data(sdk.tasks.get_processing_count(endpoint_id=endpoint_id)) == {"processing": 0}


def test_tasks_are_listed_in_pages_and_by_status(sdk: SDK) -> None:
    endpoint_id = str(data(sdk.endpoints.create_deployment(**ENDPOINT))["id"])
    until("RUNNING", partial(sdk.endpoints.get_deployment_detail, endpoint_id))
    for number in range(5):
        task = f"task_{number}"
        data(sdk.tasks.create_task(endpoint_id=endpoint_id, task_id=task, input=[number], **TASK))
        until("SUCCESS", partial(sdk.tasks.get_task, endpoint_id=endpoint_id, task_id=task))
    pages = [
        data(sdk.tasks.list_tasks(endpoint_id=endpoint_id, page=page, page_size=2))
        for page in (1, 2, 3)
    ]
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {(page["total"], page["pages"], page["size"]) for page in pages} == {(5, 3, 2)}
    ids = {task["taskId"] for page in pages for task in page["items"]}
    assert ids == {f"task_{number}" for number in range(5)}
    failed = data(sdk.tasks.list_tasks(endpoint_id=endpoint_id, status="FAILED"))
    assert (failed["items"], failed["total"]) == ([], 0)


def test_an_endpoint_is_scaled_stopped_updated_started_and_deleted(
    served: Served, sdk: SDK
) -> None:
    api = sdk.endpoints
    endpoint_id = str(data(api.create_deployment(**ENDPOINT))["id"])
    get = partial(api.get_deployment_detail, endpoint_id)
    until("RUNNING", get)
    data(api.scale_workers(endpoint_id, 3))
    running = partial(api.get_workers, endpoint_id, status_list=["RUNNING"])
    workers = eventually(lambda: data(running()), lambda found: len(found) == 3)
    assert {worker["gpuType"] for worker in workers} == {GPU}
    assert api.delete_deployment(endpoint_id)["code"] == 24002

    data(api.stop_deployment(endpoint_id))
    until("STOPPED", get)
    update = {name: ENDPOINT[name] for name in ("resources", "container_volume_in_gb")}
    updated = data(api.update_deployment(endpoint_id, name="Renamed", workers=1, **update))
    assert (updated["name"], updated["totalWorkers"]) == ("Renamed", 1)
    data(api.start_deployment(endpoint_id))
    until("RUNNING", get)
    (again,) = eventually(lambda: data(running()), lambda found: len(found) == 1)
    assert again["id"] not in {worker["id"] for worker in workers}

    (listed,) = data(api.get_deployments(status_list=["RUNNING", "STOPPED"]))
    assert str(listed["id"]) == endpoint_id
    assert data(api.get_deployments(status_list=["FAILED"])) == []
    data(api.stop_deployment(endpoint_id))
    until("STOPPED", get)
    data(api.delete_deployment(endpoint_id))
    assert get()["code"] in {14000, 24001}
    assert served.look(lambda cloud: cloud.endpoints) == ()


def test_a_credential_is_kept_while_it_is_used(served: Served, sdk: SDK) -> None:
    made = data(sdk.credentials.create_credential("mine", "DOCKER_HUB", "user", "secret"))
    assert (made["name"], made["type"]) == ("mine", "DOCKER_HUB")
    credential_id = str(made["id"])
    assert "secret" not in str(data(sdk.credentials.get_credential(credential_id)))
    renamed = data(sdk.credentials.update_credential(credential_id, name="renamed"))
    assert (str(renamed["id"]), renamed["name"]) == (credential_id, "renamed")
    assert [each["name"] for each in data(sdk.credentials.get_credentials())] == ["renamed"]

    pod = data(sdk.pods.new_pod(**POD, container_registry_auth_id=int(credential_id)))
    refused = sdk.credentials.delete_credential(credential_id)
    assert refused["code"] == 25002
    assert str(pod["id"]) in str(refused["data"])
    data(sdk.pods.delete_pod(pod["id"]))
    eventually(lambda: sdk.pods.get_pod(pod["id"]), lambda envelope: envelope["code"] == 13000)
    data(sdk.credentials.delete_credential(credential_id))
    assert sdk.credentials.get_credential(credential_id)["code"] == 10007
    assert served.look(lambda cloud: cloud.credentials) == ()


def test_the_gpus_are_the_types_of_vms_by_region(sdk: SDK) -> None:
    kinds = data(sdk.gpus.get_gpus())
    assert kinds
    for kind in kinds:
        assert kind["gpuType"]
        for place in kind["regions"]:
            assert place.keys() >= {"region", "regionName", "available", "vmTypeId"}


def test_a_wrong_key_is_the_sdks_own_error(served: Served) -> None:
    sdk = SDK(served.url, "wrong")
    with pytest.raises(yottaml.ClientError) as caught:
        sdk.pods.get_pods()
    sdk.close()
    assert (caught.value.status_code, caught.value.error_code) == (401, 40101)


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_a_pod_of_the_sdk_is_one_of_this_package_and_the_other_way_round(
    served: Served, sdk: SDK, generation: str
) -> None:
    made = data(sdk.pods.new_pod(**POD))

    async def see_it_and_make_one() -> str:
        async with AsyncYotta(KEY, base_url=served.url, api_version=generation) as yotta:
            (pod,) = await yotta.pods.list()
            assert (pod.id, pod.name, pod.gpu_type) == (str(made["id"]), "pod", GPU)
            assert (pod.gpu_count, pod.region) == (2, "us-east-1")
            await yotta.pods.delete(pod.id)
            return (await yotta.pods.create(image="image", gpu_type=GPU, name="ours")).id

    ours = anyio.run(see_it_and_make_one)
    assert data(sdk.pods.get_pod(ours))["name"] == "ours"
    assert served.look(lambda cloud: cloud.operations)["createPod"] == 2


def test_v1_every_gpu_of_the_sdk_is_made_in_the_region_of_the_readme(sdk: SDK) -> None:
    """V1: NVIDIA_RTX_4090_24G in us-east-3 is the vendor's own example."""
    gpu_types = pytest.importorskip("yottaml.lib.enums").GPUType
    for kind in gpu_types:
        pod = {"image": "i", "gpu_type": kind.value, "gpu_count": 1}
        made = data(sdk.pods.new_pod(**pod, regions=["us-east-3"]))
        assert (made["gpuType"], made["region"]) == (kind.value, "us-east-3")


def test_v5_a_pod_of_the_sdk_needs_no_name(sdk: SDK) -> None:
    """V5: its argument is optional."""
    assert data(sdk.pods.new_pod(image="i", gpu_type=GPU, gpu_count=1))["name"]


def test_v5_workers_are_scaled_in_the_form_of_the_tutorial(sdk: SDK) -> None:
    """V5: by a POST, which the SDK's session sends as the tutorial's curl does."""
    endpoint_id = str(data(sdk.endpoints.create_deployment(**ENDPOINT))["id"])
    path = f"/v2/serverless/{endpoint_id}/workers"
    data(sdk.endpoints.http_post(path, payload={"workers": 4}))
    assert data(sdk.endpoints.get_deployment_detail(endpoint_id))["totalWorkers"] == 4


Call = tuple[dict[str, str], bytes]


@contextmanager
def listening() -> Iterator[tuple[str, list[Call]]]:
    """Listen for callbacks on loopback; yield the URL, and the list that they come into."""
    calls: list[Call] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.append((dict(self.headers.items()), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", calls
        finally:
            server.shutdown()


def test_v3_a_callback_is_posted_and_passes_the_vendors_validator(sdk: SDK) -> None:
    """V3: and is what this package's reader verifies."""
    endpoint_id = str(data(sdk.endpoints.create_deployment(**ENDPOINT))["id"])
    with listening() as (url, calls):
        webhook = {"webhook": url, "webhook_auth_key": "hook-key"}
        data(
            sdk.tasks.create_task(
                endpoint_id=endpoint_id, task_id="one", input={"n": 1}, **TASK, **webhook
            )
        )
        ((headers, body),) = eventually(lambda: calls, lambda found: len(found) == 1)
        sdk.tasks.validate_notify_payload(json.loads(body))
        notice = verify_callback(headers, body, auth_key="hook-key")
        assert (notice.user_task_id, notice.status) == ("one", TaskStatus.SUCCESS)
        look = partial(sdk.tasks.get_task, endpoint_id=endpoint_id, task_id="one")
        eventually(lambda: data(look()), lambda task: task["deliveryStatus"] == "SUCCESS")
