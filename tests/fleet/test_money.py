"""What a fleet would cost, may cost, and has cost."""

from decimal import Decimal
from typing import Any

import anyio
import pytest
from attrs import define, evolve

from tests.fleet.fleets import REGIONS, make_fleet_lab, set_clock
from tests.lab import SPEC, Lab, client_of, in_both_generations
from yotta_async import AsyncYotta, Budget, FleetPlan, Place, Placement
from yotta_async.errors import APIError, BudgetExceededError, FleetExpiredError
from yotta_async.simulator import PodLife, Refusing, WireStyle


CHEAP, DEAR = SPEC.gpu_type, "NVIDIA_H100_80G"  # $0.65 and $1.85 in the simulator
EAST = Placement(regions=REGIONS[:1])


async def test_a_plan_sends_nothing_and_needs_no_block() -> None:
    lab = make_fleet_lab(requests=60)
    budget = Budget(prices={CHEAP: "0.65"})
    plan = lab.client.fleet("sweep", budget=budget).plan([SPEC] * 200, placement=EAST)
    assert (plan.pods, plan.price_per_hour) == (200, Decimal("130.00"))
    assert plan.places == {Place(REGIONS[0], CHEAP): 200}
    assert 180.0 < plan.least < plan.likely < 600.0
    assert 200 < plan.requests < 400
    assert lab.cloud.requests == ()


def test_a_plan_needs_no_client() -> None:
    plan = FleetPlan.of([SPEC] * 200, placement=EAST, prices={CHEAP: Decimal("0.65")})
    assert (plan.pods, plan.price_per_hour) == (200, Decimal("130.00"))
    assert FleetPlan.of(SPEC).unpriced == (CHEAP,)


def test_a_plan_tells_prices_of_pods_with_several_gpus() -> None:
    specs = [SPEC, SPEC.evolve(gpu_count=8), SPEC.evolve(gpu_type=DEAR)]
    budget = Budget(prices={CHEAP: 3, DEAR: 2})
    plan = FleetPlan.of(specs, prices={CHEAP: Decimal(1)}, budget=budget)
    assert (plan.price_per_hour, plan.unpriced) == (Decimal(11), ())


async def test_a_plan_is_not_far_from_what_happens() -> None:
    async with AsyncYotta.simulated(seed=1) as client, client.fleet("sweep") as fleet:
        plan, began = fleet.plan([SPEC] * 200), anyio.current_time()
        await fleet.up([SPEC] * 200)
        took = anyio.current_time() - began
        assert client.simulator is not None
        assert plan.least <= took <= 1.2 * plan.likely
        assert len(client.simulator.requests) <= 1.3 * plan.requests


def test_a_plan_says_what_has_no_room_and_what_has_no_price() -> None:
    client = AsyncYotta("key")
    placement = Placement(regions=["us-east-1"], quotas={"us-east-1": 3})
    plan = client.fleet("sweep").plan([SPEC] * 5, placement=placement)
    assert (plan.unplaced, plan.price_per_hour, plan.unpriced) == (2, None, (CHEAP,))
    assert "unknown" in str(plan)


@in_both_generations
async def test_what_was_spent_is_told_by_region_and_type(api_version: str) -> None:
    lab = make_fleet_lab(api_version=api_version)
    specs = [SPEC] * 4 + [SPEC.evolve(gpu_type=DEAR, gpu_count=2)]
    stock = {region: {CHEAP: 100, DEAR: 100} for region in REGIONS}
    lab = make_fleet_lab(api_version=api_version, stock=stock)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up(specs, placement=EAST)
        await anyio.sleep(3600.0)
        report = fleet.status()
        assert report.cost_per_hour == 4 * Decimal("0.65") + 2 * Decimal("1.85")
        assert set(report.spent) == {Place(REGIONS[0], CHEAP), Place(REGIONS[0], DEAR)}
        billed = lab.cloud.billing()
        assert billed <= report.total_spent + Decimal("0.05")
        assert report.total_spent <= billed * Decimal("1.02")
        assert report.unpriced == 0


async def test_prices_are_asked_for_once_where_lists_do_not_tell_them() -> None:
    lab = make_fleet_lab(api_version="v1")
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 5)
        await anyio.sleep(600.0)
    assert lab.cloud.operations["listGpus"] == 1


async def test_a_fleet_that_costs_too_much_an_hour_is_refused_before_anything_is_made() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", budget=Budget(max_per_hour=1)) as fleet:
        with pytest.raises(BudgetExceededError, match=r"at least \$1.30") as caught:
            fleet.launch([SPEC] * 2)
        assert caught.value.field == "max_per_hour"
        assert len((await fleet.up(SPEC)).ready) == 1
    assert lab.cloud.operations["createPod"] == 1


async def test_a_price_that_nobody_knows_is_refused_where_there_is_a_bound() -> None:
    lab = make_fleet_lab(api_version="v2")
    async with lab.client.fleet("sweep", budget=Budget(max_per_hour=100)) as fleet:
        with pytest.raises(BudgetExceededError, match="prices"):
            fleet.launch(SPEC)
    told = Budget(max_per_hour=100, prices={CHEAP: 1})
    async with lab.client.fleet("sweep", budget=told) as fleet:
        assert len((await fleet.up(SPEC)).ready) == 1


async def test_a_dearer_place_is_not_taken_if_the_budget_has_no_room_for_it() -> None:
    stock = {REGIONS[0]: {CHEAP: 2, DEAR: 100}}
    lab = make_fleet_lab(stock=stock)
    placement = Placement(regions=REGIONS[:1], gpu_types=[CHEAP, DEAR])
    budget = Budget(max_per_hour="3.5")
    async with lab.client.fleet("sweep", budget=budget) as fleet:
        report = await fleet.up([SPEC] * 4, placement=placement)
        assert report.cost_per_hour <= Decimal("3.5")
        assert len(report.ready) == 3  # 0.65 + 0.65 + 1.85; a fourth is over even where it is cheap
        assert [type(each.error) for each in report.failed] == [BudgetExceededError]


async def test_a_budget_that_is_spent_ends_the_fleet() -> None:
    lab = make_fleet_lab()
    with pytest.raises(BudgetExceededError, match="max_total") as caught:
        async with lab.client.fleet("sweep", budget=Budget(max_total=2)) as fleet:
            await fleet.up([SPEC] * 2)
            await anyio.sleep_forever()
    assert lab.living == set()
    assert Decimal("1.95") < lab.cloud.billing() < Decimal("2.1")
    assert "spent" in str(caught.value)


UNTOLD = {
    "404": Refusing(status=404, code=40400),
    "404 HTML": Refusing(status=404),
    "500": Refusing(status=500, code=10002),
    "403": Refusing(status=403, code=10004),
    "garbage": Refusing(status=200, page="json"),
    "empty": Refusing(status=200, page="empty"),
}


@pytest.mark.parametrize("answer", UNTOLD)
async def test_where_prices_cannot_be_asked_for_the_error_asks_for_them(answer: str) -> None:
    """[S6]."""
    lab = make_fleet_lab()
    lab.cloud.refuse(evolve(UNTOLD[answer], operations=["listGpus"]))
    async with lab.client.fleet("sweep", budget=Budget(max_per_hour=100)) as fleet:
        with pytest.raises(BudgetExceededError, match=r"Budget\(prices=\{'NVIDIA") as caught:
            fleet.launch([SPEC] * 2)
        assert isinstance(caught.value.__cause__, APIError)
    told = Budget(max_per_hour=100, prices={CHEAP: 1})
    async with lab.client.fleet("sweep", budget=told) as fleet:
        assert len((await fleet.up([SPEC] * 2)).ready) == 2


async def test_where_no_price_is_told_beforehand_the_error_asks_for_it() -> None:
    """[S6]."""
    lab = make_fleet_lab(api_version="v2")
    kinds = Placement(gpu_types=[CHEAP, DEAR])
    async with lab.client.fleet("sweep", budget=Budget(max_per_hour=100)) as fleet:
        with pytest.raises(BudgetExceededError) as caught:
            fleet.launch([SPEC] * 2, placement=kinds)
    assert f"Budget(prices={{'{CHEAP}': ..., '{DEAR}': ...}})" in str(caught.value)


async def test_a_total_may_be_bounded_where_prices_cannot_be_asked_for() -> None:
    """[S6] The lists tell what the pods cost."""
    lab = make_fleet_lab(api_version="v2")
    lab.cloud.refuse(Refusing(status=404, code=40400, operations=["listGpus"]))
    with pytest.raises(BudgetExceededError, match="max_total"):
        async with lab.client.fleet("sweep", budget=Budget(max_total=1)) as fleet:
            await fleet.up([SPEC] * 2)
            await anyio.sleep_forever()


# A machine that sleeps, and a program that begins anew.


@define
class Machine:
    """A machine whose clock stands while it sleeps, and the server's, which goes on."""

    asleep: float = 0.0

    def server_clock(self) -> float:
        return anyio.current_time() + self.asleep

    def sleep(self, seconds: float) -> None:
        self.asleep += seconds


NIGHT = 8 * 3600.0
DEARLY = [SPEC.evolve(gpu_type=DEAR)] * 4
PLENTY = {region: {DEAR: 100, CHEAP: 100} for region in REGIONS}


def sleepy_lab(**options: Any) -> tuple[Machine, Lab]:
    machine = Machine()
    return machine, make_fleet_lab(clock=machine.server_clock, stock=PLENTY, **options)


async def test_t3_what_was_billed_while_the_machine_slept_is_counted() -> None:
    """[T3]."""
    machine, lab = sleepy_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up(DEARLY, placement=EAST)
        await anyio.sleep(600.0)
        machine.sleep(NIGHT)
        await anyio.sleep(120.0)
        billed, spent = lab.cloud.billing(), fleet.status().total_spent
        assert billed > 59
        assert billed * Decimal("0.99") <= spent <= billed * Decimal("1.02")


async def test_t3_a_budget_that_was_spent_in_sleep_ends_the_fleet_on_waking() -> None:
    """[T3]."""
    machine, lab = sleepy_lab()
    woken = 0.0
    with pytest.raises(BudgetExceededError, match="max_total"):
        async with lab.client.fleet("sweep", budget=Budget(max_total=20)) as fleet:
            await fleet.up(DEARLY, placement=EAST)
            await anyio.sleep(600.0)
            machine.sleep(NIGHT)
            woken = anyio.current_time()
            await anyio.sleep_forever()
    assert anyio.current_time() - woken < 180.0
    assert lab.living == set()


async def test_t3_a_lifetime_that_passed_in_sleep_ends_the_fleet_on_waking() -> None:
    """[T3]."""
    machine, lab = sleepy_lab()
    woken = 0.0
    with pytest.raises(FleetExpiredError):
        async with lab.client.fleet("sweep", max_lifetime=3600.0) as fleet:
            await fleet.up(DEARLY, placement=EAST)
            await anyio.sleep(600.0)
            machine.sleep(NIGHT)
            woken = anyio.current_time()
            await anyio.sleep_forever()
    assert anyio.current_time() - woken < 180.0


@pytest.mark.parametrize(
    ("before", "offset"),
    [(True, 80_000.0), *((before, each) for before in (True, False) for each in (3e7, 3e8, -3e7))],
)
async def test_t3_a_date_that_is_wrong_for_good_ends_no_fleet(before: bool, offset: float) -> None:
    """[T3] [T4] The pods' own times are right, and what they have cost is told."""
    # At once, so that the first list that shows a pod shows it running.
    life = PodLife(start_median=0.1, start_span=(0.1, 0.1))
    wire = WireStyle(date_offset=offset if before else 0.0)
    lab = make_fleet_lab(wire=wire, life=life)
    async with lab.client.fleet("sweep", budget=Budget(max_total=5), max_lifetime=8000.0) as fleet:
        await fleet.up([SPEC] * 2)
        await anyio.sleep(600.0)
        set_clock(lab, date_offset=offset)
        await anyio.sleep(6600.0)
        billed = lab.cloud.billing()
        assert billed * Decimal("0.98") <= fleet.status().total_spent <= billed * Decimal("1.05")


async def test_t4_a_budget_holds_over_restarts() -> None:
    """[T4] A program that begins anew every 20 minutes, and keeps its pods."""
    lab, budget, begun = make_fleet_lab(), Budget(max_total=1), list[float]()
    with pytest.raises(BudgetExceededError, match="max_total"):
        for _ in range(12):
            begun.append(anyio.current_time())
            client = client_of(lab.cloud)
            async with client, client.fleet("sweep", budget=budget, on_exit="keep") as fleet:
                await fleet.up([SPEC] * 2)
                with anyio.move_on_after(1200.0):
                    await anyio.sleep_forever()
    assert len(begun) == 3  # after 46 minutes at $1.30
    assert lab.cloud.billing() < Decimal("1.05")


async def test_t4_what_earlier_runs_have_cost_is_told() -> None:
    """[T4]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", on_exit="keep") as fleet:
        await fleet.up([SPEC] * 2)
        await anyio.sleep(7200.0)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        await anyio.sleep(60.0)  # by then it has asked for the prices
        billed = lab.cloud.billing()
        assert billed <= fleet.status().total_spent <= billed * Decimal("1.02")


@pytest.mark.parametrize("limit", [{"budget": Budget(max_total=1)}, {"max_lifetime": 3600.0}])
async def test_t4_pods_that_are_to_be_kept_do_not_run_on_past_the_limit(
    limit: dict[str, Any],
) -> None:
    """[T4]."""
    lab = make_fleet_lab()
    with pytest.raises((BudgetExceededError, FleetExpiredError)):
        async with lab.client.fleet("sweep", on_exit="keep", **limit) as fleet:
            await fleet.up([SPEC] * 2)
            await anyio.sleep(86_400.0)
    assert {pod.status for pod in lab.cloud.pods} <= {"PAUSED", "PAUSING"}
