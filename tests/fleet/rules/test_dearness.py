"""Dearest first: the least dollars that any order of deletes costs, and what is not known last."""

from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.dearness import Rated, dearest_first


STATUSES = st.sampled_from(["RUNNING", "PAUSED", "FAILED"])
PRICES = st.decimals(0, 30, places=2)
GAPS = st.lists(st.floats(0.0, 60.0), min_size=5, max_size=5)


def rated(pod_id: str, per_hour: str | None, status: str = "RUNNING") -> Rated:
    return Rated(pod_id, status, None if per_hour is None else Decimal(per_hour))


def cost(order: tuple[Rated, ...], instants: list[float]) -> float:
    billed = zip(order, instants, strict=True)
    return sum(
        float(pod.per_hour or 0) * at
        for pod, at in billed
        if pod.status not in {"PAUSED", "FAILED"}
    )


@given(st.lists(st.tuples(STATUSES, PRICES), min_size=5, max_size=5), GAPS)
def test_no_order_of_deletes_costs_less(
    kinds: list[tuple[str, Decimal]], gaps: list[float]
) -> None:
    """Whatever the instants at which the limits let the deletes go."""
    pods = tuple(Rated(str(n), status, price) for n, (status, price) in enumerate(kinds))
    instants = [sum(gaps[: n + 1]) for n in range(5)]
    by_id = {pod.pod_id: pod for pod in pods}
    ours = tuple(by_id[pod_id] for pod_id in dearest_first(pods))
    least = min(cost(order, instants) for order in permutations(pods))
    assert cost(ours, instants) == pytest.approx(least)


@pytest.mark.parametrize("status", ["PAUSED", "FAILED", "TERMINATED"])
def test_what_does_not_bill_goes_after_all_that_does(status: str) -> None:
    pods = [rated("free", "22.40", status), rated("cheap", "0.65")]
    assert dearest_first(pods) == ["cheap", "free"]


@pytest.mark.parametrize("status", ["INITIALIZING", "PAUSING", ""])
def test_what_bills_soon_goes_behind_what_bills_now_at_the_same_price(status: str) -> None:
    pods = [rated("soon", "2", status), rated("now", "2"), rated("less", "1"), rated("more", "3")]
    assert dearest_first(pods) == ["more", "now", "soon", "less"]


def test_a_pod_whose_price_is_not_known_goes_as_if_it_were_the_dearest() -> None:
    pods = [rated("dear", "22.40"), rated("unknown", None), rated("paused", None, "PAUSED")]
    assert dearest_first(pods) == ["unknown", "dear", "paused"]


def test_a_pod_that_bills_soon_and_whose_price_is_not_known_goes_behind_all_known_ones() -> None:
    pods = [rated("made", None, ""), rated("free", "9", "FAILED"), rated("cheap", "0.65")]
    assert dearest_first(pods) == ["cheap", "made", "free"]


def test_a_status_that_is_not_known_may_bill() -> None:
    pods = [rated("paused", "5", "PAUSED"), rated("strange", "5", "HIBERNATING")]
    assert dearest_first(pods) == ["strange", "paused"]


@given(st.lists(PRICES, max_size=20))
def test_pods_of_the_same_price_keep_their_order(prices: list[Decimal]) -> None:
    pods = [Rated(f"{n}", "RUNNING", price) for n, price in enumerate(prices)]
    order = dearest_first(pods)
    assert sorted(order, key=int) == [pod.pod_id for pod in pods]
    pairs = pairwise(order)
    assert all(prices[int(a)] > prices[int(b)] or int(a) < int(b) for a, b in pairs)
