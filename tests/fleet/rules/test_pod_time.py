"""What each item of a map takes of the time that is paid for: all of it, and nothing twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.pod_time import Share, WorkBooks


HOURLY = Decimal(36)  # a cent a second


def books_with(*pods: str, price: Decimal | None = HOURLY) -> WorkBooks:
    books = WorkBooks()
    for pod in pods:
        books.see(pod, pod, price, 0.0)
    return books


def test_an_item_takes_the_time_that_it_is_at_work() -> None:
    books, item = books_with("1"), Share()
    books.begin("1", item, 0.0)
    books.end("1", item, 10.0)
    assert (item.seconds, item.idle_seconds, item.cost) == (10.0, 0.0, Decimal("0.1"))


def test_an_item_takes_the_time_for_which_its_pod_has_waited_for_it() -> None:
    books, item = books_with("1"), Share()
    books.begin("1", item, 30.0)
    books.end("1", item, 40.0)
    assert (item.seconds, item.idle_seconds, item.cost) == (10.0, 30.0, Decimal("0.4"))


def test_items_at_work_at_once_share_what_their_pod_costs() -> None:
    books, first, second = books_with("1"), Share(), Share()
    books.begin("1", first, 0.0)
    books.begin("1", second, 0.0)
    books.end("1", first, 10.0)
    books.end("1", second, 30.0)
    assert (first.seconds, second.seconds) == (10.0, 30.0)
    assert (first.cost, second.cost) == (Decimal("0.05"), Decimal("0.25"))


def test_what_comes_after_the_last_item_is_nobody_s() -> None:
    books, item = books_with("1"), Share()
    books.begin("1", item, 0.0)
    books.end("1", item, 10.0)
    assert books.idle(25.0) == (15.0, Decimal("0.15"))
    books.see("1", None, None, 30.0)
    assert books.idle(99.0) == (20.0, Decimal("0.2"))


def test_a_pod_that_never_had_an_item_is_idle() -> None:
    books = books_with("1")
    books.close(50.0)
    assert books.idle(50.0) == (50.0, Decimal("0.5"))


def test_an_item_goes_on_to_the_next_pod_with_what_it_has_taken() -> None:
    books, item = books_with("1"), Share()
    books.begin("1", item, 0.0)
    books.see("1", "2", HOURLY, 10.0)  # its pod is replaced
    books.end("1", item, 10.0)
    books.begin("2", item, 15.0)
    books.end("2", item, 20.0)
    assert (item.seconds, item.idle_seconds, item.cost) == (15.0, 5.0, Decimal("0.2"))


def test_without_a_price_the_seconds_count_and_the_cost_is_not_known() -> None:
    books, item = books_with("1", price=None), Share()
    books.begin("1", item, 0.0)
    books.end("1", item, 10.0)
    assert (item.seconds, item.cost) == (10.0, None)


def test_a_price_that_is_told_later_counts_from_then_on() -> None:
    books, item = books_with("1", price=None), Share()
    books.see("1", "1", HOURLY, 5.0)
    books.begin("1", item, 5.0)
    books.end("1", item, 15.0)
    assert item.cost == Decimal("0.15")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "end", "lose", "come"]),
        st.integers(0, 3),
        st.integers(1, 600),
    ),
    max_size=60,
)


@given(STEPS)
def test_all_that_is_paid_is_an_item_s_or_idle(steps: list[tuple[str, int, int]]) -> None:
    books, now, paid = WorkBooks(), 0, 0
    alive: dict[int, str] = {}
    at_work: dict[int, list[Share]] = {key: [] for key in range(4)}
    shares: list[Share] = []
    for number, (what, key, seconds) in enumerate(steps):
        match what:
            case "come" if key not in alive:
                alive[key] = f"{key}-{number}"
                books.see(str(key), alive[key], HOURLY, now)
            case "lose" if key in alive:
                books.see(str(key), None, None, now)
                del alive[key]
                at_work[key].clear()
            case "begin" if key in alive:
                shares.append(share := Share())
                at_work[key].append(share)
                books.begin(alive[key], share, now)
            case "end" if at_work[key]:
                books.end(alive[key], at_work[key].pop(), now)
            case _:
                pass
        now, paid = now + seconds, paid + seconds * len(alive)
    idle_seconds, idle_cost = books.idle(now)
    total = idle_cost + sum((share.cost or Decimal(0) for share in shares), Decimal(0))
    assert float(total) == pytest.approx(paid / 100, abs=1e-9)
    assert idle_seconds >= 0
