"""Samples, cases and their targets."""

import math

import pytest

from benchmarks.bound import least_makespan
from benchmarks.profiles import Profile, by_profile
from benchmarks.report import LEAST, OURS, Case, Sample, Table, by_subject, compared
from tests.benchmarks.runs import case
from yotta_async.simulator import ServerLimits


@pytest.mark.parametrize(
    ("ours", "peer", "ratio"), [(3.0, 2.0, 1.5), (0.0, 0.0, 1.0), (1.0, 0.0, math.inf)]
)
def test_a_ratio_is_ours_over_the_peers(ours: float, peer: float, ratio: float) -> None:
    assert case([ours], [peer]).ratio("peer") == ratio


@pytest.mark.parametrize(
    ("against", "target", "met"),
    [(None, 2.0, True), (None, 1.0, False), ("peer", 0.5, True), ("peer", 0.4, False)],
)
def test_a_target_is_a_value_or_a_multiple(against: str | None, target: float, met: bool) -> None:
    assert case([2.0], [4.0], target=target, against=against).met is met


def test_a_target_is_a_multiple_of_the_least_where_there_is_one() -> None:
    samples = {LEAST: Sample([2.0]), OURS: Sample([3.0])}
    assert Case(name="one", unit="s", samples=samples, target=1.5).reached == 1.5


@pytest.mark.parametrize("profile", Profile)
def test_a_benchmark_can_have_a_form_for_each_profile(profile: Profile) -> None:
    table = Table(title="t", head=[], rows=[])
    one, two = case([1.0], [1.0]), case([2.0], [2.0])
    benchmark = by_profile(quick=lambda: (table, [one]), full=lambda: (table, [two]))
    assert benchmark(profile)[1] == [two if profile is Profile.FULL else one]


def test_without_a_target_there_is_no_verdict() -> None:
    assert (case([2.0], [4.0]).met, case([2.0], [4.0]).verdict) == (None, "")


def test_targets_have_a_column_when_there_are_any() -> None:
    without = compared("t", [case([2.0], [4.0])])
    with_one = compared("t", [case([2.0], [4.0]), case([2.0], [4.0], target=3.0)])
    assert "target" not in without.head
    assert [row[-1] for row in with_one.rows] == ["", "promised at most 3, measured 2: met"]


def test_a_table_by_subject_has_a_row_for_each() -> None:
    table = by_subject("t", [case([2.0], [4.0]), case([1.0], [3.0], name="two")])
    assert [row[0] for row in table.rows] == [OURS, "peer"]
    assert table.head == ["", "one: s", "two: s"]


def test_where_a_subject_has_no_sample_its_cell_is_empty() -> None:
    alone = Case(name="two", unit="s", samples={OURS: Sample([1.0])})
    assert by_subject("t", [case([2.0], [4.0]), alone]).rows[1] == ["peer", "4 [4, 4]", ""]


def test_the_least_makespan_is_windows_and_the_last_batch() -> None:
    """Two windows' worth: the second goes a minute later, through the slots."""
    server = ServerLimits(requests=10, per=60.0)
    assert least_makespan(server, [1.0] * 20, 5) == pytest.approx(62.0)
    assert least_makespan(server, [1.0] * 10, 5) == pytest.approx(2.0)
