"""The campaign: the same case is the same story, and nothing that breaks goes unnoticed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import yotta_async
from tests.campaign import tries
from yotta_async.testing.campaign import Case, Step, run
from yotta_async.testing.campaign.users import VERBS
from yotta_async.testing.worlds import Spell, World


ROOT = Path(yotta_async.__file__).parents[1]
DIGESTS = """
import hashlib, sys
from yotta_async.testing.campaign import Case, run
for seed in range(int(sys.argv[1])):
    outcome = run(Case.random(seed, 0.0))
    text = "\\n".join([*map(str, outcome.story), repr(outcome.broken), repr(outcome.figures)])
    print(hashlib.sha256(text.encode()).hexdigest())
"""


def fleet(pods: int, at: float = 0.0, client: int = 0, **arguments: Any) -> Step:
    given = {"fleet": "crew", "pods": pods} | arguments
    return Step(at=at, verb="fleet", client=client, arguments=given)


@pytest.mark.parametrize("seed", range(20))
def test_a_case_survives_json(seed: int) -> None:
    case = Case.random(seed)
    assert Case.from_dict(case.to_dict()) == case


def test_every_verb_is_drawn() -> None:
    drawn = {step.verb for seed in range(400) for step in Case.random(seed).steps}
    assert drawn == {*VERBS, "kill"}


def test_a_pod_is_made_waited_for_and_deleted() -> None:
    create = Step(at=0.0, verb="create", arguments={"pod": "a"})
    wait = Step(at=1.0, verb="wait", arguments={"pod": "a", "timeout": 600.0})
    delete = Step(at=400.0, verb="delete", arguments={"pod": "a"})
    outcome = run(Case(steps=(create, wait, delete)))
    assert outcome.broken is None
    assert outcome.figures["pods"] == outcome.figures["most_alive"] == 1
    told = [each.text for each in outcome.story if each.what == "result"]
    assert told == ["create-0: ok", "wait-1: ok", "delete-2: ok"]


@pytest.mark.campaign
def test_the_same_case_is_the_same_story_in_any_process() -> None:
    """Whatever the order of hashes is there."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", DIGESTS, str(tries(6))],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (each.communicate()[0] for each in runs)
    assert first == second
    assert len(first.split()) == tries(6)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(100, 100 + tries(6)))
def test_the_straight_line_tells_the_story_of_the_real_one(seed: int) -> None:
    case = Case.random(seed, 0.0)
    assert run(case) == run(case, straight=False)


def test_a_killed_program_sends_nothing_more_and_its_successor_takes_over() -> None:
    kill = Step(at=200.0, verb="kill")
    outcome = run(Case(steps=(fleet(2), kill, fleet(2, at=260.0)), hours=0.2))
    assert outcome.broken is None
    assert outcome.figures["pods"] == 2
    assert outcome.figures["kills"] == 1
    late = [each for each in outcome.story if each.who == "client 0" and each.at > 200.0]
    assert late == []


def test_the_hours_of_a_case_are_lived_through() -> None:
    outcome = run(Case(steps=(fleet(1),), hours=3.0))
    assert outcome.broken is None
    assert outcome.figures["seconds"] > 3 * 3600.0


def test_a_hook_that_fails_changes_nothing() -> None:
    hook = Step(at=0.0, verb="hook")
    outcome = run(Case(steps=(hook, fleet(2, at=1.0)), hours=0.2))
    assert outcome.broken is None
    assert outcome.figures["pods"] == 2


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_fleet_and_not_the_run(number: str) -> None:
    end = Step(at=300.0, verb="signal", arguments={"in": "crew", "name": number})
    hook = sys.excepthook
    outcome = run(Case(steps=(fleet(2), end)))
    assert outcome.broken is None
    assert any(each.what == "result" and "crew" in each.text for each in outcome.story)
    assert sys.excepthook is hook


def test_programs_share_the_limits_of_their_account() -> None:
    steps = [Step(at=10.0, verb="list", client=client) for client in range(8) for _ in "ab"]
    outcome = run(Case(world=World(requests=120), steps=tuple(steps)))
    assert outcome.broken is None
    assert outcome.figures["requests"] == 16


def test_a_full_cloud_is_no_breach_of_the_level() -> None:
    spell = Spell(kind="full", at=0.0, seconds=1200.0)
    outcome = run(Case(world=World(spells=(spell,)), steps=(fleet(2),), hours=0.1))
    assert outcome.broken is None
    assert outcome.figures["seconds"] > 1200.0
