"""What cannot be read is refused with its place, and without its value."""

import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given

from tests.models.strategies import any_json
from yotta_async.errors import InvalidResponseError
from yotta_async.models import (
    VM,
    Endpoint,
    LogPage,
    Metric,
    Pod,
    PodSpec,
    Task,
    VMType,
    Volume,
    structure,
)


MINIMAL = {"id": "1", "status": "RUNNING"}


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"id": None}, "id", "expected a value, got null"),
        ({"status": None}, "status", "expected a value, got null"),
        ({"id": 4.2e17}, "id", "got a number with a fraction"),
        ({"id": True}, "id", "got a boolean"),
        ({"status": 1.0}, "status", "expected a status"),
        ({"name": 5}, "name", "expected a string, got a whole number"),
        ({"podName": 5}, "podName", "expected a string, got a whole number"),
        ({"name": None, "podName": 5}, "podName", "expected a string"),
        ({"gpuCount": 5.7}, "gpuCount", "expected a whole number"),
        ({"gpuCount": True}, "gpuCount", "got a boolean"),
        ({"gpuCount": "9" * 5000}, "gpuCount", "expected a value that can be read"),
        ({"image": ["a"]}, "image", "expected a string, got an array"),
        ({"singleCardPrice": float("nan")}, "singleCardPrice", "expected a finite number"),
        ({"networkUploadMbps": "Infinity"}, "networkUploadMbps", "expected a finite number"),
        ({"createdAt": "soon"}, "createdAt", "expected a time"),
        ({"expose": "22"}, "expose", "expected an array, got a string"),
        ({"expose": {"port": 22}}, "expose", "expected an array, got an object"),
        ({"expose": [22]}, "expose[0]", "expected an object, got a whole number"),
        ({"expose": [{"port": 1}, {"port": {}}]}, "expose[1].port", "got an object"),
        ({"expose": [{"port": 1}, {}]}, "expose[1].port", "expected a value"),
        ({"expose": [{"port": 1, "healthy": 1}]}, "expose[0].healthy", "expected true or false"),
        ({"environmentVars": "A=1"}, "environmentVars", "expected an array of keys and values"),
        ({"environmentVars": ["A=1"]}, "environmentVars[0]", "expected an object"),
        ({"environmentVars": [{"value": "1"}]}, "environmentVars[0]", "expected a string"),
        ({"environmentVars": {"A": 1}}, "environmentVars", "expected a string"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_wrong_shape_is_refused_with_its_place(
    change: dict[str, object], path: str, message: str
) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        structure(MINIMAL | change, Pod, operation="getPod")
    assert caught.value.path == path
    assert str(caught.value).startswith(f"getPod: {path}: ")
    assert message in str(caught.value)


def test_the_place_counts_from_the_list() -> None:
    body = [MINIMAL, MINIMAL, MINIMAL, MINIMAL | {"expose": [{"port": "x"}]}]
    with pytest.raises(InvalidResponseError) as caught:
        structure(body, list[Pod])
    assert caught.value.path == "[3].expose[0].port"


@pytest.mark.parametrize("value", [None, 5, "text", [], [MINIMAL]], ids=repr)
def test_what_is_no_object_is_no_pod(value: object) -> None:
    with pytest.raises(InvalidResponseError, match="data: expected an object") as caught:
        structure(value, Pod)
    assert caught.value.path == ""


@pytest.mark.parametrize("value", [None, 5, "[]", MINIMAL], ids=repr)
def test_what_is_no_array_is_no_list_of_pods(value: object) -> None:
    with pytest.raises(InvalidResponseError, match="data: expected an array"):
        structure(value, list[Pod])


@given(any_json)
def test_whatever_comes_is_a_pod_or_the_one_error(value: object) -> None:
    for wrapped in (value, MINIMAL | {"expose": value}, MINIMAL | {"environmentVars": value}):
        with suppress(InvalidResponseError):
            assert isinstance(structure(wrapped, Pod), Pod)


def test_a_bottomless_answer_is_the_one_error() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"deeper": deep}
    with pytest.raises(InvalidResponseError):
        structure(MINIMAL | deep, Pod)


@pytest.mark.parametrize(("value", "kind"), [("9" * 5000, int), (10**400, float)], ids=["1", "2"])
def test_what_python_itself_cannot_read_is_the_one_error(value: object, kind: type) -> None:
    with pytest.raises(InvalidResponseError, match="data: expected a value that can be read"):
        structure(value, kind)


def leak(secret: str) -> dict[str, object]:
    return {"key": secret, "value": [secret]}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: {"environmentVars": [leak(secret)]},
        lambda secret: {"environmentVars": {secret: 1}},
        lambda secret: {"gpuCount": secret},
        lambda secret: {"createdAt": secret},
        lambda secret: {"singleCardPrice": secret},
        lambda secret: {"image": {secret: secret}},
        lambda secret: {"expose": [{"port": secret}]},
        lambda secret: {"status": [secret]},
    ],
    ids=range(8),
)
def test_no_value_reaches_an_error(spoil: Callable[[str], dict[str, object]]) -> None:
    secret = "tr0ub4dor"
    with pytest.raises(InvalidResponseError) as caught:
        structure(MINIMAL | spoil(secret), Pod)
    error = caught.value
    assert secret not in "".join(traceback.format_exception(error))
    assert secret not in repr(error.__dict__)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_spec_that_cannot_work_is_an_answer_that_cannot() -> None:
    with pytest.raises(InvalidResponseError) as caught:
        structure({"image": "i", "gpuType": "g", "gpuCount": 3}, PodSpec)
    assert caught.value.__context__ is None


ENDPOINT = {"id": "1", "status": "RUNNING"}
PLACES: list[tuple[type[Any], dict[str, object], str]] = [
    (
        Endpoint,
        {"resources": [{"region": "r", "gpuType": "g", "gpuCount": {}}]},
        "resources[0].gpuCount",
    ),
    (Endpoint, {"resources": [{"region": "r"}]}, "resources[0].gpuType"),
    (Endpoint, {"expose": [22]}, "expose"),
    (Endpoint, {"expose": {"port": 1.5}}, "expose.port"),
    (Endpoint, {"perHourPrice": "free"}, "perHourPrice"),
    (Endpoint, {"containerRegistryAuthId": 1.5}, "containerRegistryAuthId"),
    (Endpoint, {"creator": 1.5}, "creator"),
    (Task, {"taskId": 1, "resultSendStatus": []}, "resultSendStatus"),
    (Task, {"userTaskId": []}, "userTaskId"),
    (Task, {"taskId": 1, "header": [1]}, "header"),
    (Task, {"taskId": 1, "headers": {"A": 1}}, "headers"),
    (VM, {"isSpot": 2}, "isSpot"),
    (VM, {"isSpot": "0"}, "isSpot"),
    (VMType, {"gpuType": "g", "regions": ["a", 5]}, "regions[1]"),
    (VMType, {"gpuType": "g", "regions": [{"vmTypeId": 1}]}, "regions[0].region"),
    (Volume, {"type": 4}, "type"),
    (LogPage, {"logs": [{"log": "a"}, {"log": None, "offset": "x"}]}, "logs[1].offset"),
    (LogPage, {"hasMore": "yes"}, "hasMore"),
    (LogPage, {"nextSearchAfterTime": 1.5}, "nextSearchAfterTime"),
    (Metric, {"metric_name": 5}, "metric_name"),
    (Metric, {"metric_name": "a", "series": [{"labels": {"a": 1}}]}, "series[0].labels"),
    (
        Metric,
        {"metric_name": "a", "series": [{"data_points": [{"timestamp": 1, "value": "NaN"}]}]},
        "series[0].data_points[0].value",
    ),
]


@pytest.mark.parametrize(("kind", "change", "path"), PLACES)
def test_the_place_is_named_as_the_answer_spells_it(
    kind: type[Any], change: dict[str, object], path: str
) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        structure(ENDPOINT | change, kind)
    assert caught.value.path == path


def test_the_place_may_count_from_further_up() -> None:
    with pytest.raises(InvalidResponseError) as caught:
        structure([MINIMAL, {}], list[Pod], under="items")
    assert caught.value.path == "items[1].id"
    with pytest.raises(InvalidResponseError, match=r"^items: expected an array"):
        structure(None, list[Pod], under="items")
