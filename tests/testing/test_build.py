"""Builders: what they make is what a client and a server make."""

import json
from random import Random
from typing import Any

import pytest

from tests.lab import in_both_generations, make_lab
from yotta_async import Pod, PodSpec, PodStatus
from yotta_async._call.rules.envelope import open_envelope
from yotta_async._call.rules.operation import Operation
from yotta_async._call.rules.reply import Reply
from yotta_async.errors import (
    APIError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    OutOfCapacityError,
    RateLimitError,
    UnresolvedCreateError,
)
from yotta_async.simulator import FaultKind
from yotta_async.testing import build


@in_both_generations
async def test_a_pod_is_as_a_client_returns_it(api_version: Any) -> None:
    lab = make_lab(api_version=api_version)
    spec = build.spec(expose=[8000], environment={"A": "1"}, name="one")
    made = await lab.client.pods.create(spec)
    there = await lab.client.pods.wait(made.id)
    built = build.pod(
        api_version=api_version,
        id=there.id,
        name="one",
        region=there.region or "",
        expose=[8000],
        environment={"A": "1"},
    )
    theirs, ours = there.to_dict(secrets=True), built.to_dict(secrets=True)
    assert theirs.keys() == ours.keys()
    different = {key for key in theirs if theirs[key] != ours[key]}
    assert different <= {"created_at", "updated_at", "createdAt", "updatedAt"}
    await lab.client.pods.delete(made.id)
    await lab.close()


@pytest.mark.parametrize("status", list(PodStatus))
def test_each_status_is_read_as_itself(status: PodStatus) -> None:
    for api_version in ("v1", "v2"):
        assert build.pod(status=status, api_version=api_version).status == status


def test_a_running_pod_has_ports_that_answer_or_do_not() -> None:
    port = build.pod(expose=[8000]).expose[0]
    assert (port.port, port.protocol, port.healthy) == (8000, "HTTP", True)
    assert build.pod(expose=[8000], healthy=False).expose[0].healthy is False
    assert build.pod(expose=[22]).expose[0].protocol == "SSH"
    assert build.pod(expose=[22], status="INITIALIZE").expose[0].host is None


def test_what_is_given_is_in_the_pod() -> None:
    pod = build.pod(id=5, name="x", gpu_type="NVIDIA_L4_24G", gpu_count=4, price="0.42", age=60.0)
    assert isinstance(pod, Pod)
    assert (pod.id, pod.name, pod.gpu_type, pod.gpu_count) == ("5", "x", "NVIDIA_L4_24G", 4)
    assert str(pod.single_card_price) == "0.42"
    assert pod.created_at is not None
    assert pod.updated_at is not None
    assert (pod.updated_at - pod.created_at).total_seconds() == 30.0


def test_a_status_that_is_none_and_a_wrong_field_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="status=READY: must be the status of a pod"):
        build.pod(status="READY")
    with pytest.raises(TypeError, match="Did you mean gpu_type= or gpu_count="):
        build.pod(gpu="NVIDIA_L4_24G")


def test_a_spec_needs_nothing_and_takes_everything() -> None:
    assert isinstance(build.spec(), PodSpec)
    assert build.spec(image="a/b", regions=["eu-1"]).regions == ("eu-1",)
    with pytest.raises(ConfigurationError):
        build.spec(gpu_count=3)


CALL = Operation(id="createPod", method="POST", path="/v2/pods").call()
REFUSALS = [
    kind
    for kind in APIStatusError.__subclasses__() + RateLimitError.__subclasses__()
    if kind.__module__.startswith("yotta_async.errors")
]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_is_what_a_client_makes_of_such_an_answer(kind: type[APIStatusError]) -> None:
    built = build.error(kind)
    assert type(built) is kind
    assert built.code is not None
    envelope = build.answer(code=built.code, message=built.args[0])
    reply = Reply(built.status, {}, json.dumps(envelope).encode())
    with pytest.raises(APIStatusError) as raised:
        open_envelope(CALL, reply)
    assert type(raised.value) is kind


@pytest.mark.parametrize("kind", [APITimeoutError, UnresolvedCreateError, APIError])
def test_other_errors_are_made_too(kind: type[APIError]) -> None:
    error = build.error(kind, operation="deletePod")
    assert type(error) is kind
    assert str(error).startswith("deletePod: ")


def test_fields_of_an_error_are_taken() -> None:
    assert build.error(RateLimitError, retry_after=30.0).retry_after == 30.0
    assert build.error(UnresolvedCreateError, name="mine").name == "mine"
    assert "no such thing" in str(build.error(OutOfCapacityError, "no such thing"))


def test_an_answer_is_an_envelope() -> None:
    assert build.answer([1]) == {"message": "success", "code": 10000, "data": [1]}
    assert build.answer(code=12002, message="no") == {"message": "no", "code": 12002, "data": None}


def test_faults_are_what_their_words_say() -> None:
    faults = build.faults(0.09, lost_answers=0.1, server_errors=0.2, lists_lag=40, late_by=5)
    assert faults.timeout_after == pytest.approx(0.11)
    assert faults.error_before == faults.error_after == pytest.approx(0.11)
    assert sum(chance for _, chance in faults.chances()) == pytest.approx(0.39)
    assert (faults.list_lag, faults.late_commit) == (40, (0.0, 5))
    assert build.faults(no_connection=1.0).draw("createPod", Random(1)) is FaultKind.REFUSE
    with pytest.raises(ConfigurationError):
        build.faults(lost_answers=1.5)
