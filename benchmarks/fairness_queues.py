"""Ours and the rivals' limiters as queues for calls of different urgency."""

import asyncio
from collections.abc import Callable
from functools import partial

from attrs import define, field

from benchmarks.fairness_crowds import Queue
from benchmarks.limiters_rivals import RIVALS, Rival, Subject
from benchmarks.limiters_server import Exchange
from benchmarks.report import OURS
from benchmarks.rivals import POD_OPERATIONS
from yotta_async import Lane, Limits
from yotta_async._scheduler import Scheduler


__all__ = ["QUEUES"]


@define(eq=False)
class Ours:
    _scheduler: Scheduler

    async def send(self, lane: Lane, exchange: Exchange) -> None:
        await self._send(lane, exchange, pod_operation=False)

    async def operate(self, lane: Lane, exchange: Exchange) -> None:
        await self._send(lane, exchange, pod_operation=True)

    async def _send(self, lane: Lane, exchange: Exchange, *, pod_operation: bool) -> None:
        admission = await self._scheduler.admit(lane, pod_operation=pod_operation)
        self._scheduler.note_sent(admission)
        await exchange()
        admission.answered()


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


def _ours(requests: int, per: float) -> Queue:
    return Ours(Scheduler(Limits(requests=requests, per=per)))


def _theirs(subject: Subject) -> Callable[[int, float], Queue]:
    return lambda requests, per: Theirs(subject.make(requests, per))


QUEUES: dict[str, Callable[[int, float], Queue]] = {
    OURS: _ours,
    **{name: _theirs(subject) for name, subject in RIVALS.items()},
}
