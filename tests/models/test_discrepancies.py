"""Where the API's sources contradict each other, both sides are read; each case has its number."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from yotta_async.models import (
    VM,
    Credential,
    Endpoint,
    Pod,
    PodStatus,
    Task,
    TaskCallback,
    TaskStatus,
    VMType,
    VMTypeRegion,
    Volume,
    Worker,
    structure,
)


MOMENT = datetime(2024, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("INITIALIZING", PodStatus.INITIALIZING),
        ("INITIALIZE", PodStatus.INITIALIZING),
        ("STOPPED", PodStatus.PAUSED),
        ("PAUSED", PodStatus.PAUSED),
        (3, PodStatus.PAUSED),
    ],
)
def test_01_02_a_pod_starts_and_rests_under_two_names(word: object, status: PodStatus) -> None:
    assert structure({"id": 1, "status": word}, Pod).status is status


@pytest.mark.parametrize(
    "kind", [Pod, Endpoint, Worker, VM, Volume, Credential], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("value", [420522713875330018, "420522713875330018"], ids=["int", "str"])
def test_10_ids_are_numbers_or_text(kind: type[Any], value: object) -> None:
    assert structure({"id": value, "status": "NEW"}, kind).id == "420522713875330018"


@pytest.mark.parametrize("kind", [Pod, Endpoint, VM, Volume, Credential], ids=lambda k: k.__name__)
@pytest.mark.parametrize(
    "value",
    [
        1710417600,
        "1710417600",
        1710417600000,
        "1710417600000",
        "2024-03-14T12:00:00Z",
        "2024-03-14 12:00:00.000",
    ],
    ids=ascii,
)
def test_11_times_are_told_apart_by_size_and_kind(kind: type[Any], value: object) -> None:
    assert structure({"id": 1, "status": "NEW", "createdAt": value}, kind).created_at == MOMENT


OLD_VOLUME = {"id": 5, "storageType": "CEPH", "status": "active", "sizeInGb": 100, "cost": 5.0}
NEW_VOLUME = {
    "id": "5",
    "type": "CEPH",
    "status": "active",
    "sizeBytes": "107374182400",
    "sizeInGb": 100,
    "cost": "5.0",
}


def test_17_volumes_come_in_two_shapes() -> None:
    old, new = structure(OLD_VOLUME, Volume), structure(NEW_VOLUME, Volume)
    assert (old.id, old.storage_type, old.size_in_gb, old.cost) == ("5", "CEPH", 100, Decimal(5))
    assert (new.id, new.storage_type, new.size_in_gb, new.cost) == ("5", "CEPH", 100, Decimal(5))
    assert (old.size_bytes, new.size_bytes) == (None, 107374182400)


@pytest.mark.parametrize("wire", ["id", "workerId"])
def test_21_workers_have_an_id_or_a_worker_id(wire: str) -> None:
    worker = structure({wire: "worker-001", "status": "running"}, Worker)
    assert (worker.id, worker.status) == ("worker-001", PodStatus.RUNNING)


@pytest.mark.parametrize("word", [2, "2", "SUCCESS", "Success"], ids=repr)
def test_23_statuses_of_tasks_are_numbers_or_names(word: object) -> None:
    assert structure({"userTaskId": "t", "status": word}, Task).status is TaskStatus.SUCCESS


V1_TASK = {
    "userTaskId": "t_1",
    "status": "PROCESSING",
    "notifyUrl": "http://hook.example/",
    "createdAt": "2024-03-14 12:00:00.000",
    "resultSendStatus": 2,
    "resultSendCount": 1,
    "nextResultSendTime": "2024-03-14 12:00:00.000",
    "failedReason": "no",
    "taskData": {"a": 1},
    "taskResult": [1],
    "header": {"X-A": "1"},
}
V2_TASK = {
    "taskId": "t_1",
    "status": 0,
    "webhook": "http://hook.example/",
    "createdAt": 1710417600000,
    "deliveryStatus": "FAILED",
    "deliveryAttempts": 1,
    "nextDeliveryAt": 1710417600000,
    "error": "no",
    "input": {"a": 1},
    "output": [1],
    "headers": {"X-A": "1"},
}


def test_23_a_task_is_the_same_in_both_generations() -> None:
    assert structure(V1_TASK, Task) == structure(V2_TASK, Task)
    assert structure(V1_TASK, Task).extra == {}


@pytest.mark.parametrize(
    ("status", "fields", "done"),
    [
        ("PROCESSING", {}, False),
        ("PROCESSING", {"output": {"a": 1}}, False),
        ("SUCCESS", {}, True),
        ("FAILED", {}, True),
        ("DELIVERED", {}, False),
        ("DELIVERED", {"output": None, "error": "", "taskResult": {}}, False),
        ("DELIVERED", {"output": []}, False),
        ("DELIVERED", {"output": ""}, False),
        ("DELIVERED", {"output": {"a": 1}}, True),
        ("DELIVERED", {"output": 0}, True),
        ("DELIVERED", {"output": False}, True),
        ("DELIVERED", {"error": "no"}, True),
        ("DELIVERED", {"deliveredAt": 1710417600000}, True),
        ("HIBERNATING", {"output": 1}, False),
    ],
    ids=repr,
)
def test_24_delivered_alone_is_not_the_end(
    status: str, fields: dict[str, object], done: bool
) -> None:
    assert structure({"taskId": "t", "status": status} | fields, Task).is_done is done


SNAKE_CALLBACK = {
    "task_id": 420522713875330018,
    "user_task_id": "t_1",
    "endpoint_id": "7",
    "status": "SUCCESS",
    "success": True,
    "timestamp": "2024-03-14 12:00:00.000",
    "retry_count": 1,
    "result": {"a": [1]},
    "failed_reason": "no",
}
CAMEL_CALLBACK = {
    "taskId": "420522713875330018",
    "userTaskId": "t_1",
    "endpointId": 7,
    "status": 2,
    "success": True,
    "timestamp": 1710417600000,
    "retryCount": 1,
    "result": {"a": [1]},
    "failedReason": "no",
}


@pytest.mark.parametrize("body", [SNAKE_CALLBACK, CAMEL_CALLBACK], ids=["snake", "camel"])
def test_a_callback_is_understood_in_both_cases_of_its_names(body: dict[str, object]) -> None:
    assert structure(body, TaskCallback) == TaskCallback(
        task_id="420522713875330018",
        user_task_id="t_1",
        endpoint_id="7",
        status=TaskStatus.SUCCESS,
        success=True,
        timestamp=MOMENT,
        retry_count=1,
        result={"a": [1]},
        failed_reason="no",
    )


@pytest.mark.parametrize("wire", ["environmentVars", "envVars"])
def test_05_variables_of_an_endpoint_go_by_two_names(wire: str) -> None:
    body = {"id": 1, "status": 1, wire: [{"key": "A", "value": "1"}]}
    assert structure(body, Endpoint).environment == {"A": "1"}


@pytest.mark.parametrize("wire", ["credentialId", "containerRegistryAuthId"])
def test_06_the_credential_of_an_endpoint_goes_by_two_names(wire: str) -> None:
    body = {"id": 1, "status": 1, wire: 420522713875330018}
    assert structure(body, Endpoint).credential_id == "420522713875330018"


@pytest.mark.parametrize("wire", ["name", "nickname", "nickName"])
def test_a_machine_has_a_name_or_a_nickname(wire: str) -> None:
    assert structure({"id": 1, "status": "running", wire: "a"}, VM).name == "a"


@pytest.mark.parametrize(("value", "spot"), [(0, False), (1, True), (True, True), (None, None)])
def test_a_machine_is_spot_as_a_number_or_a_truth(value: object, spot: bool | None) -> None:
    assert structure({"id": 1, "status": "running", "isSpot": value}, VM).spot is spot


def test_the_region_of_a_machine_type_may_be_a_bare_code() -> None:
    kind = structure({"gpuType": "g", "regions": ["a", {"region": "b", "vmTypeId": 1}]}, VMType)
    assert kind.regions == (
        VMTypeRegion(region="a"),
        VMTypeRegion(region="b", vm_type_id=1),
    )


@pytest.mark.parametrize(
    ("value", "uptime"), [(5, 5.0), ("5.5", 5.5), ("2h 5m", "2h 5m"), ("", "")], ids=repr
)
def test_an_uptime_is_a_number_or_words(value: object, uptime: object) -> None:
    assert structure({"id": 1, "status": 1, "uptime": value}, Worker).uptime == uptime
