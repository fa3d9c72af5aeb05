"""What pods cost, to the cent, and what they may cost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf, nan

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import ConfigurationError
from yotta_async.fleet.rules.clock import oldest
from yotta_async.fleet.rules.money import Budget, Meter, PricedPod
from yotta_async.fleet.rules.places import Place


CENT = Decimal("0.01")
EAST, WEST = Place("east", "H100"), Place("west", "H100")
NOT_MONEY = [
    "",
    "much",
    "-1",
    -1,
    nan,
    inf,
    -inf,
    "NaN",
    "inf",
    True,
    (),
    b"5",
    Decimal("sNaN"),
]


@frozen
class Listed:
    id: str
    status: str = "RUNNING"
    place: Place = EAST
    single_card_price: Decimal | None = Decimal("1.85")
    gpu_count: int | None = 2
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def region(self) -> str | None:
        return self.place.region

    @property
    def gpu_type(self) -> str | None:
        return self.place.gpu_type or None


def unpriced(pod_id: str, status: str = "RUNNING", place: Place = EAST) -> Listed:
    return Listed(pod_id, status, place, single_card_price=None)


def metered(*lists: tuple[float, list[Listed]]) -> Meter:
    meter = Meter()
    for now, pods in lists:
        meter.read(pods, now)
    return meter


def cents(meter: Meter) -> dict[Place, Decimal]:
    return {place: amount.quantize(CENT) for place, amount in meter.spent.items()}


# The meter.


def test_a_pod_that_runs_for_an_hour_costs_its_price() -> None:
    meter = metered((0.0, [Listed("1")]), (3600.0, [Listed("1")]))
    assert cents(meter) == {EAST: Decimal("3.70")}


def test_a_history_to_the_cent_by_place() -> None:
    pause = Listed("1", "PAUSED")
    meter = metered(
        (100.0, [Listed("1", "INITIALIZING"), Listed("2", place=WEST)]),
        (1000.0, [Listed("1"), Listed("2", place=WEST)]),  # 900 s: both
        (1900.0, [Listed("1"), Listed("2", place=WEST)]),  # 900 s: both
        (2800.0, [pause, Listed("2", place=WEST)]),  # 900 s: the first may have run until then
        (9100.0, [pause]),  # 6300 s: only the second
        (99_999.0, [pause]),
    )
    # 2700 s and 9000 s at 3.70 an hour
    assert cents(meter) == {EAST: Decimal("2.78"), WEST: Decimal("9.25")}
    assert meter.total.quantize(CENT) == Decimal("12.02")


def test_the_first_list_costs_nothing() -> None:
    assert metered((5000.0, [Listed("1")])).total == 0


@pytest.mark.parametrize(
    "status", ["INITIALIZING", "PAUSING", "PAUSED", "TERMINATING", "TERMINATED", "FAILED", "NEW"]
)
def test_a_pod_that_was_never_running_costs_nothing(status: str) -> None:
    lists = [(3600.0 * hour, [Listed("1", status)]) for hour in range(3)]
    assert metered(*lists).spent == {}


def test_a_pod_that_a_list_leaves_out_is_paid_for_all_the_same() -> None:
    meter = metered((0.0, [Listed("1")]), (1800.0, []), (3600.0, [Listed("1")]))
    assert cents(meter) == {EAST: Decimal("3.70")}


def test_a_pod_that_is_gone_costs_no_more() -> None:
    meter = metered((0.0, [Listed("1")]), (3600.0, []), (7200.0, []))
    assert cents(meter) == {EAST: Decimal("3.70")}


def test_a_new_price_counts_from_the_list_before_it() -> None:
    dearer = Listed("1", single_card_price=Decimal(2))
    meter = metered((0.0, [Listed("1")]), (3600.0, [Listed("1")]), (7200.0, [dearer]))
    assert cents(meter) == {EAST: Decimal("7.70")}


def test_a_list_tells_what_its_pods_cost_an_hour() -> None:
    dear = Listed("2", place=WEST, single_card_price=Decimal(5), gpu_count=1)
    meter = metered((0.0, [Listed("1"), dear, Listed("3", "PAUSED")]))
    assert meter.per_hour == Decimal("8.70")
    meter.read([dear], 10.0)
    assert meter.per_hour == 5


# What the server tells no price of.


def test_a_pod_without_a_price_costs_what_is_told_of_its_type() -> None:
    meter = metered((0.0, [Listed("1", "INITIALIZING")]))
    for now in (0.0, 3600.0):
        meter.read([unpriced("2", place=WEST)], now)
    assert (cents(meter), meter.unpriced) == ({WEST: Decimal("3.70")}, 0)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ([2], {"H100": Decimal(2)}),
        ([2, 3, 1], {"H100": Decimal(3)}),
        ([None, -1, "NaN", "Infinity"], {}),
        ([0], {"H100": Decimal(0)}),
    ],
)
def test_the_highest_price_that_the_server_tells_is_remembered(
    told: list[int | str | None], known: dict[str, Decimal]
) -> None:
    meter = Meter()
    for price in told:
        meter.tell("H100", None if price is None else Decimal(price))
    assert meter.prices == known


def test_a_pod_without_a_price_costs_what_is_assumed_of_its_type() -> None:
    meter = Meter(assumed={"H100": Decimal(2)})
    for now in (0.0, 3600.0):
        meter.read([unpriced("1")], now)
    assert cents(meter) == {EAST: Decimal(4)}
    assert meter.prices == {}  # nobody told it


@pytest.mark.parametrize("own", [1, 3])
def test_a_price_of_its_own_goes_before_all_others(own: int) -> None:
    meter = Meter(assumed={"H100": Decimal(9)}, prices={"H100": Decimal(2)})
    meter.read([Listed("1", single_card_price=Decimal(own), gpu_count=1)], 0.0)
    assert meter.per_hour == own


def test_what_is_told_goes_before_what_is_assumed() -> None:
    meter = Meter(assumed={"H100": Decimal(9)}, prices={"H100": Decimal(2)})
    meter.read([unpriced("1")], 0.0)
    assert meter.per_hour == 4


def test_a_pod_whose_price_nobody_knows_is_counted_by_number_until_it_is_known() -> None:
    rare = Place("east", "B200")
    meter = metered((0.0, [unpriced("1", place=rare), Listed("2"), Listed("3", gpu_count=None)]))
    assert (meter.unpriced, meter.per_hour) == (2, Decimal("3.70"))
    meter.read([Listed("4", "INITIALIZING", rare), unpriced("1", place=rare)], 10.0)
    assert (meter.unpriced, meter.per_hour) == (0, Decimal("3.70"))


@pytest.mark.parametrize("status", ["INITIALIZING", "PAUSED", "FAILED"])
def test_a_pod_that_does_not_run_needs_no_price(status: str) -> None:
    assert metered((0.0, [unpriced("1", status)])).unpriced == 0


def test_a_list_that_a_later_one_overtook_leaves_the_number_of_the_unpriced_alone() -> None:
    assert metered((10.0, [unpriced("1")]), (0.0, [])).unpriced == 1


def test_it_does_not_matter_in_which_order_a_list_tells_of_prices() -> None:
    """The price of a type is known from the whole list."""
    pods = [Listed("1", place=WEST), unpriced("2")]
    one, other = metered((0.0, pods)), metered((0.0, pods[::-1]))
    assert (other.per_hour, other.unpriced) == (one.per_hour, one.unpriced)


@pytest.mark.parametrize("price", [Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_price_counts_as_none(price: Decimal) -> None:
    pods = [Listed("1", single_card_price=price)]
    meter = metered((0.0, pods), (3600.0, pods))
    assert (meter.spent, meter.prices, meter.unpriced) == ({}, {}, 1)


def test_a_gpu_may_be_free() -> None:
    pods = [Listed("1", single_card_price=Decimal(0))]
    meter = metered((0.0, pods), (3600.0, pods))
    assert (meter.spent, meter.prices) == ({EAST: Decimal(0)}, {"H100": Decimal(0)})


def test_a_list_that_a_later_one_overtook_changes_nothing() -> None:
    meter = metered((0.0, [Listed("1")]), (3600.0, [Listed("1")]), (1800.0, []))
    assert cents(meter) == {EAST: Decimal("3.70")}
    meter.read([Listed("1")], 7200.0)
    assert cents(meter) == {EAST: Decimal("7.40")}


def test_a_pod_of_no_known_place_is_counted_too() -> None:
    nowhere = Place(None, "")
    pods = [Listed("1", place=nowhere)]
    assert cents(metered((0.0, pods), (3600.0, pods))) == {nowhere: Decimal("3.70")}


def test_of_several_prices_the_highest_is_remembered_even_of_pods_that_do_not_run() -> None:
    pods = [
        Listed(str(price), "INITIALIZING", single_card_price=Decimal(price)) for price in (2, 3, 1)
    ]
    assert metered((0.0, pods)).prices == {"H100": Decimal(3)}


STAYS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=5)
TICKS = st.lists(st.integers(1, 60), min_size=1, max_size=60)


@given(STAYS, TICKS)
def test_the_meter_is_never_short_and_at_most_a_tick_over_at_either_end(
    stays: list[tuple[int, int]], ticks: list[int]
) -> None:
    meter, now, instants = Meter(), 0, [0]
    for tick in ticks:
        instants.append(instants[-1] + tick)
    for now in instants:
        up = [
            Listed(str(n)) for n, (start, stay) in enumerate(stays) if start <= now < start + stay
        ]
        before = meter.total
        meter.read(up, float(now))
        assert meter.total >= before
    seen = [
        min(start + stay, now) - start
        for start, stay in stays
        if any(start <= instant < start + stay for instant in instants)
    ]
    second = Decimal("3.70") / 3600
    true, slack = sum(seen) * second, Decimal("1e-12")
    started_before = sum(start > 0 for start, _ in stays)  # none runs before the first list
    assert true - slack <= meter.total
    assert meter.total <= true + (len(seen) + started_before) * max(ticks) * second + slack


# The budget.


@pytest.mark.parametrize("value", NOT_MONEY, ids=repr)
@pytest.mark.parametrize("name", ["max_per_hour", "max_total"])
def test_a_bound_must_be_money(name: str, value: object) -> None:
    bounds: dict[str, object] = {name: value}
    with pytest.raises(ConfigurationError, match="must be an amount in USD, 0 or more") as caught:
        Budget(**bounds)  # type: ignore[arg-type]
    assert caught.value.field == name


@pytest.mark.parametrize("value", [*NOT_MONEY, None], ids=repr)
def test_a_price_must_be_money(value: object) -> None:
    prices: dict[str, object] = {"H100": value}
    with pytest.raises(ConfigurationError, match="must be an amount in USD, 0 or more") as caught:
        Budget(prices=prices)  # type: ignore[arg-type]
    assert caught.value.field == "prices['H100']"


@pytest.mark.parametrize("value", [0.1, "0.1", Decimal("0.1")], ids=repr)
def test_ten_cents_are_ten_cents(value: float | str | Decimal) -> None:
    assert Budget(max_per_hour=value).max_per_hour == Decimal("0.1")


def test_an_amount_may_be_longer_than_python_likes_to_print() -> None:
    assert Budget(max_total=10**5000).max_total == Decimal(10) ** 5000


@pytest.mark.parametrize(
    ("bound", "price", "others", "allowed"),
    [
        (None, None, 10**9, True),
        (None, 10**9, 0, True),
        (130, 2, 128, True),
        (130, Decimal("2.01"), 128, False),
        (130, None, 0, False),  # nobody knows
        (0, 0, 0, True),
        (0, Decimal("0.01"), 0, False),
    ],
)
def test_a_pod_is_allowed_as_long_as_the_fleet_costs_no_more_an_hour(
    bound: int | None, price: Decimal | int | None, others: int, allowed: bool
) -> None:
    cost = None if price is None else Decimal(price)
    assert Budget(max_per_hour=bound).allows(cost, Decimal(others)) is allowed


@pytest.mark.parametrize(
    ("budget", "bounded"),
    [
        (Budget(), False),
        (Budget(prices={"H100": 1}), False),
        (Budget(max_per_hour=0), True),
        (Budget(max_total=0), True),
    ],
)
def test_a_budget_bounds_if_it_has_a_bound(budget: Budget, bounded: bool) -> None:
    assert budget.is_bounded is bounded


@pytest.mark.parametrize(
    ("bound", "total", "spent"),
    [(None, 10**9, False), (5, 4, False), (5, 5, True), (5, 6, True), (0, 0, True)],
)
def test_a_budget_is_spent(bound: int | None, total: int, spent: bool) -> None:
    assert Budget(max_total=bound).is_spent(Decimal(total)) is spent


@pytest.mark.parametrize(
    ("kind", "price"), [("H100", Decimal(4)), ("A100", Decimal(6)), ("B200", None)]
)
def test_what_the_server_tells_of_a_price_goes_before_what_the_user_does(
    kind: str, price: Decimal | None
) -> None:
    budget = Budget(prices={"H100": 1, "A100": 3})
    assert budget.price(kind, 2, {"H100": Decimal(2)}) == price


# What was there before.


EPOCH = datetime(2026, 3, 1, tzinfo=UTC)


def aged(status: str, hours: float, rested: float = 0.0) -> Listed:
    """Return a pod that was made so many hours before the epoch, and has rested for some."""
    made, updated = (EPOCH - timedelta(hours=each) for each in (hours, rested))
    return Listed("1", status, created_at=made, updated_at=updated)


def aged_at(now: datetime) -> Callable[[PricedPod], float]:
    def age(pod: PricedPod) -> float:
        return oldest(pod.created_at, now, now, sent=inf)

    return age


@pytest.mark.parametrize(
    ("pod", "cost"),
    [
        (aged("RUNNING", 10), "37.00"),
        (aged("PAUSED", 10, 4), "22.20"),
        (aged("TERMINATING", 10, 0), "37.00"),
        (aged("INITIALIZE", 10), "0"),
        (aged("FAILED", 10), "0"),
        (aged("TERMINATED", 10), "0"),
        (aged("RUNNING", -1), "0"),
    ],
)
def test_t4_a_pod_that_was_there_before_costs_from_when_it_was_made(pod: Listed, cost: str) -> None:
    """[T4]."""
    meter = Meter()
    meter.read([pod], 0.0, aged_at(EPOCH))
    assert meter.total.quantize(CENT) == Decimal(cost).quantize(CENT)


@pytest.mark.parametrize("made", [0, 1, 1_500_000_000], ids=["0", "1", "2017"])
def test_t4_a_pod_that_is_dated_before_there_were_any_costs_from_the_list_before(made: int) -> None:
    """[T4] `createdAt: 0` is no date."""
    meter, pod = Meter(), Listed("1", created_at=datetime.fromtimestamp(made, UTC))
    meter.read([], 0.0, aged_at(EPOCH))
    meter.read([pod], 3600.0, aged_at(EPOCH))
    assert meter.total.quantize(CENT) == Decimal("3.70")


def test_t4_lists_that_leave_a_pod_out_count_it_once() -> None:
    """[T4]."""
    meter, pod = Meter(), aged("RUNNING", 10)
    for hour in range(7):
        age = aged_at(EPOCH + timedelta(hours=hour))
        meter.read([pod] if hour % 3 == 0 else [], 3600.0 * hour, age)
    assert meter.total.quantize(CENT) == Decimal("59.20")  # of 16 hours


def test_r3_a_meter_forgets_pods_that_are_gone() -> None:
    """[R3]."""
    meter = Meter()
    for number in range(5000):
        meter.read([Listed(str(number))], 60.0 * number)
    assert len(meter._paid) <= 1025
