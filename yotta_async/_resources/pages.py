"""Lists that come in pages, as one stream or page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar

from attrs import define, field

from .._checks import is_whole
from ..errors import ConfigurationError, InvalidResponseError
from ..models import Page


__all__ = ["PAGE_SIZE", "Identified", "Pages", "check_page_size"]

T = TypeVar("T")


class Identified(Protocol):
    """What has an id."""

    @property
    def id(self) -> str: ...


# The greatest that the server takes is not documented; its own default is 10.
PAGE_SIZE: Final = 50
# What comes between two requests for pages moves items on, and a page may hold nothing new. A
# server that goes on like that does not heed the page's number.
_MOST_STALE: Final = 3
_MOST_PAGES: Final = 10_000


def check_page_size(size: object) -> None:
    """
    Check how many items a page shall have.

    Raises:
        ConfigurationError: No such number can be.
    """
    if not is_whole(size) or size < 1:
        problem = "must be a whole number, 1 or more"
        raise ConfigurationError("page_size", size, problem, hint=f"{PAGE_SIZE} do as a rule.")


@define(eq=False)
class Pages(Generic[T]):
    """
    A list that comes in pages: ``async for item in pages``, or ``await pages.page(2)``.

    Nothing is requested before it is asked for; it can be gone through more than once.
    """

    _operation: str
    _fetch: Callable[[int], Awaitable[Page[T]]]
    _key: Callable[[T], object]

    def __aiter__(self) -> AsyncIterator[T]:
        return _Walk(self._operation, self._fetch, self._key)

    async def page(self, number: int = 1) -> Page[T]:
        """
        Return one page.

        Args:
            number: Counted from 1.

        Raises:
            ConfigurationError: A number below 1.
            InvalidResponseError: It cannot be read.
        """
        if not is_whole(number) or number < 1:
            problem = "must be a whole number, 1 or more"
            raise ConfigurationError("number", number, problem, hint="Pages are counted from 1.")
        return await self._fetch(number)

    async def all(self) -> list[T]:
        """Return all items of all pages."""
        return [item async for item in self]


@define(eq=False)
class _Walk(AsyncIterator[T]):
    """One way through all pages; an item that moved on to the next page comes once."""

    _operation: str
    _fetch: Callable[[int], Awaitable[Page[T]]]
    _key: Callable[[T], object]
    _number: int = 0
    _stale: int = 0
    _last: bool = False
    _seen: set[object] = field(factory=set[object])
    _pending: list[T] = field(factory=list[T])

    async def __anext__(self) -> T:
        while not self._pending:
            if self._last:
                raise StopAsyncIteration
            await self._turn()
        return self._pending.pop()

    async def _turn(self) -> None:
        page = await self._fetch(self._number + 1)
        self._number += 1
        fresh = {self._key(item): item for item in page.items if self._key(item) not in self._seen}
        self._seen.update(fresh)
        self._pending = list(reversed(fresh.values()))
        self._last = not page.items or self._number >= page.pages
        self._stale = 0 if fresh else self._stale + 1
        if self._stale > _MOST_STALE or self._number > _MOST_PAGES:
            message = f"page {self._number} and those before it hold nothing new; there is no end."
            raise InvalidResponseError(message, operation=self._operation, path="items")
