"""What contributors are told is true: commands, hooks and the test that is shown."""

import inspect
import re
from pathlib import Path

import pytest

from tests.house.markdown import blocks, commands
from yotta_async.testing import run_virtual


ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sessions_of(command: list[str]) -> list[str]:
    """Return the sessions that a command of nox names: what stands after -s."""
    words = command[command.index("-s") + 1 :]
    return words[: words.index("--")] if "--" in words else words


@pytest.fixture(scope="module")
def sessions() -> set[str]:
    return set(re.findall(r"^def (\w+)\(session: ", text_of("noxfile.py"), re.MULTILINE))


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md"])
def test_the_sessions_that_a_page_names_exist(page: str, sessions: set[str]) -> None:
    named = [sessions_of(words) for words in commands(text_of(page)) if "noxfile.py" in words]
    assert named
    assert {name for names in named for name in names} - sessions == set()


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
