"""
Where the book of a shared budget is kept, as a process sees it.

What can go wrong has two forms. `ConfigurationError`: it cannot work as it is set up, and trying
again is of no use. `StoreLost`: it does not work now; the caller waits and tries again.
"""

from typing import Any, Protocol

from ...errors import ConfigurationError
from ..rules.book.messages import Refusal, Reply, Request, Settings
from ..rules.book.state import SCHEMA, Book
from ..rules.book.status import Status


__all__ = ["Store", "StoreLost", "mismatch", "read_book"]


class StoreLost(Exception):  # noqa: N818  # a state of things, which ends by itself
    """
    The store cannot be reached, or cannot write.

    Attributes:
        reason: For people, without a password.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Store(Protocol):
    """
    One book in one store, used by one session on one event loop.

    One task at a time may be in `step` and one in `news`; `status` has no such bound. A step that
    is cancelled, or that raises `StoreLost`, may have been booked or not: its answer is lost for
    good, which the next request tells by `Request.heard`.
    """

    async def step(self, request: Request) -> Reply:
        """
        Let the book make one step, and wake the processes whose turn it is.

        Raises:
            ConfigurationError: The store cannot be used so, or belongs to another version.
            StoreLost: No answer came, within 5 s at most.
        """
        ...

    async def news(self) -> None:
        """
        Return when this session was woken, or when wake-ups may have been missed.

        A wake-up that came while no task waited is kept, so that the next call returns at once.
        While the store is lost it returns at once the first time and then waits until it is back.
        """
        ...

    async def status(self) -> Status | None:
        """
        Read the book without changing it; None if there is none.

        Raises:
            ConfigurationError: As in `step`.
            StoreLost: As in `step`.
        """
        ...

    async def aclose(self) -> None:
        """Let go of files and connections; the book stays. It may be called again."""
        ...


def read_book(document: dict[str, Any]) -> Book:
    """
    Read a book.

    Raises:
        ConfigurationError: It is of another version of this package.
    """
    if document["schema"] != SCHEMA:
        raise _other_schema(document["schema"])
    return Book.read(document)


def mismatch(refusal: Refusal, request: Request) -> ConfigurationError:
    """Return the error of a process that the book has nothing to do with."""
    if refusal.settings is None:
        return _other_schema(refusal.schema)
    ours, theirs = _told(request.settings), _told(refusal.settings)
    return ConfigurationError(
        "Limits",
        ours,
        f"must be those of the process that came first, {refusal.label}: {theirs}",
        hint="Give all processes that share the budget of a key the same limits.",
    )


def _other_schema(schema: int) -> ConfigurationError:
    return ConfigurationError(
        "Limits.shared",
        f"schema {schema}",
        f"must be the schema of this version of yotta-async, {SCHEMA}",
        hint="Use one version in all processes of a key, or another file or database.",
    )


def _told(settings: Settings) -> str:
    span = "settled" if settings.settled else "call"
    return (
        f"requests={settings.requests}, per={settings.per / 1000:g}, "
        f"pod_operations={settings.pod_operations}, burst={settings.burst or None}, "
        f"reserve={settings.reserve}, operation_span={span!r}, grace={settings.grace / 1000:g}"
    )
