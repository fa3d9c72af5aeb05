"""Leaving a fleet does what was agreed, whatever ended it, and errors stay what they are."""

import logging
import pickle
from decimal import Decimal

import anyio
import httpx
import pytest

from tests.fleet.fleets import ANYWHERE, keys, make_fleet_lab, once_each
from tests.lab import SPEC, Lab
from yotta_async import AsyncYotta, Budget, Limits, ReplacePolicy
from yotta_async.errors import (
    AuthenticationError,
    ClientClosedError,
    ConfigurationError,
    FleetError,
    FleetExpiredError,
    FleetLeftoverError,
    NotSentError,
    YottaError,
)
from yotta_async.fleet import FleetSettings
from yotta_async.simulator import Faults, SimulatedYotta


def statuses(lab: Lab) -> set[str]:
    return {pod.status for pod in lab.cloud.pods}


async def test_by_default_leaving_deletes_all() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 5)
    assert lab.living == set()


async def test_leaving_may_pause_all() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="pause") as fleet:
        launch = fleet.launch([SPEC] * 5)
        await anext(launch)  # the others are still on their way
    assert statuses(lab) <= {"PAUSING", "PAUSED"}
    assert keys(lab) == once_each(5)


async def test_leaving_may_keep_all() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 5)
    await anyio.sleep(60.0)
    assert statuses(lab) == {"RUNNING"}


async def test_an_exception_of_the_block_stays_what_it_is() -> None:
    lab = make_fleet_lab()
    with pytest.raises(ZeroDivisionError):
        async with lab.client.fleet("sweep") as fleet:
            fleet.launch([SPEC] * 5)
            await anyio.sleep(3.0)
            raise ZeroDivisionError
    assert lab.living == set()


async def test_pods_that_are_on_the_wire_when_it_ends_are_deleted_too() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 50)
        await anyio.sleep(0.4)
    await anyio.sleep(60.0)
    assert lab.living == set()


async def test_ending_is_verified_by_a_list() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
    assert lab.cloud.requests[-1].operation == "listPods"


async def test_deletes_that_go_wrong_are_repeated() -> None:
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=0.5), seed=4)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 10)
    assert lab.living == set()


async def test_what_cannot_be_deleted_is_named_with_the_command_that_will_do_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=1.0))
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep", exit_timeout=60.0) as fleet:
            await fleet.up([SPEC] * 3)
    error = caught.value
    assert set(error.pods.values()) == lab.living
    assert error.command == "yotta-async fleet down sweep --yes"
    assert all(pod_id in str(error) for pod_id in lab.living)
    assert error.command in caplog.text
    assert set(lab.client.left_behind.values()) == lab.living


async def test_what_cannot_be_deleted_does_not_hide_why_the_block_ended() -> None:
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=1.0))
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep", exit_timeout=60.0) as fleet:
            await fleet.up([SPEC] * 3)
            raise ZeroDivisionError
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_ending_takes_no_longer_than_it_may() -> None:
    lab = make_fleet_lab(faults=Faults(operations={"deletePod"}, error_before=1.0))
    with pytest.raises(FleetLeftoverError):
        async with lab.client.fleet("sweep", exit_timeout=60.0) as fleet:
            await fleet.up([SPEC] * 3)
            began = anyio.current_time()
    assert anyio.current_time() - began < 61.0


async def test_a_fleet_lives_no_longer_than_it_may() -> None:
    lab = make_fleet_lab()
    with pytest.raises(FleetExpiredError, match="max_lifetime"):
        async with lab.client.fleet("sweep", max_lifetime=300.0) as fleet:
            await fleet.up([SPEC] * 3)
            await anyio.sleep_forever()
    assert lab.living == set()
    assert anyio.current_time() < 400.0


async def test_a_key_that_is_revoked_ends_the_fleet_at_once() -> None:
    cloud = SimulatedYotta(api_key="good")
    url = "http://localhost"
    async with httpx.AsyncClient(transport=cloud.transport()) as http:
        client = AsyncYotta("good", base_url=url, http_client=http, limits=Limits(requests=300))
        with pytest.raises(FleetLeftoverError) as caught:
            async with client, client.fleet("sweep") as fleet:
                await fleet.up([SPEC] * 2)
                cloud._gate.api_key = "another"
                await anyio.sleep_forever()
        assert isinstance(caught.value.__cause__, AuthenticationError)
        assert len(caught.value.pods) == 2


async def test_a_wrong_key_is_an_error_before_anything_is_made() -> None:
    cloud = SimulatedYotta(api_key="good")
    async with httpx.AsyncClient(transport=cloud.transport()) as http:
        client = AsyncYotta("bad", base_url="http://localhost", http_client=http)
        with pytest.raises(AuthenticationError):
            async with client, client.fleet("sweep"):
                raise AssertionError
    assert cloud.operations["createPod"] == 0


async def test_a_server_that_is_down_is_an_error_soon() -> None:
    lab = make_fleet_lab(faults=Faults(refuse=1.0))
    with pytest.raises(NotSentError):
        async with lab.client.fleet("sweep"):
            raise AssertionError
    assert anyio.current_time() < 60.0


async def test_a_closed_client_has_no_fleets() -> None:
    lab = make_fleet_lab()
    await lab.client.aclose()
    with pytest.raises(ClientClosedError):
        async with lab.client.fleet("sweep"):
            raise AssertionError


async def test_a_fleet_must_be_entered_and_ends_with_its_block() -> None:
    lab = make_fleet_lab()
    fleet = lab.client.fleet("sweep")
    with pytest.raises(ConfigurationError, match="async with"):
        fleet.launch(SPEC)
    async with fleet:
        launch = fleet.launch([SPEC] * 3)
    with pytest.raises(ClientClosedError, match="has ended"):
        await launch
    with pytest.raises(ClientClosedError, match="has ended"):
        fleet.scale(5)


async def test_how_it_ended_can_be_told_afterwards() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        await anyio.sleep(3600.0)
    report = fleet.status()
    assert report.total_spent >= 3 * Decimal("0.65")
    assert report.cost_per_hour == 0


async def test_down_deletes_all_and_the_fleet_goes_on() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        await fleet.down()
        assert lab.living == set()
        await fleet.up([SPEC] * 2)
        assert keys(lab) == once_each(2)
    assert lab.living == set()


async def test_down_in_the_middle_of_a_launch_leaves_nothing() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        launch = fleet.launch([SPEC] * 30, placement=ANYWHERE)
        await anyio.sleep(1.0)
        await fleet.down()
        assert lab.living == set()
        report = await launch
        assert report.members == ()
    await anyio.sleep(60.0)
    assert lab.living == set()


async def test_nothing_can_be_asked_for_while_all_is_deleted() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.down)
            await anyio.sleep(0.1)
            with pytest.raises(ConfigurationError, match="is being deleted"):
                fleet.launch([SPEC] * 4)
        report = await fleet.up([SPEC] * 4)
        assert {pod.id for pod in report.ready} == lab.living


async def test_no_name_is_given_twice_in_a_run() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        await fleet.down()
        await anyio.sleep(120.0)
        await fleet.up([SPEC] * 3)
        await fleet.scale(1)
        await anyio.sleep(120.0)
        await fleet.scale(3)
    made = [pod.name for pod in lab.cloud.all_pods]
    assert len(made) == len(set(made)) == 8


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("on_exit", "destroy"),
        ("max_lifetime", 0),
        ("max_lifetime", float("nan")),
        ("exit_timeout", -1.0),
        ("exit_timeout", "60"),
    ],
)
async def test_settings_that_cannot_be_are_refused(setting: str, value: object) -> None:
    lab = make_fleet_lab()
    options: dict[str, object] = {setting: value}
    with pytest.raises(ConfigurationError) as caught:
        lab.client.fleet("sweep", **options)  # type: ignore[call-overload]
    assert caught.value.field == setting


@pytest.mark.parametrize("name", [("a b",), (None,), ()])
async def test_a_fleet_needs_a_name(name: tuple[str, ...]) -> None:
    lab = make_fleet_lab()
    with pytest.raises(ConfigurationError) as caught:
        lab.client.fleet(*name)
    assert caught.value.field == "name"


async def test_settings_may_be_given_as_a_whole() -> None:
    lab = make_fleet_lab()
    settings = FleetSettings(name="sweep", on_exit="keep", max_lifetime=60.0, signals=False)
    with pytest.raises(FleetExpiredError, match="60 s"):
        async with lab.client.fleet(settings=settings) as fleet:
            assert fleet.name == "sweep"
            await fleet.up([SPEC] * 2)
            await anyio.sleep(3600.0)
    assert keys(lab) == once_each(2)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("name", "sweep"),
        ("on_exit", "delete"),
        ("replace", ReplacePolicy()),
        ("budget", Budget()),
        ("max_lifetime", 60.0),
        ("exit_timeout", 60.0),
        ("signals", False),
    ],
)
async def test_a_setting_is_given_once(setting: str, value: object) -> None:
    """Even if it is the same both times."""
    lab = make_fleet_lab()
    options: dict[str, object] = {setting: value}
    with pytest.raises(ConfigurationError) as caught:
        lab.client.fleet(settings=FleetSettings(name="sweep"), **options)
    assert caught.value.field == setting


async def test_two_fleets_of_one_client_do_not_meddle() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("a", on_exit="keep") as one:
        await one.up([SPEC] * 3)
        async with lab.client.fleet("b") as two:
            await two.up([SPEC] * 3)
        assert keys(lab) == once_each(3)


async def test_no_secret_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lab = make_fleet_lab(faults=Faults(operations={"createPod"}, error_after=0.3, html=0.2))
    secret = SPEC.evolve(environment={"TOKEN": "canary-value"})
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([secret] * 5)
        told = [repr(report), str(report), repr(fleet), repr(lab.events)]
    assert not any("canary" in text for text in (*told, caplog.text))


def test_a_fleet_s_error_keeps_its_outcomes_however_it_travels() -> None:
    errors = [YottaError("one", hint="Look."), NotSentError("two")]
    error = FleetError("too few", errors, outcomes=("a", "b"), hint="See.")
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert (str(copied), copied.outcomes) == ("too few See.", ("a", "b"))
    assert [str(each) for each in copied.exceptions] == ["one Look.", "two"]
    some, rest = error.split(NotSentError)
    assert isinstance(some, FleetError)
    assert isinstance(rest, FleetError)
    assert (some.outcomes, len(some.exceptions)) == (error.outcomes, 1)


def test_a_leftover_survives_pickling() -> None:
    error = FleetLeftoverError("left", pods={"a": "1", "b": None}, command="down a")
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert (copied.pods, copied.command) == (error.pods, "down a")
