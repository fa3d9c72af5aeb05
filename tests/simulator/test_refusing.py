"""Refusals as by a firewall, by a region, and for an account that is full."""

import httpx
import pytest

from tests.lab import SPEC, make_lab
from yotta_async.errors import APIStatusError, BadRequestError, ConfigurationError
from yotta_async.simulator import Refusing, SimulatedYotta


async def answer(refusing: Refusing, path: str = "/openapi/v1/pods/list") -> httpx.Response:
    cloud = SimulatedYotta()
    cloud.refuse(refusing)
    async with httpx.AsyncClient(transport=cloud.transport()) as http:
        return await http.get(f"http://localhost{path}", headers={"x-api-key": "a"})


async def test_a_firewall_answers_with_a_page() -> None:
    reply = await answer(Refusing(status=403, message="Blocked"))
    assert (reply.status_code, reply.headers["content-type"]) == (403, "text/html")
    assert "Blocked" in reply.text


async def test_a_firewall_may_answer_with_json_of_its_own_or_nothing() -> None:
    assert (await answer(Refusing(page="json"))).json() == {"error": "Forbidden"}
    assert (await answer(Refusing(page="empty"))).content == b""


async def test_a_refusal_may_have_headers() -> None:
    login = (("Location", "https://login.example/"),)
    reply = await answer(Refusing(status=302, headers=login))
    assert reply.headers["location"] == "https://login.example/"


async def test_with_a_code_it_is_an_envelope() -> None:
    reply = await answer(Refusing(status=200, code=20001, message="no"))
    assert reply.json() == {"message": "no", "code": 20001, "data": None}


async def test_it_concerns_the_operations_that_it_names() -> None:
    refusing = Refusing(operations=["createPod"])
    assert (await answer(refusing)).status_code == 200


@pytest.mark.parametrize("api_version", ["v1", "v2"])
async def test_a_region_or_a_gpu_type_may_be_refused(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    no = {"status": 200, "code": 20001}
    lab.cloud.refuse(Refusing(**no, regions="us-east-1"))  # type: ignore[arg-type]
    lab.cloud.refuse(Refusing(**no, gpu_types="NVIDIA_H100_80G"))  # type: ignore[arg-type]
    with pytest.raises(BadRequestError):
        await lab.client.pods.create(SPEC.evolve(regions=("us-east-1",)))
    with pytest.raises(BadRequestError):
        await lab.client.pods.create(SPEC.evolve(gpu_type="NVIDIA_H100_80G"))
    await lab.client.pods.create(SPEC.evolve(regions=("us-west-1",)))


async def test_an_account_may_be_full() -> None:
    lab = make_lab()
    lab.cloud.refuse(Refusing(status=409, code=12001, most_pods=2))
    first, _ = [await lab.client.pods.create(SPEC) for _ in range(2)]
    with pytest.raises(APIStatusError):
        await lab.client.pods.create(SPEC)
    await lab.client.pods.delete(first.id)
    await lab.client.pods.create(SPEC)


async def test_it_begins_and_ends_and_may_be_for_some_answers_only() -> None:
    now = [0.0]
    cloud = SimulatedYotta(clock=lambda: now[0])
    cloud.refuse(Refusing(), after=10.0, seconds=10.0)
    cloud.refuse(Refusing(status=451), after=30.0, answers=1)
    async with httpx.AsyncClient(transport=cloud.transport()) as http:
        found: list[int] = []
        for now[0] in (5.0, 15.0, 25.0, 35.0, 45.0):
            reply = await http.get(
                "http://localhost/openapi/v1/pods/list", headers={"x-api-key": "a"}
            )
            found.append(reply.status_code)
    assert found == [200, 403, 200, 451, 200]


def test_a_status_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must be 200 to 599"):
        Refusing(status=42)


def test_an_operation_that_there_is_not_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"refusing\.operations"):
        SimulatedYotta().refuse(Refusing(operations={"listpods"}))
