"""The tables in the README and the documentation are those of the baseline."""

from pathlib import Path

import pytest

from benchmarks.pages import BLOCK, PAGES, TABLES, filled, markdown, targets
from benchmarks.results import BASELINE, read
from tests.benchmarks.runs import case, run


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_are_what_the_baseline_gives(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert filled(text, read(BASELINE)) == text, "run: python -m benchmarks --pages"


def test_each_table_stands_on_one_page() -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    assert sorted(name for text in texts for _, name, _ in BLOCK.findall(text)) == sorted(TABLES)


def test_what_stands_between_the_comments_is_replaced_and_nothing_else() -> None:
    text = "a\n<!-- benchmarks: one -->\nold\n<!-- end -->\nb\n"
    found = filled(text, run(case([1.0], [2.0])), {"one": lambda results: f"{results.profile}\n"})
    assert found == "a\n<!-- benchmarks: one -->\nquick\n<!-- end -->\nb\n"


def test_a_table_is_markdown() -> None:
    assert markdown(["", "x"], [["a", "1"]]) == "|  | x |\n| --- | --- |\n| a | 1 |\n"


def test_a_promise_is_told_by_the_worst_of_its_cases_and_by_how_many_keep_it() -> None:
    found = run(
        case([2.0], [2.0], name="a", target=1.5, against="peer"),
        case([4.0], [2.0], name="b", target=1.5, against="peer"),
        case([9.0], [2.0], name="c"),
        case([1.0], [2.0], name="d", target=1),
    )
    told = targets(found).splitlines()[2:]
    assert told == [
        "| bench | s | 1.5 x peer | b | 2 | 1 of 2 |",
        "| bench | s | 1 | d | 1 | 1 of 1 |",
    ]
