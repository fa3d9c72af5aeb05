"""The table of what proves what, line by line."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._resources.rules.proof import (
    LAGS_UNSEEN,
    PROOF,
    Evidence,
    Likeness,
    Signs,
    Verdict,
    Whose,
    likeness,
    proven,
    whose,
)


LAG = 15.0
YOUNG, OLD = 14.9, 15.0


def test_every_evidence_has_its_line() -> None:
    assert set(PROOF) == set(Evidence)


@pytest.mark.parametrize(
    ("evidence", "age", "seen", "verdict"),
    [
        (Evidence.NOT_FOUND, 0.0, True, Verdict.DOUBTFUL),
        (Evidence.NOT_FOUND, YOUNG, True, Verdict.DOUBTFUL),
        (Evidence.NOT_FOUND, YOUNG, False, Verdict.DOUBTFUL),
        (Evidence.NOT_FOUND, OLD, True, Verdict.GONE),
        (Evidence.NOT_FOUND, OLD, False, Verdict.UNSEEN),
        (Evidence.NOT_FOUND_AFTER_LOST_DELETE, YOUNG, True, Verdict.DOUBTFUL),
        (Evidence.NOT_FOUND_AFTER_LOST_DELETE, OLD, True, Verdict.GONE),
        (Evidence.NOT_FOUND_AFTER_LOST_DELETE, OLD, False, Verdict.DOUBTFUL),
        (Evidence.NOT_FOUND_AFTER_LOST_DELETE, LAGS_UNSEEN * OLD - 0.1, False, Verdict.DOUBTFUL),
        (Evidence.NOT_FOUND_AFTER_LOST_DELETE, LAGS_UNSEEN * OLD, False, Verdict.GONE),
        (Evidence.UNLISTED, YOUNG, True, Verdict.DOUBTFUL),
        (Evidence.UNLISTED, OLD, True, Verdict.ASK),
        (Evidence.UNREADABLE, OLD, True, Verdict.ASK),
        (Evidence.REFUSED, OLD, True, Verdict.DOUBTFUL),
        (Evidence.DELETING, OLD, True, Verdict.ENDING),
        (Evidence.CREATED, 0.0, False, Verdict.EXISTS),
    ],
)
def test_what_an_answer_proves(
    evidence: Evidence, age: float, seen: bool, verdict: Verdict
) -> None:
    """[N1] and [N7]."""
    assert proven(evidence, age=age, lag=LAG, seen=seen) is verdict


@given(st.sampled_from(Evidence), st.floats(0.0, 1e6), st.floats(0.0, 1e3), st.booleans())
def test_only_a_404_proves_that_anything_is_gone_and_only_an_old_one(
    evidence: Evidence, age: float, lag: float, seen: bool
) -> None:
    if proven(evidence, age=age, lag=lag, seen=seen) is Verdict.GONE:
        assert evidence in (Evidence.NOT_FOUND, Evidence.NOT_FOUND_AFTER_LOST_DELETE)
        assert age >= lag
        assert seen or evidence is Evidence.NOT_FOUND_AFTER_LOST_DELETE


@pytest.mark.parametrize(
    ("sent", "listed", "own", "found"),
    [
        ("ya-0a1b", "ya-0a1b", True, Likeness.SAME),
        ("ya-0a1b", "ya_0a1b", True, Likeness.ALIKE),
        ("ya-0a1b", "YA-0A1B", True, Likeness.ALIKE),
        ("ya-0a1b", "org-ya-0a1b", True, Likeness.ALIKE),
        ("ya-0a1b", "org-ya-0a1b-x7", True, Likeness.ALIKE),
        ("a", "org-a", False, Likeness.PART),
        ("a", "org_A.1", False, Likeness.PART),
        ("a", "orga", False, Likeness.OTHER),
        ("a.c", "org-abc", False, Likeness.OTHER),
        ("My-Pod", "my_pod", False, Likeness.ALIKE),
        ("sweep-of-tuesday-12-1-0a", "sweep-of-tuesday-12", True, Likeness.CUT),
        ("sweep-of-tuesday-12-1-0a", "sweep", True, Likeness.OTHER),
        ("pod", "", False, Likeness.OTHER),
        ("pod", None, False, Likeness.OTHER),
        ("pod", "dop", True, Likeness.OTHER),
    ],
)
def test_how_names_are_alike(sent: str, listed: str | None, own: bool, found: Likeness) -> None:
    """[N9]."""
    assert likeness(sent, listed, own=own) is found


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        (Signs(name=Likeness.OTHER, own=True), Whose.OTHERS),
        (Signs(name=Likeness.SAME, own=True), Whose.OURS),
        (Signs(name=Likeness.SAME, own=True, returned=True), Whose.OTHERS),
        (Signs(name=Likeness.ALIKE, own=True), Whose.OURS),
        (Signs(name=Likeness.CUT, own=True), Whose.DOUBTFUL),
        (Signs(name=Likeness.SAME, own=False), Whose.DOUBTFUL),
        (Signs(name=Likeness.SAME, own=False, within=True), Whose.OURS),
        (Signs(name=Likeness.ALIKE, own=False, within=True), Whose.DOUBTFUL),
        (Signs(name=Likeness.PART, own=False, within=True), Whose.DOUBTFUL),
        (Signs(name=Likeness.PART, own=False, appeared=True), Whose.DOUBTFUL),
        (Signs(name=Likeness.PART, own=False, within=False), Whose.OTHERS),
        (Signs(name=Likeness.PART, own=False), Whose.OTHERS),
        (Signs(name=Likeness.SAME, own=False, within=False), Whose.DOUBTFUL),
        (Signs(name=Likeness.SAME, own=False, within=False, clocks_agree=True), Whose.OTHERS),
        (Signs(name=Likeness.SAME, own=False, appeared=True), Whose.OURS),
        (Signs(name=Likeness.SAME, own=False, within=True, shared=True), Whose.DOUBTFUL),
        (Signs(name=Likeness.SAME, own=False, within=True, listed_before=True), Whose.OTHERS),
        (Signs(name=Likeness.SAME, own=False, within=True, returned=True), Whose.OTHERS),
    ],
)
def test_whose_a_listed_thing_is(signs: Signs, found: Whose) -> None:
    """[N4]."""
    assert whose(signs) is found


def test_what_was_there_before_is_no_create_s_whatever_else_is_said() -> None:
    flags = list(product([True, False], repeat=4))
    for name, (own, appeared, shared, clocks_agree) in product(Likeness, flags):
        for within in (True, False, None):
            signs = Signs(
                name=name,
                own=own,
                listed_before=True,
                appeared=appeared,
                shared=shared,
                within=within,
                clocks_agree=clocks_agree,
            )
            assert whose(signs) is Whose.OTHERS
