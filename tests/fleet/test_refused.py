"""A refusal ends a fleet only where it is the API's own, and stays."""

from itertools import pairwise
from typing import Any

import anyio
import pytest
from attrs import evolve

from tests.fleet.fleets import keys, make_fleet_lab, once_each
from tests.lab import SPEC, Lab
from yotta_async.errors import (
    AuthenticationError,
    FleetLeftoverError,
    NotFoundError,
    PermissionDeniedError,
)
from yotta_async.simulator import Refusing


# What firewalls, gateways and login pages answer; none of them has the API's envelope.
PAGES = {
    "401 HTML": Refusing(status=401),
    "401 empty": Refusing(status=401, page="empty"),
    "403 HTML": Refusing(status=403),
    "403 JSON of another shape": Refusing(status=403, page="json"),
    "403 empty": Refusing(status=403, page="empty"),
    "404 HTML": Refusing(status=404),
    "302 to a login page": Refusing(status=302, headers=(("Location", "https://login.example/"),)),
    "200 HTML": Refusing(status=200),
    "200 empty": Refusing(status=200, page="empty"),
    "400 HTML": Refusing(status=400),
    "405 HTML": Refusing(status=405),
    "407 HTML": Refusing(status=407),
    "409 HTML": Refusing(status=409),
    "451 HTML": Refusing(status=451),
    "503 HTML": Refusing(status=503),
}
SAID = {
    "401": Refusing(status=401, code=40101, message="Authentication context not found"),
    "401 in 200": Refusing(status=200, code=40101, message="Authentication context not found"),
    "403": Refusing(status=403, code=10004, message="no permission"),
    "20001": Refusing(status=200, code=20001, message="parameter error"),
    "unknown code": Refusing(status=200, code=98765, message="something"),
    "402": Refusing(status=402, code=98766, message="insufficient balance"),
}
EACH = pytest.mark.parametrize("answer", PAGES | SAID, ids=str)


def refuse(lab: Lab, answer: str, **when: Any) -> None:
    lab.cloud.refuse((PAGES | SAID)[answer], **when)


@EACH
async def test_one_refused_list_does_not_end_a_fleet_at_rest(answer: str) -> None:
    """[T8]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 20)
        before = lab.living
        refuse(lab, answer, answers=1)
        await anyio.sleep(300.0)
        assert lab.living == before
    assert lab.living == set()


@EACH
@pytest.mark.parametrize("seconds", [13.0, 40.0])
@pytest.mark.asyncio_only
async def test_refusals_for_a_while_do_not_end_a_fleet_at_rest(answer: str, seconds: float) -> None:
    """[T8]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 20)
        before = lab.living
        refuse(lab, answer, seconds=seconds)
        await anyio.sleep(300.0)
        assert lab.living == before
    assert lab.living == set()


@pytest.mark.parametrize("answer", PAGES, ids=str)
@pytest.mark.asyncio_only
async def test_pages_for_an_hour_do_not_end_a_fleet_at_rest(answer: str) -> None:
    """[T8]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        before = lab.living
        refuse(lab, answer, seconds=3600.0)
        await anyio.sleep(3700.0)
        assert lab.living == before
    assert lab.living == set()


@pytest.mark.parametrize("answer", [each for each in PAGES | SAID if each != "402"], ids=str)
async def test_a_create_that_is_refused_once_is_made_again(answer: str) -> None:
    """[T8] 20 ready pods, and one that is replaced."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        refusing = evolve((PAGES | SAID)[answer], operations=["createPod"])
        lab.cloud.refuse(refusing, answers=1)
        await lab.client.pods.delete(min(lab.living))
        await anyio.sleep(400.0)
        assert fleet.failure is None
        assert keys(lab) == once_each(4)


@pytest.mark.parametrize("answer", ["401", "403"])
async def test_a_key_that_stays_refused_is_asked_for_again_before_the_fleet_ends(
    answer: str,
) -> None:
    """[T8] At least twice, seconds apart; then the end uses all of its time."""
    lab = make_fleet_lab()
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep", exit_timeout=120.0) as fleet:
            await fleet.up([SPEC] * 20)
            began = anyio.current_time()
            refuse(lab, answer)
            await anyio.sleep_forever()
    assert isinstance(caught.value.__cause__, AuthenticationError | PermissionDeniedError)
    assert set(caught.value.pods.values()) == lab.living
    lists = [each.instant for each in lab.cloud.requests if each.operation == "listPods"]
    before_its_end = [at for at in lists if began <= at <= began + 60.0]
    assert len(before_its_end) >= 3
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(before_its_end))
    assert anyio.current_time() - began >= 60.0 + 120.0


@pytest.mark.parametrize("answer", ["401", "403", "403 HTML"])
async def test_an_end_that_is_refused_for_a_while_deletes_all_the_same(answer: str) -> None:
    """[T8] For 60 s of its 120 s."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", exit_timeout=180.0) as fleet:
        await fleet.up([SPEC] * 20)
        refuse(lab, answer, seconds=100.0)
    assert lab.living == set()


async def test_a_wrong_key_is_refused_at_once() -> None:
    """[T8] There is no fleet at rest to protect."""
    lab = make_fleet_lab()
    refuse(lab, "401")
    with pytest.raises(AuthenticationError):
        async with lab.client.fleet("sweep"):
            raise AssertionError
    with pytest.raises(AuthenticationError):
        await lab.client.pods.wait("1")
    assert anyio.current_time() < 10.0


@pytest.mark.parametrize("answer", ["401", "403 HTML", "403"])
async def test_a_wait_outlasts_refusals_that_pass(answer: str) -> None:
    """[T8]."""
    lab = make_fleet_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.pods.wait(pod.id, "INITIALIZE")
    refuse(lab, answer, seconds=13.0)
    assert (await lab.client.pods.wait(pod.id)).is_ready


async def test_a_firewall_s_page_is_repeated_like_a_gateway_s() -> None:
    """[T8]."""
    lab = make_fleet_lab()
    pod = await lab.client.pods.create(SPEC)
    refuse(lab, "403 HTML", answers=2)
    assert (await lab.client.pods.get(pod.id)).id == pod.id
    refuse(lab, "403 HTML", answers=1)
    await lab.client.pods.create(SPEC)
    assert len(lab.living) == 2


async def test_a_page_does_not_prove_that_a_pod_is_gone() -> None:
    """[T8] 404 without an envelope, to a question about a pod."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        refuse(lab, "404 HTML", answers=1)
        with pytest.raises(NotFoundError):
            await fleet._life.driver.executor.exists(min(lab.living))  # type: ignore[union-attr]
