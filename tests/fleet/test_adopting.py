"""Running the same program again takes over what exists; two at once notice each other."""

import anyio
import pytest
from attrs import evolve

from tests.fleet.fleets import ANYWHERE, QUICK, keys, make_fleet_lab, once_each
from tests.lab import SPEC, Lab, client_of
from yotta_async import AsyncYotta, Fleet, Limits
from yotta_async.errors import ConfigurationError, FleetConflictError
from yotta_async.simulator import Faults


def another(lab: Lab) -> AsyncYotta:
    """Return a client of another program on the same account."""
    return client_of(lab.cloud, limits=Limits(requests=300))


async def left_by_a_crash(lab: Lab, number: int, *, spec: object = SPEC) -> set[str]:
    """Make pods, and leave them as a program does that is killed; return their ids."""
    async with another(lab) as client, client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up([spec] * number)  # type: ignore[list-item]
    await anyio.sleep(60.0)
    return lab.living


async def test_what_exists_is_taken_over() -> None:
    lab = make_fleet_lab()
    before = await left_by_a_crash(lab, 10)
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10)
        assert {pod.id for pod in report.ready} == before
        assert lab.living == before
    assert lab.cloud.operations["createPod"] == 10
    assert lab.living == set()


async def test_what_an_earlier_run_has_left_is_told_before_anything_is_asked_for() -> None:
    lab = make_fleet_lab()
    async with another(lab) as client, client.fleet("sweep") as fleet:
        assert fleet.inherited == {}
    before = await left_by_a_crash(lab, 4)
    async with another(lab) as client:
        gone = next(pod for pod in lab.cloud.pods if pod.name.startswith("sweep-2-"))
        await client.pods.delete(gone.id)
        async with client.fleet("sweep", on_exit="keep") as fleet:
            assert sorted(fleet.inherited) == ["0", "1", "3"]
            assert {pod.id for pod in fleet.inherited.values()} == before - {gone.id}
            assert all(pod.is_ready for pod in fleet.inherited.values())
            report = await fleet.up([SPEC] * 4)
            assert before - {gone.id} < {pod.id for pod in report.ready}


async def test_what_is_lacking_is_made_and_what_is_too_much_is_deleted() -> None:
    lab = make_fleet_lab()
    before = await left_by_a_crash(lab, 6)
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 8)
        assert before < lab.living
        await fleet.up([SPEC] * 3)
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(3)


async def test_a_pod_of_another_spec_is_replaced_not_taken_over() -> None:
    lab = make_fleet_lab()
    before = await left_by_a_crash(lab, 3)
    changed = SPEC.evolve(environment={"LR": "0.2"})
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        report = await fleet.up([SPEC, changed, SPEC])
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(3)
        kept = {pod.id for pod in report.ready} & before
        assert len(kept) == 2
        assert report.members[1].reasons == ()


async def test_paused_pods_of_an_earlier_run_are_resumed() -> None:
    lab = make_fleet_lab()
    async with another(lab) as client, client.fleet("sweep", on_exit="pause") as fleet:
        await fleet.up([SPEC] * 4)
    before = lab.living
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 4)
        assert {pod.id for pod in report.ready} == before


async def test_a_dead_run_s_late_creates_are_twins_and_deleted() -> None:
    faults = Faults(
        operations={"createPod"}, reset_after=0.5, late_commit=(5.0, 10.0), list_lag=3.0
    )
    lab = make_fleet_lab(faults=faults, seed=2)
    dead = another(lab)
    with anyio.move_on_after(2.0):
        async with dead.fleet("sweep", on_exit="keep") as fleet:
            await fleet.up([SPEC] * 10)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 10)
        await anyio.sleep(60.0)
        assert keys(lab) == once_each(10)
    assert lab.living == set()


async def test_down_removes_what_a_crash_has_left_late_creates_included() -> None:
    faults = Faults(
        operations={"createPod"}, reset_after=0.5, late_commit=(5.0, 10.0), list_lag=3.0
    )
    lab = make_fleet_lab(faults=faults, seed=2)
    with anyio.move_on_after(2.0):
        async with another(lab).fleet("sweep", on_exit="keep") as fleet:
            await fleet.up([SPEC] * 10)
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.down()
    await anyio.sleep(60.0)
    assert lab.living == set()


async def test_until_something_is_asked_for_nothing_is_done_about_what_is_there() -> None:
    lab = make_fleet_lab()
    before = await left_by_a_crash(lab, 4)
    async with lab.client.fleet("sweep", on_exit="keep"):
        await anyio.sleep(300.0)
    assert lab.living == before


async def test_other_fleets_and_other_pods_are_left_alone() -> None:
    lab = make_fleet_lab()
    mine = await lab.client.pods.create(SPEC.evolve(name="sweep-0-1"))
    async with lab.client.fleet("sweep-b", on_exit="keep") as other:
        await other.up([SPEC] * 2)
    others = lab.living
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        await fleet.down()
    assert lab.living == others
    assert mine.id in others


# Two programs.


async def run_beside(lab: Lab, body: str = "sweep") -> None:
    async with another(lab) as client, client.fleet(body) as fleet:
        await fleet.up([SPEC] * 4)
        await anyio.sleep(1000.0)


async def lose_one(lab: Lab, fleet: Fleet) -> None:
    """Have the server lose a pod of a fleet, which then makes another."""
    pod = fleet.status().ready[0]
    del lab.cloud._cloud.pods.all[int(pod.id)]
    await anyio.sleep(120.0)


async def test_of_two_programs_the_later_yields_and_leaves_the_earlier_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab()
    async with another(lab) as one, one.fleet("sweep") as first:
        await first.up([SPEC] * 4)
        await anyio.sleep(60.0)
        with pytest.raises(FleetConflictError, match="another program"):
            async with lab.client.fleet("sweep") as second:
                await second.up([SPEC] * 4)
                await anyio.sleep(60.0)
                await lose_one(lab, first)
                await anyio.sleep(600.0)
        await anyio.sleep(120.0)
        assert keys(lab) == once_each(4)
        assert len(first.status().ready) == 4
        assert "uses the same name" not in caplog.text  # the later one has made none
    assert lab.living == set()


async def test_the_earlier_of_two_programs_says_that_it_sees_the_later_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = make_fleet_lab()
    async with another(lab) as one, one.fleet("sweep") as first:
        await first.up([SPEC] * 2)
        await anyio.sleep(60.0)
        async with lab.client.fleet("sweep") as second:
            await second.up([SPEC] * 3)
            await anyio.sleep(60.0)
            assert caplog.text.count("uses the same name") == 1
            assert len(first.status().ready) == 2


async def test_of_two_that_begin_together_the_earlier_goes_on() -> None:
    """Both make pods before either sees the other's."""
    lab = make_fleet_lab(life=evolve(QUICK, start_span=(60.0, 90.0), start_median=70.0))
    yielded: list[str] = []

    async def run(who: str, delay: float) -> None:
        await anyio.sleep(delay)
        try:
            async with another(lab) as client, client.fleet("sweep", on_exit="keep") as fleet:
                await fleet.up([SPEC] * 60, placement=ANYWHERE)
                await anyio.sleep(600.0)
        except FleetConflictError:
            yielded.append(who)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, "the earlier", 0.0)
        tasks.start_soon(run, "the later", 3.0)
    assert "the earlier" not in yielded
    assert set(keys(lab)) == set(once_each(60))


async def test_one_client_cannot_have_a_fleet_open_twice() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep"):
        with pytest.raises(ConfigurationError, match="entered already"):
            async with lab.client.fleet("sweep"):
                pass
    async with lab.client.fleet("sweep"):
        pass
