"""The v1 bodies, as the API's reference shows them."""

import json
from pathlib import Path
from typing import Any

import pytest

from yotta_async._api.v1_shapes import create_body, created_pod, list_query
from yotta_async.errors import ConfigurationError, InvalidResponseError
from yotta_async.models import ExposedPort, PodSpec, PodStatus, VolumeMount


SAMPLES = Path(__file__).parents[3] / "shared" / "yotta-api" / "samples"
IMAGE = "yottalabsai/pytorch:2.8.0-py3.11-cuda12.8.1-cudnn-devel-ubuntu22.04-2025050802"


def a_spec(**fields: Any) -> PodSpec:
    return PodSpec(**{"image": "i", "gpu_type": "NVIDIA_L4_24G", **fields})


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


@pytest.mark.parametrize("data", [420522713875330018, "420522713875330018"], ids=repr)
def test_a_bare_id_becomes_the_pod_that_was_asked_for(data: object) -> None:
    spec = a_spec(name="other", regions=["sg"], gpu_count=2, environment={"A": "1"}, expose=[22])
    pod = created_pod(data, spec, "sent-name", "createPod")
    assert pod.id == "420522713875330018"
    assert pod.name == "sent-name"
    assert pod.status is PodStatus.INITIALIZING
    assert (pod.region, pod.gpu_type, pod.gpu_count) == ("sg", "NVIDIA_L4_24G", 2)
    assert (pod.environment, pod.expose) == ({"A": "1"}, (ExposedPort(22, "SSH"),))
    assert not pod.is_ready


def test_of_several_regions_none_is_known_yet() -> None:
    assert created_pod(1, a_spec(regions=["a", "b"]), "n", "createPod").region is None


def test_what_the_answer_says_counts_and_the_request_fills_the_rest() -> None:
    data = {
        "id": 7,
        "podName": "as-stored",
        "status": None,
        "region": "eu-1",
        "gpuCount": 4,
        "expose": [{"port": 22, "protocol": "SSH", "proxyPort": 30010}],
        "new": 1,
    }
    pod = created_pod(data, a_spec(regions=["a"], expose=[80], shm_in_gb=1), "n", "createPod")
    assert (pod.id, pod.name, pod.region, pod.gpu_count) == ("7", "as-stored", "eu-1", 4)
    assert pod.status is PodStatus.INITIALIZING
    assert pod.expose == (ExposedPort(22, "SSH", proxy_port=30010),)
    assert (pod.image, pod.shm_in_gb, pod.extra) == ("i", 1, {"new": 1})


def test_a_status_in_the_answer_is_believed() -> None:
    data = {"id": 7, "status": 6}
    assert created_pod(data, a_spec(), "n", "createPod").status is PodStatus.FAILED


@pytest.mark.parametrize(
    "data",
    [None, True, 4.2e17, -1, "", "abc", "1.5", "-1", [], [1], {}, {"id": None}, {"id": True}],
    ids=repr,
)
def test_any_other_answer_is_refused(data: object) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        created_pod(data, a_spec(), "n", "createPod")
    assert caught.value.operation == "createPod"


@pytest.mark.parametrize(
    ("regions", "statuses", "query"),
    [
        ((), (), {}),
        (["a", "b"], (), {"regionList": ["a", "b"]}),
        ("a", "RUNNING", {"regionList": ["a"], "statusList": ["1"]}),
        ((), [PodStatus.INITIALIZING, PodStatus.FAILED], {"statusList": ["0", "6"]}),
        ((), ["STOPPED", "running", 4, "9"], {"statusList": ["3", "1", "4", "9"]}),
        ((), 0, {"statusList": ["0"]}),
    ],
    ids=repr,
)
def test_filters_are_lists_and_statuses_numbers(
    regions: Any, statuses: Any, query: dict[str, object]
) -> None:
    assert list_query(regions, statuses) == query


def test_a_status_without_a_number_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="RUNNING") as caught:
        list_query((), ["SOMETHING_NEW"])
    assert caught.value.field == "statuses"


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
