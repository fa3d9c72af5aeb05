"""How the waits of a service's users become quantiles, and what counts as a flaw."""

import pytest


pytest.importorskip("aiohttp")
pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from benchmarks.service import SLICE, WARM_UP, Stay
from benchmarks.service_users import READ, Books


def books(seconds: list[tuple[float, float]]) -> Books:
    return Books(seconds={READ: seconds})


def test_each_slice_of_time_gives_one_quantile_in_milliseconds() -> None:
    first = [(100.0 + WARM_UP + at / 100, at / 1000) for at in range(100)]
    second = [(100.0 + WARM_UP + SLICE + at / 100, 2 * at / 1000) for at in range(100)]
    told = Stay(books([(100.0, 9.0), *first, *second, (100.0 + WARM_UP + 2 * SLICE, 9.0)]))
    assert told.quantile(READ, 0.5).values == (50.0, 100.0)
    assert told.quantile(READ, 0.99).values == (99.0, 198.0)


def test_the_first_seconds_and_a_last_slice_that_may_be_short_are_left_out() -> None:
    warm = [(0.0, 9.0), (WARM_UP - 0.1, 9.0)]
    counted, short = (WARM_UP + 1.0, 0.001), (WARM_UP + SLICE + 0.1, 9.0)
    assert Stay(books([*warm, counted, short])).quantile(READ, 0.99).values == (1.0,)


def test_of_a_short_stay_the_only_slice_counts() -> None:
    assert Stay(books([(0.0, 9.0), (WARM_UP, 0.002)])).quantile(READ, 0.5).values == (2.0,)


def test_an_error_that_is_documented_is_no_flaw() -> None:
    found = Books()
    found.statuses.update({("POST /pods", 503): 7, ("POST /pods", 201): 3, (READ, 200): 9})
    assert Stay(found).flaws == 0
    found.statuses["POST /pods", 500] = 2
    assert found.undocumented == {("POST /pods", 500): 2}
    assert Stay(found, missing=1, left=4).flaws == 7
