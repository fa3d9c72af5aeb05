"""The script that fails by itself: short, whole, and harmless whatever is in it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.testing.planted.planting import planted
from yotta_async.testing.campaign import Broken, Case, Outcome, Step
from yotta_async.testing.campaign.script import script
from yotta_async.testing.worlds import World


# A create that was not answered in time is sent again, and its first pod lives.
TWIN = Case(
    seed=73,
    world=World(seed=973919930, timeout_after=0.2),
    steps=(
        Step(at=0.0, verb="create", arguments={"pod": "a"}),
        Step(at=50.0, verb="delete", arguments={"pod": "a"}),
    ),
)


def outcome(case: Case, why: str = "121 requests in 60 s") -> Outcome:
    broken = Broken(invariant="window", at=61.0, text=why)
    return Outcome(case=case, broken=broken, figures={}, story=())


def case_of(text: str) -> Case:
    """Return the case that a script runs."""
    calls = (each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call))
    found = next(each for each in calls if ast.unparse(each.func) == "Case.from_dict")
    return Case.from_dict(ast.literal_eval(found.args[0]))


@given(st.integers(0, 1 << 30), st.integers(1, 40))
@settings(max_examples=40)
def test_a_script_of_any_case_has_fewer_than_60_lines(seed: int, times: int) -> None:
    case = Case.random(seed)
    long = evolve(case, steps=case.steps * times)
    text = script(outcome(long))
    assert text.count("\n") < 60
    assert case_of(text) == long


@given(st.text(max_size=2000))
def test_nothing_that_is_told_becomes_a_statement(why: str) -> None:
    text = script(outcome(TWIN, why))
    assert text.count("\n") < 60
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(script(outcome(TWIN, ""))))


def test_a_script_says_what_broke() -> None:
    assert script(outcome(TWIN)).startswith("# Broken: window at 61.000 s: 121 requests in 60 s\n")


@pytest.mark.parametrize(("bug", "code"), [("create-retried-on-time-out", 1), (None, 0)])
def test_a_script_fails_by_itself_while_the_bug_is_there(
    bug: str | None, code: int, tmp_path: Path
) -> None:
    (tmp_path / "story.py").write_text(script(outcome(TWIN)))
    with planted(bug) as folder:
        done = subprocess.run(
            [sys.executable, str(tmp_path / "story.py")],
            env={"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == code
    assert ("broken: one-pod-a-create at " in done.stderr) is (code == 1)
    assert "createPod" in done.stdout
