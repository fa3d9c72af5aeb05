"""Clients on a cloud: those made for it, and those that programs make for themselves."""

import os

import anyio
import httpx
import pytest

from tests.lab import SPEC
from yotta_async import AsyncYotta, Limits
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import Faults, SimulatedYotta
from yotta_async.testing import client_on, reaching, run_virtual


async def made_by(client: AsyncYotta) -> str:
    async with client:
        pod = await client.pods.create(SPEC)
    cloud = client.simulator
    assert cloud is not None
    return next(each.made_by for each in cloud.all_pods if each.id == pod.id)


async def test_a_pod_knows_the_line_that_made_it() -> None:
    told = await made_by(client_on(SimulatedYotta()))
    assert told.startswith("createPod at 0.0 s, from tests/testing/test_clients.py:")
    assert told.endswith(" in made_by")


async def test_a_pod_whose_answer_was_lost_knows_it_too() -> None:
    faults = Faults(timeout_after=1.0, late_commit=(5.0, 5.0), operations=["createPod"])
    told = await made_by(client_on(SimulatedYotta(faults=faults)))
    assert told.endswith(" in made_by")


async def test_a_pod_made_in_a_task_of_the_programs_knows_the_line_there() -> None:
    cloud = SimulatedYotta()

    async def in_a_task(client: AsyncYotta) -> None:
        await client.pods.create(SPEC)

    async with client_on(cloud) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(in_a_task, client)
    assert cloud.all_pods[0].made_by.endswith("<locals>.in_a_task")


async def test_without_the_kit_a_pod_knows_the_call_and_its_instant() -> None:
    async with AsyncYotta.simulated() as client:
        await anyio.sleep(5)
        pod = await client.pods.create(SPEC)
        assert client.simulator is not None
        assert client.simulator.pods[0].made_by == "createPod at 5.0 s"
        await client.pods.delete(pod.id)


async def test_several_clients_are_on_one_cloud() -> None:
    cloud = SimulatedYotta()
    half = Limits(requests=30, pod_operations=2)
    async with client_on(cloud, limits=half) as one, client_on(cloud, limits=half) as other:
        first, second = await one.pods.create(SPEC), await other.pods.create(SPEC)
        assert first.name != second.name
        assert {pod.id for pod in await one.pods.list()} == {first.id, second.id}
    cloud.assert_never_refused()


def test_the_same_program_on_the_same_cloud_makes_the_same_names() -> None:
    async def names() -> list[str]:
        cloud = SimulatedYotta(seed=5)
        async with client_on(cloud) as client, client_on(cloud) as other:
            return [(await each.pods.create(SPEC)).name for each in (client, other, client)]

    first = run_virtual(names)
    assert run_virtual(names) == first
    assert len(set(first)) == 3


async def test_a_client_keeps_to_the_limits_of_its_cloud() -> None:
    client = client_on(SimulatedYotta(), api_version="v2")
    assert client.statistics().requests == 60
    await client.aclose()


@pytest.mark.parametrize("option", ["http_client", "base_url"])
def test_what_a_cloud_has_of_its_own_is_not_given(option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{option}=x: must be the cloud's own"):
        client_on(SimulatedYotta(), **{option: "x"})


async def test_in_a_block_each_client_reaches_the_cloud_and_afterwards_none() -> None:
    cloud, inner = SimulatedYotta(), SimulatedYotta()
    with reaching(cloud):
        assert AsyncYotta().simulator is cloud
        with reaching(inner):
            assert AsyncYotta().simulator is inner
        assert AsyncYotta().simulator is cloud
    assert AsyncYotta("key").simulator is None


async def test_a_simulated_client_stays_on_its_own_cloud() -> None:
    cloud = SimulatedYotta()
    with reaching(cloud):
        async with AsyncYotta.simulated() as client:
            assert client.simulator is not cloud
            await client.pods.list()
    assert cloud.requests == ()


async def test_a_client_with_a_transport_of_its_own_keeps_it() -> None:
    cloud, other = SimulatedYotta(), SimulatedYotta()
    async with httpx.AsyncClient(transport=other.transport()) as http:
        with reaching(cloud):
            await AsyncYotta(http_client=http, base_url="http://localhost").pods.list()
    assert (len(cloud.requests), len(other.requests)) == (0, 1)


def test_the_environment_is_as_before_when_a_block_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOTTA_API_KEY", "mine")
    monkeypatch.delenv("YOTTA_BASE_URL", raising=False)
    with pytest.raises(ZeroDivisionError), reaching(SimulatedYotta()):
        assert os.environ["YOTTA_API_KEY"] != "mine"
        raise ZeroDivisionError
    assert os.environ["YOTTA_API_KEY"] == "mine"
    assert "YOTTA_BASE_URL" not in os.environ
