"""The tables of README and documentation: how they are put together."""

from benchmarks.pages import filled, markdown, targets
from tests.benchmarks.runs import case, run


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
