"""
How far an error reaches: the one table that says what else it speaks for.

A refusal may be about this one try, about the place that was asked for, about the pod, about the
whole fleet, about the key. Waits, watches and fleets ask here what follows, and look at no classes.

What comes without the API's envelope was said by something in between - a gateway, a firewall, a
login page - which knows nothing of keys, places or pods. So it reaches no further than this try,
whatever its HTTP status is.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from ...errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    ClientClosedError,
    ConfigurationError,
    ConflictError,
    FleetConflictError,
    FleetError,
    FleetExpiredError,
    FleetLeftoverError,
    InsufficientBalanceError,
    InternalServerError,
    InvalidCallbackError,
    InvalidResponseError,
    NotFoundError,
    OutOfCapacityError,
    PermissionDeniedError,
    QueueTimeoutError,
    RateLimitError,
    UnexpectedError,
    UnsupportedOperationError,
    WaitError,
    YottaError,
)


__all__ = [
    "OF_SUBMISSIONS",
    "REACHES",
    "Reach",
    "is_from_in_between",
    "is_passing",
    "reach_of",
    "reach_of_create",
    "reach_of_submission",
]


class Reach(Enum):
    """What an error speaks for besides the call that it ended."""

    TRY = "this try: the next one may succeed"
    PLACE = "this place, for what was asked: another place may do it"
    MEMBER = "this one thing: nothing comes of it, in any place"
    FLEET = "all of the fleet: no more pods, or no fleet any more"
    ENDPOINT = "all that the endpoint is asked for"
    KEY = "all that the key asks for; asked again before it is believed"
    CLIENT = "all of the client, which is closed"


# What a look (a list, a get) and other calls are answered; and a create, which names a place.
# The nearest base class counts.
REACHES: Final[Mapping[type[YottaError], tuple[Reach, Reach]]] = {
    YottaError: (Reach.TRY, Reach.TRY),
    # Nothing was said by the server, or nothing that can be read.
    APIConnectionError: (Reach.TRY, Reach.TRY),
    InvalidResponseError: (Reach.TRY, Reach.TRY),
    QueueTimeoutError: (Reach.TRY, Reach.TRY),
    UnexpectedError: (Reach.TRY, Reach.TRY),
    # The server is busy or ill.
    RateLimitError: (Reach.TRY, Reach.TRY),
    InternalServerError: (Reach.TRY, Reach.TRY),
    # The server says no. A look has nothing in it that could be wrong in one place only.
    APIStatusError: (Reach.KEY, Reach.PLACE),
    BadRequestError: (Reach.KEY, Reach.PLACE),
    PermissionDeniedError: (Reach.KEY, Reach.PLACE),
    AuthenticationError: (Reach.KEY, Reach.KEY),
    ConflictError: (Reach.TRY, Reach.PLACE),
    NotFoundError: (Reach.MEMBER, Reach.PLACE),
    OutOfCapacityError: (Reach.TRY, Reach.PLACE),
    InsufficientBalanceError: (Reach.KEY, Reach.FLEET),
    # Nothing was sent.
    ConfigurationError: (Reach.MEMBER, Reach.MEMBER),
    UnsupportedOperationError: (Reach.MEMBER, Reach.MEMBER),
    InvalidCallbackError: (Reach.MEMBER, Reach.MEMBER),
    ClientClosedError: (Reach.CLIENT, Reach.CLIENT),
    # What became of something.
    WaitError: (Reach.MEMBER, Reach.MEMBER),
    BudgetExceededError: (Reach.FLEET, Reach.FLEET),
    FleetError: (Reach.FLEET, Reach.FLEET),
    FleetConflictError: (Reach.FLEET, Reach.FLEET),
    FleetExpiredError: (Reach.FLEET, Reach.FLEET),
    FleetLeftoverError: (Reach.FLEET, Reach.FLEET),
}
# Where the answer to a task's submission reaches elsewhere than that to a look: what is refused is
# what the task is, and what is not found is the endpoint.
OF_SUBMISSIONS: Final[Mapping[type[YottaError], Reach]] = {
    APIStatusError: Reach.MEMBER,
    BadRequestError: Reach.MEMBER,
    NotFoundError: Reach.ENDPOINT,
}


def reach_of(error: YottaError) -> Reach:
    """Return how far the error of a look reaches, or of any call but a create."""
    return _row(error)[0]


def reach_of_create(error: YottaError) -> Reach:
    """Return how far the error of a create reaches."""
    return _row(error)[1]


def reach_of_submission(error: YottaError) -> Reach:
    """Return how far the error of a task's submission reaches."""
    if is_from_in_between(error):
        return Reach.TRY
    return OF_SUBMISSIONS.get(type(error), reach_of(error))


def is_passing(error: YottaError) -> bool:
    """Whether the next look may make up for a look that failed."""
    return reach_of(error) is Reach.TRY


def is_from_in_between(error: YottaError) -> bool:
    """Whether an answer without the API's envelope says no: a gateway's, or a firewall's."""
    return isinstance(error, APIStatusError) and error.code is None and error.status >= 400


def _row(error: YottaError) -> tuple[Reach, Reach]:
    if is_from_in_between(error):
        return Reach.TRY, Reach.TRY
    return next(REACHES[kind] for kind in type(error).__mro__ if kind in REACHES)
