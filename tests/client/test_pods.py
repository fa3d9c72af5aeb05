"""The verbs of a pod's life, and what happens when their answers are lost."""

from collections import Counter
from typing import Any

import anyio
import pytest

from tests.lab import SPEC, make_lab
from yotta_async import PodStatus, RetryPolicy
from yotta_async.errors import (
    ConfigurationError,
    ConflictError,
    MaybeSentError,
    NotFoundError,
    OutOfCapacityError,
)
from yotta_async.simulator import Faults


PATIENT = RetryPolicy(attempts=50, budget=None)
NOBODY = "419430400000000003"


async def test_a_pod_lives_from_create_to_gone() -> None:
    lab = make_lab()
    pods = lab.client.pods
    pod = await pods.create(SPEC)
    await pods.wait(pod.id)
    await pods.pause(pod.id)
    await pods.wait(pod.id, until="PAUSED")
    await pods.resume(pod.id)
    await pods.wait(pod.id)
    await pods.delete(pod.id)
    await pods.wait(pod.id, until="gone")
    assert lab.cloud.pods == ()


async def test_get_returns_what_the_server_knows() -> None:
    lab = make_lab()
    made = await lab.client.pods.create(SPEC.evolve(name="trainer", regions="us-east-1"))
    pod = await lab.client.pods.get(made.id)
    assert (pod.id, pod.name, pod.region) == (made.id, "trainer", "us-east-1")


async def test_lists_can_be_filtered() -> None:
    lab = make_lab()
    east = await lab.client.pods.create(SPEC.evolve(regions="us-east-1"))
    west = await lab.client.pods.create(SPEC.evolve(regions="us-west-1"))
    await lab.client.pods.wait(east.id)
    await lab.client.pods.wait(west.id)
    await lab.client.pods.pause(west.id)
    await lab.client.pods.wait(west.id, until="PAUSED")
    pods = lab.client.pods
    assert {pod.id for pod in await pods.list()} == {east.id, west.id}
    assert {pod.id for pod in await pods.list(regions=["us-east-1"])} == {east.id}
    assert {pod.id for pod in await pods.list(statuses=[PodStatus.PAUSED])} == {west.id}
    assert await pods.list(regions=["us-east-1"], statuses=["FAILED"]) == []


@pytest.mark.parametrize("verb", ["get", "pause", "resume", "delete"])
async def test_a_pod_that_is_not_there_is_not_found(verb: str) -> None:
    lab = make_lab()
    with pytest.raises(NotFoundError) as caught:
        await getattr(lab.client.pods, verb)(NOBODY)
    assert caught.value.operation == f"{verb}Pod"
    assert lab.cloud.operations == Counter({f"{verb}Pod": 1})


@pytest.mark.parametrize("verb", ["get", "pause", "resume", "delete", "wait"])
@pytest.mark.parametrize("pod_id", ["", ".", "..", "a\nb", 7])
async def test_what_is_no_id_is_refused_before_anything_is_sent(verb: str, pod_id: str) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError, match="pod_id"):
        await getattr(lab.client.pods, verb)(pod_id)
    assert lab.cloud.requests == ()


async def test_the_wrong_state_is_a_conflict() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    with pytest.raises(ConflictError):
        await lab.client.pods.resume(pod.id)


@pytest.mark.parametrize("verb", ["pausePod", "resumePod"])
async def test_after_a_lost_answer_the_pod_is_looked_at_before_it_is_told_again(verb: str) -> None:
    lab = make_lab(faults=Faults(operations={verb}, reset_after=1.0))
    pods = lab.client.pods
    pod = await pods.create(SPEC)
    await pods.wait(pod.id)
    await pods.pause(pod.id)
    await pods.wait(pod.id, until="PAUSED")
    await pods.resume(pod.id)
    await pods.wait(pod.id)
    assert lab.cloud.operations[verb] == 1


async def test_a_pause_that_did_not_happen_is_told_again() -> None:
    lab = make_lab(faults=Faults(operations={"pausePod"}, reset_before=0.7), retry=PATIENT)
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    await lab.client.pods.pause(pod.id)
    assert lab.cloud.operations["pausePod"] > 1
    await lab.client.pods.wait(pod.id, until="PAUSED")


async def test_a_pause_that_never_gets_through_is_given_up() -> None:
    lab = make_lab(faults=Faults(operations={"pausePod"}, reset_before=1.0))
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id)
    with pytest.raises(MaybeSentError) as caught:
        await lab.client.pods.pause(pod.id)
    assert caught.value.attempts == lab.cloud.operations["pausePod"] == 4


async def test_a_delete_whose_answer_is_lost_is_told_again_and_done() -> None:
    lab = make_lab(faults=Faults(operations={"deletePod"}, reset_after=0.7), retry=PATIENT, seed=1)
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.delete(pod.id)
    assert lab.cloud.operations["deletePod"] > 1
    assert lab.living == set()


async def test_a_read_is_repeated_until_it_is_answered() -> None:
    faults = Faults(operations={"getPod"}, html=0.3, truncated=0.3, error_before=0.3)
    lab = make_lab(faults=faults, retry=PATIENT)
    pod = await lab.client.pods.create(SPEC)
    assert (await lab.client.pods.get(pod.id)).id == pod.id
    assert lab.client.statistics().retried > 0


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "image"),
        ({"image": "a/b"}, "gpu_type"),
        ({"image": "a/b", "gpu_type": "X", "gpu_kount": 1}, "gpu_kount"),
        ({"image": "a/b", "gpu_type": "X", "gpu_count": 3}, "gpu_count=3"),
        ({"image": "a/b", "gpu_type": "X", "name": "n" * 300}, "name"),
        ({"image": "", "gpu_type": "X"}, "image"),
    ],
)
async def test_a_bad_spec_is_refused_before_anything_is_sent(
    fields: dict[str, Any], named: str
) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.pods.create(**fields)
    assert named in str(caught.value)
    assert caught.value.hint
    assert lab.cloud.requests == ()


async def test_a_spec_and_fields_together_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="evolve"):
        await make_lab().client.pods.create(SPEC, gpu_count=2)


@pytest.mark.parametrize(("vanish", "shown"), [(False, ["FAILED"]), (True, [])])
async def test_a_region_may_burn_down(vanish: bool, shown: list[str]) -> None:
    lab = make_lab(stock={"us-east-1": {SPEC.gpu_type: 5}, "eu-1": {SPEC.gpu_type: 5}})
    await lab.client.pods.create(SPEC.evolve(regions=["us-east-1"]))
    kept = await lab.client.pods.create(SPEC.evolve(regions=["eu-1"]))
    lab.cloud.burn_down("us-east-1", vanish=vanish)
    pods = await lab.client.pods.list()
    assert [pod.status for pod in pods if pod.id != kept.id] == shown
    with pytest.raises(OutOfCapacityError):
        await lab.client.pods.create(SPEC.evolve(regions=["us-east-1"]))
    await anyio.sleep(300.0)
    assert (await lab.client.pods.get(kept.id)).status == "RUNNING"
