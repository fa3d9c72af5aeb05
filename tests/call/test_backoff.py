"""Back-off at every count: it grows, it is capped, and it cannot overflow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.rules.backoff import Backoff


SECONDS = st.floats(0.0, 1e9)
COUNTS = st.integers(0, 200) | st.sampled_from([10**9, 10**18, 10**400])
BACKOFFS = st.builds(
    Backoff,
    initial=SECONDS,
    factor=st.just(1.0) | st.floats(1.001, 1e308),
    maximum=SECONDS,
)


@pytest.mark.parametrize(
    ("count", "wait"), [(0, 1.0), (1, 2.0), (2, 4.0), (4, 16.0), (5, 30.0), (6, 30.0)]
)
def test_each_wait_is_the_factor_times_the_one_before_up_to_the_maximum(
    count: int, wait: float
) -> None:
    assert Backoff(initial=1.0, factor=2.0, maximum=30.0).after(count) == wait


@pytest.mark.parametrize("count", [1751, 10**9, 10**18, 10**400])
@pytest.mark.parametrize("factor", [1.5, 2, 1e308])
def test_no_count_overflows(factor: float, count: int) -> None:
    assert Backoff(initial=1.0, factor=factor, maximum=6.0).after(count) == 6.0


@pytest.mark.parametrize("count", [0, 1, 10**18])
def test_no_wait_stays_no_wait(count: int) -> None:
    assert Backoff(initial=0.0, factor=1e308, maximum=30.0).after(count) == 0.0


def test_a_factor_near_one_takes_its_time() -> None:
    slow = Backoff(initial=1.0, factor=1.000_000_001, maximum=6.0)
    assert slow.after(10**9) == pytest.approx(2.718_281_8)
    assert slow.after(10**18) == 6.0


@given(backoff=BACKOFFS, count=COUNTS)
def test_a_wait_lies_between_the_initial_one_and_the_maximum(backoff: Backoff, count: int) -> None:
    least = min(backoff.initial, backoff.maximum)
    assert least <= backoff.after(count) <= backoff.maximum


@given(backoff=BACKOFFS, counts=st.tuples(COUNTS, COUNTS))
def test_no_wait_is_shorter_than_one_before_it(backoff: Backoff, counts: tuple[int, int]) -> None:
    assert backoff.after(min(counts)) <= backoff.after(max(counts))


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0.0, 5.0), (4.0, 5.0), (12.0, 12.0), (60.0, 60.0), (1e9, 60.0)]
)
def test_with_a_factor_of_two_the_time_waited_doubles(elapsed: float, wait: float) -> None:
    assert Backoff(initial=5.0, factor=2.0, maximum=60.0).after_waiting(elapsed) == wait
