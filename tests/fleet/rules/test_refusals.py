"""What a refused create says of its place, told by what was accepted before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import BadRequestError, NotSentError, PermissionDeniedError, YottaError
from yotta_async.fleet.rules.places import Place
from yotta_async.fleet.rules.refusals import RULED_OUT, Refusals, refused_everywhere


EAST, WEST, NORTH = ALL = tuple(Place(region, "H100") for region in ("east", "west", "north"))
NO = BadRequestError("gpu type not supported.", status=200, code=20001)
FORBIDDEN = PermissionDeniedError("not here.", status=403, code=10004)


def test_what_was_never_accepted_is_ruled_out_for_a_while() -> None:
    """[S1]."""
    refusals = Refusals()
    assert refusals.rules_out(EAST, "a", NO, 0.0)
    assert refusals.open_places(ALL, "a", RULED_OUT - 1.0) == [WEST, NORTH]
    assert refusals.open_places(ALL, "a", RULED_OUT) == [EAST, WEST, NORTH]


def test_another_spec_is_another_matter() -> None:
    """[S1]."""
    refusals = Refusals()
    refusals.rules_out(EAST, "a", NO, 0.0)
    assert refusals.open_places(ALL, "b", 1.0) == list(ALL)


def test_what_was_accepted_before_is_a_limit() -> None:
    """[S3]."""
    refusals = Refusals()
    refusals.note_accepted(EAST, "a")
    assert not refusals.rules_out(EAST, "a", NO, 1.0)
    assert refusals.rules_out(EAST, "b", NO, 1.0)
    assert refusals.rules_out(WEST, "a", NO, 1.0)


def test_after_its_time_one_at_a_time_tries_a_place_again() -> None:
    """[S1]."""
    refusals = Refusals()
    refusals.rules_out(EAST, "a", NO, 0.0)
    refusals.begin(EAST, "a", RULED_OUT)
    assert refusals.open_places(ALL, "a", RULED_OUT + 1.0) == [WEST, NORTH]
    refusals.note_accepted(EAST, "a")
    assert refusals.open_places(ALL, "a", RULED_OUT + 2.0) == list(ALL)


@given(st.sets(st.sampled_from(ALL)))
def test_a_spec_is_hopeless_exactly_if_all_its_places_have_refused_it(refused: set[Place]) -> None:
    """[S1]."""
    refusals = Refusals()
    for place in refused:
        refusals.rules_out(place, "a", NO, 0.0)
    reasons = refusals.reasons(ALL, "a", 1.0)
    assert (reasons is not None) == (refused == set(ALL))


def test_without_places_nothing_was_refused() -> None:
    assert Refusals().reasons((), "a", 0.0) is None


def test_what_is_not_asked_for_any_more_is_forgotten() -> None:
    refusals = Refusals()
    refusals.rules_out(EAST, "a", NO, 0.0)
    refusals.note_accepted(WEST, "a")
    refusals.keep_only({"b"})
    assert refusals.open_places(ALL, "a", 0.0) == list(ALL)
    assert refusals.rules_out(WEST, "a", NO, 0.0)


def test_the_error_has_the_reason_of_each_place() -> None:
    """[S1]."""
    error = refused_everywhere({EAST: NO, WEST: FORBIDDEN})
    assert isinstance(error, BadRequestError)
    assert (error.code, error.__cause__) == (20001, NO)
    for text in ("H100 in east", "gpu type not supported", "H100 in west", "not here"):
        assert text in str(error)


@pytest.mark.parametrize("reasons", [{EAST: NO}, {EAST: NotSentError("a"), WEST: NO}])
def test_the_only_reason_is_raised_as_it_is(reasons: dict[Place, YottaError]) -> None:
    assert refused_everywhere(reasons) is reasons[EAST]
