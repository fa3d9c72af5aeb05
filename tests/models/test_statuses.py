"""Statuses in every spelling that any generation of the API, or its console, uses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.models import (
    VM,
    DeliveryStatus,
    Endpoint,
    EndpointStatus,
    Pod,
    PodStatus,
    Task,
    TaskStatus,
    VMStatus,
    Volume,
    VolumeStatus,
    Worker,
    structure,
    unstructure,
)
from yotta_async.models._statuses import OpenStatus


KINDS: list[type[OpenStatus]] = [
    EndpointStatus,
    TaskStatus,
    DeliveryStatus,
    VMStatus,
    VolumeStatus,
]
SPELLINGS: list[tuple[type[OpenStatus], str | int, OpenStatus]] = [
    (EndpointStatus, 0, EndpointStatus.INITIALIZING),
    (EndpointStatus, "INITIALIZE", EndpointStatus.INITIALIZING),
    (EndpointStatus, 1, EndpointStatus.RUNNING),
    (EndpointStatus, "2", EndpointStatus.STOPPING),
    (EndpointStatus, "3", EndpointStatus.STOPPED),
    (EndpointStatus, 4, EndpointStatus.FAILED),
    (EndpointStatus, "Terminated", EndpointStatus.TERMINATED),
    (TaskStatus, 0, TaskStatus.PROCESSING),
    (TaskStatus, "1", TaskStatus.DELIVERED),
    (TaskStatus, 2, TaskStatus.SUCCESS),
    (TaskStatus, "3", TaskStatus.FAILED),
    (TaskStatus, "Success", TaskStatus.SUCCESS),
    (DeliveryStatus, 0, DeliveryStatus.INIT),
    (DeliveryStatus, "1", DeliveryStatus.SUCCESS),
    (DeliveryStatus, 2, DeliveryStatus.FAILED),
    (DeliveryStatus, 3, DeliveryStatus.MAX_RETRIES_EXCEEDED),
    (VMStatus, "running", VMStatus.RUNNING),
    (VMStatus, "Terminated", VMStatus.TERMINATED),
    (VMStatus, "INITIALIZE", VMStatus.INITIALIZING),
    (VolumeStatus, "ACTIVE", VolumeStatus.ACTIVE),
    (VolumeStatus, " error ", VolumeStatus.ERROR),
]
UNKNOWN: list[tuple[type[OpenStatus], str | int]] = [
    (EndpointStatus, 5),
    (EndpointStatus, "-1"),
    (EndpointStatus, "PAUSED"),
    (TaskStatus, 4),
    (TaskStatus, ""),
    (DeliveryStatus, "4"),
    (VMStatus, 1),
    (VMStatus, "0"),
    (VolumeStatus, 1),
    (VolumeStatus, "mounted"),
]


@pytest.mark.parametrize(("kind", "word", "status"), SPELLINGS)
def test_each_spelling_is_one_status(
    kind: type[OpenStatus], word: str | int, status: OpenStatus
) -> None:
    assert kind.parse(word) is status


@pytest.mark.parametrize("kind", KINDS)
def test_each_word_is_read_in_any_case(kind: type[OpenStatus]) -> None:
    for status in kind:
        for word in (status.value, status.value.upper(), status.value.lower(), status.title()):
            assert kind.parse(word) is status


@pytest.mark.parametrize(("kind", "word"), UNKNOWN)
def test_what_is_not_documented_stays_text(kind: type[OpenStatus], word: str | int) -> None:
    read = kind.parse(word)
    assert read == str(word)
    assert type(read) is str


@given(st.sampled_from(KINDS), st.text() | st.integers())
def test_whatever_comes_is_a_status_or_the_text_of_it(
    kind: type[OpenStatus], word: str | int
) -> None:
    read = kind.parse(word)
    assert isinstance(read, kind) or read == str(word)
    assert kind.parse(read) == read


def test_the_filters_of_tasks_are_numbers() -> None:
    assert [(status, status.code) for status in TaskStatus] == [
        ("PROCESSING", 0),
        ("DELIVERED", 1),
        ("SUCCESS", 2),
        ("FAILED", 3),
    ]


FIELDS: list[tuple[type[Any], object, object]] = [
    (Pod, "INITIALIZE", PodStatus.INITIALIZING),
    (Worker, "running", PodStatus.RUNNING),
    (Endpoint, 3, EndpointStatus.STOPPED),
    (Task, "2", TaskStatus.SUCCESS),
    (VM, "Terminated", VMStatus.TERMINATED),
    (Volume, "ACTIVE", VolumeStatus.ACTIVE),
]


@pytest.mark.parametrize(("kind", "word", "status"), FIELDS)
def test_each_model_reads_its_own_statuses(kind: type[Any], word: object, status: object) -> None:
    body = {"id": "1", "taskId": "1", "status": word}
    model = structure(body, kind)
    assert model.status is status
    assert type(unstructure(model)["status"]) is str
    assert structure(unstructure(model), kind) == model


@pytest.mark.parametrize("kind", [kind for kind, _, _ in FIELDS])
def test_each_model_keeps_a_status_it_does_not_know(kind: type[Any]) -> None:
    model = structure({"id": "1", "taskId": "1", "status": "Hibernating"}, kind)
    assert model.status == "Hibernating"
    assert unstructure(model)["status"] == "Hibernating"


def test_a_status_that_may_be_missing_is_read_likewise() -> None:
    def delivery(word: object) -> object:
        body = {"taskId": "1", "status": 0, "resultSendStatus": word}
        return structure(body, Task).delivery_status

    assert delivery(None) is None
    assert delivery("INIT") is DeliveryStatus.INIT
    assert delivery(3) is DeliveryStatus.MAX_RETRIES_EXCEEDED
    assert delivery("Someday") == "Someday"
