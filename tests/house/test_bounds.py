"""The tests that the page of bounds names exist."""

import re
from pathlib import Path

import pytest


ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bounds.md"
NAMED = re.findall(
    r"`(tests/[\w/]+\.py)::(\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
)
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.endswith("` |")]


def test_r3_each_bound_names_its_test() -> None:
    """[R3]."""
    assert len(NAMED) == len(ROWS) > 25


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_r3_the_test_of_a_bound_exists(file: str, test: str) -> None:
    """[R3]."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {test}\(", text, re.MULTILINE)
