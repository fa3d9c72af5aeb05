"""A dead run's pods are taken over whatever clocks say; a living rival is told with its pods."""

import zlib
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from attrs import frozen

from tests.fleet.fleets import keys, make_fleet_lab, names, once_each, set_clock
from tests.lab import SPEC, Lab, client_of
from yotta_async import AsyncYotta, Limits
from yotta_async.errors import FleetConflictError, FleetLeftoverError
from yotta_async.simulator import Faults, PodLife, ServerLimits, WireStyle
from yotta_async.simulator.cloud.pod import Pod


def another(lab: Lab) -> AsyncYotta:
    return client_of(lab.cloud, limits=Limits(requests=300), timeout=1.0)


async def killed_run(lab: Lab, number: int, lived: float) -> None:
    """Run a fleet as a program does that is killed after some seconds."""
    client = another(lab)
    with anyio.move_on_after(lived, shield=False):
        async with client.fleet("sweep", on_exit="keep") as fleet:
            await fleet.up([SPEC] * number)


CLOCKS: list[dict[str, Any]] = [
    {"date_offset": -4.0},
    {"date_offset": 4.0},
    {"date": "off"},
    {"date_offset": -1e8},
    {"date_offset": 1e8},
]


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@pytest.mark.parametrize("lag", [0.0, 3.0, 10.0])
@pytest.mark.parametrize("lived", [2.0, 60.0])
async def test_a_dead_run_is_taken_over_whatever_the_date_says(
    clock: dict[str, Any], lag: float, lived: float
) -> None:
    """[T7] Run 2 begins where the clock is behind, ahead, in another year, or not told."""
    lab = make_fleet_lab(faults=Faults(list_lag=lag))
    await killed_run(lab, 5, lived)
    assert len(lab.living) == 5
    set_clock(lab, **clock)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 5)
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(5)
    assert lab.living == set()
    await lab.close()


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
async def test_a_dead_run_s_pods_are_kept_by_the_next_one(clock: dict[str, Any]) -> None:
    """[T7]."""
    lab = make_fleet_lab()
    await killed_run(lab, 5, 60.0)
    before = lab.living
    set_clock(lab, **clock)
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5)
        assert {pod.id for pod in report.ready} == before
    assert lab.living == set()


def hide(lab: Lab, hides: Callable[[Pod, float], bool]) -> None:
    """Have the lists leave some pods out."""
    pods = lab.cloud._cloud.pods
    shown = type(pods).list

    class Hiding(type(pods)):  # type: ignore[misc]
        __slots__ = ()

        def list(self, now: float, **options: Any) -> tuple[Pod, ...]:
            return tuple(pod for pod in shown(self, now, **options) if not hides(pod, now))

    pods.__class__ = Hiding


@pytest.mark.parametrize("seconds", [20.0, 60.0, 100.0])
async def test_a_region_that_the_first_lists_lack_is_no_sign_of_life(seconds: float) -> None:
    """[T12]."""
    lab = make_fleet_lab()
    client = another(lab)
    regions = ["us-east-1", "us-west-1"]
    with anyio.move_on_after(60.0):
        async with client.fleet("sweep", on_exit="keep") as fleet:
            await fleet.up([SPEC.evolve(regions=[regions[at % 2]]) for at in range(8)])
            await anyio.sleep_forever()
    assert len(lab.living) == 8
    until = anyio.current_time() + seconds
    hide(lab, lambda pod, now: pod.region == "us-west-1" and now < until)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC.evolve(regions=[regions[at % 2]]) for at in range(8)])
        await anyio.sleep(seconds + 60.0)
        assert keys(lab) == once_each(8)
    assert lab.living == set()


@pytest.mark.parametrize("late", [10.0, 50.0, 120.0, 600.0])
async def test_creates_of_a_dead_run_that_are_carried_out_late_are_no_sign_of_life(
    late: float,
) -> None:
    """[T12]."""
    faults = Faults(operations={"createPod"}, timeout_after=1.0, late_commit=(late, late))
    # The server has a slot for each of them.
    lab = make_fleet_lab(faults=faults, limits=ServerLimits(requests=600, pod_operations=20))
    await killed_run(lab, 4, 1.0)
    lab.cloud._server.faults = Faults()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        await anyio.sleep(late + 120.0)
        assert keys(lab) == once_each(4)
        assert len(lab.cloud.all_pods) > 4
    assert lab.living == set()


async def test_a_living_rival_that_goes_on_is_told_with_every_pod_that_is_left() -> None:
    """[T12]."""
    lab = make_fleet_lab()
    async with another(lab) as one, one.fleet("sweep") as first:
        await first.up([SPEC] * 4)
        await anyio.sleep(60.0)
        with pytest.raises(FleetConflictError) as caught:
            async with lab.client.fleet("sweep") as second:
                await second.up([SPEC] * 4)
                await anyio.sleep(60.0)
                gone = first.status().ready[0]
                del lab.cloud._cloud.pods.all[int(gone.id)]
                await anyio.sleep(600.0)
        assert caught.value.pods.keys() == lab.living
        assert all(pod_id in str(caught.value) for pod_id in lab.living)
        assert len(names(lab)) == 4
    assert lab.living == set()


# How it ends.


@pytest.mark.parametrize("lag", [1.0, 10.0, 14.0])
async def test_a_fleet_that_is_left_at_once_leaves_nothing_though_ids_lag(lag: float) -> None:
    """[N2]."""
    lab = make_fleet_lab(faults=Faults(id_lag=lag, list_lag=3.0))
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 5)
        await anyio.sleep(1.0)
    assert lab.cloud.operations["createPod"] == 5
    assert lab.living == set()
    assert lab.client.left_behind == {}
    await lab.close()


@pytest.mark.parametrize("lag", [20.0, 1e6])
async def test_pods_that_are_never_shown_are_named_when_a_fleet_ends(lag: float) -> None:
    """[N2] Ids and lists lag for longer than `settle`."""
    lab = make_fleet_lab(faults=Faults(id_lag=lag, list_lag=lag))
    with pytest.raises(FleetLeftoverError) as caught:
        async with lab.client.fleet("sweep") as fleet:
            fleet.launch([SPEC] * 5)
            await anyio.sleep(1.0)
    assert set(caught.value.pods.values()) >= lab.living
    assert set(lab.client.left_behind.values()) >= lab.living


@pytest.mark.parametrize("number", [1, 4, 10, 40])
async def test_pods_whose_deletes_were_accepted_and_take_long_are_named(number: int) -> None:
    """[N8] Accepted, and done five minutes later; until then all are RUNNING in the lists."""
    lab = make_fleet_lab(limits=ServerLimits(requests=600, pod_operations=20))
    pods = lab.cloud._cloud.pods

    class Slow(type(pods)):  # type: ignore[misc]
        __slots__ = ()

        def delete(self, pod_id: int, now: float) -> Pod:
            pod: Pod = self.get(pod_id, now)
            return pod

    with pytest.raises(FleetLeftoverError, match="its delete was accepted") as caught:
        async with lab.client.fleet("sweep", exit_timeout=120.0) as fleet:
            await fleet.up([SPEC] * number)
            pods.__class__ = Slow
    assert len(lab.living) == number
    assert set(caught.value.pods.values()) == lab.living
    assert "no list could be read" not in str(caught.value)
    assert "the last list shows it RUNNING" in str(caught.value)


@pytest.mark.parametrize("seconds", [100.0, 300.0])
async def test_a_delete_that_takes_long_is_waited_for(seconds: float) -> None:
    """[N8]."""
    lab = make_fleet_lab(life=PodLife(start_median=10.0, delete=(seconds, seconds)))
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
    assert lab.living == set()
    await lab.close()


# A server that alters names.


@pytest.mark.parametrize("generation", ["v1", "v2"])
@pytest.mark.parametrize("style", ["cut", "lower", "underscores", "prefixed"])
async def test_a_fleet_goes_on_by_ids_where_names_are_altered(
    style: Any, generation: str, caplog: pytest.LogCaptureFixture
) -> None:
    """[N9]."""
    lab = make_fleet_lab(api_version=generation, wire=WireStyle(names=style))
    name = "Sweep-" + 40 * "x"
    with anyio.fail_after(600.0):
        async with lab.client.fleet(name) as fleet:
            report = await fleet.up([SPEC] * 4)
            assert {pod.id for pod in report.ready} == lab.living
            await anyio.sleep(60.0)
            assert len(lab.living) == 4
            listed = [pod.name for pod in lab.cloud.pods]
            lab.cloud._cloud.pods.all.pop(int(report.ready[0].id))
            await anyio.sleep(300.0)
            assert len(fleet.status().ready) == 4
    assert lab.living == set()
    assert len(lab.cloud.all_pods) == 4  # and one that was lost
    told = [record.getMessage() for record in caplog.records if "alters names" in record.message]
    assert len(told) == 1
    assert any(each in told[0] for each in listed)
    assert f"{name}-" in told[0]
    await lab.close()


@pytest.mark.parametrize("style", ["lower", "underscores", "prefixed"])
async def test_no_pod_bills_unnamed_where_names_are_altered_and_answers_are_lost(
    style: Any,
) -> None:
    """[N9]."""
    faults = Faults(operations={"createPod"}, reset_after=0.3, list_lag=3.0)
    lab = make_fleet_lab(wire=WireStyle(names=style), faults=faults, seed=3)
    with anyio.fail_after(1000.0):
        async with lab.client.fleet("Sweep-of-Tuesday") as fleet:
            await fleet.up([SPEC] * 10)
            await anyio.sleep(60.0)
            assert len(lab.living) == 10
    assert lab.living == set()
    await lab.close()


@frozen(kw_only=True)
class AlteringStyle(WireStyle):
    """A server that makes of a name what it likes."""

    alter: Callable[[str], str]

    def name(self, sent: str) -> str:
        return self.alter(sent)


ALTERING: dict[str, WireStyle] = {
    "underscores": WireStyle(names="underscores"),
    "prefixed": WireStyle(names="prefixed"),
    "upper case": AlteringStyle(alter=str.upper),
    "words": AlteringStyle(alter=str.title),
    "spaces": AlteringStyle(alter=lambda sent: sent.replace("-", " ")),
    "of a namespace": AlteringStyle(alter=lambda sent: f"account-7/{sent}"),
    "with a suffix": AlteringStyle(alter=lambda sent: f"{sent}-{zlib.crc32(sent.encode()):08x}"),
    "quoted": AlteringStyle(alter='"{}"'.format),
}


@pytest.mark.parametrize("style", ALTERING)
async def test_a_crashed_run_s_pods_are_found_once_it_is_known_how_names_are_altered(
    style: str,
) -> None:
    """[N9] Twins for a moment: until the first pod of the second run is listed."""
    lab = make_fleet_lab(wire=ALTERING[style])
    await killed_run(lab, 4, 60.0)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        await anyio.sleep(60.0)
        assert len(lab.living) == 4
    assert lab.living == set()
    await lab.close()
