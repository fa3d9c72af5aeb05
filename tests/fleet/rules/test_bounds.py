"""The least time in which pods can be made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.bounds import least_makespan


TABLE = [
    # boots, requests, slots: least
    ([], 60, 5, 0.0),
    ([90.0], 60, 5, 90.5),
    ([90.0] * 5, 60, 5, 90.5),  # all at once
    ([90.0] * 6, 60, 5, 91.0),  # the sixth waits for a slot
    ([90.0] * 60, 60, 5, 96.0),  # twelve turns of half a second
    ([90.0] * 61, 60, 5, 150.5),  # the last one waits for the second window
    ([180.0] + [30.0] * 60, 60, 5, 180.5),  # and does not matter beside a slow pod
    ([30.0] * 3, 1, 5, 150.5),  # a window each
]


@pytest.mark.parametrize(("boots", "requests", "slots", "least"), TABLE)
def test_windows_slots_exchange_and_boot_add_up(
    boots: list[float], requests: int, slots: int, least: float
) -> None:
    bound = least_makespan(boots, requests=requests, per=60.0, slots=slots, exchange=0.5)
    assert bound == pytest.approx(least)


@given(st.lists(st.floats(0, 200), max_size=50), st.integers(1, 60), st.integers(1, 8))
def test_one_more_pod_never_takes_less_time(boots: list[float], requests: int, slots: int) -> None:
    less, more = (
        least_makespan(some, requests=requests, per=60.0, slots=slots, exchange=0.3)
        for some in (boots, [*boots, 10.0])
    )
    assert more >= less
