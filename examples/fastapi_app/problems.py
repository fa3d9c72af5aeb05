"""Which HTTP status stands for which error."""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Final

from attrs import field, frozen

from yotta_async import YottaError
from yotta_async.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    BudgetExceededError,
    ClientClosedError,
    ConfigurationError,
    ConflictError,
    FleetError,
    FleetLeftoverError,
    InsufficientBalanceError,
    InvalidResponseError,
    NotFoundError,
    OutOfCapacityError,
    QueueTimeoutError,
    RateLimitError,
    UnresolvedCreateError,
    UnsupportedOperationError,
)


__all__ = ["STATUSES", "Problem", "RefusedError", "problem_of"]

# The nearest class counts. A wrong key, too many requests, a full queue: nothing the user of this
# service can do about, so none of them is a 4xx.
STATUSES: Final[Mapping[type[Exception], int]] = {
    YottaError: 500,
    # What was asked for cannot be.
    ConfigurationError: 422,
    BadRequestError: 422,
    UnsupportedOperationError: 501,
    NotFoundError: 404,
    ConflictError: 409,
    BudgetExceededError: 402,
    InsufficientBalanceError: 402,
    # Not now.
    OutOfCapacityError: 503,
    QueueTimeoutError: 503,
    RateLimitError: 503,
    ClientClosedError: 503,
    FleetError: 503,
    # The service behind this one: it does not answer, or not as it should.
    APIStatusError: 502,
    InvalidResponseError: 502,
    APIConnectionError: 502,
    FleetLeftoverError: 502,
    APITimeoutError: 504,
    UnresolvedCreateError: 504,
}
# Seconds after which to ask again, where Yotta does not say.
LATER: Final = 10


class RefusedError(Exception):
    """This service itself refuses."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@frozen
class Problem:
    """An answer that tells of an error."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(factory=dict[str, str])


def problem_of(error: YottaError | RefusedError) -> Problem:
    """Return what is answered; errors of `yotta_async` hold no secret."""
    if isinstance(error, RefusedError):
        return Problem(
            error.status, {"error": HTTPStatus(error.status).phrase, "detail": str(error)}
        )
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    body: dict[str, object] = {"error": type(error).__name__, "detail": str(error)}
    if isinstance(error, UnresolvedCreateError):
        body["pod"] = error.name  # it may exist, and bill
    if isinstance(error, FleetLeftoverError):
        body["pods"] = error.pods
    return Problem(status, body, _retry_after(error) if status == 503 else {})


def _retry_after(error: YottaError) -> Mapping[str, str]:
    seconds = getattr(error, "retry_after", None)
    return {"Retry-After": str(LATER if seconds is None else ceil(seconds))}
