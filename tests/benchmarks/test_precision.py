"""Grants held against a limit, crowds before limiters that are known, and ours."""

from functools import partial
from math import inf

import anyio
import pytest
from attrs import define

from benchmarks.limiters_ours import Ours
from benchmarks.limiters_server import Exchange
from benchmarks.precision_scenes import (
    LATEST,
    PER,
    REQUESTS,
    Limiter,
    at_once,
    in_bad_phases,
    last_through,
    send_all,
    with_leavers,
    with_newcomers,
)
from benchmarks.turns import newcomers_ahead
from benchmarks.windows import (
    due_in_windows,
    due_one_by_one,
    earliest_reuse,
    lateness,
    most_in_a_window,
)
from yotta_async import Lane


OURS = Limiter(partial(Ours.of, REQUESTS, PER))


@pytest.mark.parametrize(
    ("grants", "most"),
    [
        ([], 0),
        ([0, 0, 0], 3),
        ([0, 3, 6, 9], 4),
        ([0, 5, 10, 15], 2),
        ([0, 9, 9, 10, 18, 20], 4),
        ([0, 0, 10 - 1e-9], 2),
        ([0, 0, 9.999], 3),
    ],
)
def test_a_window_begins_anywhere_and_ends_before_it_is_over(
    grants: list[float], most: int
) -> None:
    assert most_in_a_window(grants, 10.0) == most


@pytest.mark.parametrize(
    ("grants", "early"),
    [
        ([0], 0),
        ([0, 0], 0),
        ([0, 0, 10, 10], 0),
        ([0, 0, 7, 10], 3),
        ([0, 1, 10, 10], 1),
        ([0, 0, 12, 15, 21], 1),
        ([0, 0, 10 - 1e-9], 0),
    ],
)
def test_a_slot_used_within_the_window_is_used_too_early(grants: list[float], early: float) -> None:
    assert earliest_reuse(grants, 2, 10.0) == early


def test_one_is_late_for_a_window_or_for_the_even_rate() -> None:
    assert due_in_windows(5, 2, 10.0) == [0, 0, 10, 10, 20]
    assert due_one_by_one(5, 2, 10.0) == [0, 5, 10, 15, 20]
    assert lateness([0, 1, 9, 13], due_in_windows(4, 2, 10.0)) == [0, 1, 0, 3]


@pytest.mark.parametrize(
    ("order", "ahead"),
    [([0, 1, 2, 3], 0), ([0, 2, 1, 3], 1), ([2, 0, 3, 1], 2), ([1, 0, 3, 2], 0)],
)
def test_newcomers_are_ahead_of_whoever_was_there_before(order: list[int], ahead: int) -> None:
    assert newcomers_ahead(order, 2) == ahead


@define(eq=False)
class Reserving:
    """So many at once, then one each half second; whoever comes is told his instant, for good."""

    burst: int = 1
    _last: float = -inf

    async def send(self, _: Lane, exchange: Exchange) -> None:
        interval = PER / REQUESTS
        now = anyio.current_time()
        self._last = max(self._last + interval, now - (self.burst - 1) * interval)
        await anyio.sleep_until(self._last)
        await exchange()

    operate = send


BUCKET = Limiter(partial(Reserving, REQUESTS))


async def test_whoever_comes_goes_at_his_instant_and_is_listed_as_he_goes() -> None:
    assert await send_all(Reserving(), [1.0, 0.0, 4.0]) == {1: 0.0, 0: 1.0, 2: 4.0}


def test_a_bucket_lets_two_windows_go_in_one() -> None:
    most, early, *_ = at_once(BUCKET, 1)
    assert most == 2 * REQUESTS - 1
    assert early == pytest.approx(PER - PER / REQUESTS, abs=0.02)
    assert in_bad_phases(BUCKET, 1) == (2 * REQUESTS - 1,)


@pytest.mark.parametrize(("even", "median", "longest"), [(True, 0.0, 0.0), (False, 29.75, 59.5)])
def test_an_even_rate_is_late_only_for_a_log(even: bool, median: float, longest: float) -> None:
    *_, half, most = at_once(Limiter(Reserving, even=even), 1)
    assert (half, most) == pytest.approx((median, longest), abs=0.02)


def test_where_instants_are_promised_those_of_the_cancelled_are_lost() -> None:
    [longer] = with_leavers(BUCKET, 1)
    assert longer == pytest.approx(24 * PER / REQUESTS)


def test_ours_never_lets_more_go_than_it_may_and_everybody_in_turn() -> None:
    assert at_once(OURS, 1)[:4] == (REQUESTS, 0.0, 0, 0)
    assert in_bad_phases(OURS, 1) == (REQUESTS,)
    assert with_newcomers(OURS, 1) == (0,)


def test_ours_is_late_by_a_thousandth_and_the_timers() -> None:
    *_, median, longest = at_once(OURS, 1)
    assert 2 * 0.06 <= median <= 2 * (0.06 + LATEST)
    assert 4 * 0.06 <= longest <= 4 * (0.06 + LATEST)


async def test_all_who_stay_with_ours_are_through_when_the_window_turns() -> None:
    """Nobody waits for those who left."""
    stay = [True, False] * 25
    assert await last_through(Ours.of(REQUESTS, PER), REQUESTS, stay) == pytest.approx(60.06)
