"""Results as a file."""

import json
from pathlib import Path

import pytest

from benchmarks.results import BASELINE, merged, read, write
from tests.benchmarks.runs import case, run


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    found = run(case([1.0, 2.5], [3.0, 4.0], target=1.05, against="peer"), case([0.0], [1.0]))
    path = tmp_path / "not" / "there" / "yet.json"
    write(path, found)
    assert read(path) == found


def test_it_is_json_with_one_case_a_line(tmp_path: Path) -> None:
    write(tmp_path / "run.json", run(case([1.0], [2.0]), case([3.0], [4.0], name="two")))
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert set(json.loads(text)) == {"profile", "environment", "benchmarks"}
    assert sum('"samples"' in line for line in text.splitlines()) == 2


def test_what_was_not_measured_again_is_kept() -> None:
    old = run(case([1.0], [1.0]), benchmark="a")
    again, other = run(case([2.0], [2.0]), benchmark="a"), run(case([3.0], [3.0]), benchmark="b")
    both = merged(merged(old, other), again)
    assert both.benchmarks == {**again.benchmarks, **other.benchmarks}


def test_a_case_is_found_by_its_name_and_unit() -> None:
    one, two = case([1.0], [1.0]), case([1.0], [1.0], unit="refusals")
    found = run(one, two)
    assert found.case("bench", "one", "refusals") is two
    with pytest.raises(ValueError, match="not enough values"):
        found.case("bench", "three", "s")


def test_the_baseline_is_a_full_run_that_kept_what_is_promised() -> None:
    baseline = read(BASELINE)
    cases = [
        case
        for name in ("makespan", "limiters", "fairness")
        for case in baseline.benchmarks[name].cases
    ]
    assert baseline.profile == "full"
    assert [f"{case.name}: {case.verdict}" for case in cases if case.met is False] == []
    assert sum(case.met is True for case in cases) > 100
