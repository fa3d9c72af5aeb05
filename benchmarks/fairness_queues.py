"""Ours and the rivals' limiters as queues for calls of different urgency."""

import asyncio
from collections.abc import Callable
from functools import partial

from attrs import define, field

from benchmarks.fairness_crowds import Queue
from benchmarks.limiters_ours import Ours
from benchmarks.limiters_rivals import RIVALS, Rival, Subject
from benchmarks.limiters_server import Exchange
from benchmarks.report import OURS
from benchmarks.rivals import POD_OPERATIONS
from yotta_async import Lane


__all__ = ["QUEUES"]


@define(eq=False)
class Theirs:
    """One limiter for all, and before it a semaphore for what takes a slot."""

    _rival: Rival
    _slots: asyncio.Semaphore = field(factory=partial(asyncio.Semaphore, POD_OPERATIONS))

    async def send(self, _: Lane, exchange: Exchange) -> None:
        await self._rival.send(exchange)

    async def operate(self, _: Lane, exchange: Exchange) -> None:
        async with self._slots:
            await self._rival.send(exchange)


def _theirs(subject: Subject) -> Callable[[int, float], Queue]:
    return lambda requests, per: Theirs(subject.make(requests, per))


QUEUES: dict[str, Callable[[int, float], Queue]] = {
    OURS: Ours.of,
    **{name: _theirs(subject) for name, subject in RIVALS.items()},
}
