"""How long many pods take, by arithmetic alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async import Limits
from yotta_async.fleet.rules.estimate import (
    least_creating,
    least_seconds,
    likely_requests,
    likely_seconds,
)


PODS = st.integers(1, 5000)
LIMITS = st.builds(Limits, requests=st.integers(60, 120), pod_operations=st.integers(1, 9))


@pytest.mark.parametrize(
    ("pods", "requests", "windows"),
    [(1, 60, 0), (60, 60, 0), (61, 60, 1), (200, 60, 3), (200, 120, 1), (240, 120, 1)],
)
def test_creates_come_by_whole_windows(pods: int, requests: int, windows: int) -> None:
    least = least_creating(pods, Limits(requests=requests))
    assert windows * 60.0 <= least < windows * 60.0 + 8.0


@given(PODS, LIMITS)
def test_what_is_likely_takes_longer_than_the_least(pods: int, limits: Limits) -> None:
    assert 30.0 < least_seconds(pods, limits) < likely_seconds(pods, limits)


@given(PODS, LIMITS)
def test_more_pods_take_no_less(pods: int, limits: Limits) -> None:
    assert likely_seconds(pods, limits) <= likely_seconds(pods + 1, limits)
    assert likely_requests(pods, limits) <= likely_requests(pods + 1, limits)


@given(PODS, LIMITS)
def test_the_requests_fit_into_the_time(pods: int, limits: Limits) -> None:
    rate = limits.requests / limits.per
    assert pods < likely_requests(pods, limits)
    assert likely_requests(pods, limits) <= (likely_seconds(pods, limits) + limits.per) * rate + 1
