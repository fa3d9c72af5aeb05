"""Generated pages are what their sources give, and the one that is not is named."""

import re
from pathlib import Path

import pytest

from benchmarks.pages import BLOCK, TABLES
from tests.house.pages import PAGES, ROOT, generated, stale_pages, write_pages


def text_of(page: str, root: Path = ROOT) -> str:
    return (root / page).read_text(encoding="utf-8")


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Return a folder with a copy of each page, as it is when it is up to date."""
    for page in PAGES:
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).write_text(generated(page, text_of(page)), encoding="utf-8")
    return tmp_path


def spoil(path: Path, pattern: str) -> None:
    text, count = re.subn(pattern, "spoilt", path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_what_its_sources_give(page: str) -> None:
    assert text_of(page) == generated(page, text_of(page)), "run: python3 noxfile.py -s pages"


@pytest.mark.parametrize(
    ("page", "pattern"),
    [
        pytest.param("README.md", r'(?<=client\.fleet\(")fan-out', id="example"),
        pytest.param("README.md", r"(?<=<!-- benchmarks: job -->\n).+", id="table"),
        pytest.param("CONTRIBUTING.md", r"(?<=\| )`lint`", id="sessions"),
        pytest.param(
            "docs/benchmarks.md", r"(?<=<!-- benchmarks: costs -->\n).+", id="table-of-docs"
        ),
        pytest.param("docs/reference/operations.md", r"`create`", id="operations"),
        pytest.param("yotta_async/_resources/gpus.py", r"(?<=Source: v1 ).+", id="source"),
    ],
)
def test_a_page_that_was_changed_by_hand_is_stale_until_it_is_written(
    copies: Path, page: str, pattern: str
) -> None:
    spoil(copies / page, pattern)
    assert stale_pages(copies) == [page]
    write_pages(copies)
    assert text_of(page, copies) == text_of(page)
    assert stale_pages(copies) == []


def test_the_count_of_operations_is_stale_when_it_is_another(copies: Path) -> None:
    readme = copies / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(re.sub(r"all \d+ documented", "all 1 documented", text), encoding="utf-8")
    assert stale_pages(copies) == ["README.md"]


def test_a_page_that_has_lost_the_place_of_the_example_is_refused() -> None:
    with pytest.raises(ValueError, match="in the page"):
        generated("README.md", "")


def test_each_table_stands_on_one_page() -> None:
    names = [name for page in PAGES for _, name, _ in BLOCK.findall(text_of(page))]
    assert sorted(names) == sorted(TABLES)
