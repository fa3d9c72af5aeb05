"""What is sent: the bodies and queries of both generations, as the API's reference shows them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from yotta_async._api import GENERATIONS, given
from yotta_async._api.rows import Generation
from yotta_async._api.v1 import V1
from yotta_async._api.v2 import V2
from yotta_async.errors import ConfigurationError, UnsupportedOperationError
from yotta_async.models import (
    CredentialSpec,
    EndpointResource,
    EndpointSpec,
    ExposedPort,
    PodSpec,
    PodStatus,
    TaskSpec,
    TaskStatus,
    VMSpec,
    VolumeMount,
    VolumeSpec,
)


SAMPLES = Path(__file__).parents[3] / "shared" / "yotta-api" / "samples"
IMAGE = "yottalabsai/pytorch:2.8.0-py3.11-cuda12.8.1-cudnn-devel-ubuntu22.04-2025050802"


def a_spec(**fields: Any) -> PodSpec:
    return PodSpec(**{"image": "i", "gpu_type": "NVIDIA_L4_24G", **fields})


def create_body(spec: PodSpec, name: str, api: Generation = V1) -> Any:
    return api.call("createPod", extra=spec.extra, **(given(spec) | {"name": name})).body


def test_the_body_is_that_of_the_documented_example() -> None:
    spec = PodSpec(
        image=IMAGE,
        gpu_type="NVIDIA_L4_24G",
        gpu_count=1,
        environment={"JUPYTER_PASSWORD": "your_password"},
        expose=[(22, "SSH")],
    )
    assert create_body(spec, "a-name") == {
        "podName": "a-name",
        "image": IMAGE,
        "gpuType": "NVIDIA_L4_24G",
        "gpuCount": 1,
        "environmentVars": [{"key": "JUPYTER_PASSWORD", "value": "your_password"}],
        "expose": [{"port": 22, "protocol": "SSH"}],
    }


def test_the_body_of_a_private_image_carries_the_token() -> None:
    spec = a_spec(
        image_public_type="PRIVATE", image_registry_username="me", image_registry_token="dckr"
    )
    body = create_body(spec, "n")
    assert body["imageRegistryUsername"] == "me"
    assert body["imageRegistryToken"] == "dckr"
    assert body["imagePublicType"] == "PRIVATE"


def test_every_field_has_its_v1_name() -> None:
    spec = a_spec(
        name="passed over",
        regions=["a", "b"],
        credential_id="420522713875330018",
        image_registry="https://index.docker.io/v1/",
        resource_type="GPU",
        cloud_type="SECURE",
        official_image="CUSTOM",
        shm_in_gb=0,
        min_single_card_ram_in_gb=32,
        container_volume_in_gb=50,
        persistent_volume_in_gb=100,
        persistent_mount_path="/data",
        initialization_command="sshd &",
        extra={"newField": [1], "podName": "not this one"},
    )
    assert create_body(spec, "n") == {
        "newField": [1],
        "podName": "n",
        "image": "i",
        "gpuType": "NVIDIA_L4_24G",
        "gpuCount": 1,
        "regionList": ["a", "b"],
        "credentialId": 420522713875330018,
        "imageRegistry": "https://index.docker.io/v1/",
        "resourceType": "GPU",
        "cloudType": "SECURE",
        "officialImage": "CUSTOM",
        "shmInGb": 0,
        "minSingleCardRamInGb": 32,
        "containerVolumeInGb": 50,
        "persistentVolumeInGb": 100,
        "persistentMountPath": "/data",
        "initializationCommand": "sshd &",
    }


def test_one_region_goes_by_the_older_name() -> None:
    body = create_body(a_spec(regions="us-east-1"), "n")
    assert body["region"] == "us-east-1"
    assert "regionList" not in body


def test_only_port_and_protocol_of_a_port_are_sent() -> None:
    port = ExposedPort(22, "SSH", host="h", proxy_port=1, healthy=True, extra={"a": 1})
    assert create_body(a_spec(expose=[port]), "n")["expose"] == [{"port": 22, "protocol": "SSH"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_single_card_vram_in_gb", 24),
        ("min_single_card_vcpu", 0),
        ("persistent_volumes", [VolumeMount("1", "/data")]),
    ],
)
def test_what_v1_would_pass_over_is_refused(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_body(a_spec(**{field: value}), "n")
    assert caught.value.field == field


ANY_GENERATION = pytest.mark.parametrize("api", GENERATIONS.values(), ids=lambda api: api.name)


@ANY_GENERATION
@pytest.mark.parametrize(
    ("regions", "statuses", "query"),
    [
        ((), (), ""),
        (["a", "b"], (), "regionList=a%2Cb"),
        ("a", "RUNNING", "regionList=a&statusList=1"),
        ((), [PodStatus.INITIALIZING, PodStatus.FAILED], "statusList=0%2C6"),
        (
            (),
            ["STOPPED", "running", 4, "9"],
            "statusList=3%2C1%2C4%2C9",
        ),
        ((), 0, "statusList=0"),
    ],
    ids=repr,
)
def test_filters_of_pods_repeat_their_key_and_statuses_are_numbers(
    api: Generation, regions: Any, statuses: Any, query: str
) -> None:
    assert api.call("listPods", regions=regions, statuses=statuses).query == query


def test_a_status_without_a_number_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="RUNNING") as caught:
        V1.call("listPods", statuses=["SOMETHING_NEW"])
    assert caught.value.field == "statuses"


def test_every_field_has_its_v2_name() -> None:
    spec = a_spec(
        regions=["a"],
        credential_id="420522713875330018",
        image_public_type="PRIVATE",
        image_registry="https://index.docker.io/v1/",
        image_registry_username="me",
        image_registry_token="dckr",
        resource_type="GPU",
        shm_in_gb=0,
        min_single_card_vram_in_gb=24,
        min_single_card_ram_in_gb=32,
        min_single_card_vcpu=4,
        container_volume_in_gb=50,
        persistent_volume_in_gb=100,
        persistent_mount_path="/data",
        persistent_volumes=[VolumeMount("420522713875330018", "/v")],
        initialization_command="sshd &",
        environment={"A": "1"},
        expose=[22],
    )
    assert create_body(spec, "n", V2) == {
        "name": "n",
        "image": "i",
        "gpuType": "NVIDIA_L4_24G",
        "gpuCount": 1,
        "regions": ["a"],
        "containerRegistryAuthId": 420522713875330018,
        "imagePublicType": "PRIVATE",
        "imageRegistry": "https://index.docker.io/v1/",
        "imageRegistryUsername": "me",
        "imageRegistryPassword": "dckr",
        "resourceType": "GPU",
        "shmInGb": 0,
        "minSingleCardVramInGb": 24,
        "minSingleCardRamInGb": 32,
        "minSingleCardVcpu": 4,
        "containerVolumeInGb": 50,
        "persistentVolumeInGb": 100,
        "persistentMountPath": "/data",
        "persistentVolumes": [
            {"volumeId": 420522713875330018, "mountPath": "/v", "needBackup": False}
        ],
        "initializationCommand": "sshd &",
        "environmentVars": [{"key": "A", "value": "1"}],
        "expose": [{"port": 22, "protocol": "SSH"}],
    }


@pytest.mark.parametrize("field", ["cloud_type", "official_image"])
def test_what_v2_would_pass_over_is_refused(field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_body(a_spec(**{field: "X"}), "n", V2)
    assert caught.value.field == field
    assert "v1" in caught.value.hint


ENDPOINT = EndpointSpec(
    name="llm",
    image="vllm/vllm-openai",
    resources=[("us-east", "NVIDIA_H100_80G", 2)],
    workers=3,
    container_volume_in_gb=40,
    service_mode="ALB",
    expose=(8000, "HTTP"),
    credential_id="7",
    environment={"A": "1"},
)
ENDPOINT_BODY = {
    "name": "llm",
    "image": "vllm/vllm-openai",
    "resources": [{"region": "us-east", "gpuType": "NVIDIA_H100_80G", "gpuCount": 2}],
    "workers": 3,
    "containerVolumeInGb": 40,
    "serviceMode": "ALB",
    "expose": {"port": 8000, "protocol": "HTTP"},
    "environmentVars": [{"key": "A", "value": "1"}],
}


@pytest.mark.parametrize(
    ("api", "credential"), [(V1, "credentialId"), (V2, "containerRegistryAuthId")], ids=str
)
def test_the_create_of_an_endpoint_names_its_credential_by_generation(
    api: Generation, credential: str
) -> None:
    call = api.call("createEndpoint", **given(ENDPOINT))
    assert call.body == ENDPOINT_BODY | {credential: 7}


@ANY_GENERATION
def test_the_change_of_an_endpoint_names_its_credential_alike(api: Generation) -> None:
    call = api.call("updateEndpoint", endpoint_id="1", workers=2, credential_id=None)
    assert call.body == {"workers": 2, "credentialId": None}


def test_v2_wants_shorter_names_of_endpoints_than_v1() -> None:
    spec = given(ENDPOINT) | {"name": "a" * 21}
    assert V1.call("createEndpoint", **spec).body
    with pytest.raises(ConfigurationError, match="21 characters"):
        V2.call("createEndpoint", **spec)


def test_the_webhook_of_an_endpoint_is_a_field_of_v2_alone() -> None:
    assert V2.call("updateEndpoint", endpoint_id="1", webhook="https://h").body == {
        "webhook": "https://h"
    }
    with pytest.raises(ConfigurationError, match="webhook"):
        V1.call("updateEndpoint", endpoint_id="1", webhook="https://h")


def test_workers_are_scaled_by_a_body_in_v1_and_by_a_query_in_v2() -> None:
    first, second = (api.call("scaleWorkers", endpoint_id="1", workers=0) for api in (V1, V2))
    assert (first.operation.method, first.target, first.body) == (
        "POST",
        "/openapi/v1/elastic/deploy/1/workers",
        {"workers": 0},
    )
    assert (second.operation.method, second.target, second.body) == (
        "PUT",
        "/v2/serverless/1/workers?count=0",
        None,
    )


@ANY_GENERATION
def test_the_status_of_a_worker_is_spelt_like_a_pods(api: Generation) -> None:
    call = api.call("listWorkers", endpoint_id="1", statuses=[PodStatus.INITIALIZING, "RUNNING"])
    assert call.query == "statusList=INITIALIZE%2CRUNNING"


TASK = TaskSpec(
    input={"a": [1, {"b": None}]},
    worker_port=8000,
    process_uri="run",
    task_id="t_1",
    webhook="https://h/x",
    webhook_auth_key="k",
    headers={"x-a": "b"},
)


def test_a_task_of_v1_names_its_endpoint_in_a_header() -> None:
    call = V1.call("submitTask", endpoint_id="42", **given(TASK))
    assert call.headers == {"X-Endpoint-ID": "42"}
    assert call.body == {
        "userTaskId": "t_1",
        "taskData": {"a": [1, {"b": None}]},
        "workerPort": 8000,
        "processUri": "/run",
        "notifyUrl": "https://h/x",
        "notifyAuthKey": "k",
        "header": {"x-a": "b"},
    }


def test_a_task_of_v2_names_its_endpoint_in_the_path() -> None:
    call = V2.call("submitTask", endpoint_id="42", **given(TASK))
    assert (call.target, call.headers) == ("/v2/serverless/42/tasks", {})
    assert call.body == {
        "taskId": "t_1",
        "input": {"a": [1, {"b": None}]},
        "workerPort": 8000,
        "processUri": "/run",
        "webhook": "https://h/x",
        "webhookAuthKey": "k",
        "headers": {"x-a": "b"},
    }


@pytest.mark.parametrize("endpoint", ["", "a b", "a\r\nx: y", "ü", "\x00", 7, None], ids=ascii)
def test_an_endpoints_id_cannot_leave_its_header(endpoint: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        V1.call("getTask", endpoint_id=endpoint, task_id="1")
    assert caught.value.field == "endpoint_id"


@pytest.mark.parametrize(
    ("api", "query"),
    [(V1, "page=2&pageSize=50&status=3"), (V2, "pageNumber=2&pageSize=50&status=FAILED")],
    ids=str,
)
@pytest.mark.parametrize("status", [TaskStatus.FAILED, "failed", 3])
def test_a_page_of_tasks_is_asked_for_in_each_generations_words(
    api: Generation, query: str, status: Any
) -> None:
    call = api.call("listTasks", endpoint_id="1", page=2, size=50, status=status)
    assert call.query == query


@ANY_GENERATION
def test_an_unknown_status_of_tasks_cannot_be_asked_for(api: Generation) -> None:
    with pytest.raises(ConfigurationError, match="PROCESSING"):
        api.call("listTasks", endpoint_id="1", page=1, size=1, status="DONE")


VM = VMSpec(name="vm", vm_type_id=3, region="r", spot=True, volume_mounts={"7": "/data"})


@pytest.mark.parametrize(("api", "name"), [(V1, "nickName"), (V2, "name")], ids=str)
def test_a_vm_is_named_by_generation(api: Generation, name: str) -> None:
    assert api.call("createVM", **given(VM)).body == {
        name: "vm",
        "vmTypeId": 3,
        "region": "r",
        "isSpot": 1,
        "volumeMountPaths": {"7": "/data"},
    }


def test_a_page_of_vms_is_a_body_in_v1_and_a_query_in_v2() -> None:
    first, second = (api.call("listVMs", page=1, size=50, status="running") for api in (V1, V2))
    assert first.body == {"pageNumber": 1, "pageSize": 50, "search": {"status": "running"}}
    assert second.query == "page=1&size=50&status=running"


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (V1, {"name": "n", "username": "u", "token": "p"}),
        (V2, {"name": "n", "username": "u", "password": "p"}),
    ],
    ids=str,
)
def test_the_type_of_a_credential_is_sent_only_if_it_was_given(
    api: Generation, body: dict[str, str]
) -> None:
    spec = CredentialSpec(name="n", username="u", password="p")
    assert api.call("createCredential", **given(spec)).body == body


def test_v1_has_no_types_of_credentials() -> None:
    spec = CredentialSpec(name="n", username="u", password="p", type="GCR")
    with pytest.raises(ConfigurationError, match="type"):
        V1.call("createCredential", **given(spec))


def test_the_region_of_an_r2_volume_is_optional() -> None:
    spec = VolumeSpec(name="v", storage_type="R2")
    assert V2.call("createVolume", **given(spec)).body == {"name": "v", "storageType": "R2"}


def test_times_are_sent_as_milliseconds() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    call = V2.call("getPodCpuMetrics", pod_id="1", start=start, end=None, step="5m")
    assert call.query == "start=1767225600000&step=5m"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="zone"):
        V2.call("getPodCpuMetrics", pod_id="1", start=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("api", "operation"), [(V1, "createVolume"), (V1, "getWorkerLogs"), (V2, "listGpus")], ids=str
)
def test_what_a_generation_lacks_is_said_with_a_remedy(api: Generation, operation: str) -> None:
    with pytest.raises(UnsupportedOperationError, match="api_version") as caught:
        api.call(operation)
    assert operation in str(caught.value)


def test_no_body_is_sent_where_the_row_has_none() -> None:
    assert V2.call("pausePod", pod_id="1").body is None


def test_resources_are_written_without_what_the_server_added() -> None:
    resource = EndpointResource("r", "g", 1, extra={"stock": 5})
    call = V2.call("updateEndpoint", endpoint_id="1", resources=(resource,))
    assert call.body == {"resources": [{"region": "r", "gpuType": "g", "gpuCount": 1}]}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not beside this tree")
def test_the_recorded_v1_create_is_reproduced() -> None:
    name = "v1__post-openapi-v1-pods-create__request__seed-api-spec.json"
    recorded = json.loads((SAMPLES / name).read_text())
    spec = a_spec(
        image=recorded["image"],
        environment={pair["key"]: pair["value"] for pair in recorded["environmentVars"]},
        expose=[(port["port"], port["protocol"]) for port in recorded["expose"]],
    )
    assert create_body(spec, "n") == recorded | {"podName": "n"}
