"""Lists that come in pages, as one stream or page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Generic, Protocol, TypeVar

from attrs import define, field

from .._checks import is_whole
from ..errors import ConfigurationError, InvalidResponseError
from ..models import Listing, Page, Unreadable
from ..models._progress import furthest


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
        ConfigurationError: The size is not a whole number of 1 or more.
    """
    if not is_whole(size) or size < 1:
        problem = "must be a whole number, 1 or more"
        raise ConfigurationError("page_size", size, problem, hint=f"{PAGE_SIZE} do as a rule.")


@define(eq=False, repr=False)
class Pages(Generic[T]):
    """
    A list that comes in pages: ``async for item in pages``, or ``await pages.page(2)``.

    Nothing is requested before it is asked for; it can be iterated over more than once.
    """

    _operation: str
    _fetch: Callable[[int], Awaitable[Page[T]]]
    _key: Callable[[T], object]
    _odd: dict[int, Unreadable] = field(factory=dict[int, Unreadable], repr=False, init=False)

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """
        The items that iterating has met so far and that cannot be read.

        Returns:
            Each once, in the order of the pages.
        """
        return tuple(self._odd.values())

    def __repr__(self) -> str:
        return f"<Pages of {self._operation}>"

    def __aiter__(self) -> AsyncIterator[T]:
        return self._walk()

    async def page(self, number: int = 1) -> Page[T]:
        """
        Return one page.

        Args:
            number: Which page, counted from 1.

        Returns:
            The page, with the server's counts.

        Raises:
            ConfigurationError: A number below 1.
            InvalidResponseError: It cannot be read.
            APIError: Any other refusal, and failures after all attempts.
        """
        if not is_whole(number) or number < 1:
            problem = "must be a whole number, 1 or more"
            raise ConfigurationError("number", number, problem, hint="Pages are counted from 1.")
        return await self._fetch(number)

    async def all(self) -> Listing[T]:
        """
        Return all items of all pages.

        Returns:
            The items; one that moves to another page meanwhile is in it once, as it was furthest
            on. What cannot be read is in the list's ``unreadable``.

        Raises:
            InvalidResponseError: A page cannot be read, or the pages have no end.
            APIError: Any other refusal, and failures after all attempts.
        """
        walk, copies = self._walk(), dict[object, list[T]]()
        while not walk.is_over:
            for item in await walk.turn():
                copies.setdefault(self._key(item), []).append(item)
        return Listing(map(furthest, copies.values()), self.unreadable)

    def _walk(self) -> "_Walk[T]":
        return _Walk(self._operation, self._fetch, self._key, self._odd)


@define(eq=False)
class _Round:
    """
    One time through the pages.

    Attributes:
        most_stale: How many pages in a row may hold nothing new.
        number: The page that was fetched last.
        has_news: Whether one of them held something new.
        has_shrunk: Whether the server counted fewer items on one than on the one before.
    """

    most_stale: int
    number: int = 0
    has_news: bool = False
    has_shrunk: bool = False
    _stale: int = 0
    _total: int = 0

    def turn(self, page: Page[Any], *, fresh: bool) -> None:
        """Take in the next page."""
        self.number += 1
        self.has_news = self.has_news or fresh
        self.has_shrunk = self.has_shrunk or page.total < self._total
        self._total = page.total
        self._stale = 0 if fresh else self._stale + 1

    @property
    def is_endless(self) -> bool:
        """Whether the server goes on as if it did not heed the page's number."""
        return self._stale > self.most_stale


@define(eq=False)
class _Walk(AsyncIterator[T]):
    """
    One way through all pages.

    An item that moved on to the next page comes once. Where the list has become shorter, items may
    have moved to a page that was fetched already: then all pages are fetched once more, until a
    round brings nothing new or the list has stayed as it was.

    Attributes:
        is_over: Whether no page is left.
    """

    _operation: str
    _fetch: Callable[[int], Awaitable[Page[T]]]
    _key: Callable[[T], object]
    _odd: dict[int, Unreadable]
    is_over: bool = False
    _round: _Round = field(factory=lambda: _Round(_MOST_STALE))
    _fetched: int = 0
    _seen: set[object] = field(factory=set[object])
    _pending: list[T] = field(factory=list[T])

    async def __anext__(self) -> T:
        while not self._pending:
            if self.is_over:
                raise StopAsyncIteration
            await self.turn()
        return self._pending.pop()

    async def turn(self) -> tuple[T, ...]:
        """Fetch the next page, and return its items."""
        page = await self._fetch(self._round.number + 1)
        fresh = {self._key(item): item for item in page.items if self._key(item) not in self._seen}
        self._seen.update(fresh)
        self._pending = list(reversed(fresh.values()))
        self._fetched += 1
        self._round.turn(page, fresh=self._has_new_oddity(page) or bool(fresh))
        if self._round.is_endless or self._fetched > _MOST_PAGES:
            number = self._round.number
            message = f"page {number} and those before it hold nothing new; there is no end."
            raise InvalidResponseError(message, operation=self._operation, path="items")
        is_empty = not (page.items or page.unreadable)
        if is_empty or self._round.number >= page.pages:
            self.is_over = not (self._round.has_shrunk and self._round.has_news)
            # All that was fetched before may come again.
            self._round = _Round(self._fetched + _MOST_STALE)
        return page.items

    def _has_new_oddity(self, page: Page[T]) -> bool:
        before = len(self._odd)
        self._odd.update({item.fingerprint: item for item in page.unreadable})
        return len(self._odd) > before
