"""What making exactly one of anything is told about the noun that is made."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from attrs import field, frozen

from ..._call.caller import CallOptions
from ..._call.rules.operation import Call, Operation
from ...events import Event


__all__ = ["Made", "Recipe", "Request"]

T = TypeVar("T")


class Made(Protocol):
    """What is looked at of a thing: whose it is, and when it was made."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str | None: ...

    @property
    def created_at(self) -> datetime | None: ...


@frozen
class Request(Generic[T]):
    """
    A create, filled in.

    Attributes:
        call: What is sent; the thing's name is in it.
        read: Makes the thing of the answer's ``data``, and raises `InvalidResponseError` if that
            cannot be.
    """

    call: Call
    read: Callable[[object], T] = field(repr=False)


class Recipe(Protocol):
    """
    How the things of one noun are made and deleted, and what is told of it.

    The account's list of them shows their names, by which they are found again.
    """

    @property
    def noun(self) -> str:
        """What one is called in messages, such as ``"pod"``."""
        ...

    @property
    def operation(self) -> Operation:
        """The create: it says for what a create waits before it is sent."""
        ...

    async def delete(self, thing_id: str, options: CallOptions) -> None:
        """
        Delete one; on its way out it is as good as deleted.

        Raises:
            NotFoundError: There is none.
        """
        ...

    def unclear(self, name: str, *, at: float, error: str) -> Event:
        """Return the event of a create without a clear answer."""
        ...

    def recovered(self, name: str, thing_id: str, *, at: float) -> Event:
        """Return the event of a thing that was found by its name after that."""
        ...

    def removed(self, name: str, thing_id: str, *, at: float) -> Event:
        """Return the event of a thing without an owner that was deleted."""
        ...

    def left(self, name: str, thing_id: str | None, *, at: float, reason: str) -> Event:
        """Return the event of a thing without an owner that could not be, or may exist."""
        ...
