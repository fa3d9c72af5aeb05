"""Whose pod is it? What a name proves, and what it does not."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import frozen

from yotta_async._resources.making.claims import (
    CLOCK_ERROR,
    MOST_OF_A_NAME,
    MOST_WATCHED,
    WATCHED_FOR,
    Claim,
    Claims,
)
from yotta_async._resources.rules.proof import Whose


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@frozen
class Listed:
    id: str
    name: str | None = "pod"
    created_at: datetime | None = None


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def is_ours(claim: Claim, pod: Listed, sent_at: datetime | None = None) -> bool:
    """Whether a pod counts as a create's, by a clock that shows this when it is sent."""
    if claim.first_sent is None:
        Claims().note_sent(claim, 0.0)

    def clock(instant: float) -> datetime | None:
        return sent_at and sent_at + timedelta(seconds=instant)

    return Claims().whose(claim, pod, clock, 100.0, 15.0) is Whose.OURS


def test_a_name_made_here_is_proof_enough() -> None:
    claim = Claims().open(Claim("pod", own=True))
    assert is_ours(claim, Listed("1"))
    assert not is_ours(claim, Listed("1", "another"))
    assert not is_ours(claim, Listed("1", None))


@pytest.mark.parametrize(
    ("created_at", "sent_at", "proven"),
    [
        (later(0), NOON, True),
        (later(60), NOON, True),
        (later(102), NOON, True),
        (later(103), NOON, False),
        (NOON - CLOCK_ERROR, NOON, True),
        (NOON - CLOCK_ERROR - timedelta(microseconds=1), NOON, False),
        (later(-3600), NOON, False),
        (later(3600), NOON, False),
        (None, NOON, False),
        (later(60), None, False),
        (None, None, False),
    ],
)
def test_a_chosen_name_needs_proof_by_the_servers_clock(
    created_at: datetime | None, sent_at: datetime | None, proven: bool
) -> None:
    claim = Claims().open(Claim("pod", own=False))
    assert is_ours(claim, Listed("1", created_at=created_at), sent_at) is proven
    assert not is_ours(claim, Listed("1", "another", created_at), sent_at)


@pytest.mark.parametrize(("asked_at", "proven"), [(9.0, True), (-5.0, True), (-5.1, False)])
def test_what_a_list_shortly_before_did_not_show_is_proof_without_a_clock(
    asked_at: float, proven: bool
) -> None:
    """[N4]."""
    claims, claim = Claims(), Claim("pod", own=False)
    claims.take_in([Listed("1")], asked_at, lambda _: None)
    claims.note_sent(claims.open(claim), 10.0)
    assert not is_ours(claim, Listed("1", created_at=later(60)), NOON)
    assert is_ours(claim, Listed("2")) is proven


def test_names_are_watched_for_a_bounded_time_and_number() -> None:
    """[R3]."""
    claims, now = Claims(), 0.0
    for number in range(3 * MOST_WATCHED):
        now += 1.0
        claim = claims.open(Claim(f"n{number % 7 if number % 2 else number}", own=number % 2 == 0))
        claims.note_sent(claim, now)
        if number % 3 == 0:
            claims.note_unclear(claim, now)
        claims.close(claim, str(number), now)
    watched = (claims._unclear, claims._clear, claims._made)
    assert max(map(len, watched)) <= MOST_WATCHED
    assert len(claims._returned) <= MOST_WATCHED
    assert max(map(len, claims._returned.values())) <= MOST_OF_A_NAME
    assert len(claims._clear) <= WATCHED_FOR
    assert claims._open == {}


def test_two_creates_at_a_time_under_one_name_cannot_be_told_apart() -> None:
    claims, pod = Claims(), Listed("1", created_at=NOON)
    first = claims.open(Claim("pod", own=False))
    assert is_ours(first, pod, NOON)
    second = claims.open(Claim("pod", own=False))
    assert not is_ours(first, pod, NOON)
    assert not is_ours(second, pod, NOON)


@pytest.mark.parametrize("gone", [0, 1])
def test_whichever_of_two_creates_ends_first_a_third_meets_the_other(gone: int) -> None:
    claims = Claims()
    pair = [claims.open(Claim("pod", own=False)), claims.open(Claim("pod", own=False))]
    claims.close(pair[gone], None, 6.0)
    assert claims.open(Claim("pod", own=False)).shared


def test_a_name_is_free_again_when_its_creates_have_ended_clearly() -> None:
    claims = Claims()
    for _ in range(2):
        claims.close(claims.open(Claim("pod", own=False)), None, 6.0)
    assert not claims.open(Claim("pod", own=False)).shared


def test_other_names_are_not_concerned() -> None:
    claims = Claims()
    claims.open(Claim("pod", own=False))
    assert not claims.open(Claim("another", own=False)).shared


def test_a_name_whose_create_ended_unclearly_stays_in_doubt() -> None:
    claims = Claims()
    first = claims.open(Claim("pod", own=False))
    claims.note_unclear(first, 5.0)
    claims.close(first, None, 6.0)
    assert first.unclear_since == 5.0
    assert claims.open(Claim("pod", own=False)).shared


def test_a_pod_that_was_returned_is_not_found_by_the_next_create_of_its_name() -> None:
    """Made within the clock's error before the next one was sent, it would pass for its pod."""
    claims, pod = Claims(), Listed("1", created_at=later(-1))
    claims.close(claims.open(Claim("pod", own=False)), "1", 6.0)
    second = claims.open(Claim("pod", own=False))
    assert not is_ours(second, pod, NOON)
    assert is_ours(second, Listed("2", created_at=later(1)), NOON)


def test_the_first_attempt_is_when_it_was_sent() -> None:
    claims, claim = Claims(), Claim("pod", own=True)
    assert claim.first_sent is None
    claims.note_sent(claim, 5.0)
    claims.note_sent(claim, 9.0)
    assert claim.first_sent == 5.0


def test_what_was_never_sent_leaves_nothing_to_watch_for() -> None:
    claims = Claims()
    claims.close(claims.open(Claim("pod", own=True)), "1", 6.0)
    assert claims.unclear == ()
    assert not claims.is_watching
    assert claims.twins([Listed("1"), Listed("2")]) == []


@pytest.mark.parametrize("returned", ["1", None])
def test_after_a_clear_answer_or_a_refusal_all_else_of_a_name_is_a_twin(
    returned: str | None,
) -> None:
    """[X3] and [N6]."""
    claims = Claims()
    claim = claims.open(Claim("pod", own=True))
    claims.note_sent(claim, 5.0)
    claims.close(claim, returned, 6.0)
    twins = [pod.id for pod, _ in claims.twins([Listed("1"), Listed("2")])]
    assert twins == (["2"] if returned else ["1", "2"])


def test_every_pod_but_the_one_returned_is_a_twin_of_an_unclear_create() -> None:
    claims = Claims()
    claim = claims.open(Claim("pod", own=True))
    claims.note_unclear(claim, 5.0)
    claims.close(claim, "1", 6.0)
    pods = [Listed("1"), Listed("2"), Listed("3", "another"), Listed("4", None)]
    assert claims.unclear == ("pod",)
    assert claims.twins(pods) == [(pods[1], claim)]


def test_while_the_caller_still_waits_its_pod_is_no_twin() -> None:
    claims = Claims()
    claim = claims.open(Claim("pod", own=True))
    claims.note_unclear(claim, 5.0)
    assert claims.twins([Listed("1")]) == []


def test_of_a_create_that_gave_up_every_pod_is_a_twin() -> None:
    claims, pod = Claims(), Listed("1")
    claim = claims.open(Claim("pod", own=True))
    claims.note_unclear(claim, 5.0)
    claims.close(claim, None, 6.0)
    assert claims.twins([pod]) == [(pod, claim)]
