"""A fleet that lives beside what uses it: what ends it ends nothing else."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import keys, make_fleet_lab, once_each
from tests.lab import SPEC, Lab
from yotta_async import Fleet
from yotta_async.errors import (
    ClientClosedError,
    ConfigurationError,
    FleetExpiredError,
    FleetLeftoverError,
)
from yotta_async.simulator import Faults


@asynccontextmanager
async def kept(lab: Lab, **settings: Any) -> AsyncIterator[Fleet]:
    async with anyio.create_task_group() as beside:
        fleet = await beside.start(lab.client.fleet("web", **settings).keep)
        yield fleet
        fleet.close()


async def test_it_is_entered_when_it_is_told_and_ends_when_it_is_closed() -> None:
    lab = make_fleet_lab()
    async with kept(lab) as fleet:
        await fleet.up([SPEC] * 3)
        assert keys(lab) == once_each(3)
        assert fleet.failure is None
    assert lab.living == set()
    assert fleet.failure is None


async def test_at_rest_it_outlasts_any_number_of_lists_without_a_change() -> None:
    lab = make_fleet_lab()
    async with kept(lab) as fleet:
        await fleet.up([SPEC] * 3)
        before = lab.lists()
        for _ in range(6):
            lab.client._account.pods.watch.quiet = 10**9
            await anyio.sleep(600.0)
        assert lab.lists() > before
        assert keys(lab) == once_each(3)
    assert fleet.failure is None


async def test_it_ends_when_it_is_cancelled() -> None:
    lab = make_fleet_lab()
    async with anyio.create_task_group() as beside:
        fleet = await beside.start(lab.client.fleet("web").keep)
        await fleet.up([SPEC] * 3)
        beside.cancel_scope.cancel()
    assert lab.living == set()
    assert fleet.failure is None


async def test_on_exit_is_heeded() -> None:
    lab = make_fleet_lab()
    async with kept(lab, on_exit="keep") as fleet:
        await fleet.up([SPEC] * 3)
    assert keys(lab) == once_each(3)


async def test_what_ends_it_before_its_time_is_logged_and_ends_its_pods_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab()
    with caplog.at_level(logging.ERROR, "yotta_async"):
        async with kept(lab, max_lifetime=300.0) as fleet:
            await fleet.up([SPEC] * 3)
            single = await lab.client.pods.create(SPEC)
            await anyio.sleep(600.0)  # nobody is cancelled
            assert isinstance(fleet.failure, FleetExpiredError)
            assert lab.living == {single.id}
            with pytest.raises(ClientClosedError, match="has ended"):
                fleet.launch([SPEC])
    assert "has lived for 300 s" in caplog.text


async def test_a_fleet_that_cannot_be_entered_is_an_error_of_whoever_starts_it() -> None:
    lab = make_fleet_lab()
    async with kept(lab), anyio.create_task_group() as tasks:
        with pytest.raises(ConfigurationError, match="entered already"):
            await tasks.start(lab.client.fleet("web").keep)


async def test_what_is_left_when_it_is_closed_is_told() -> None:
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=1.0))
    with pytest.raises(ExceptionGroup) as group:
        async with kept(lab, exit_timeout=30.0) as fleet:
            await fleet.up([SPEC] * 2)
    [left] = group.value.exceptions
    assert isinstance(left, FleetLeftoverError)
    assert set(left.pods.values()) == lab.living


async def test_what_is_left_of_a_fleet_that_failed_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=1.0))
    async with kept(lab, max_lifetime=300.0, exit_timeout=30.0) as fleet:
        await fleet.up([SPEC] * 2)
        await anyio.sleep(600.0)
    assert isinstance(fleet.failure, FleetExpiredError)
    assert "yotta-async fleet down web --yes" in caplog.text
    assert set(lab.client.left_behind.values()) == lab.living


async def test_in_a_block_the_failure_is_told_while_the_fleet_ends() -> None:
    lab = make_fleet_lab()
    with pytest.raises(FleetExpiredError) as caught:
        async with lab.client.fleet("sweep", max_lifetime=100.0) as fleet:
            assert fleet.failure is None
            await anyio.sleep(1000.0)
    assert fleet.failure is caught.value
