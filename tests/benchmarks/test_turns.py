"""What it means to be overtaken."""

import pytest

from benchmarks.turns import overtaken, places_lost


@pytest.mark.parametrize(
    ("order", "callers", "places"),
    [
        ([0, 1, 2, 3], 0, 0),
        ([1, 0, 2, 3], 1, 1),
        ([1, 2, 3, 0], 1, 3),
        ([3, 0, 1, 2], 3, 1),
        ([3, 2, 1, 0], 3, 3),
    ],
)
def test_overtaken_callers_and_lost_places(order: list[int], callers: int, places: int) -> None:
    assert (overtaken(order), places_lost(order)) == (callers, places)
