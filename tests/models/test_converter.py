"""JSON to models and back: nothing lost, nothing coerced, nothing given away."""

import json
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import InvalidResponseError
from yotta_async.models import (
    ExposedPort,
    Pod,
    PodSpec,
    PodStatus,
    VolumeMount,
    structure,
    unstructure,
)


SAMPLES = Path(__file__).parents[3] / "shared" / "yotta-api" / "samples"
# Of fixed offsets alone: a time in a zone's lost or doubled hour equals nothing but itself.
ZONES = (UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9, minutes=-30)))
MINIMAL = {"id": "1", "status": "RUNNING"}

maybe_text = st.none() | st.text(max_size=10)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
extras = st.dictionaries(
    st.text(min_size=1).map("x.".__add__), any_json, max_size=3
)  # no field of a model has a dot in its name
ports = st.builds(
    ExposedPort,
    st.integers(1, 65535),
    st.sampled_from(["HTTP", "SSH", "tcp"]),
    host=maybe_text,
    proxy_port=st.none() | st.integers(1, 65535),
    healthy=st.none() | st.booleans(),
    ingress_url=maybe_text,
    extra=extras,
)
pods = st.builds(
    Pod,
    id=st.integers(0, 2**64 - 1).map(str),
    name=st.text(max_size=10),
    status=st.sampled_from(PodStatus) | st.just("SOMETHING_NEW"),
    region=maybe_text,
    gpu_count=st.none() | st.integers(0, 2**31),
    single_card_price=st.none() | st.decimals(0, 1000, places=4),
    environment=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
    expose=st.lists(ports, max_size=3).map(tuple),
    network_upload_mbps=st.none() | st.floats(0, 1e6),
    created_at=st.none()
    | st.datetimes(
        datetime(1900, 1, 1),  # noqa: DTZ001  # the zone comes from the next line
        datetime(9000, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from(ZONES),
    ),
    extra=extras,
)
words = st.text("abcXYZ-_", min_size=1, max_size=10)
sizes = st.none() | st.integers(0, 2**31)
specs = st.builds(
    PodSpec,
    image=words,
    gpu_type=words,
    gpu_count=st.sampled_from([1, 2, 4, 8]),
    name=st.none() | words,
    regions=st.lists(words, max_size=3),
    environment=st.dictionaries(words, st.text("a= \n漢", max_size=10), max_size=3),
    expose=st.lists(ports, max_size=3),
    credential_id=st.none() | st.integers(0, 2**64 - 1),
    shm_in_gb=sizes,
    persistent_volume_in_gb=sizes,
    persistent_mount_path=st.just("/data"),
    persistent_volumes=st.lists(
        st.builds(VolumeMount, st.integers(0, 2**64 - 1).map(str), words, st.booleans())
    ),
    initialization_command=st.none() | words,
    extra=extras,
)


@given(specs)
def test_a_spec_comes_back_from_json_as_it_was(spec: PodSpec) -> None:
    assert structure(json.loads(json.dumps(unstructure(spec))), PodSpec) == spec


@given(pods)
def test_a_pod_comes_back_from_json_as_it_was(pod: Pod) -> None:
    assert structure(json.loads(json.dumps(unstructure(pod))), Pod) == pod


@given(extras, st.integers(0, 2**64 - 1))
def test_what_a_pod_does_not_know_is_written_back(extra: dict[str, Any], number: int) -> None:
    body = MINIMAL | extra | {"x.id": number}
    assert unstructure(structure(body, Pod)) == body


def test_fields_called_like_the_keeper_of_extras_are_kept_too() -> None:
    body = MINIMAL | {"extra": {"extra": 1}}
    assert structure(body, Pod).extra == {"extra": {"extra": 1}}
    assert unstructure(structure(body, Pod)) == body


@given(st.integers(0, 2**64 - 1))
def test_ids_of_64_bits_survive_as_numbers_and_as_text(number: int) -> None:
    for given_id in (number, str(number)):
        body = json.loads(json.dumps(MINIMAL | {"id": given_id}))
        assert structure(body, Pod).id == str(number)


def test_what_is_none_or_empty_is_not_written() -> None:
    assert unstructure(Pod(id="1", status="NEW")) == {"id": "1", "status": "NEW"}
    assert unstructure(ExposedPort(22)) == {"port": 22, "protocol": "HTTP"}
    spec = PodSpec(image="i", gpu_type="g")
    assert unstructure(spec) == {"image": "i", "gpuType": "g", "gpuCount": 1}


def test_a_status_is_written_as_plain_text() -> None:
    assert type(unstructure(Pod(id="1", status=PodStatus.PAUSED))["status"]) is str


@pytest.mark.parametrize("word", [0, "0", "INITIALIZE", "Initializing"], ids=repr)
def test_a_status_is_read_in_any_spelling(word: object) -> None:
    assert structure(MINIMAL | {"status": word}, Pod).status is PodStatus.INITIALIZING


@pytest.mark.parametrize(
    ("wire", "value", "attribute", "expected"),
    [
        ("podName", "a", "name", "a"),
        ("name", "a", "name", "a"),
        ("environmentVars", [{"key": "A", "value": "1"}], "environment", {"A": "1"}),
        ("envVars", [{"key": "A", "value": "1"}], "environment", {"A": "1"}),
        ("environmentVars", {"A": "1"}, "environment", {"A": "1"}),
        (
            "environmentVars",
            [{"key": "A", "value": None}, {"key": "B"}],
            "environment",
            {"A": "", "B": ""},
        ),
        ("environmentVars", None, "environment", {}),
        ("singleCardVramInGb", 32, "single_card_vram_in_gb", 32),
        ("singleCardVcpu", "14", "single_card_vcpu", 14),
        ("singleCardPrice", 0.65, "single_card_price", Decimal("0.65")),
        ("shmInGb", 1, "shm_in_gb", 1),
        ("sshCmd", "ssh", "ssh_cmd", "ssh"),
        ("internalIp", None, "internal_ip", None),
        ("networkUploadMbps", "940.5", "network_upload_mbps", 940.5),
        ("expose", None, "expose", ()),
        ("expose", [{"port": "22", "protocol": "SSH"}], "expose", (ExposedPort(22, "SSH"),)),
    ],
)
def test_each_spelling_finds_its_field(
    wire: str, value: object, attribute: str, expected: object
) -> None:
    pod = structure(MINIMAL | {wire: value}, Pod)
    assert getattr(pod, attribute) == expected
    assert pod.extra == {}


def test_of_two_spellings_the_written_one_counts_and_the_other_is_kept() -> None:
    pod = structure(MINIMAL | {"podName": "old", "name": "new"}, Pod)
    assert pod.name == "new"
    assert unstructure(pod)["podName"] == "old"
    assert structure(MINIMAL | {"podName": "old", "name": None}, Pod).name == "old"


@pytest.mark.parametrize("wire", ["credentialId", "containerRegistryAuthId"])
def test_a_credential_goes_by_two_names(wire: str) -> None:
    body = {"image": "i", "gpuType": "g", wire: 2**63 + 1}
    assert structure(body, PodSpec).credential_id == str(2**63 + 1)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"id": None}, "id", "expected a value, got null"),
        ({"status": None}, "status", "expected a value, got null"),
        ({"id": 4.2e17}, "id", "got a number with a fraction"),
        ({"id": True}, "id", "got a boolean"),
        ({"status": 1.0}, "status", "expected a status"),
        ({"name": 5}, "name", "expected a string, got a whole number"),
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


def pod_samples() -> list[Path]:
    names = ("v2__post-v2-pods__response*", "v2__get-v2-pods__*", "model__pod__*", "sdkapi__pod*")
    return sorted(path for name in names for path in SAMPLES.glob(name))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not beside this tree")
def test_every_recorded_pod_is_read_and_nothing_of_it_lost() -> None:
    bodies = [json.loads(path.read_text()) for path in pod_samples()]
    assert len(bodies) >= 4
    for body in bodies:
        data = body.get("data", body)
        for raw in data if isinstance(data, list) else [data]:
            pod = structure(raw, Pod)
            assert pod.id == str(raw["id"])
            assert structure(unstructure(pod), Pod) == pod
            assert set(raw) <= set(unstructure(pod))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not beside this tree")
def test_every_recorded_create_is_read_as_a_spec() -> None:
    bodies = [
        json.loads(path.read_text())
        for path in sorted(SAMPLES.glob("*pods*__request*"))
        + sorted(SAMPLES.glob("model__createpod*"))
        if "skypilot" not in path.name
    ]
    assert len(bodies) >= 3
    for body in bodies:
        spec = structure(body, PodSpec)
        assert spec.extra == {}
        assert (spec.image, spec.gpu_type) == (body["image"], body["gpuType"])
        assert structure(unstructure(spec), PodSpec) == spec
