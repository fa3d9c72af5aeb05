"""What a run may have made is known until a list has told, and no longer."""

import anyio
import pytest
from attrs import frozen

from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async import RetryPolicy
from yotta_async.errors import FleetLeftoverError
from yotta_async.fleet._inventory import Inventory
from yotta_async.simulator import Faults


LAG = 15.0


@frozen
class Listed:
    id: str
    name: str
    status: str = "RUNNING"
    is_ready: bool = True


def test_a_create_that_was_unclear_is_so_until_a_late_enough_list() -> None:
    """[N8]."""
    inventory = Inventory()
    inventory.begin("a")
    inventory.finish_unclear("a", 100.0)
    inventory.see([], 114.0, LAG)
    assert list(inventory.unclear) == ["a"]
    inventory.see([], 115.0, LAG)
    assert not inventory.unclear


def test_a_create_that_was_unclear_is_so_until_a_list_shows_its_pod() -> None:
    """[N8]."""
    inventory = Inventory()
    inventory.begin("a")
    inventory.finish_unclear("a", 100.0)
    inventory.see([Listed("1", "a")], 101.0, LAG)
    assert not inventory.unclear
    assert inventory.ids == {"1": "a"}


def test_what_was_unclear_does_not_add_up() -> None:
    """[T1] A fleet that lives for months."""
    inventory, most = Inventory(), 0
    for number in range(10_000):
        inventory.begin(str(number))
        inventory.finish_unclear(str(number), 60.0 * number)
        inventory.see([], 60.0 * number + 5.0, LAG)
        most = max(most, len(inventory.unclear))
    assert most == 1


@pytest.mark.parametrize("seed", range(3))
async def test_an_end_that_fails_names_no_create_that_was_cleared_long_ago(seed: int) -> None:
    """[N8]."""
    operations = {"createPod", "listPods"}
    faults = Faults(operations=operations, reset_after=0.6, reset_before=0.1)
    lab = make_fleet_lab(seed=seed, retry=RetryPolicy(attempts=1))
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep", exit_timeout=60.0) as fleet:
            lab.cloud._server.faults = faults
            await fleet.up([SPEC] * 5)
            await anyio.sleep(120.0)
            lab.cloud._server.faults = Faults(operations={"deletePod"}, error_before=1.0)
    assert set(caught.value.pods.values()) == lab.living
    assert "no clear answer" not in str(caught.value)
