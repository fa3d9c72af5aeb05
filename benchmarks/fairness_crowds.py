"""Crowds of callers before a queue, and how they fared."""

import statistics
from itertools import accumulate
from random import Random
from typing import Protocol

import anyio
from attrs import define, field

from benchmarks.limiters_server import Exchange
from benchmarks.turns import overtaken, places_lost
from yotta_async import Lane


__all__ = ["Deletes", "Overload", "Queue"]

OFFERED = 1.5  # times the rate
SECONDS = 180.0
MINUTE = 60.0
MINUTES = 8
POLL_EVERY = 10.0
EXCHANGE = (0.1, 0.5)


class Queue(Protocol):
    """Where calls wait for their turn."""

    async def send(self, lane: Lane, exchange: Exchange) -> None:
        """Make the exchange when it is its turn."""
        ...

    async def operate(self, lane: Lane, exchange: Exchange) -> None:
        """Make the exchange, which takes one of the slots."""
        ...


@define(eq=False)
class Overload:
    """
    Callers that come as they like, more of them than can be served.

    Attributes:
        rate: How many a second are served.
        came: When each caller came, the first first.
        went: When each went, by the number of the caller, in the order of going.
    """

    dice: Random
    rate: float
    came: list[float] = field(factory=list[float])
    went: dict[int, float] = field(factory=dict[int, float])

    async def of(self, queue: Queue) -> tuple[float, float, float]:
        """Return the callers overtaken, the most places lost, and the most seconds lost."""
        offered = OFFERED * self.rate
        gaps = (self.dice.expovariate(offered) for _ in range(round(offered * SECONDS)))
        self.came = list(accumulate(gaps, initial=anyio.current_time()))[1:]
        async with anyio.create_task_group() as tasks:
            for caller in range(len(self.came)):
                tasks.start_soon(self._call, queue, caller)
        order, in_turn = list(self.went), list(self.went.values())
        # In turn, the k-th to come would have gone at the k-th instant.
        lost = max(self.went[caller] - in_turn[caller] for caller in order)
        return overtaken(order), places_lost(order), lost

    async def _call(self, queue: Queue, caller: int) -> None:
        async def exchange() -> bool:
            self.went[caller] = anyio.current_time()
            return await _exchange(self.dice)

        await anyio.sleep_until(self.came[caller])
        await queue.send(Lane.NORMAL, exchange)


@define(eq=False)
class Deletes:
    """
    Creates and polls without end, and one delete a minute among them.

    Attributes:
        waits: Seconds that each delete has waited.
    """

    dice: Random
    creates: int
    pollers: int
    waits: list[float] = field(factory=list[float])
    _over: anyio.Event = field(init=False)

    async def of(self, queue: Queue) -> tuple[float, float]:
        """Return the median wait of a delete, and the longest."""
        self._over, began = anyio.Event(), anyio.current_time()
        async with anyio.create_task_group() as tasks:
            for _ in range(self.creates):
                tasks.start_soon(queue.operate, Lane.NORMAL, self._exchange)
            for number in range(self.pollers):
                tasks.start_soon(self._poll, queue, began + number * POLL_EVERY / self.pollers)
            for minute in range(MINUTES):
                instant = began + MINUTE * (minute + self.dice.random())
                tasks.start_soon(self._delete, queue, instant)
            await self._over.wait()
            tasks.cancel_scope.cancel()
        return statistics.median(self.waits), max(self.waits)

    async def _exchange(self) -> bool:
        return await _exchange(self.dice)

    async def _poll(self, queue: Queue, first: float) -> None:
        await anyio.sleep_until(first)
        while True:
            await queue.send(Lane.BACKGROUND, self._exchange)
            await anyio.sleep(POLL_EVERY)

    async def _delete(self, queue: Queue, instant: float) -> None:
        async def exchange() -> bool:
            self.waits.append(anyio.current_time() - instant)
            return await self._exchange()

        await anyio.sleep_until(instant)
        await queue.operate(Lane.URGENT, exchange)
        if len(self.waits) == MINUTES:
            self._over.set()


async def _exchange(dice: Random) -> bool:
    await anyio.sleep(dice.uniform(*EXCHANGE))
    return True
