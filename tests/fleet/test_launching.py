"""Asking for many pods: each is made once, where there is room, and told of when it is ready."""

import anyio
import pytest

from tests.fleet.fleets import (
    ANYWHERE,
    LOSING,
    REGIONS,
    by_region,
    keys,
    make_fleet_lab,
    once_each,
    stocked,
)
from tests.lab import SPEC, client_of, in_both_generations, make_lab
from yotta_async import Limits, Outcome, Placement, PodSpec
from yotta_async.errors import (
    BadRequestError,
    ConfigurationError,
    FleetError,
    OutOfCapacityError,
)
from yotta_async.simulator import PodLife, ServerLimits


@in_both_generations
async def test_all_pods_become_ready_and_are_told_of_once(api_version: str) -> None:
    lab = make_fleet_lab(api_version=api_version)
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        outcomes = [outcome async for outcome in fleet.launch([SPEC] * 20)]
        assert sorted(int(each.key) for each in outcomes) == list(range(20))
        assert all(each.pod and each.pod.is_ready for each in outcomes)
        assert {each.pod.id for each in outcomes if each.pod} == lab.living
    assert keys(lab) == once_each(20)
    await lab.close()


async def test_outcomes_come_as_pods_become_ready_not_in_the_order_of_asking() -> None:
    lab = make_fleet_lab(seed=3)
    ready: list[float] = []
    async with lab.client.fleet("sweep") as fleet:
        async for _ in fleet.launch([SPEC] * 10):
            ready.append(anyio.current_time())
            assert len(fleet.status().ready) >= len(ready)
    assert ready == sorted(ready)
    assert ready[0] < ready[-1]


async def test_keys_are_the_specs_names_or_their_numbers() -> None:
    lab = make_fleet_lab()
    specs = [SPEC.evolve(name="first"), SPEC, SPEC.evolve(name="lr_0.1")]
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up(specs)
    assert set(keys(lab)) == {"first", "1", "lr_0.1"}


async def test_a_mapping_says_the_keys() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        report = await fleet.up({"a": SPEC, "b": SPEC})
        assert [member.key for member in report.members] == ["a", "b"]
    assert set(keys(lab)) == {"a", "b"}


async def test_each_pod_gets_what_its_spec_says() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        specs = [SPEC.evolve(environment={"LR": rate}) for rate in ("0.1", "0.2")]
        report = await fleet.up(specs)
        assert [member.pod.environment for member in report.members if member.pod] == [
            {"LR": "0.1"},
            {"LR": "0.2"},
        ]


async def test_a_hundred_and_fifty_creates_are_shaped_into_the_limits() -> None:
    lab = make_fleet_lab(requests=60)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 150)
        assert lab.cloud.worst_window <= 60
        assert lab.cloud.worst_concurrency <= 5
    assert lab.cloud.violations == ()
    assert lab.living == set()


async def test_watching_a_fleet_costs_one_list_a_tick() -> None:
    lab = make_fleet_lab(requests=60)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 50)
        before, began = len(lab.cloud.requests), anyio.current_time()
        await anyio.sleep(600.0)
        after = lab.cloud.requests[before:]
        assert {request.operation for request in after} == {"listPods"}
        assert len(after) <= (anyio.current_time() - began) / 2.0


async def test_calls_that_wait_too_long_for_their_turn_are_made_again() -> None:
    lab = make_fleet_lab(requests=60)
    client = client_of(lab.cloud, limits=Limits(requests=60, queue_timeout=30.0))
    async with client, client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 150)
        assert len(report.ready) == 150
    assert lab.living == set()


# Where.


async def test_ordered_fills_the_best_region_first() -> None:
    lab = make_fleet_lab(stock=stocked(*REGIONS, number=4))
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10, placement=ANYWHERE)
        found = by_region(lab, (pod.id for pod in report.ready))
        assert found == {REGIONS[0]: 4, REGIONS[1]: 4, REGIONS[2]: 2}


async def test_spread_keeps_regions_equally_full() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up(
            [SPEC] * 20, placement=Placement(regions=REGIONS, strategy="spread")
        )
        assert set(by_region(lab, (pod.id for pod in report.ready)).values()) == {4}


async def test_quotas_hold() -> None:
    lab = make_fleet_lab()
    placement = Placement(regions=REGIONS[:2], quotas={REGIONS[0]: 3})
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10, placement=placement)
        found = by_region(lab, (pod.id for pod in report.ready))
        assert found == {REGIONS[0]: 3, REGIONS[1]: 7}


async def test_the_next_gpu_type_is_taken_where_the_first_is_nowhere() -> None:
    other = "NVIDIA_H100_80G"
    stock = {region: {SPEC.gpu_type: 0, other: 10} for region in REGIONS}
    lab = make_fleet_lab(stock=stock)
    placement = Placement(regions=REGIONS, gpu_types=[SPEC.gpu_type, other])
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5, placement=placement)
        assert {pod.gpu_type for pod in report.ready} == {other}


async def test_a_full_region_is_found_out_about_by_few_creates() -> None:
    """By those that were on the wire together, and by one now and then that looks again."""
    lab = make_fleet_lab(stock=stocked(REGIONS[1]))
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 100, placement=Placement(regions=REGIONS[:2]))
        refused = lab.cloud.operations["createPod"] - 100
        assert 1 <= refused <= 10


async def test_what_one_fleet_learnt_of_a_region_another_one_knows() -> None:
    lab = make_fleet_lab(stock=stocked(REGIONS[1]))
    placement = Placement(regions=REGIONS[:2], pause=3600.0)
    async with lab.client.fleet("one") as one, lab.client.fleet("two") as two:
        await one.up([SPEC] * 5, placement=placement)
        before = lab.cloud.operations["createPod"]
        await two.up([SPEC] * 5, placement=placement)
        assert lab.cloud.operations["createPod"] - before == 5


async def test_a_region_that_lets_pods_fail_for_lack_of_stock_is_left_too() -> None:
    life = PodLife(start_median=10.0, start_span=(5.0, 20.0), ports=(0.0, 2.0), when_full="fail")
    lab = make_fleet_lab(stock=stocked(REGIONS[1]), life=life)
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 20, placement=Placement(regions=REGIONS[:2]))
        assert len(report.ready) == 20
        assert by_region(lab, (pod.id for pod in report.ready)) == {REGIONS[1]: 20}


# A bad day.


@pytest.mark.parametrize("strategy", ["ordered", "spread"])
@pytest.mark.asyncio_only
async def test_two_hundred_pods_on_a_bad_day(strategy: str) -> None:
    """Two of five regions empty, a twentieth FAILED, a tenth of the answers lost, lagging lists."""
    lab = make_lab(
        limits=ServerLimits(requests=60),
        stock=stocked(REGIONS[0], REGIONS[2], REGIONS[4]),
        faults=LOSING,
        life=PodLife(failing=0.05),
        seed=7,
    )
    placement = Placement(regions=REGIONS, strategy=strategy)  # type: ignore[arg-type]
    async with lab.client.fleet("job") as fleet:
        report = await fleet.up([SPEC] * 200, placement=placement)
        assert len(report.ready) == 200
        assert keys(lab) == once_each(200)
    assert lab.living == set()
    assert lab.cloud.faults_fired.total() > 10
    assert lab.cloud.violations == ()
    await lab.close()


# When there is no way.


async def test_without_room_anywhere_a_pod_is_given_up_after_a_while() -> None:
    lab = make_fleet_lab(stock=stocked())
    async with lab.client.fleet("sweep") as fleet:
        began = anyio.current_time()
        [outcome] = [each async for each in fleet.launch(SPEC, placement=ANYWHERE)]
        assert isinstance(outcome.error, OutOfCapacityError)
        assert 600.0 < anyio.current_time() - began < 800.0  # ReplacePolicy.patience
        assert lab.cloud.operations["createPod"] < 60


async def test_while_there_is_no_room_the_report_says_so() -> None:
    lab = make_fleet_lab(stock=stocked())
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 3, placement=ANYWHERE)
        await anyio.sleep(60.0)
        member = fleet.status().members[0]
        assert isinstance(member.error, OutOfCapacityError)
        assert member.hindrance == str(member.error)


async def test_some_may_succeed_and_others_not() -> None:
    lab = make_fleet_lab(stock=stocked(REGIONS[0], number=3))
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5, placement=ANYWHERE)
        assert (len(report.ready), len(report.failed)) == (3, 2)
        assert {type(each.error) for each in report.failed} == {OutOfCapacityError}


async def test_a_spec_that_the_server_rejects_is_asked_for_few_times() -> None:
    lab = make_fleet_lab()
    bad = PodSpec(image="a/b", gpu_type="NVIDIA_NONE_1G")
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([bad] * 100)
        assert {type(each.error) for each in report.failed} == {BadRequestError}
        assert len(report.failed) == 100
        assert lab.cloud.operations["createPod"] <= 10


@pytest.mark.parametrize("min_ready", [4, 0.7])
async def test_too_few_ready_pods_are_rolled_back(min_ready: float) -> None:
    lab = make_fleet_lab(stock=stocked(REGIONS[0], number=3))
    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(FleetError) as caught:
            await fleet.up([SPEC] * 5, placement=ANYWHERE, min_ready=min_ready)
        assert lab.living == set()
        ready = [each for each in caught.value.outcomes if isinstance(each, Outcome) and each.pod]
        assert len(ready) == 3
        assert caught.value.subgroup(OutOfCapacityError) is not None


async def test_enough_ready_pods_are_enough() -> None:
    lab = make_fleet_lab(stock=stocked(REGIONS[0], number=3))
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5, placement=ANYWHERE, min_ready=0.6)
        assert len(report.ready) == 3


async def test_what_cannot_be_is_refused_before_anything_is_sent() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        for specs in ("a", None, 5, [SPEC, "b"], [SPEC.evolve(name="a-b")], {"x y": SPEC}):
            with pytest.raises(ConfigurationError):
                fleet.launch(specs)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="one pod of the fleet"):
            fleet.launch([SPEC.evolve(name="1"), SPEC])
        with pytest.raises(ConfigurationError, match="min_ready"):
            fleet.launch([SPEC] * 3, min_ready=4)
        with pytest.raises(ConfigurationError, match="v1"):
            fleet.launch(SPEC.evolve(min_single_card_vcpu=2))
    assert lab.cloud.operations["createPod"] == 0


async def test_no_pods_are_a_fleet_too() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([])
        assert report.members == ()
    assert lab.cloud.operations["createPod"] == 0
