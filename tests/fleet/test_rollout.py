"""A fleet that gets a new spec: its old pods serve until the new ones do."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import DOOMED, REGIONS, make_fleet_lab, names
from tests.fleet.test_adopting import another
from tests.lab import ENDING, SPEC, Lab
from yotta_async import Budget, Fleet, Placement, ReplacePolicy, Rollout
from yotta_async.errors import BudgetExceededError, ConfigurationError, FleetError
from yotta_async.fleet import mark_of
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.simulator import Faults, PodLife, ServerLimits


NEW = SPEC.evolve(image="yottalabsai/pytorch:3.0.0")
PORTED = SPEC.evolve(expose=(8888,))
BAD = PORTED.evolve(image="yottalabsai/pytorch:broken")


class Look:
    """What was seen of a fleet, moment by moment."""

    def __init__(self, lab: Lab, fleet: Fleet) -> None:
        self.lab, self.fleet = lab, fleet
        self.least_ready, self.least_shown, self.most = 10**6, 10**6, 0

    async def run(self) -> None:
        while True:
            await anyio.sleep(0.25)
            living = [pod for pod in self.lab.cloud.pods if pod.status not in ENDING]
            self.most = max(self.most, len(living))
            self.least_ready = min(self.least_ready, sum(pod.status == "RUNNING" for pod in living))
            self.least_shown = min(self.least_shown, len(self.fleet.status().ready))


def marks(lab: Lab) -> Counter[str]:
    """Return how many living pods there are, by what they were made from."""
    return Counter(name.mark for name in names(lab))


async def looked_at(lab: Lab, fleet: Fleet, work: Callable[[], Any]) -> Look:
    """Do something with a fleet, and return what was seen meanwhile."""
    look = Look(lab, fleet)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look.run)
        await work()
        tasks.cancel_scope.cancel()
    return look


@pytest.mark.parametrize(
    ("rollout", "least", "most"),
    [
        (Rollout(), 5, 6),
        (Rollout(surge=2), 5, 7),
        (Rollout(surge=0, unavailable=1), 4, 5),
        (Rollout(surge=1, unavailable=2), 3, 6),
        (Rollout(surge=5), 5, 10),
    ],
)
@pytest.mark.parametrize("replacements", [0, 3])
async def test_a_new_image_reaches_all_within_the_numbers(
    rollout: Rollout, least: int, most: int, replacements: int
) -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    replace = ReplacePolicy(replacements=replacements)
    async with lab.client.fleet("web", replace=replace) as fleet:
        await fleet.up([SPEC] * 5)

        async def work() -> None:
            await fleet.up([NEW] * 5, rollout=rollout)
            await anyio.sleep(60.0)

        look = await looked_at(lab, fleet, work)
        assert marks(lab) == {mark_of(NEW): 5}
        assert look.least_ready >= least
        assert look.most <= most
        assert look.least_shown >= least
        assert len(fleet.status().ready) == 5


def doom(lab: Lab, life: PodLife = DOOMED) -> None:
    """Let pods that are made from now on live so."""
    lab.cloud._cloud.pods.life = life


@pytest.mark.parametrize(
    "life",
    [DOOMED, PodLife(start_median=1e6, start_span=(1e6, 1e6)), PodLife(ports=(1e6, 1e6))],
    ids=["failing", "not starting", "unhealthy"],
)
async def test_what_does_not_get_ready_stops_it_and_the_old_ones_serve_on(life: PodLife) -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    replace = ReplacePolicy(replacements=1, starting=60.0, health=60.0)
    async with lab.client.fleet("web", replace=replace) as fleet:
        before = await fleet.up([PORTED] * 5)
        doom(lab, life)

        async def work() -> None:
            with pytest.raises(
                FleetError, match=r"pod '0' did not become ready; 5 pods keep .*, 5"
            ):
                await fleet.up([BAD] * 5, rollout=Rollout())
            await anyio.sleep(120.0)

        look = await looked_at(lab, fleet, work)
        assert (look.least_ready, look.least_shown) == (5, 5)
        assert look.most <= 6
        assert {pod.id for pod in fleet.status().ready} == {pod.id for pod in before.ready}
        assert marks(lab) == {mark_of(PORTED): 5}
        assert "did not become ready" in fleet.status().warnings[-1]


async def test_each_pod_that_keeps_its_spec_has_an_outcome_with_the_reason() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("web", replace=ReplacePolicy(replacements=0)) as fleet:
        await fleet.up([SPEC] * 3)
        doom(lab)
        outcomes = [each async for each in fleet.launch([BAD] * 3, rollout=Rollout())]
        assert sorted(each.key for each in outcomes) == ["0", "1", "2"]
        assert all(isinstance(each.error, FleetError) for each in outcomes)
        assert "FAILED" in str(outcomes[0].error)


async def test_it_goes_back_to_what_there_was() -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC] * 4)
        await fleet.up([NEW] * 4, rollout=Rollout())
        look = await looked_at(lab, fleet, fleet.rollback)
        await fleet.wait()
        await anyio.sleep(30.0)
        assert marks(lab) == {mark_of(SPEC): 4}
        assert look.least_ready == 4


@pytest.mark.parametrize("after", [1.0, 12.0, 25.0, 40.0, 60.0])
async def test_it_goes_back_from_the_middle_without_making_what_still_serves(after: float) -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC] * 4)

        async def work() -> None:
            fleet.launch([NEW] * 4, rollout=Rollout())
            await anyio.sleep(after)
            made = lab.cloud.operations["createPod"]
            exchanged = marks(lab)[mark_of(NEW)]
            await fleet.rollback()
            await anyio.sleep(60.0)
            assert lab.cloud.operations["createPod"] - made <= exchanged

        look = await looked_at(lab, fleet, work)
        assert marks(lab) == {mark_of(SPEC): 4}
        assert (look.least_ready, look.least_shown) == (4, 4)
        assert look.most <= 5


async def test_without_anything_before_there_is_no_way_back() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC])
        with pytest.raises(ConfigurationError, match="asked for other pods before"):
            fleet.rollback()


async def test_a_budget_without_room_for_one_more_is_told_before_anything_is_done() -> None:
    lab = make_fleet_lab()
    budget = Budget(max_per_hour="3.30", prices={SPEC.gpu_type: "0.65"})
    async with lab.client.fleet("web", budget=budget) as fleet:
        await fleet.up([SPEC] * 5)
        asked = sum(lab.cloud.operations.values())
        with pytest.raises(BudgetExceededError):
            fleet.launch([NEW] * 5, rollout=Rollout())
        assert sum(lab.cloud.operations.values()) == asked
        await fleet.up([NEW] * 5, rollout=Rollout(surge=0, unavailable=1))
        await anyio.sleep(30.0)
        assert marks(lab) == {mark_of(NEW): 5}


@pytest.mark.parametrize("after", [5.0, 20.0, 35.0, 50.0, 70.0])
async def test_a_program_that_is_killed_goes_on_with_it_when_it_runs_again(after: float) -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    async with another(lab) as client, client.fleet("web", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 4)
        fleet.launch([NEW] * 4, rollout=Rollout())
        await anyio.sleep(after)
    async with another(lab) as client, client.fleet("web") as fleet:

        async def work() -> None:
            await fleet.up([NEW] * 4, rollout=Rollout())
            await anyio.sleep(60.0)

        look = await looked_at(lab, fleet, work)
        assert marks(lab) == {mark_of(NEW): 4}
        assert look.least_ready >= 4
        assert look.most <= 6  # what was on the wire


async def test_what_is_added_or_dropped_meanwhile_is_so_at_once() -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC] * 4)
        fleet.launch([NEW] * 4, rollout=Rollout())
        await anyio.sleep(20.0)
        await fleet.scale(6)
        await anyio.sleep(60.0)
        assert marks(lab) == {mark_of(NEW): 6}
        fleet.launch([SPEC] * 6, rollout=Rollout())
        await anyio.sleep(20.0)
        fleet.release("0", "5")
        await fleet.wait()
        await anyio.sleep(30.0)
        assert marks(lab) == {mark_of(SPEC): 4}


async def test_an_old_pod_that_is_lost_meanwhile_is_exchanged_first() -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    async with lab.client.fleet("web") as fleet:
        report = await fleet.up([SPEC] * 5)
        fleet.launch([NEW] * 5, rollout=Rollout())
        await anyio.sleep(3.0)
        await lab.client.pods.delete(report.ready[4].id)
        await anyio.sleep(40.0)
        assert "4" in {name.key for name in names(lab) if name.mark == mark_of(NEW)}
        await fleet.wait()
        await anyio.sleep(30.0)
        assert marks(lab) == {mark_of(NEW): 5}


async def test_work_goes_on_on_the_old_pods_until_the_new_ones_are_ready() -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))

    async def work(pod: Any, _: int) -> str:
        await anyio.sleep(5.0)
        return FleetPodName.parse(pod.name).mark  # type: ignore[union-attr]

    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC] * 3)
        fleet.launch([NEW] * 3, rollout=Rollout())
        outcomes = [each async for each in fleet.map(work, range(90))]
        assert [each.error for each in outcomes] == [None] * 90
        assert {each.result for each in outcomes} == {mark_of(SPEC), mark_of(NEW)}


async def test_it_gets_through_faults() -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600), faults=Faults.everything(0.1), seed=3)
    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC] * 6)

        async def work() -> None:
            await fleet.up([NEW] * 6, rollout=Rollout(surge=2))
            await anyio.sleep(300.0)

        look = await looked_at(lab, fleet, work)
        assert marks(lab) == {mark_of(NEW): 6}
        assert look.most <= 8
    assert lab.living == set()


async def test_a_quota_holds_while_pods_are_exchanged() -> None:
    lab = make_fleet_lab(limits=ServerLimits(requests=600))
    placement = Placement(regions=REGIONS[:2], quotas=dict.fromkeys(REGIONS[:2], 2))
    async with lab.client.fleet("web") as fleet:
        await fleet.up([SPEC] * 3, placement=placement)
        regions = Counter[str]()

        async def look() -> None:
            while True:
                await anyio.sleep(0.5)
                living = (pod for pod in lab.cloud.pods if pod.status not in ENDING)
                for region, number in Counter(pod.region for pod in living).items():
                    regions[region] = max(regions[region], number)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look)
            await fleet.up([NEW] * 3, rollout=Rollout())
            tasks.cancel_scope.cancel()
        assert max(regions.values()) == 2


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"surge": -1}, "surge=-1"),
        ({"unavailable": 0.5}, "unavailable=0.5"),
        ({"surge": 0}, "surge=0"),
        ({"surge": True}, "surge=True"),
    ],
)
def test_a_rollout_that_cannot_work_is_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Rollout(**fields)


async def test_a_rollout_has_no_number_that_must_be_ready() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("web") as fleet:
        with pytest.raises(ConfigurationError, match="min_ready"):
            fleet.launch([SPEC], rollout=Rollout(), min_ready=1)
