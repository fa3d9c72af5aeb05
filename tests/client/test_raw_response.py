"""The replies behind a result."""

import json

import anyio
import pytest

from tests.lab import SPEC, client_of, in_both_generations, make_lab
from yotta_async import Listing, Pod, RawResponse, RetryPolicy
from yotta_async.errors import NotFoundError, YottaError
from yotta_async.simulator import Faults, ServerLimits, SimulatedYotta


@in_both_generations
async def test_status_headers_and_body_of_the_answer_are_there(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    pod = await lab.client.pods.create(SPEC)
    raw = await lab.client.with_raw_response(lab.client.pods.get, pod.id)
    assert isinstance(raw, RawResponse)
    assert isinstance(raw.value, Pod)
    assert (raw.value.id, raw.status) == (pod.id, 200)
    assert raw.headers["content-type"] == "application/json"
    assert len(raw.headers["x-request-id"]) == 16
    assert str(json.loads(raw.body)["data"]["id"]) == pod.id
    assert len(raw.replies) == 1


async def test_arguments_of_either_kind_reach_the_verb() -> None:
    lab = make_lab()
    raw = await lab.client.with_raw_response(lab.client.pods.list, statuses=["RUNNING"])
    assert raw.value == []
    assert json.loads(raw.body)["data"] == []
    made = await lab.client.with_raw_response(lab.client.pods.create, SPEC)
    assert lab.living == {made.value.id}
    assert str(json.loads(made.body)["data"]) == made.value.id


async def test_a_call_of_ones_own_has_its_replies_too() -> None:
    lab = make_lab()
    raw = await lab.client.with_raw_response(lab.client.request, "GET", "/v2/reserves")
    assert (raw.value, raw.status) == ([], 200)


async def test_the_replies_to_all_attempts_are_there() -> None:
    faults = Faults(operations={"listPods"}, html=0.7)
    lab = make_lab(faults=faults, retry=RetryPolicy(attempts=50, budget=None), seed=2)
    raw = await lab.client.with_raw_response(lab.client.pods.list)
    assert len(raw.replies) == lab.cloud.operations["listPods"] > 1
    assert all(b"<html>" in reply.body for reply in raw.replies[:-1])
    assert json.loads(raw.body)["code"] == 10000


async def test_a_refusal_that_was_waited_out_is_there() -> None:
    cloud = SimulatedYotta(limits=ServerLimits(requests=1, per=30.0))
    client = client_of(cloud)
    await client.pods.list()
    raw = await client.with_raw_response(client.pods.list)
    assert [reply.status for reply in raw.replies] == [429, 200]
    assert raw.replies[0].retry_after is not None


async def test_calls_at_the_same_time_do_not_mix() -> None:
    lab = make_lab()
    pods = [await lab.client.pods.create(SPEC.evolve(name=f"pod{number}")) for number in range(10)]
    found: dict[str, RawResponse[Pod]] = {}

    async def get(pod_id: str) -> None:
        found[pod_id] = await lab.client.with_raw_response(lab.client.pods.get, pod_id)

    async with anyio.create_task_group() as tasks:
        for pod in pods:
            tasks.start_soon(get, pod.id)
            tasks.start_soon(lab.client.pods.list)
    for pod in pods:
        raw = found[pod.id]
        assert [str(json.loads(reply.body)["data"]["id"]) for reply in raw.replies] == [pod.id]


async def test_what_comes_after_the_call_is_not_its() -> None:
    lab = make_lab()
    raw = await lab.client.with_raw_response(lab.client.pods.list)
    await lab.client.pods.list()
    assert len(raw.replies) == 1


async def test_one_inside_another_keeps_its_own() -> None:
    lab = make_lab()

    async def both() -> RawResponse[Listing[Pod]]:
        inner = await lab.client.with_raw_response(lab.client.pods.list)
        await lab.client.pods.list()
        return inner

    outer = await lab.client.with_raw_response(both)
    assert (len(outer.value.replies), len(outer.replies)) == (1, 1)


async def test_the_replies_to_a_lost_create_are_those_that_were_looked_at() -> None:
    lab = make_lab(faults=Faults(operations={"createPod"}, html=1.0))
    raw = await lab.client.with_raw_response(lab.client.pods.create, SPEC)
    assert lab.living == {raw.value.id}
    assert b"<html>" in raw.replies[0].body
    assert raw.value.id in raw.body.decode()


async def test_an_error_stays_the_verbs_own() -> None:
    lab = make_lab()
    with pytest.raises(NotFoundError):
        await lab.client.with_raw_response(lab.client.pods.get, "100000000000000001")
    raw = await lab.client.with_raw_response(lab.client.pods.list)
    assert len(raw.replies) == 1


async def test_waiting_where_another_one_looks_is_no_crash() -> None:
    """The list that ends the wait may be somebody else's; then there is no reply to show."""
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    found: list[RawResponse[Pod]] = []

    async def wait() -> None:
        found.append(await lab.client.with_raw_response(lab.client.pods.wait, pod.id))

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(wait)
    assert [raw.value.is_ready for raw in found] == [True] * 3
    assert max(len(raw.replies) for raw in found) > 0
    for raw in found:
        if raw.replies:
            assert raw.status == 200
        else:
            with pytest.raises(YottaError, match="no reply"):
                _ = raw.status


async def test_no_body_is_in_a_repr() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC.evolve(environment={"TOKEN": "canary"}))
    raw = await lab.client.with_raw_response(lab.client.pods.get, pod.id)
    assert b"canary" in raw.body
    assert "canary" not in f"{raw!r} {raw.replies!r}"
