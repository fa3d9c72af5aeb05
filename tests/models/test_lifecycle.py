"""The tables of a pod's life: total over the known statuses, open to the server's next word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.models._lifecycle import Phase, PodStatus, can_become, is_at_rest, is_ending, phase


S = PodStatus

SPELLINGS = [
    (S.INITIALIZING, [0, "0", "INITIALIZE", "INITIALIZING", "Initialize", "initializing"]),
    (S.RUNNING, [1, "1", "RUNNING", "Running", " running "]),
    (S.PAUSING, [2, "2", "PAUSING", "Stopping"]),
    (S.PAUSED, [3, "3", "PAUSED", "STOPPED", "Stopped"]),
    (S.TERMINATING, [4, "4", "TERMINATING", "Terminating"]),
    (S.TERMINATED, [5, "5", "TERMINATED", "Terminated"]),
    (S.FAILED, [6, "6", "FAILED", "failed"]),
]
SEEN = [(status, word) for status, words in SPELLINGS for word in words]
KNOWN = {str(word).strip().upper() for _, word in SEEN}

unknown_words = st.text().filter(lambda word: word.strip().upper() not in KNOWN)


@pytest.mark.parametrize(("status", "word"), SEEN, ids=repr)
def test_every_spelling_is_read_as_its_status(status: PodStatus, word: int | str) -> None:
    assert PodStatus.parse(word) is status


@given(unknown_words)
def test_an_unknown_word_stays_as_it_came(word: str) -> None:
    assert PodStatus.parse(word) == word
    assert not isinstance(PodStatus.parse(word), PodStatus)


def test_an_unknown_number_becomes_its_digits() -> None:
    assert PodStatus.parse(7) == "7"
    assert PodStatus.parse(-1) == "-1"


def test_the_numbers_are_those_of_the_v1_filters() -> None:
    assert [status.code for status in PodStatus] == [0, 1, 2, 3, 4, 5, 6]
    assert all(PodStatus.parse(status.code) is status for status in PodStatus)


@pytest.mark.parametrize(
    ("status", "expected", "at_rest"),
    [
        (S.INITIALIZING, Phase.STARTING, False),
        (S.RUNNING, Phase.UP, True),
        (S.PAUSING, Phase.MOVING, False),
        (S.PAUSED, Phase.RESTING, True),
        (S.TERMINATING, Phase.MOVING, False),
        (S.TERMINATED, Phase.ENDED, True),
        (S.FAILED, Phase.ENDED, True),
    ],
)
def test_each_status_has_a_phase(status: PodStatus, expected: Phase, at_rest: bool) -> None:
    assert phase(status) is expected
    assert is_at_rest(status) is at_rest


def test_a_phase_is_found_by_any_spelling() -> None:
    assert phase("STOPPED") is Phase.RESTING
    assert phase("initialize") is Phase.STARTING


@pytest.mark.parametrize(
    ("status", "ending"),
    [("TERMINATING", True), ("terminated", True), ("5", True), ("FAILED", False), ("NEW", False)],
)
def test_what_is_deleted_is_ending_in_any_spelling(status: str, ending: bool) -> None:
    assert is_ending(status) is ending


@given(unknown_words)
def test_an_unknown_status_is_neither_up_nor_at_rest_nor_ended(word: str) -> None:
    assert phase(word) is Phase.UNKNOWN
    assert not is_at_rest(word)


@given(unknown_words, st.sampled_from(PodStatus))
def test_anything_may_come_of_an_unknown_status(word: str, target: PodStatus) -> None:
    assert can_become(word, target)


@given(unknown_words)
def test_an_unknown_status_may_come_of_all_but_the_terminated(word: str) -> None:
    assert [status for status in S if not can_become(status, word)] == [S.TERMINATED]


@pytest.mark.parametrize(
    ("status", "unreachable"),
    [
        (S.INITIALIZING, set[PodStatus]()),
        (S.RUNNING, set[PodStatus]()),
        (S.PAUSING, set[PodStatus]()),
        (S.PAUSED, set[PodStatus]()),
        (S.TERMINATING, {S.INITIALIZING, S.RUNNING, S.PAUSING, S.PAUSED}),
        (S.FAILED, {S.INITIALIZING, S.RUNNING, S.PAUSING, S.PAUSED}),
        (S.TERMINATED, set(S) - {S.TERMINATED}),
    ],
)
def test_what_is_over_stays_over(status: PodStatus, unreachable: set[PodStatus]) -> None:
    assert {target for target in S if not can_become(status, target)} == unreachable


@given(st.sampled_from(S), st.sampled_from(S), st.sampled_from(S))
def test_reaching_is_transitive(first: PodStatus, second: PodStatus, third: PodStatus) -> None:
    if can_become(first, second) and can_become(second, third):
        assert can_become(first, third)


@given(st.sampled_from(S))
def test_a_status_can_be_seen_again(status: PodStatus) -> None:
    assert can_become(status, status)


def test_reachability_reads_any_spelling() -> None:
    assert can_become("STOPPED", "running")
    assert not can_become("failed", "1")
