"""Time passes by the server's clock, if that is certain, and never less than on our own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.clock import ServerClock


EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600.0


def elapsed(*readings: tuple[float, float]) -> list[float]:
    """Return what has passed after each reading: (our clock, the server's), both in seconds."""
    clock = ServerClock()
    return [clock.read(ours, EPOCH + timedelta(seconds=theirs)) for ours, theirs in readings]


def test_t3_a_sleep_is_known_at_the_second_list_after_it() -> None:
    """[T3] The machine sleeps for eight hours; its clock stands, the server's does not."""
    night = 8 * HOUR
    seen = elapsed((0, 0), (60, 60), (65, 65 + night), (70, 70 + night), (75, 75 + night))
    assert seen == [0, 60, 65, 70 + night, 75 + night]


@pytest.mark.parametrize("years", [-10, -1, 1, 10])
def test_a_date_that_is_wrong_once_changes_nothing(years: int) -> None:
    wrong = years * 365 * 24 * HOUR
    assert elapsed((0, 0), (60, 60 + wrong), (120, 120), (180, 180)) == [0, 60, 120, 180]


@pytest.mark.parametrize("years", [-10, -1])
def test_a_clock_that_is_set_back_stops_nothing(years: int) -> None:
    back = years * 365 * 24 * HOUR
    assert elapsed((0, 0), *((each, each + back) for each in (60, 120, 180)))[-1] == 180


def test_sleeps_add_up() -> None:
    readings = [(0.0, 0.0)]
    for night in range(1, 4):
        readings += [(night * 100.0 + each, night * (100 + HOUR) + each) for each in (0, 5, 10)]
    assert elapsed(*readings)[-1] == 310 + 3 * HOUR


def test_a_list_that_was_overtaken_counts_nothing_twice() -> None:
    assert elapsed((0, 0), (60, 60), (30, 30), (90, 90)) == [0, 60, 60, 90]


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(-1e8, 1e8)), max_size=20))
def test_it_is_never_less_than_on_our_own_clock_and_never_runs_back(
    steps: list[tuple[float, float]],
) -> None:
    ours, readings = 0.0, [(0.0, 0.0)]
    for step, theirs in steps:
        ours += step
        readings.append((ours, theirs))
    seen = elapsed(*readings)
    assert seen == sorted(seen)
    assert all(have >= at - 1e-6 for have, (at, _) in zip(seen, readings, strict=True))
