"""The slots of pod operations: so many at once, each until its pod is done with it."""

from bisect import bisect_right, insort
from collections import OrderedDict
from math import inf

from attrs import define, field


__all__ = ["LONGEST_MOTION", "Slots"]

# Seconds: the longest that the vendor's own code waits for a pod to start. After that the pod's
# slot is freed.
LONGEST_MOTION = 600.0

# Until when pods are taken to be in motion, by name. Each begins later than those before it, for
# the same time, so the first to end is in front.
_Ends = OrderedDict[str, float]


@define(eq=False)
class Slots:
    """
    So many at once, and no more.

    A slot is busy during an exchange. After it the slot may linger: until an instant, if there was
    no answer and the server may still be at work; or until a pod has come to rest.

    Attributes:
        busy: How many are.
        moving: The pods that keep a slot until they come to rest, by name, with the instant at
            which they lose it in any case.
    """

    size: int
    busy: int = 0
    moving: _Ends = field(factory=_Ends)
    _lingering: list[float] = field(factory=list[float])
    _released: _Ends = field(factory=_Ends)

    def __repr__(self) -> str:
        return f"<Slots {self.size - self._unused}/{self.size}>"

    @property
    def awaits_rest(self) -> bool:
        """Whether `at_rest` would make a difference to anything."""
        return bool(self.moving or self._released)

    def free(self, now: float) -> int:
        """How many could be taken now; zero even if more are kept than there are."""
        if self._lingering or self.moving:
            self._forget_until(now)
        return max(0, self._unused)

    def take(self) -> None:
        self.busy += 1

    def release(self) -> None:
        self.busy -= 1

    def linger(self, until: float) -> None:
        """Keep a busy slot until an instant."""
        self.busy -= 1
        insort(self._lingering, until)

    def keep_for(self, name: str, now: float) -> None:
        """Keep a busy slot until `at_rest` is told of ``name``, for `LONGEST_MOTION` at most."""
        self.busy -= 1
        _append(self.moving, name, now + LONGEST_MOTION)

    def release_as(self, name: str, now: float) -> None:
        """Free a busy slot, and remember what `keep_released` would have to keep it for."""
        self.busy -= 1
        _drop_until(self._released, now)
        _append(self._released, name, now + LONGEST_MOTION)

    def keep_released(self) -> None:
        """
        Keep, after all, the slots of what was released and has not come to rest.

        These may be more than there are; then none is free until enough has come to rest.
        """
        both = sorted((*self.moving.items(), *self._released.items()), key=lambda item: item[1])
        for name, until in both:
            _append(self.moving, name, until)
        self._released.clear()

    def at_rest(self, name: str) -> None:
        """Free the slot that ``name`` keeps; nothing happens if it keeps none."""
        self.moving.pop(name, None)
        self._released.pop(name, None)

    def next_release(self, now: float) -> float:
        """The next instant after ``now`` at which time alone frees a slot; infinite if none."""
        self._forget_until(now)
        lingers = self._lingering[0] if self._lingering else inf
        return min(lingers, next(iter(self.moving.values()), inf))

    def rebase(self, before: float, now: float) -> None:
        """Move to a clock that shows ``now`` where the old one showed at least ``before``."""
        self._lingering = [now + max(0.0, until - before) for until in self._lingering]
        for ends in (self.moving, self._released):
            ends.update({name: now + max(0.0, until - before) for name, until in ends.items()})

    def abandon(self, until: float) -> None:
        """Let all busy slots linger until an instant."""
        while self.busy:
            self.linger(until)

    @property
    def _unused(self) -> int:
        """How many are neither busy nor kept; below zero if more are kept than there are."""
        return self.size - self.busy - len(self._lingering) - len(self.moving)

    def _forget_until(self, now: float) -> None:
        del self._lingering[: bisect_right(self._lingering, now)]
        _drop_until(self.moving, now)


def _append(ends: _Ends, name: str, until: float) -> None:
    ends[name] = until
    ends.move_to_end(name)


def _drop_until(ends: _Ends, now: float) -> None:
    while ends and next(iter(ends.values())) <= now:
        ends.popitem(last=False)
