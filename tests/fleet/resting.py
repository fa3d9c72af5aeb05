"""Fleets for weeks of virtual time: lists that cost little, and what a client remembers."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

import httpx
from attrs import define

from tests.fleet.strange import Strange


DAY = 86_400.0
# What no growth of the client's is behind, or what belongs to the cloud.
_FOREIGN = (
    type,
    ModuleType,
    FunctionType,
    httpx.AsyncBaseTransport,
    httpx.AsyncClient,
    asyncio.AbstractEventLoop,
    asyncio.Future,
)


@define(eq=False)
class Resting(Strange):
    """
    A cloud that repeats its last list while nothing happens.

    Attributes:
        is_at_rest: Whether it does.
        lists: How often it was asked for one since then.
        others: How many other requests came since then.
    """

    is_at_rest: bool = False
    lists: int = 0
    others: int = 0
    _last: httpx.Response | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/pods/list"):
            self.others += 1
            return await super().handle_async_request(request)
        self.lists += 1
        if not self.is_at_rest or self._last is None:
            self._last = await super().handle_async_request(request)
        return httpx.Response(200, content=self._last.content)


def remembered(*roots: object) -> Counter[str]:
    """Return how many objects some of them hold, by type."""
    gc.collect()
    seen, waiting = dict[int, Any](), list[Any](roots)
    while waiting:
        item = waiting.pop()
        if id(item) not in seen and not isinstance(item, _FOREIGN):
            seen[id(item)] = item
            waiting += _held(item)
    return Counter(type(item).__name__ for item in seen.values())


def _held(item: object) -> Iterable[Any]:
    return gc.get_referents(item)


def growth(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    """Return of which types there are more, and how many."""
    return dict((after - before).most_common(8))
