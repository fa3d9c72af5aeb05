"""The README's tables are those of the baseline."""

from benchmarks.readme import BLOCK, README, TABLES, filled, markdown
from benchmarks.results import BASELINE, read
from tests.benchmarks.runs import case, run


def test_the_tables_are_what_the_baseline_gives() -> None:
    text = README.read_text(encoding="utf-8")
    assert filled(text, read(BASELINE)) == text, "run: python -m benchmarks --readme"


def test_each_table_stands_in_the_readme_once() -> None:
    text = README.read_text(encoding="utf-8")
    assert sorted(name for _, name, _ in BLOCK.findall(text)) == sorted(TABLES)


def test_what_stands_between_the_comments_is_replaced_and_nothing_else() -> None:
    text = "a\n<!-- benchmarks: one -->\nold\n<!-- end -->\nb\n"
    found = filled(text, run(case([1.0], [2.0])), {"one": lambda results: f"{results.profile}\n"})
    assert found == "a\n<!-- benchmarks: one -->\nquick\n<!-- end -->\nb\n"


def test_a_table_is_markdown() -> None:
    assert markdown(["", "x"], [["a", "1"]]) == "|  | x |\n| --- | --- |\n| a | 1 |\n"
