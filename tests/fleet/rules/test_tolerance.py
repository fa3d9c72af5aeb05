"""How many unexpected failures in a row are borne."""

import pytest

from yotta_async.fleet.rules.tolerance import MOST_FAILURES, SHORTEST_TRIAL, Tolerance


def test_several_in_a_row_over_long_enough_are_too_many() -> None:
    """[T2]."""
    borne, now = Tolerance(), 100.0
    while borne.bears(now):
        now += borne.pause
    assert borne.failures == MOST_FAILURES + 1
    assert now - 100.0 >= SHORTEST_TRIAL


def test_any_number_at_once_is_borne() -> None:
    """[T2] What passes within seconds ends nothing."""
    borne = Tolerance()
    assert all(borne.bears(1.0) for _ in range(100))


def test_a_success_begins_the_count_anew() -> None:
    """[T2]."""
    borne = Tolerance()
    for hour in range(100):
        assert borne.bears(3600.0 * hour)
        borne.note_success()


@pytest.mark.parametrize(("failures", "pause"), [(1, 1.0), (2, 2.0), (5, 16.0), (10**6, 16.0)])
def test_pauses_grow_to_their_maximum(failures: int, pause: float) -> None:
    """[T2]."""
    assert Tolerance(failures).pause == pause
