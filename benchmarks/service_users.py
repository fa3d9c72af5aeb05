"""
Users of a service, all at once: each makes a pod, watches it and the fleet, and deletes it.

They read at random intervals, and keep a stream open, as the page of the examples does.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import aiohttp
import anyio
from anyio.abc import TaskGroup
from attrs import define, field


__all__ = ["DOCUMENTED", "OWN_LAG", "READ", "Books", "Users", "users_of"]

# What a user may be told besides success: the cloud is full, or the service is busy.
DOCUMENTED = frozenset({503})
READ, OWN_LAG = "status reads", "the users' own lag"


@define
class Books:
    """
    What the users met.

    Attributes:
        seconds: By what was asked, the instant and how long it took.
        statuses: How often each was answered, by what was asked.
        events: How many came over the streams.
    """

    seconds: dict[str, list[tuple[float, float]]] = field(factory=dict)
    statuses: Counter[tuple[str, int]] = field(factory=Counter)
    events: int = 0

    def note(self, what: str, began: float, seconds: float) -> None:
        self.seconds.setdefault(what, []).append((began, seconds))

    @property
    def undocumented(self) -> dict[tuple[str, int], int]:
        """The errors that no user should have met, and how often each came."""
        return {
            (what, status): number
            for (what, status), number in self.statuses.items()
            if status >= 400 and status not in DOCUMENTED
        }


@asynccontextmanager
async def users_of(url: str, **options: Any) -> AsyncGenerator["Users", None]:
    """Let users come to a service, and go in the end."""
    connector, patient = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(url, connector=connector, timeout=patient) as http:
        users = Users(http, **options)
        async with anyio.create_task_group() as tasks:
            users.come(tasks)
            await anyio.sleep(1.0)
            yield users
            users.over = True


@define
class Users:
    """
    All users.

    Attributes:
        number: How many.
        pause: Seconds between two reads of one user, on average.
    """

    http: aiohttp.ClientSession
    number: int = 200
    pause: float = 1.0
    books: Books = field(factory=Books)
    over: bool = False
    _dice: Random = field(factory=lambda: Random(1))

    async def begin(self, pods: int) -> None:
        """Begin a fleet."""
        await self._ask("POST /fleet", "POST", "/fleet", {"pods": pods})

    async def until_ready(self, pods: int, longest: float = math.inf) -> int:
        """Wait until so many pods of the fleet are ready; return how many are."""
        ready = 0
        with anyio.move_on_after(longest):
            while ready < pods:
                await anyio.sleep(0.5)
                ready = (await self._ask(READ, "GET", "/fleet"))["ready"]
        return ready

    def come(self, tasks: TaskGroup) -> None:
        """Let all of them begin."""
        tasks.start_soon(self._watch_myself)
        for _ in range(self.number):
            tasks.start_soon(self._use)
            tasks.start_soon(self._follow)

    async def _ask(self, what: str, method: str, path: str, body: object = None) -> Any:
        began = time.perf_counter()
        async with self.http.request(method, path, json=body) as answer:
            content = await answer.read()
        self.books.note(what, began, time.perf_counter() - began)
        self.books.statuses[what, answer.status] += 1
        if answer.status >= 400:
            return None
        return await answer.json() if content else {}

    async def _use(self) -> None:
        """Make a pod, watch it, delete it, and watch on."""
        await asyncio.sleep(self._dice.random() * 3)
        pod = await self._ask("POST /pods", "POST", "/pods", {})
        while pod is None and not self.over:
            await self._look()
            pod = await self._ask("POST /pods", "POST", "/pods", {})
        while pod is not None and not pod["ready"] and not self.over:
            await self._look()
            pod = await self._ask(READ, "GET", f"/pods/{pod['id']}")
        if pod is not None:
            await self._ask("DELETE /pods/{id}", "DELETE", f"/pods/{pod['id']}")
        while not self.over:
            await self._look()

    async def _look(self) -> None:
        await self._ask(READ, "GET", "/fleet")
        await asyncio.sleep(self.pause * self._dice.uniform(0.5, 1.5))

    async def _follow(self) -> None:
        """Keep a stream open; one that ends is opened again, as a browser does."""
        while not self.over:
            async with self.http.get("/events") as answer:
                async for line in answer.content:
                    self.books.events += line.startswith(b"event")
            await asyncio.sleep(0.3)

    async def _watch_myself(self) -> None:
        """Note how late this process itself is: that much of what is measured is its own."""
        while not self.over:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            self.books.note(OWN_LAG, began, time.perf_counter() - began - 0.01)
