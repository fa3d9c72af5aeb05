"""Time passes by the server's clock, if that is certain, and never less than on our own."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.clock import ServerClock, oldest


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


@pytest.mark.parametrize("years", [1, 10])
def test_a_date_that_is_in_another_year_from_now_on_is_no_year_that_has_passed(years: int) -> None:
    """[T3]."""
    ahead = years * 365 * 24 * HOUR
    assert elapsed((0, 0), *((each, each + ahead) for each in (60, 120, 180)))[-1] == 180


@pytest.mark.parametrize(
    ("slept", "told", "counted"),
    [
        (3.0, 3.0, 3.0),  # a long weekend
        (3.0, 3.5, 3.5),
        (3.0, 368.0, 3.0),  # a Date that is in another year besides
        (0.0, 0.9, 0.9),  # a virtual machine whose calendar has stood, too
        (0.0, 3.0, 0.0),
        (3.0, -362.0, 3.0),
        (-1.0, 0.5, 0.5),
    ],
)
def test_a_leap_is_believed_up_to_a_day_beyond_this_machine_s_calendar(
    slept: float, told: float, counted: float
) -> None:
    """[T3] In days."""
    clock, day = ServerClock(), 24 * HOUR
    for instant in (0.0, 60.0, 65.0, 70.0):
        days = (0.0, 0.0) if instant < 65 else (told, slept)
        theirs, ours = (EPOCH + timedelta(days=each, seconds=instant) for each in days)
        clock.read(instant, theirs, ours)
    assert clock.elapsed == pytest.approx(70 + counted * day)


DAY = timedelta(days=1)
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("told", "own", "sent", "age"),
    [
        (5 * DAY, 5 * DAY, inf, 5 * DAY),
        (5 * DAY, 5.5 * DAY, inf, 5 * DAY),
        (None, 5 * DAY, inf, 5 * DAY),
        (YEAR, 5 * DAY, inf, 5 * DAY),  # the Date is wrong
        (-YEAR, 5 * DAY, inf, 5 * DAY),
        (5 * DAY, YEAR, inf, 5 * DAY),  # this machine's calendar is, or all the server's are
        (5 * DAY, -YEAR, inf, 5 * DAY),
        (-DAY, -YEAR, inf, 0 * DAY),
        (YEAR, YEAR, 60.0, timedelta(seconds=60)),  # it is dated wrongly
        (-DAY, -DAY, 60.0, timedelta(seconds=60)),
    ],
)
def test_how_old_a_pod_may_be(
    told: timedelta | None, own: timedelta, sent: float, age: timedelta
) -> None:
    """[T4] [T3] Made at the epoch; what the clocks show since then."""
    shown = None if told is None else EPOCH + told
    assert oldest(EPOCH, shown, EPOCH + own, sent=sent) == age.total_seconds()


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
