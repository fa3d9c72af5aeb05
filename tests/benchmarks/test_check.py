"""The rule by which a run is worse than the baseline."""

import pytest

from benchmarks.check import compared_cases, still_worse, worse
from benchmarks.report import OURS, Case, Sample
from tests.benchmarks.runs import case, run


STEADY = [10.0, 10.0, 10.0]


def test_a_run_is_not_worse_than_itself() -> None:
    same = run(case([11.0, 12.0, 13.0], STEADY))
    assert worse(same, same) == []


def test_a_ratio_that_rose_beyond_all_noise_is_worse() -> None:
    [found] = worse(run(case(STEADY, STEADY)), run(case([15.0, 15.0, 15.0], STEADY)))
    assert (found.before, found.after, found.peer) == (1.0, 1.5, "peer")
    assert str(found) == "bench: one, s over peer: 1 -> 1.5, noise 0.02"


def test_a_ratio_that_fell_is_not_worse() -> None:
    assert worse(run(case(STEADY, STEADY)), run(case([5.0, 5.0, 5.0], STEADY))) == []


def test_a_slower_machine_makes_no_difference() -> None:
    slow = run(case([30.0, 30.0, 30.0], [30.0, 30.0, 30.0]))
    assert worse(run(case(STEADY, STEADY)), slow) == []


@pytest.mark.parametrize(("median", "found"), [(1.21, 0), (1.23, 1)])
def test_half_of_each_range_and_a_fiftieth_is_noise(median: float, found: int) -> None:
    old = run(case([9.0, 10.0, 11.0], STEADY))  # half of the range is 0.1
    new = run(case([10 * median - 1, 10 * median, 10 * median + 1], STEADY))  # 0.1 again
    assert len(worse(old, new)) == found


def test_the_repetitions_are_compared_pair_by_pair() -> None:
    """A busy spell that strikes both subjects is no noise."""
    spell = run(case([10.0, 20.0, 30.0], [10.0, 20.0, 30.0]))
    [found] = worse(spell, run(case([11.0, 22.0, 33.0], [10.0, 20.0, 30.0])))
    assert found.noise == pytest.approx(0.02)


def test_in_virtual_time_ours_itself_is_compared_whatever_becomes_of_a_peer() -> None:
    old = run(case(STEADY, STEADY), benchmark="job")
    better_peer = run(case(STEADY, [1.0, 1.0, 1.0]), benchmark="job")
    assert worse(old, better_peer) == []
    [found] = worse(old, run(case([11.0] * 3, [20.0] * 3), benchmark="job"))
    assert (found.peer, found.before, found.after) == (None, 10.0, 11.0)


def test_fewer_repetitions_in_the_run_are_no_obstacle() -> None:
    assert worse(run(case(STEADY, STEADY)), run(case([10.0, 10.0], [10.0, 10.0]))) == []


def test_repetitions_that_are_no_pairs_are_held_against_the_median() -> None:
    [found] = worse(run(case(STEADY, [10.0])), run(case([15.0, 15.0], [10.0])))
    assert found.after == 1.5


def test_where_the_peer_has_none_ours_itself_is_compared() -> None:
    nothing = [0.0, 0.0]
    [found] = worse(run(case(nothing, nothing)), run(case([1.0, 1.0], nothing)))
    assert (found.peer, found.before, found.after) == (None, 0.0, 1.0)
    assert worse(run(case(nothing, nothing)), run(case(nothing, [5.0, 5.0]))) == []


def test_each_peer_is_compared() -> None:
    def with_peers(ours: float) -> Case:
        values = {OURS: ours, "a": 1.0, "b": 2.0, "c": 0.0}
        return Case(name="one", unit="s", samples={k: Sample([v]) for k, v in values.items()})

    found = worse(run(with_peers(1.0)), run(with_peers(2.0)))
    assert [each.peer for each in found] == ["a", "b", None]


def test_only_what_is_in_both_is_compared() -> None:
    old = run(case(STEADY, STEADY, name="gone"), case(STEADY, STEADY, name="here"))
    new = run(case(STEADY, STEADY, name="new"), case(STEADY, STEADY, name="here"))
    other_unit = run(case(STEADY, STEADY, name="here", unit="refusals"))
    assert [pair[1].name for pair in compared_cases(old, new)] == ["here"]
    assert compared_cases(old, other_unit) == []
    assert compared_cases(old, run(case(STEADY, STEADY), benchmark="another")) == []


def test_what_is_worse_in_one_run_only_is_forgiven() -> None:
    before = run(case(STEADY, STEADY), case(STEADY, STEADY, name="two"))
    slow = [15.0, 15.0, 15.0]
    first = worse(before, run(case(slow, STEADY), case(slow, STEADY, name="two")))
    second = worse(before, run(case(STEADY, STEADY), case(slow, STEADY, name="two")))
    assert [each.case for each in still_worse(first, second)] == ["two"]
    assert still_worse(second, worse(before, run(case(slow, STEADY)))) == []
