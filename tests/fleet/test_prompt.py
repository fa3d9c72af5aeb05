"""Fleets at a prompt and in notebooks, where each statement is a task of its own."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC, Lab
from yotta_async import Fleet
from yotta_async.errors import ClientClosedError, FleetExpiredError


async def entered(lab: Lab, **options: Any) -> Fleet:
    """Enter a fleet in a statement of its own."""
    return await asyncio.create_task(lab.client.fleet("sweep", **options).__aenter__())


@pytest.mark.asyncio_only
async def test_a_fleet_is_left_in_another_statement() -> None:
    """[W5]."""
    lab = make_fleet_lab()
    fleet = await entered(lab)
    await asyncio.create_task(fleet.launch([SPEC] * 3)._all())
    assert len(lab.living) == 3
    await asyncio.create_task(fleet.__aexit__(None, None, None))
    assert lab.living == set()
    await lab.close()


@pytest.mark.parametrize("verb", ["launch", "scale", "map"])
@pytest.mark.asyncio_only
async def test_what_needs_no_await_works_in_a_statement_without_one(verb: str) -> None:
    """[W5]."""
    lab, results = make_fleet_lab(), list[Any]()
    fleet = await entered(lab)

    async def work(_pod: object, item: int) -> int:
        return item

    def statement() -> None:
        if verb == "scale":
            results.append(fleet.scale(2, SPEC))
        elif verb == "map":
            fleet.launch([SPEC] * 2)
            results.append(fleet.map(work, [1, 2, 3]))
        else:
            results.append(fleet.launch([SPEC] * 2))
        results.append(repr(fleet))

    asyncio.get_running_loop().call_soon(statement)
    await anyio.sleep(0.0)
    found = [each async for each in results[0]]
    assert len(found) == (3 if verb == "map" else 2)
    assert results[1].startswith("<Fleet sweep: ")
    await asyncio.create_task(fleet.__aexit__(None, None, None))
    await lab.close()


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """What handled SIGINT and SIGTERM before the fleet, which is told to take them over."""
    numbers = list[int]()

    def handle(number: int, _frame: object) -> None:
        numbers.append(number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.asyncio_only
async def test_ctrl_c_is_for_the_statement_and_the_fleet_lives_on(
    heard: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """[W5]."""
    lab = make_fleet_lab()
    fleet = await entered(lab, signals=True)
    for _ in range(3):
        signal.raise_signal(signal.SIGINT)
        await anyio.sleep(1.0)
    assert heard == [signal.SIGINT] * 3
    assert "fleet sweep lives on; `await fleet.down()` deletes its pods" in caplog.messages
    report = await fleet.up([SPEC] * 3)
    assert len(report.ready) == 3
    await asyncio.create_task(fleet.__aexit__(None, None, None))
    await lab.close()


@pytest.mark.asyncio_only
async def test_sigterm_ends_the_fleet_and_then_the_process(heard: list[int]) -> None:
    """[W5]."""
    lab = make_fleet_lab()
    fleet = await entered(lab, signals=True)
    launch = fleet.launch([SPEC] * 20)
    await anyio.sleep(2.0)
    assert lab.living != set()
    signal.raise_signal(signal.SIGTERM)
    with pytest.raises(ClientClosedError):
        await launch
    await anyio.sleep(1.0)
    assert (heard, lab.living) == ([signal.SIGTERM], set())
    assert fleet.status().end is not None
    await lab.close()


@pytest.mark.asyncio_only
async def test_a_fleet_that_cannot_go_on_ends_itself(caplog: pytest.LogCaptureFixture) -> None:
    """[W5]."""
    lab = make_fleet_lab()
    fleet = await entered(lab, max_lifetime=600.0)
    await fleet.up([SPEC] * 3)
    await anyio.sleep(660.0)
    assert lab.living == set()
    assert fleet.failure is not None
    assert str(fleet.failure) in caplog.messages
    await lab.close()


@pytest.mark.asyncio_only
async def test_what_has_ended_itself_may_be_left() -> None:
    """[W5]."""
    lab = make_fleet_lab()
    fleet = await entered(lab, max_lifetime=600.0)
    await anyio.sleep(660.0)
    with pytest.raises(FleetExpiredError):
        await fleet.__aexit__(None, None, None)
    await lab.close()
