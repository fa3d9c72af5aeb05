"""The lines of a worker's log, as far as they go, or as they come."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

import anyio
from attrs import define, field

from ..._call.watch import SLOWING
from ...errors import NotFoundError
from ...models import LogLine, LogPage


__all__ = ["LogLines"]

Cursor = Mapping[str, Any]
# How many lines behind the cursor are remembered, so that none comes twice.
_REMEMBERED: Final = 2000


@define(eq=False)
class LogLines(AsyncIterator[LogLine]):
    """
    The lines, oldest first: ``async for line in lines: print(line.text)``.

    Following does not end by itself but when the worker is gone.
    """

    _fetch: Callable[[Cursor], Awaitable[LogPage]]
    _pause: Callable[[], float]
    _follow: bool
    _cursor: Cursor = field(factory=dict[str, Any])
    _pending: list[LogLine] = field(factory=list[LogLine])
    _seen: dict[object, None] = field(factory=dict[object, None])
    _known: bool = False
    _end: bool = False
    _quiet: int = 0

    async def __anext__(self) -> LogLine:
        while not self._pending:
            if self._end:
                raise StopAsyncIteration
            await self._turn()
        return self._pending.pop()

    async def _turn(self) -> None:
        try:
            page = await self._fetch(self._cursor)
        except NotFoundError:
            # A worker is followed until it goes; one that never was is the caller's mistake.
            if not (self._follow and self._known):
                raise
            self._end = True
            return
        self._known = True
        fresh = self._fresh(page)
        self._pending = list(reversed(fresh))
        self._advance(page)
        if not page.has_more or not fresh:
            await self._wait_for_more(found=bool(fresh))

    async def _wait_for_more(self, *, found: bool) -> None:
        if not self._follow:
            self._end = True
        elif not found:
            self._quiet += 1
            await anyio.sleep(self._pause() * SLOWING.after(self._quiet))
        else:
            self._quiet = 0

    def _fresh(self, page: LogPage) -> list[LogLine]:
        lines = [line for line in page.lines if _key(line) not in self._seen]
        self._seen.update(dict.fromkeys(map(_key, lines)))
        for old in list(self._seen)[: max(0, len(self._seen) - _REMEMBERED)]:
            del self._seen[old]
        return lines

    def _advance(self, page: LogPage) -> None:
        if page.next_search_after_time is not None:
            self._cursor = {
                "after_time": page.next_search_after_time,
                "after_offset": page.next_search_after_offset,
            }


def _key(line: LogLine) -> object:
    return line.timestamp, line.offset, line.text
