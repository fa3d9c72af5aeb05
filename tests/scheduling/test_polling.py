"""The polling policy: one share, from which the interval and the credits of polls follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async import Limits
from yotta_async._scheduling.rules.polling import (
    SHARE_OTHERWISE,
    SHARE_WHILE_CREATING,
    poll_interval,
    polls_share,
)
from yotta_async.fleet.rules.estimate import likely_requests, likely_seconds


ALLOWED = st.integers(1, 1000)


@pytest.mark.parametrize(
    ("allowed", "creating", "interval"),
    [(60, True, 10.0), (60, False, 2.0), (120, True, 5.0), (120, False, 2.0), (12, False, 10.0)],
)
def test_polls_take_a_tenth_of_the_window_while_creating_and_half_otherwise(
    allowed: int, creating: bool, interval: float
) -> None:
    assert poll_interval(allowed, 60.0, creating=creating) == pytest.approx(interval)


@given(ALLOWED)
def test_who_polls_at_the_interval_needs_no_more_than_the_share(allowed: int) -> None:
    polls = 60.0 / poll_interval(allowed, 60.0, creating=True)
    assert polls < polls_share(allowed, reserve=0) + 1


@given(ALLOWED)
def test_polls_hold_at_most_a_tenth_and_at_least_one(allowed: int) -> None:
    assert polls_share(allowed, reserve=0) == max(1, min(allowed // 10, allowed - 1))


@given(ALLOWED, st.data())
def test_polls_never_hold_all_that_the_reserve_leaves(allowed: int, data: st.DataObject) -> None:
    reserve = data.draw(st.integers(0, max(0, allowed - 2)))
    assert allowed == 1 or polls_share(allowed, reserve) <= max(1, allowed - reserve - 1)


def test_an_estimate_counts_the_polls_that_the_policy_sends() -> None:
    """One pod takes no window to create, so all of the time is spent on waiting for it."""
    limits = Limits(requests=60)
    polls = likely_requests(1, limits) - 1
    assert polls == pytest.approx(likely_seconds(1, limits) * SHARE_OTHERWISE, abs=1.0)
    assert SHARE_WHILE_CREATING < SHARE_OTHERWISE
