"""
The scenarios in asyncio's own order, cancelled at each turn of the loop: on each Python, without
simloom.
"""

from collections import Counter

import pytest

from tests.campaign import tries
from tests.exploration.bench import Chance
from tests.exploration.scenarios import SCENARIOS
from tests.exploration.turns import every_choice, tried


# Those with few enough choices for all of them.
WHOLE = ["create_cancelled", "waiters_and_a_looker"]
PART = sorted(set(SCENARIOS) - set(WHOLE))
# How often each of the others, of which a fleet takes a hundredth of a second.
NUMBER = 60


@pytest.mark.parametrize("name", WHOLE)
def test_the_books_balance_at_every_point(name: str) -> None:
    notes = sum(every_choice(SCENARIOS[name]), Counter[str]())
    assert len(notes) > 1, "all ended in the same way: the points are not where it is decided"


@pytest.mark.campaign
@pytest.mark.parametrize("name", PART)
def test_the_books_balance_at_points_by_chance(name: str) -> None:
    notes = sum(tried(SCENARIOS[name], tries(NUMBER)), Counter[str]())
    assert notes


async def _three_by_two(chance: Chance) -> None:
    first, second = chance.one_of("first", "a", "b", "c"), chance.one_of("second", "1", "2")
    if first == "c":
        chance.one_of("third", 1, 2)
    chance.note(first + second)


def test_every_choice_is_made_once() -> None:
    notes = sum(every_choice(_three_by_two), Counter[str]())
    assert notes == {"a1": 1, "a2": 1, "b1": 1, "b2": 1, "c1": 2, "c2": 2}
