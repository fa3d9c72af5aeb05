"""What can become of many pods at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from ._text import harmless
from .base import ConfigurationError, YottaError


__all__ = [
    "BudgetExceededError",
    "FleetConflictError",
    "FleetError",
    "FleetExpiredError",
    "FleetLeftoverError",
    "JournalError",
    "JournalLockedError",
    "JournalMismatchError",
    "NoPodLeftError",
    "WorkLostError",
    "WorkTimeoutError",
]


class FleetError(YottaError, ExceptionGroup[YottaError]):
    """
    Not enough of a fleet's pods became ready; it holds the errors of those that did not.

    Attributes:
        outcomes: What became of every pod (`yotta_async.Outcome`), the successful ones included.
    """

    outcomes: tuple[Any, ...]

    # An exception group is made by `__new__`, which takes no keyword arguments of its own.
    def __new__(
        cls,
        message: str,
        errors: Sequence[YottaError],
        *,
        outcomes: Sequence[object] = (),  # noqa: ARG004  # `__init__` takes them
        hint: str = "",  # noqa: ARG004
    ) -> Self:
        return super().__new__(cls, message, errors)

    def __init__(
        self,
        message: str,
        errors: Sequence[YottaError],
        *,
        outcomes: Sequence[object] = (),
        hint: str = "",
    ) -> None:
        # `YottaError`'s would leave the errors out of `args`, and so out of what pickles.
        Exception.__init__(self, message, list(errors))
        self.hint = hint
        self.outcomes = tuple(outcomes)

    def __str__(self) -> str:
        return harmless(f"{self.message} {self.hint}" if self.hint else self.message)

    def derive(self, errors: Sequence[YottaError], /) -> "FleetError":  # type: ignore[override]
        """Return the like of it with other errors, for `split` and `subgroup`."""
        return FleetError(self.message, errors, outcomes=self.outcomes, hint=self.hint)


class FleetConflictError(YottaError):
    """
    Another program is at work on the same fleet, and was so before this one.

    This one leaves the pods of the other program alone; the pods that it made itself end as its
    ``on_exit`` says.

    Attributes:
        pods: The names, by id, of the pods that are left to the other program; should that be dead
            after all, they bill.
        command: The shell command that deletes them.
    """

    def __init__(
        self,
        message: str,
        *,
        pods: Mapping[str, str] | None = None,
        command: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.pods: dict[str, str] = dict(pods or {})
        self.command: str = command


class FleetExpiredError(YottaError):
    """The fleet has reached its ``max_lifetime``, and was ended."""


class FleetLeftoverError(YottaError):
    """
    Pods are left, or may be, and bill.

    Attributes:
        pods: Their ids by name; None where no id is known.
        command: The shell command that deletes them.
    """

    def __init__(
        self, message: str, *, pods: Mapping[str, str | None], command: str, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.pods: dict[str, str | None] = dict(pods)
        self.command: str = command


class BudgetExceededError(ConfigurationError):
    """A fleet costs more than its `Budget` allows, or its price is not known."""


class NoPodLeftError(YottaError):
    """
    A fleet has no pod, and will get none, that could do an item of its work.

    ``__cause__`` is why its last pod was given up.
    """


class WorkLostError(YottaError):
    """
    Each pod that an item was done on was lost meanwhile, as often as an item may be tried.

    Attributes:
        tries: On how many pods it was begun.
        pods: The ids of those pods, oldest first.
    """

    def __init__(
        self, message: str, *, tries: int, pods: Sequence[str] = (), hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.tries: int = tries
        self.pods: tuple[str, ...] = tuple(pods)


class WorkTimeoutError(YottaError):
    """
    The last try of an item took longer than an item may.

    Attributes:
        tries: On how many pods it was begun.
        pods: The ids of those pods, oldest first.
        seconds: How many seconds a try may take.
    """

    def __init__(
        self,
        message: str,
        *,
        tries: int,
        pods: Sequence[str] = (),
        seconds: float = 0.0,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.tries: int = tries
        self.pods: tuple[str, ...] = tuple(pods)
        self.seconds: float = seconds


class JournalError(YottaError):
    """
    The journal of a map cannot be read or written.

    Attributes:
        path: The file.
    """

    def __init__(self, message: str, *, path: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path: str = path


class JournalLockedError(JournalError):
    """Another map, perhaps of another program, is at work with the same journal."""


class JournalMismatchError(JournalError):
    """
    The items are not those of the journal.

    Attributes:
        index: The first item that is another one, or is missing.
    """

    def __init__(self, message: str, *, path: str, index: int, hint: str = "") -> None:
        super().__init__(message, path=path, hint=hint)
        self.index: int = index
