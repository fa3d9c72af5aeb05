"""What a create has made, as its answer and its request tell."""

from typing import Any

import pytest

from yotta_async._api.shapes import created_credential, created_pod, created_task_id
from yotta_async.errors import InvalidResponseError
from yotta_async.models import Credential, ExposedPort, PodSpec, PodStatus


def a_spec(**fields: Any) -> PodSpec:
    return PodSpec(**{"image": "i", "gpu_type": "NVIDIA_L4_24G", **fields})


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
    "data", ["7", 7, {"id": "7", "name": "n"}, {"id": 7, "name": "n"}], ids=repr
)
def test_a_credential_comes_as_an_id_or_as_an_object(data: object) -> None:
    made = created_credential(data, "n", "createCredential")
    assert made == Credential(id="7", name="n")


@pytest.mark.parametrize("data", [None, True, [], {}, "x"], ids=repr)
def test_any_other_credential_is_refused(data: object) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        created_credential(data, "n", "createCredential")
    assert caught.value.operation == "createCredential"


@pytest.mark.parametrize(
    "data", [{"taskId": "t"}, {"userTaskId": "t"}, {}, None, "t", True], ids=repr
)
def test_a_task_has_the_id_that_was_sent(data: object) -> None:
    assert created_task_id(data, "t", "submitTask") == "t"


def test_a_task_under_another_id_is_not_ours() -> None:
    with pytest.raises(InvalidResponseError, match="another"):
        created_task_id({"taskId": "other"}, "t", "submitTask")
