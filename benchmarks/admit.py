"""
What the right to send one request costs: in microseconds of the processor, and in bytes.

Uncontended is one call after the other. Contended is a queue of so many calls that is let go all at
once; each does nothing with its turn but pass it on. The baselines do less, by design: a semaphore
knows no time, and aiolimiter neither lanes, slots nor answers. They show what the floor costs.
"""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import anyio
from aiolimiter import AsyncLimiter

from benchmarks.report import OURS, Case, Sample, Table, compared
from yotta_async import Lane, Limits
from yotta_async._scheduling.rules.budget import EXCHANGES
from yotta_async._scheduling.scheduler import Scheduler


__all__ = ["run"]

REPETITIONS = {"us": 7, "bytes": 3}
CALLS = 2000
WARMED = ("us",)  # the interpreter's first time through a piece of code is slow, and not counted
QUEUES = (100, 10_000)
PLENTY = Limits(requests=1_000_000)
# Seconds between two calls that aiolimiter lets go: a queue of 10,000 takes it half a second, most
# of it asleep.
SHORT = 1 / 20_000
FOREVER = 3600.0
# Microseconds of a call alone, and of one among many; bytes of one that waits.
LONGEST_ALONE, LONGEST_AMONG, LARGEST = 30.0, 60.0, 1500.0
BURST = 10
AIOLIMITER, SEMAPHORE = "aiolimiter", "anyio.Semaphore"

Once = Callable[[], Coroutine[Any, Any, None]]
LetGo = Callable[[], None]


class Ours:
    def __init__(self) -> None:
        self.scheduler = Scheduler(PLENTY)

    async def once(self) -> None:
        admission = await self.scheduler.admit(Lane.NORMAL)
        self.scheduler.note_sent(admission)
        admission.answered()

    async def close(self, _interval: float) -> LetGo:
        """Put as many exchanges on the wire as there may be."""
        admissions = [await self.scheduler.admit(Lane.NORMAL) for _ in range(EXCHANGES)]

        def let_go() -> None:
            for admission in admissions:
                admission.answered()

        return let_go


class Aiolimiter:
    def __init__(self) -> None:
        self.limiter = AsyncLimiter(PLENTY.requests, PLENTY.per)

    async def once(self) -> None:
        await self.limiter.acquire()

    async def close(self, interval: float) -> LetGo:
        self.limiter = AsyncLimiter(BURST, BURST * interval)
        await self.limiter.acquire(BURST)
        return lambda: None  # time lets go


class Semaphore:
    def __init__(self) -> None:
        self.semaphore = anyio.Semaphore(1)

    async def once(self) -> None:
        async with self.semaphore:
            pass

    async def close(self, _interval: float) -> LetGo:
        await self.semaphore.acquire()
        return self.semaphore.release


Subject = Ours | Aiolimiter | Semaphore
SUBJECTS: dict[str, Callable[[], Subject]] = {
    OURS: Ours,
    AIOLIMITER: Aiolimiter,
    SEMAPHORE: Semaphore,
}


def run() -> tuple[Table, list[Case]]:
    cases = [
        _case("uncontended", "us", _uncontended, LONGEST_ALONE),
        *(
            _case(f"{queue} waiting", "us", partial(_contended, queue), LONGEST_AMONG)
            for queue in QUEUES
        ),
        _case("uncontended", "bytes", _bytes_alone, None),
        *(
            _case(f"a call of {queue} that wait", "bytes", partial(_bytes_waiting, queue), LARGEST)
            for queue in QUEUES
        ),
    ]
    notes = [
        f"Processor time; {REPETITIONS['us']} repetitions, the subjects in turns.",
        f"Bytes are what tracemalloc sees; {REPETITIONS['bytes']} repetitions.",
        "Bytes uncontended: the most at any time, what is kept among them.",
        "Bytes of a call that waits: beyond a task that waits for one bare future.",
    ]
    return compared("One admission", cases, notes), cases


def _case(
    name: str,
    unit: str,
    measure: Callable[[Subject], Coroutine[Any, Any, float]],
    target: float | None,
) -> Case:
    samples = _samples(measure, REPETITIONS[unit], unit in WARMED)
    return Case(name=name, unit=unit, samples=samples, target=target)


def _samples(
    measure: Callable[[Subject], Coroutine[Any, Any, float]], repetitions: int, warmed: int
) -> dict[str, Sample]:
    found: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    for _ in range(repetitions + warmed):
        for name, subject in SUBJECTS.items():
            found[name].append(asyncio.run(measure(subject())))
    return {name: Sample(values[warmed:]) for name, values in found.items()}


async def _uncontended(subject: Subject) -> float:
    once = subject.once

    async def calls() -> None:
        for _ in range(CALLS):
            await once()

    return await _microseconds(calls()) / CALLS


async def _contended(queue: int, subject: Subject) -> float:
    let_go = await subject.close(SHORT)
    tasks = await _parked(subject.once, queue)

    async def go() -> None:
        let_go()
        await asyncio.wait(tasks)

    return await _microseconds(go()) / queue


async def _bytes_alone(subject: Subject) -> float:
    await subject.once()  # what is made but once is there now
    gc.collect()
    tracemalloc.start()
    await subject.once()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


async def _bytes_waiting(queue: int, subject: Subject) -> float:
    await subject.close(FOREVER)
    bare = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        await bare

    floor = await _bytes_of(wait, queue)
    return await _bytes_of(subject.once, queue) - floor


async def _microseconds(work: Coroutine[Any, Any, None]) -> float:
    gc.collect()
    gc.disable()
    began = time.process_time_ns()
    await work
    taken = time.process_time_ns() - began
    gc.enable()
    return taken / 1e3


async def _bytes_of(once: Once, count: int) -> float:
    gc.collect()
    tracemalloc.start()
    tasks = await _parked(once, count)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return size / count


async def _parked(once: Once, count: int) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(once()) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks
