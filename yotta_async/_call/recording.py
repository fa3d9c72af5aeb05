"""The replies behind a result, with their headers and bytes."""

from collections.abc import Awaitable, Mapping
from contextvars import ContextVar
from typing import Final, Generic, TypeVar

from attrs import field, frozen

from ..errors import YottaError
from .rules.reply import Reply


__all__ = ["RECORD", "RawResponse", "record"]

T = TypeVar("T")

# Of the task that asked; work that is carried in a task of its own inherits it.
RECORD: Final[ContextVar[list[Reply] | None]] = ContextVar("yotta_async.record", default=None)


@frozen
class RawResponse(Generic[T]):
    """
    A result, and the replies that it was made of.

    Attributes:
        value: What the verb returns.
        replies: Every answer that came meanwhile, refusals included, oldest first; bodies may hold
            secrets, so no repr shows them.
    """

    value: T
    replies: tuple[Reply, ...] = field(repr=False)

    @property
    def last(self) -> Reply:
        """
        The last answer.

        Raises:
            YottaError: There is none: another task's request brought the result.
        """
        if self.replies:
            return self.replies[-1]
        hint = "Ask with a verb that sends a request of its own, such as `get`."
        raise YottaError("no reply is this call's own.", hint=hint)

    @property
    def status(self) -> int:
        """The HTTP status of the last answer."""
        return self.last.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the last answer, by lower-case name."""
        return self.last.headers

    @property
    def body(self) -> bytes:
        """The last answer's body, without its content encoding."""
        return self.last.body


async def record(work: Awaitable[T]) -> RawResponse[T]:
    """Await a verb, and keep the replies that come meanwhile."""
    replies: list[Reply] = []
    token = RECORD.set(replies)
    try:
        value = await work
    finally:
        RECORD.reset(token)
    return RawResponse(value, tuple(replies))
