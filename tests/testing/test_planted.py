"""
Bugs that are planted one by one, and the cases that catch them.

The cases were found, and shrunk, by ``python -m tests.testing.planted --write``, which takes
minutes; here each is run once with its bug, and once without.
"""

import json
from statistics import median
from typing import Any, Final

import pytest

from tests.testing.planted.hunting import MOST_RUNS
from tests.testing.planted.planting import CAUGHT, fits, names, worker_in, wrong_with
from yotta_async.testing.campaign import Case, run


FOUND: Final[dict[str, dict[str, Any]]] = json.loads(CAUGHT.read_text("utf-8"))
BUGS: Final = names()


def test_there_are_twenty_bugs_and_each_is_caught() -> None:
    assert len(BUGS) == 20
    assert sorted(FOUND) == BUGS


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_says_what_is_wrong_and_fits_the_package(bug: str) -> None:
    assert wrong_with(bug).endswith(".")
    assert fits(bug)


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_breaks_the_invariant_that_has_caught_it(bug: str) -> None:
    with worker_in(bug) as worker:
        told = worker.tell("run", case=FOUND[bug]["case"])
    assert told["invariant"] == FOUND[bug]["invariant"]
    assert told["events"] == FOUND[bug]["events"]


@pytest.mark.parametrize("bug", BUGS)
def test_all_holds_in_the_same_case_without_the_bug(bug: str) -> None:
    assert run(Case.from_dict(FOUND[bug]["case"])).broken is None


def test_what_random_cases_have_caught_was_caught_soon() -> None:
    assert all(found["runs"] <= MOST_RUNS for found in FOUND.values() if found["runs"])


def test_half_of_the_stories_have_at_most_ten_events() -> None:
    assert median(found["events"] for found in FOUND.values()) <= 10


def test_a_worker_imports_the_package_with_the_bug() -> None:
    with worker_in(BUGS[0]) as worker:
        assert "planted-" in worker.tell("where")["package"]
