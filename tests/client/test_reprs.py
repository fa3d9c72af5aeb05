"""What a prompt and a debugger show: a line, without internals and secrets."""

import re
from collections.abc import Callable
from typing import Any

import pytest

import yotta_async
import yotta_async.fleet
import yotta_async.models
import yotta_async.simulator
from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async import AsyncYotta, Pod


SECRET = "sk-canary-0123456789"
# What lives: what it is made of is nobody's business.
LIVING: dict[str, Callable[[AsyncYotta], object]] = {
    "client": lambda client: client,
    "pods": lambda client: client.pods,
    "gpus": lambda client: client.gpus,
    "vms": lambda client: client.vms,
    "volumes": lambda client: client.volumes,
    "credentials": lambda client: client.credentials,
    "serverless": lambda client: client.serverless,
    "tasks": lambda client: client.tasks,
    "metrics": lambda client: client.metrics,
    "changes": lambda client: client.pods.watch(),
    "pages": lambda client: client.vms.list(),
    "fleet": lambda client: client.fleet("sweep"),
}


def assert_short(shown: str) -> None:
    assert "\n" not in shown
    assert len(shown) < 200, shown
    assert SECRET not in shown
    assert not re.search(r" at 0x|_roster|Account\(|Caller\(|<function|deque\(", shown), shown


@pytest.mark.parametrize("name", LIVING)
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_what_lives_is_shown_in_a_short_line(name: str, version: str) -> None:
    """[W7]."""
    async with AsyncYotta(SECRET, api_version=version) as client:
        assert_short(repr(LIVING[name](client)))


async def test_what_is_of_a_fleet_is_shown_in_a_short_line() -> None:
    """[W7]."""
    lab = make_fleet_lab()

    async def work(pod: Pod, _item: object) -> str:
        return pod.id

    async with lab.client, lab.client.fleet("sweep") as fleet:
        launch, mapping, changes = fleet.launch([SPEC] * 30), fleet.map(work, "ab"), fleet.watch()
        assert repr(launch) == "<Launch of fleet sweep: 0 of 30 known, 0 failed>"
        for each in (fleet, launch, mapping, changes, fleet.status()):
            assert_short(repr(each))
        report = await launch
        _ = [each async for each in mapping]
        for each in (fleet, launch, mapping, changes, report):
            assert_short(repr(each))
    assert_short(repr(fleet))
    assert_short(repr(fleet.status()))


VALUES: dict[str, Any] = {
    name: getattr(module, name)
    for module in (yotta_async, yotta_async.fleet, yotta_async.models, yotta_async.simulator)
    for name in module.__all__
}


@pytest.mark.parametrize("name", [name for name, kind in VALUES.items() if isinstance(kind, type)])
def test_a_public_class_has_a_repr_of_its_own(name: str) -> None:
    """[W7]: by hand, by attrs or by an enumeration; none shows an address."""
    assert VALUES[name].__repr__ is not object.__repr__ or name in PROTOCOLS


# Which are never made: typed dictionaries and names for types.
PROTOCOLS = ("EndpointFields", "PodFields")
