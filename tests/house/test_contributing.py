"""What contributors are told of hooks and of tests is true."""

import inspect
import re
from pathlib import Path

from tests.house.markdown import blocks
from yotta_async.testing import run_virtual


ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_a_hook_is_a_session_that_ci_runs() -> None:
    hooks = re.findall(
        r"entry: python3 noxfile\.py -R -s (\w+)", text_of(".pre-commit-config.yaml")
    )
    assert hooks == ["lint", "types", "changelog"]
    assert [hook for hook in hooks if f"\nstep {hook}\n" not in text_of(".ci/run")] == []


def test_hooks_fetch_nothing() -> None:
    repositories = re.findall(r"repo: (.+)", text_of(".pre-commit-config.yaml"))
    languages = re.findall(r"language: (.+)", text_of(".pre-commit-config.yaml"))
    assert (set(repositories), set(languages)) == ({"local"}, {"system"})


def test_the_test_that_is_shown_passes() -> None:
    [block] = blocks(text_of("CONTRIBUTING.md"), "python")
    names: dict[str, object] = {"__name__": "shown"}
    exec(compile(block, "CONTRIBUTING.md", "exec"), names)  # noqa: S102  # our own words
    [test] = [value for name, value in names.items() if name.startswith("test_")]
    assert inspect.iscoroutinefunction(test)
    run_virtual(test)
