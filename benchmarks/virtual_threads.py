"""
Blocking code in virtual time: one thread runs at a time, and the clock jumps when it sleeps.

A thread runs until it sleeps. Then the clock jumps to the earliest instant at which one wants to
wake, and that thread goes on; of several the one with the lowest number. Nothing depends on how
the operating system takes turns, so the same program gives the same run.

Rule for the code that runs in it: it waits by `sleep` and `map` alone. A lock held across a sleep
would stop everything.
"""

import threading
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from attrs import define, field, frozen


__all__ = ["HORIZON", "StuckError", "VirtualThreads"]

T = TypeVar("T")
R = TypeVar("R")

# Seconds after which nobody believes that a program still comes to its end.
HORIZON = 48 * 3600.0


class StuckError(RuntimeError):
    """Everybody sleeps until after the horizon."""


@frozen(eq=False)
class _Sleeper:
    """A thread as the clock knows it: its number, and the gate that it waits at."""

    number: int
    gate: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))


class _Here(threading.local):
    """Whoever is running in this thread; outside of `map` number 0."""

    def __init__(self) -> None:
        self.sleeper = _Sleeper(0)


class _Crew(Generic[T, R]):
    """Threads that take one item after the other until there are no more."""

    def __init__(self, function: Callable[[T], R], items: Iterable[T], *, at_work: int) -> None:
        self.at_work = at_work
        self.done = threading.Semaphore(0)
        self._function = function
        self._items = enumerate(items)
        self._results: dict[int, R] = {}
        self._error: Exception | None = None

    def work(self) -> None:
        for index, item in self._items:
            self._results[index] = self._function(item)
        self.at_work -= 1
        if not self.at_work:
            self.done.release()

    def fail(self, error: Exception) -> None:
        self._error = error
        self.done.release()

    def results(self) -> list[R]:
        if self._error is not None:
            raise self._error
        return [self._results[index] for index in sorted(self._results)]


@define(eq=False)
class VirtualThreads:
    """
    A clock that starts at 0, and the threads that live by it.

    Attributes:
        now: The instant, in seconds.
    """

    now: float = 0.0
    _asleep: list[tuple[float, int, _Sleeper]] = field(
        factory=list[tuple[float, int, _Sleeper]], init=False
    )
    _here: _Here = field(factory=_Here, init=False)
    _numbers: "count[int]" = field(factory=lambda: count(1), init=False)

    def sleep(self, seconds: float) -> None:
        self.sleep_until(self.now + seconds)

    def sleep_until(self, instant: float) -> None:
        """Let the others go on until then; an instant that has passed is now."""
        me = self._here.sleeper
        self._lie_down(me, instant)
        self._wake_next()
        me.gate.acquire()

    def map(self, function: Callable[[T], R], items: Iterable[T], *, threads: int) -> list[R]:
        """
        Do what ``list(ThreadPoolExecutor(threads).map(function, items))`` does.

        The first exception ends it all: whoever sleeps then never wakes.
        """
        crew = _Crew(function, items, at_work=threads)
        for _ in range(threads):
            worker = _Sleeper(next(self._numbers))
            threading.Thread(target=self._run, args=(worker, crew), daemon=True).start()
            self._lie_down(worker, self.now)
        self._wake_next()
        crew.done.acquire()
        return crew.results()

    def _run(self, worker: _Sleeper, crew: _Crew[T, R]) -> None:
        self._here.sleeper = worker
        worker.gate.acquire()
        try:
            crew.work()
            if crew.at_work:
                self._wake_next()
        except Exception as error:  # noqa: BLE001  # raised where the crew was called for
            crew.fail(error)

    def _lie_down(self, sleeper: _Sleeper, instant: float) -> None:
        heappush(self._asleep, (max(instant, self.now), sleeper.number, sleeper))

    def _wake_next(self) -> None:
        instant, _, sleeper = heappop(self._asleep)
        if instant > HORIZON:
            raise StuckError(f"nobody wakes before {instant:g} s")
        self.now = instant
        sleeper.gate.release()
