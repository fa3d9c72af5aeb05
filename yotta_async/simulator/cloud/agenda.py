"""
What is to happen in the cloud, and when. Pure: nothing runs in the background.

What is due lies in a heap by its instant, and the first call lets all of it happen, in order.
Instants must not go backwards.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from attrs import define, field


__all__ = ["Agenda"]

_Due: TypeAlias = tuple[float, int, Callable[[float], None]]


@define(eq=False)
class Agenda:
    """
    A heap of what is to happen.

    Attributes:
        now: The latest instant it was asked at.
    """

    now: float = 0.0
    _due: list[_Due] = field(factory=list[_Due], init=False)
    _sequence: "count[int]" = field(factory=count, init=False)

    def at(self, instant: float, happen: Callable[[float], None]) -> None:
        """Have `happen` called with `instant` when that has come."""
        heapq.heappush(self._due, (instant, next(self._sequence), happen))

    def advance(self, now: float) -> None:
        """Let everything happen that is due until `now`."""
        while self._due and self._due[0][0] <= now:
            instant, _, happen = heapq.heappop(self._due)
            self.now = max(self.now, instant)
            happen(instant)
        self.now = max(self.now, now)
