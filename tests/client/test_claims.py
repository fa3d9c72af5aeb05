"""Whose pod is it? What a name proves, and what it does not."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import frozen

from yotta_async._resources.making.claims import CLOCK_ERROR, Claim, Claims


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@frozen
class Listed:
    id: str
    name: str | None = "pod"
    created_at: datetime | None = None


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_name_made_here_is_proof_enough() -> None:
    claim = Claims().open(Claim("pod", own=True))
    assert claim.matches(Listed("1"), None)
    assert not claim.matches(Listed("1", "another"), None)
    assert not claim.matches(Listed("1", None), None)


@pytest.mark.parametrize(
    ("created_at", "sent_at", "proven"),
    [
        (later(0), NOON, True),
        (later(60), NOON, True),
        (NOON - CLOCK_ERROR, NOON, True),
        (NOON - CLOCK_ERROR - timedelta(microseconds=1), NOON, False),
        (later(-3600), NOON, False),
        (None, NOON, False),
        (later(60), None, False),
        (None, None, False),
    ],
)
def test_a_chosen_name_needs_proof_by_the_servers_clock(
    created_at: datetime | None, sent_at: datetime | None, proven: bool
) -> None:
    claim = Claims().open(Claim("pod", own=False))
    assert claim.matches(Listed("1", created_at=created_at), sent_at) is proven
    assert not claim.matches(Listed("1", "another", created_at), sent_at)


def test_two_creates_at_a_time_under_one_name_cannot_be_told_apart() -> None:
    claims, pod = Claims(), Listed("1", created_at=NOON)
    first = claims.open(Claim("pod", own=False))
    assert first.matches(pod, NOON)
    second = claims.open(Claim("pod", own=False))
    assert not first.matches(pod, NOON)
    assert not second.matches(pod, NOON)


@pytest.mark.parametrize("gone", [0, 1])
def test_whichever_of_two_creates_ends_first_a_third_meets_the_other(gone: int) -> None:
    claims = Claims()
    pair = [claims.open(Claim("pod", own=False)), claims.open(Claim("pod", own=False))]
    claims.close(pair[gone], None)
    assert claims.open(Claim("pod", own=False)).shared


def test_a_name_is_free_again_when_its_creates_have_ended_clearly() -> None:
    claims = Claims()
    for _ in range(2):
        claims.close(claims.open(Claim("pod", own=False)), None)
    assert not claims.open(Claim("pod", own=False)).shared


def test_other_names_are_not_concerned() -> None:
    claims = Claims()
    claims.open(Claim("pod", own=False))
    assert not claims.open(Claim("another", own=False)).shared


def test_a_name_whose_create_ended_unclearly_stays_in_doubt() -> None:
    claims = Claims()
    first = claims.open(Claim("pod", own=False))
    claims.note_unclear(first, 5.0)
    claims.close(first, None)
    assert first.unclear_since == 5.0
    assert claims.open(Claim("pod", own=False)).shared


def test_a_pod_that_was_returned_is_not_found_by_the_next_create_of_its_name() -> None:
    """Made within the clock's error before the next one was sent, it would pass for its pod."""
    claims, pod = Claims(), Listed("1", created_at=later(-1))
    claims.close(claims.open(Claim("pod", own=False)), "1")
    second = claims.open(Claim("pod", own=False))
    assert not second.matches(pod, NOON)
    assert second.matches(Listed("2", created_at=later(1)), NOON)


def test_the_first_attempt_is_when_it_was_sent() -> None:
    claim = Claims().open(Claim("pod", own=True))
    assert claim.first_sent is None
    claim.sent(5.0)
    claim.sent(9.0)
    assert claim.first_sent == 5.0


def test_a_clear_create_leaves_nothing_to_watch_for() -> None:
    claims = Claims()
    claims.close(claims.open(Claim("pod", own=True)), "1")
    assert claims.unclear == ()
    assert claims.twins([Listed("1"), Listed("2")]) == []


def test_every_pod_but_the_one_returned_is_a_twin_of_an_unclear_create() -> None:
    claims = Claims()
    claim = claims.open(Claim("pod", own=True))
    claims.note_unclear(claim, 5.0)
    claims.close(claim, "1")
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
    claims.close(claim, None)
    assert claims.twins([pod]) == [(pod, claim)]
