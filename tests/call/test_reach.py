"""How far each error reaches: the table is whole, and a page from in between reaches no further."""

import pytest

from yotta_async import errors
from yotta_async._call.rules.envelope import _BY_CODE
from yotta_async._call.rules.reach import (
    REACHES,
    Reach,
    is_from_in_between,
    is_passing,
    reach_of,
    reach_of_create,
    reach_of_submission,
)
from yotta_async.errors import APIStatusError, YottaError


KINDS = [getattr(errors, name) for name in errors.__all__]
STATUS_ERRORS = [kind for kind in KINDS if issubclass(kind, APIStatusError)]


def blank(kind: type[YottaError]) -> YottaError:
    return kind.__new__(kind, "no.", [YottaError("no.")] if kind is errors.FleetError else [])


def said(kind: type[APIStatusError], *, status: int = 200, code: int | None = 1) -> APIStatusError:
    return kind("no.", status=status, code=code)


@pytest.mark.parametrize("kind", KINDS)
def test_each_public_error_has_a_reach(kind: type[YottaError]) -> None:
    error = said(kind) if issubclass(kind, APIStatusError) else blank(kind)
    assert isinstance(reach_of(error), Reach)
    assert isinstance(reach_of_create(error), Reach)
    assert isinstance(reach_of_submission(error), Reach)


@pytest.mark.parametrize("kind", REACHES)
def test_the_table_names_public_errors_only(kind: type[YottaError]) -> None:
    assert kind in KINDS


# Of each code that is documented: of a look, of a create.
CODES = {
    429: (Reach.TRY, Reach.TRY),
    9999: (Reach.TRY, Reach.TRY),
    10001: (Reach.KEY, Reach.PLACE),
    10002: (Reach.TRY, Reach.TRY),
    10004: (Reach.KEY, Reach.PLACE),
    10007: (Reach.MEMBER, Reach.PLACE),
    11000: (Reach.MEMBER, Reach.PLACE),
    11001: (Reach.TRY, Reach.PLACE),
    11002: (Reach.KEY, Reach.PLACE),
    12000: (Reach.MEMBER, Reach.PLACE),
    12001: (Reach.TRY, Reach.PLACE),
    13000: (Reach.MEMBER, Reach.PLACE),
    14000: (Reach.MEMBER, Reach.PLACE),
    20001: (Reach.KEY, Reach.PLACE),
    20002: (Reach.KEY, Reach.PLACE),
    24000: (Reach.TRY, Reach.TRY),
    24001: (Reach.MEMBER, Reach.PLACE),
    24002: (Reach.TRY, Reach.PLACE),
    24011: (Reach.MEMBER, Reach.PLACE),
    25002: (Reach.TRY, Reach.PLACE),
    40001: (Reach.KEY, Reach.PLACE),
    40101: (Reach.KEY, Reach.KEY),
    40400: (Reach.MEMBER, Reach.PLACE),
    40402: (Reach.MEMBER, Reach.PLACE),
    44003: (Reach.MEMBER, Reach.PLACE),
    50000: (Reach.TRY, Reach.TRY),
    50001: (Reach.TRY, Reach.TRY),
}


@pytest.mark.parametrize(
    ("kind", "reach"),
    [
        (errors.BadRequestError, Reach.MEMBER),
        (errors.ConflictError, Reach.TRY),
        (errors.APIStatusError, Reach.MEMBER),
        (errors.NotFoundError, Reach.ENDPOINT),
        (errors.AuthenticationError, Reach.KEY),
        (errors.PermissionDeniedError, Reach.KEY),
        (errors.InsufficientBalanceError, Reach.KEY),
        (errors.RateLimitError, Reach.TRY),
        (errors.InternalServerError, Reach.TRY),
    ],
)
def test_how_far_the_answer_to_a_submission_reaches(
    kind: type[APIStatusError], reach: Reach
) -> None:
    """[S1]."""
    assert reach_of_submission(said(kind)) is reach
    assert reach_of_submission(said(kind, status=403, code=None)) is Reach.TRY


def test_each_documented_code_is_in_the_table_above() -> None:
    assert CODES.keys() == _BY_CODE.keys()


@pytest.mark.parametrize("code", CODES)
def test_a_documented_code_reaches_as_far_as_its_error(code: int) -> None:
    error = said(_BY_CODE[code], code=code)
    assert (reach_of(error), reach_of_create(error)) == CODES[code]


@pytest.mark.parametrize("kind", STATUS_ERRORS)
@pytest.mark.parametrize("status", [401, 403, 404, 407, 409, 451, 503])
def test_an_answer_without_the_envelope_reaches_this_try_only(
    kind: type[APIStatusError], status: int
) -> None:
    """[T8] Whatever its status: a firewall knows of no key."""
    error = said(kind, status=status, code=None)
    assert is_from_in_between(error)
    assert {reach_of(error), reach_of_create(error)} == {Reach.TRY}
    assert is_passing(error)


@pytest.mark.parametrize(
    "kind",
    [
        errors.RateLimitError,
        errors.ConcurrencyLimitError,
        errors.QueueTimeoutError,
        errors.NotSentError,
        errors.APITimeoutError,
        errors.UnresolvedCreateError,
        errors.InvalidResponseError,
        errors.InternalServerError,
        errors.UnexpectedError,
    ],
)
def test_what_passes_reaches_this_try_only(kind: type[YottaError]) -> None:
    error = said(kind) if issubclass(kind, APIStatusError) else blank(kind)
    assert {reach_of(error), reach_of_create(error)} == {Reach.TRY}


def test_a_closed_client_reaches_all_of_it() -> None:
    error = blank(errors.ClientClosedError)
    assert {reach_of(error), reach_of_create(error)} == {Reach.CLIENT}
