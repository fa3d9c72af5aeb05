"""On servers that say anything a fleet makes no more pods than it may, and pays for no more."""

from collections import Counter
from decimal import Decimal

import anyio
import httpx
import pytest

from tests.fleet.fleets import QUICK, keys, make_fleet_lab, once_each
from tests.fleet.strange import BROKE, REFUSED, estranged
from tests.lab import SPEC, Lab
from yotta_async import Budget, PodSpec, ReplacePolicy
from yotta_async.errors import FleetLeftoverError
from yotta_async.simulator import Latency, PodLife


DEAF = PodLife(start_median=10.0, start_span=(5.0, 20.0), ports=(9e9, 9e9))
WITH_PORT = SPEC.evolve(expose=[8888])


async def most_of_a_key(lab: Lab, seconds: float) -> int:
    """Return the most pods of one key that there were at once."""
    most, until = 0, anyio.current_time() + seconds
    while anyio.current_time() < until:
        await anyio.sleep(5.0)
        most = max(most, *keys(lab).values(), 0)
    return most


@pytest.mark.asyncio_only
@pytest.mark.parametrize("replacements", [0, 3])
@pytest.mark.parametrize(
    ("list_lag", "get_lag"), [(40.0, 40.0), (180.0, 0.0), (0.0, 180.0), (1800.0, 1800.0)]
)
async def test_r1_pods_that_are_seen_late_are_not_made_over_and_over(
    list_lag: float, get_lag: float, replacements: int
) -> None:
    """[R1]."""
    lab = make_fleet_lab()
    client, between = estranged(lab, list_lag=list_lag, get_lag=get_lag)
    policy, budget = ReplacePolicy(replacements=replacements), Budget(max_per_hour=10)
    async with client, client.fleet("sweep", replace=policy, budget=budget) as fleet:
        fleet.launch([SPEC] * 10)
        assert await most_of_a_key(lab, 2400.0) <= 1 + replacements
        assert len(lab.cloud.all_pods) * Decimal("0.65") <= 10 * (1 + replacements)
        between.list_lag = between.get_lag = 0.0
        await anyio.sleep(120.0)
        assert len(fleet.status().ready) == 10
        assert keys(lab) == once_each(10)
    assert lab.living == set()


async def test_r1_a_pod_that_no_list_ever_shows_is_replaced_and_then_given_up() -> None:
    """[R1] The server knows it by its id: no stage is without a deadline."""
    lab = make_fleet_lab()
    client, between = estranged(lab, list_lag=9e9)
    policy = ReplacePolicy(starting=100.0, replacements=1)
    async with client, client.fleet("sweep", replace=policy) as fleet:
        report = await fleet.up([SPEC] * 2)
        assert [each.reason_kinds for each in report.failed] == [("never_listed",) * 2] * 2
        assert await most_of_a_key(lab, 60.0) == 0
        between.list_lag = 0.0
    assert lab.living == set()
    assert len(lab.cloud.all_pods) == 4


@pytest.mark.asyncio_only
async def test_r1_dollars_an_hour_count_pods_that_no_list_shows() -> None:
    """[R1]."""
    lab = make_fleet_lab()
    client, between = estranged(lab, list_lag=9e9, get_lag=9e9)
    with pytest.raises(FleetLeftoverError):
        async with client, client.fleet("sweep", budget=Budget(max_per_hour=10)) as fleet:
            fleet.launch([SPEC] * 10)
            await anyio.sleep(3600.0)
            assert len(lab.living) <= 15  # of $0.65 each
            between.refuse = lambda request: _refusal(request, "DELETE", 500, REFUSED)


@pytest.mark.parametrize("code", [500, 409])
async def test_s5_what_still_runs_counts_though_it_is_condemned(code: int) -> None:
    """[S5] Ports never answer, and nothing can be deleted for 40 minutes."""
    lab = make_fleet_lab(life=DEAF)
    client, between = estranged(lab)
    async with client, client.fleet("sweep", budget=Budget(max_per_hour="2.00")) as fleet:
        between.refuse = lambda request: _refusal(request, "DELETE", code, REFUSED)
        fleet.launch([WITH_PORT] * 3)
        for _ in range(80):
            await anyio.sleep(30.0)
            assert len(lab.living) * Decimal("0.65") <= 2
        between.refuse = lambda _: None
        await anyio.sleep(120.0)
        assert len(lab.living) <= 3


def _refusal(request: httpx.Request, method: str, status: int, text: str) -> httpx.Response | None:
    return httpx.Response(status, text=text) if request.method == method else None


# What is on the wire.


async def broke_after(number: int, min_ready: int | None) -> tuple[Lab, Counter[str], int]:
    """Launch ten pods of which so many can be paid for, and return what became of them."""
    lab = make_fleet_lab(life=QUICK, latency=Latency(low=1.0, high=5.0))
    client, between = estranged(lab)
    sent = 0

    def refuse(request: httpx.Request) -> httpx.Response | None:
        nonlocal sent
        if request.method != "POST":
            return None
        sent += 1
        return httpx.Response(200, text=BROKE) if sent > number else None

    between.refuse = refuse
    async with client, client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10, min_ready=min_ready)
        await anyio.sleep(60.0)
        assert len(report.failed) == 10 - number
        return lab, keys(lab), len(fleet.status().ready)


@pytest.mark.parametrize("min_ready", [None, 6])
async def test_r2_creates_that_succeed_after_the_balance_has_ended_are_members(
    min_ready: int | None,
) -> None:
    """[R2] With `min_ready` nothing is deleted, as enough had been made."""
    _, living, ready = await broke_after(6, min_ready)
    assert sum(living.values()) == ready == 6


async def test_r2_a_spec_that_is_refused_gives_up_none_that_is_on_the_wire() -> None:
    """[R2] Of equal specs some were accepted, and the answers of these come last."""
    lab = make_fleet_lab(life=QUICK, latency=Latency(low=1.0, high=5.0))
    client, between = estranged(lab)
    sent = list[PodSpec]()

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            sent.append(SPEC)
        refused = request.method == "POST" and len(sent) > 4
        text = '{"message": "bad request", "code": 10400}'
        return httpx.Response(400, text=text) if refused else None

    between.refuse = refuse
    async with client, client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 8)
        assert len(report.ready) == 4
        assert len(report.failed) == 4
        assert sum(keys(lab).values()) == 4
