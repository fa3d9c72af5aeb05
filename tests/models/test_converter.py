"""JSON to models and back: nothing lost, nothing coerced."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.strategies import extras
from yotta_async.models import ExposedPort, Pod, PodSpec, PodStatus, structure, unstructure


MINIMAL = {"id": "1", "status": "RUNNING"}


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
