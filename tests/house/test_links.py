"""What the pages at the top of the repository point to exists."""

import re
from pathlib import Path

import pytest

from tests.house.markdown import commands, links


ROOT = Path(__file__).resolve().parents[2]
EACH = pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)


def sessions_of(command: list[str]) -> list[str]:
    """Return the sessions that a command of nox names: what stands after -s."""
    words = command[command.index("-s") + 1 :]
    return words[: words.index("--")] if "--" in words else words


@pytest.fixture(scope="module")
def sessions() -> set[str]:
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    return set(re.findall(r"^def (\w+)\(session: ", noxfile, re.MULTILINE))


@EACH
def test_the_sessions_that_a_page_names_exist(page: Path, sessions: set[str]) -> None:
    text = page.read_text(encoding="utf-8")
    named = [sessions_of(words) for words in commands(text) if {"noxfile.py", "-s"} <= {*words}]
    assert {name for names in named for name in names} - sessions == set()


@EACH
def test_the_files_that_a_page_links_to_exist(page: Path) -> None:
    found = links(page.read_text(encoding="utf-8"))
    assert [link for link in found if not (ROOT / link).exists()] == []


def test_commands_and_links_are_found() -> None:
    text = "[a](b.md), [c](d.md#e), [f](https://g)\n```console\n$ nox -s tests -- -q  # all\n```\n"
    assert links(text) == ["b.md", "d.md"]
    [command] = commands(text)
    assert sessions_of(command) == ["tests"]
