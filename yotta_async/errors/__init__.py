"""
Everything this package raises.

    YottaError
    ├─ ConfigurationError             an argument or setting that cannot work; nothing was sent
    │  └─ BudgetExceededError            it costs more than it may
    ├─ UnsupportedOperationError      this API version lacks it; nothing was sent
    ├─ ClientClosedError              the client was closed; nothing was sent
    ├─ APIError
    │  ├─ APIConnectionError          the exchange broke; what the server can have seen:
    │  │  ├─ NotSentError                nothing
    │  │  └─ MaybeSentError              perhaps all of it
    │  │     ├─ APITimeoutError             no whole answer in time
    │  │     └─ UnresolvedCreateError       what was to be made may exist
    │  ├─ InvalidResponseError        an answer that is not the API's contract
    │  └─ APIStatusError              a well-formed refusal, with any HTTP status
    │     ├─ AuthenticationError · PermissionDeniedError · BadRequestError
    │     ├─ NotFoundError · ConflictError
    │     ├─ RateLimitError ─ ConcurrencyLimitError
    │     └─ OutOfCapacityError · InsufficientBalanceError · InternalServerError
    ├─ QueueTimeoutError              waited longer than allowed for a credit or a slot
    ├─ WaitError                      something did not become what was waited for
    │  ├─ WaitTimeoutError               not in time
    │  ├─ PodFailedError · PodVanishedError
    │  └─ TaskFailedError · EndpointFailedError · VMFailedError
    ├─ FleetError (ExceptionGroup)    too few of a fleet's pods became ready; .outcomes has all
    ├─ FleetConflictError             another program is at work on the same fleet
    ├─ FleetExpiredError              a fleet has lived as long as it may
    ├─ FleetLeftoverError             pods are left, and bill: .pods, and the .command for them
    ├─ NoPodLeftError                 a fleet has no pod that could do an item of its work
    ├─ WorkLostError                  each pod that an item was done on was lost
    ├─ WorkTimeoutError               an item took longer than it may, on each of its pods
    ├─ JournalError                   the journal of a map cannot be read or written
    │  └─ JournalLockedError · JournalMismatchError
    ├─ UnexpectedError                a fleet's own work met something unknown: see __cause__
    └─ InvalidCallbackError           a call to a webhook that is not the platform's

All of them pickle, and none holds a key, a token or an environment value.
"""

from .api import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConcurrencyLimitError,
    ConflictError,
    InsufficientBalanceError,
    InternalServerError,
    InvalidResponseError,
    MaybeSentError,
    NotFoundError,
    NotSentError,
    OutOfCapacityError,
    PermissionDeniedError,
    RateLimitError,
    UnresolvedCreateError,
)
from .base import (
    ClientClosedError,
    ConfigurationError,
    InvalidCallbackError,
    QueueTimeoutError,
    UnexpectedError,
    UnsupportedOperationError,
    YottaError,
)
from .fleet import (
    BudgetExceededError,
    FleetConflictError,
    FleetError,
    FleetExpiredError,
    FleetLeftoverError,
    JournalError,
    JournalLockedError,
    JournalMismatchError,
    NoPodLeftError,
    WorkLostError,
    WorkTimeoutError,
)
from .waiting import (
    EndpointFailedError,
    PodFailedError,
    PodVanishedError,
    TaskFailedError,
    VMFailedError,
    WaitError,
    WaitTimeoutError,
)


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "BudgetExceededError",
    "ClientClosedError",
    "ConcurrencyLimitError",
    "ConfigurationError",
    "ConflictError",
    "EndpointFailedError",
    "FleetConflictError",
    "FleetError",
    "FleetExpiredError",
    "FleetLeftoverError",
    "InsufficientBalanceError",
    "InternalServerError",
    "InvalidCallbackError",
    "InvalidResponseError",
    "JournalError",
    "JournalLockedError",
    "JournalMismatchError",
    "MaybeSentError",
    "NoPodLeftError",
    "NotFoundError",
    "NotSentError",
    "OutOfCapacityError",
    "PermissionDeniedError",
    "PodFailedError",
    "PodVanishedError",
    "QueueTimeoutError",
    "RateLimitError",
    "TaskFailedError",
    "UnexpectedError",
    "UnresolvedCreateError",
    "UnsupportedOperationError",
    "VMFailedError",
    "WaitError",
    "WaitTimeoutError",
    "WorkLostError",
    "WorkTimeoutError",
    "YottaError",
]

# They are raised, shown and pickled under the name that users import.
for _name in __all__:
    globals()[_name].__module__ = __name__
