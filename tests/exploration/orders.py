"""
Which of the ready callbacks runs next: strategies for simloom, which draw from its tape.

A draw of 0 always means the oldest, so that a schedule of zeros is asyncio's own order and what
shrinking leaves over are deviations from it.

- ``any``: any of them, each as likely. It includes orders that no asyncio loop has, as a loop runs
  what it was told to call soon in that order; code that holds in all of them relies on nothing.
- ``arrivals``: only what comes from outside, which here are the timers, comes in between at any
  point; what was called soon keeps its order. These are the orders that a real loop can have.
- ``priorities``: tasks have random priorities, and the one that runs loses its own at a few chosen
  steps (PCT). It starves tasks for long, which a random walk does not.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from attrs import define, field


__all__ = ["ORDERS", "Order"]

# Steps for which one callback may be passed over: anyio repeats a cancellation on each turn, and
# would for ever if the task that it is for never ran.
PATIENCE = 200
DEPTH = 3
RANKS = 1024
# Change points lie within 32, 64, ... steps; a trial has 50 to 1,000.
SPANS = 6


class Tape(Protocol):
    """Simloom's: all that a schedule consists of."""

    def draw(self, label: str, bound: int) -> int: ...


class Order(Protocol):
    """Simloom's name for it is a scheduler."""

    descriptor: str

    def pick(self, ready: Sequence[asyncio.Handle]) -> int: ...


@define(eq=False)
class Walk:
    tape: Tape
    descriptor: str = "any"

    def pick(self, ready: Sequence[asyncio.Handle]) -> int:
        return self.tape.draw("order", len(ready)) if len(ready) > 1 else 0


@define(eq=False)
class Arrivals:
    tape: Tape
    descriptor: str = "arrivals"

    def pick(self, ready: Sequence[asyncio.Handle]) -> int:
        soon = next((i for i, each in enumerate(ready) if not _is_timer(each)), None)
        able = [i for i, each in enumerate(ready) if i == soon or _is_timer(each)]
        return able[self.tape.draw("arrival", len(able))] if len(able) > 1 else able[0]


@define(eq=False)
class Priorities:
    tape: Tape
    descriptor: str = "priorities"
    _ranks: "WeakKeyDictionary[Any, int]" = field(factory=WeakKeyDictionary)
    _changes: set[int] = field(init=False)
    _steps: int = 0
    _demoted: int = 0
    _oldest: asyncio.Handle | None = None
    _passed_over: int = 0

    def __attrs_post_init__(self) -> None:
        span = 32 << self.tape.draw("span", SPANS)
        self._changes = {self.tape.draw("change", span) for _ in range(DEPTH - 1)}

    def pick(self, ready: Sequence[asyncio.Handle]) -> int:
        index = 0
        if len(ready) > 1 and not self._is_starved(ready[0]):
            index = min(range(len(ready)), key=lambda i: self._rank(ready[i]))
        self._steps += 1
        if self._steps in self._changes:
            self._demoted += 1
            self._ranks[_owner(ready[index])] = RANKS + self._demoted
        return index

    def _is_starved(self, oldest: asyncio.Handle) -> bool:
        same = oldest is self._oldest
        self._passed_over = self._passed_over + 1 if same else 0
        self._oldest = oldest
        return self._passed_over >= PATIENCE

    def _rank(self, handle: asyncio.Handle) -> int:
        owner = _owner(handle)
        if owner not in self._ranks:
            self._ranks[owner] = self.tape.draw("priority", RANKS)
        return self._ranks[owner]


def _is_timer(handle: asyncio.Handle) -> bool:
    return isinstance(handle, asyncio.TimerHandle)


def _owner(handle: asyncio.Handle) -> object:
    """Return the task that a callback is a step of; one that is no task's stands for itself."""
    callback = getattr(handle, "_callback", None)
    owner = getattr(callback, "__self__", None)
    return owner if isinstance(owner, asyncio.Task) else handle


def _of(kind: Callable[[Tape], Order]) -> Callable[[Any], Order]:
    def order(loop: Any) -> Order:
        return kind(loop.tape)

    return order


# What simloom makes of its loop, by name.
ORDERS: Mapping[str, Callable[[Any], Order]] = {
    "any": _of(Walk),
    "arrivals": _of(Arrivals),
    "priorities": _of(Priorities),
}
