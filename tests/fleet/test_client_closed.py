"""A client that is closed ends its fleets first, wherever it is closed from."""

import logging

import anyio
import pytest

from tests.fleet.fleets import ANYWHERE, make_fleet_lab
from tests.lab import SPEC, Lab, assert_nothing_is_held
from yotta_async.errors import AuthenticationError, ClientClosedError, FleetLeftoverError
from yotta_async.simulator import Faults, Refusing


async def run_until_closed(lab: Lab, number: int = 50) -> BaseException | None:
    """Launch a fleet, and return what its block raises."""
    try:
        async with lab.client.fleet("sweep") as fleet:
            await fleet.up([SPEC] * number, placement=ANYWHERE)
            await anyio.sleep_forever()
    except (ClientClosedError, FleetLeftoverError) as error:
        return error
    return None


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3, 1.0, 5.0, 30.0, 300.0])
async def test_a_fleet_fails_when_its_client_is_closed_and_its_pods_are_deleted(
    after: float,
) -> None:
    """[T10] While it launches, or at rest, closed by another task."""
    lab = make_fleet_lab()
    raised: list[BaseException | None] = []

    async def run() -> None:
        raised.append(await run_until_closed(lab))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await anyio.sleep(after)
        await lab.client.aclose()
    assert isinstance(raised[0], ClientClosedError)
    assert anyio.current_time() < after + 200.0
    await anyio.sleep(60.0)
    assert lab.living == set()
    assert_nothing_is_held(lab.client)


@pytest.mark.parametrize("after", [0.3, 60.0])
async def test_a_client_may_be_closed_in_the_fleet_s_own_block(after: float) -> None:
    """[T10] The block raises why, and the client is closed afterwards."""
    lab = make_fleet_lab()
    with pytest.raises(ClientClosedError):
        async with lab.client.fleet("sweep") as fleet:
            fleet.launch([SPEC] * 20)
            await anyio.sleep(after)
            await lab.client.aclose()
    assert lab.living == set()
    assert lab.client._account.caller.transport.closed
    await lab.client.aclose()


async def test_two_nested_fleets_end_when_their_client_is_closed_inside() -> None:
    """[T10]."""
    lab = make_fleet_lab()
    with pytest.raises(ClientClosedError):
        async with lab.client, lab.client.fleet("a") as one, lab.client.fleet("b") as two:
            await one.up([SPEC] * 2)
            await two.up([SPEC] * 2)
            began = anyio.current_time()
            await lab.client.aclose()
    assert lab.living == set()
    assert anyio.current_time() - began < 60.0
    assert lab.client._account.caller.transport.closed


async def test_closing_twice_at_the_same_time_is_closing_once() -> None:
    """[T10]."""
    lab = make_fleet_lab()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_until_closed, lab)
        await anyio.sleep(5.0)
        tasks.start_soon(lab.client.aclose)
        await lab.client.aclose()
    await lab.client.aclose()
    assert lab.living == set()


async def test_closing_that_is_cancelled_is_finished_by_the_fleet() -> None:
    """[T10]."""
    lab = make_fleet_lab()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_until_closed, lab, 5)
        await anyio.sleep(60.0)
        with anyio.move_on_after(0.01):
            await lab.client.aclose()
    assert lab.living == set()
    assert lab.client._account.caller.transport.closed


async def test_what_cannot_be_deleted_when_the_client_is_closed_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """[T10]."""
    caplog.set_level(logging.ERROR)
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=1.0))
    raised: list[BaseException | None] = []

    async def run() -> None:
        raised.append(await run_until_closed(lab, 3))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await anyio.sleep(60.0)
        await lab.client.aclose()
    [left] = raised
    assert isinstance(left, FleetLeftoverError)
    assert isinstance(left.__cause__, ClientClosedError)
    assert set(left.pods.values()) == lab.living


async def test_creates_that_fail_at_once_do_not_spin() -> None:
    """[T10] Nor does anything else: an hour of it takes few requests, and little work."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        lab.cloud.refuse(Refusing(status=200, code=40101), seconds=50.0)
        fleet.launch([SPEC] * 20)
        await anyio.sleep(40.0)
        assert lab.cloud.operations["createPod"] <= 20
    assert lab.living == set()


async def test_a_fleet_that_could_not_be_entered_may_be_entered_later() -> None:
    lab = make_fleet_lab()
    fleet = lab.client.fleet("sweep")
    lab.cloud.refuse(Refusing(status=401, code=40101), answers=1)
    with pytest.raises(AuthenticationError):
        await fleet.__aenter__()  # its block is never reached
    async with fleet:
        assert len((await fleet.up(SPEC)).ready) == 1
    assert lab.living == set()
