"""Scaling a fleet, waiting for it, and watching what becomes of it."""

import anyio
import pytest

from tests.fleet.fleets import DOOMED, REGIONS, keys, make_fleet_lab, once_each
from tests.lab import SPEC
from yotta_async import Place, Placement, ReplacePolicy
from yotta_async.errors import ConfigurationError
from yotta_async.events import Answered, FleetPodChanged


OTHER = SPEC.evolve(environment={"A": "1"})


async def test_a_fleet_grows_and_shrinks() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 3)
        first = lab.living
        report = await fleet.scale(8)
        assert len(report.ready) == 8
        assert first < lab.living
        await fleet.scale(2)
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(2)
        assert lab.living < first


async def test_a_fleet_of_several_kinds_says_what_the_new_ones_are() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(ConfigurationError, match="asked for no pods"):
            fleet.scale(2)
        await fleet.up([SPEC, OTHER])
        with pytest.raises(ConfigurationError, match="several kinds"):
            fleet.scale(3)
        report = await fleet.scale(3, OTHER)
        assert [member.pod.environment for member in report.members if member.pod] == [
            {},
            {"A": "1"},
            {"A": "1"},
        ]


async def test_shrinking_and_growing_at_once_takes_no_pod_back_that_was_deleted() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        fleet.scale(1)
        await anyio.sleep(0.6)  # the deletes are accepted, and no list has shown it
        report = await fleet.scale(4)
        assert all(member.reasons == () for member in report.members)
        await anyio.sleep(120.0)
        assert keys(lab) == once_each(4)


async def test_a_pod_whose_work_is_done_can_be_released() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up({"a": SPEC, "b": SPEC, "c": SPEC})
        fleet.release("b")
        with pytest.raises(ConfigurationError, match="must be a key of this fleet"):
            fleet.release("b")
        await anyio.sleep(60.0)
        assert set(keys(lab)) == {"a", "c"}
    assert lab.cloud.operations["createPod"] == 3


async def test_a_released_pod_revives_none_that_was_given_up() -> None:
    lab = make_fleet_lab(life=DOOMED)
    async with lab.client.fleet("sweep", replace=ReplacePolicy(replacements=0)) as fleet:
        report = await fleet.up({"a": SPEC, "b": SPEC})
        assert len(report.failed) == 2
        fleet.release("b")
        await anyio.sleep(60.0)
        assert fleet.status().count("lost") == 1
    assert lab.cloud.operations["createPod"] == 2


async def test_a_burnt_down_region_is_left_for_the_others() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 9, placement=Placement(regions=REGIONS[:3], strategy="spread"))
        await anyio.sleep(120.0)
        lab.cloud.burn_down(REGIONS[0])
        await anyio.sleep(120.0)
        report = fleet.status()
        assert len(report.ready) == 9
        assert {pod.region for pod in report.ready} == set(REGIONS[1:3])


async def test_a_pod_that_vanished_is_made_anew_as_soon_as_that_is_known() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", replace=ReplacePolicy(vanished=5.0)) as fleet:
        await fleet.up([SPEC] * 3)
        await anyio.sleep(600.0)
        lab.cloud.burn_down(REGIONS[0], vanish=True)
        await fleet.wait()
        await anyio.sleep(60.0)
        asked = [each.at for each in lab.told(Answered) if each.operation == "getPod"]
        made = [each.at for each in lab.told(FleetPodChanged) if each.stage == "made"]
        assert asked
        assert made[3] - asked[0] < 2.0


@pytest.mark.parametrize("number", [-1, 1.5, "2", True])
async def test_a_number_of_pods_is_whole(number: object) -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(ConfigurationError, match="must be a whole number of pods"):
            fleet.scale(number)  # type: ignore[arg-type]


async def test_asking_again_for_the_same_changes_nothing() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        first = await fleet.up([SPEC] * 5)
        again = await fleet.up([SPEC] * 5)
        assert [pod.id for pod in first.ready] == [pod.id for pod in again.ready]
    assert lab.cloud.operations["createPod"] == 5


async def test_a_changed_spec_replaces_its_pod() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        first = await fleet.up([SPEC] * 3)
        second = await fleet.up([SPEC, OTHER, SPEC])
        kept = {pod.id for pod in first.ready} & {pod.id for pod in second.ready}
        assert len(kept) == 2
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(3)


async def test_one_may_wait_for_some() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 10)
        report = await fleet.wait(ready=4)
        assert 4 <= len(report.ready) < 10
        report = await fleet.wait()
        assert len(report.ready) == 10


async def test_a_report_tells_how_far_each_has_come() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 3)
        assert fleet.status().count("wanted") == 3
        await anyio.sleep(4.0)
        report = fleet.status()
        assert report.count("made", "starting") == 3
        assert {member.place for member in report.members} == {Place(None, SPEC.gpu_type)}
        report = await fleet.wait()
        assert [member.stage for member in report.members] == ["ready"] * 3
        assert str(report).startswith("sweep: 3 of 3 ready, 0 pending, 0 failed")
        assert "3 of 3 ready" in repr(fleet)


async def test_changes_are_watched_from_wanted_to_ready() -> None:
    lab = make_fleet_lab()
    seen: list[tuple[str, str | None, str]] = []
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 2)
        async for change in fleet.watch():
            seen.append((change.key, change.previous, change.stage))
            if fleet.status().count("ready") == 2:
                break
    stages = [stage for key, _, stage in seen if key == "0"]
    assert stages[0] == "wanted"
    assert stages[-1] in ("unhealthy", "ready", "starting")
    assert [previous for key, previous, _ in seen if key == "0"] == [None, *stages[:-1]]


async def test_watching_ends_with_the_fleet() -> None:
    lab = make_fleet_lab()
    stages: list[str] = []

    async def watch() -> None:
        stages.extend([change.stage async for change in fleet.watch()])

    async with anyio.create_task_group() as tasks, lab.client.fleet("sweep") as fleet:
        tasks.start_soon(watch)
        await fleet.up([SPEC] * 2)
        await fleet.scale(1)
    assert stages.count("ready") >= 1
    assert stages.count("unwanted") == 1


@pytest.mark.asyncio_only
async def test_a_thousand_pods_under_one_client() -> None:
    lab = make_fleet_lab(requests=120)
    async with lab.client.fleet("big", on_exit="keep") as fleet:
        report = await fleet.up([SPEC] * 1000)
        assert len(report.ready) == 1000
    assert keys(lab) == once_each(1000)
    assert lab.cloud.violations == ()
    assert anyio.current_time() < 600.0


async def test_a_status_that_is_not_known_is_told_once_and_in_the_report(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """[L5] Nothing is done about it, so it is said why nothing happens."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        odd = [{"id": pod.id, "podName": pod.name, "status": "ODDITY"} for pod in lab.cloud.pods]
        lab.cloud.plant(*odd, instead=True)
        await anyio.sleep(600.0)
        members = fleet.status().members
    text = "its status is ODDITY, which this version does not know"
    assert [member.hindrance for member in members] == [text] * 2
    assert caplog.text.count(text) == 1
