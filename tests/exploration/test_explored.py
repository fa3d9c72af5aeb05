"""
The scenarios in many orders of their tasks, and races that are planted to see that they are found.

It needs the packages of the group ``exploration``.
"""

import importlib.util
import os
from pathlib import Path

import pytest

from tests.campaign import tries
from tests.exploration.batches import Account, Batch
from tests.exploration.exploring import SIMLOOM, Schedule, explore
from tests.exploration.orders import ORDERS
from tests.exploration.planting import find, names
from tests.exploration.scenarios import SCENARIOS


pytestmark = pytest.mark.skipif(
    importlib.util.find_spec(SIMLOOM) is None,
    reason=f"{SIMLOOM}, of the group exploration, needs Python 3.12",
)
in_each_order = pytest.mark.parametrize("order", ORDERS)
of_each_scenario = pytest.mark.parametrize("name", SCENARIOS)

# Schedules of each scenario in each order: as many as fit into two minutes of two processors.
SCHEDULES = 120
# Within which a planted race is found, of all scenarios and orders together.
MOST = 2000
# Deviations from asyncio's own order that its shrunk schedule may have.
LONGEST = 5

# What a planted race breaks; where it breaks two promises, either may be seen first.
HELD = "no call waits or holds credit or slot"
LATE = "what is not cancelled goes in time"
BROKEN = {
    "cancelled-waiter-keeps-its-slot": (HELD, LATE),
    "closed-from-the-start": ("no work that was carried goes on",),
    "granted-ticket-is-kept": (HELD, LATE),
    "loan-is-never-returned": ("no loan outlives its queue", LATE),
    "news-is-lost": (LATE,),
    "pod-lost-at-the-hand-over": ("every pod is owned or named",),
    "shared-grant-is-kept": (HELD, LATE),
    "wake-up-lost": (LATE,),
}


@pytest.mark.campaign
@in_each_order
@of_each_scenario
def test_the_books_balance_in_every_order(name: str, order: str) -> None:
    account = Account()
    for outcome in Batch(name, order, range(tries(SCHEDULES))).run():
        account.add(outcome)
    replays = [f"python -m tests.exploration --replay {each.schedule}" for each in account.failures]
    assert replays == [], account.failures[0].error


@in_each_order
@of_each_scenario
def test_a_schedule_is_the_same_run_again(name: str, order: str) -> None:
    schedule = Schedule(name, order, 7)
    assert explore(schedule) == explore(schedule)


@of_each_scenario
def test_two_seeds_are_two_schedules(name: str) -> None:
    prints = {explore(Schedule(name, "any", seed)).print for seed in range(5)}
    assert len(prints) == 5


def test_each_planted_race_has_what_it_breaks() -> None:
    assert names() == sorted(BROKEN)


@pytest.mark.parametrize("name", names())
def test_a_planted_race_is_found_and_shrunk(name: str, tmp_path: Path) -> None:
    jobs = str(os.cpu_count() or 1)
    found = find(name, tmp_path, "--schedules", str(MOST), "--jobs", jobs, "--shrinking", "3000")
    assert found is not None
    promises = tuple(f"AssertionError: {promise}" for promise in BROKEN[name])
    assert found.error.startswith(promises), found
    assert found.schedules <= MOST
    assert len(found.deviations) <= LONGEST, found


def test_a_schedule_that_does_not_fail_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    from tests.exploration.__main__ import main

    assert main(["--replay", "create_cancelled/any/1"]) == 0
    assert "create_cancelled/any/1: did not fail" in capsys.readouterr().out
