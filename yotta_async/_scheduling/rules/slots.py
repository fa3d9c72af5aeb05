"""The slots of a few things at once: pod operations, and exchanges on the wire."""

from bisect import bisect_right, insort
from collections import OrderedDict
from math import inf

from attrs import define, field


__all__ = ["LONGEST_MOTION", "Slots"]

# Seconds. The longest that the vendor's own people wait for a pod to start; longer than that, its
# slot is given up.
LONGEST_MOTION = 600.0


@define(eq=False)
class _Motion:
    """
    Pods that have been set in motion and may not be at rest yet.

    Attributes:
        ends: Until when that is assumed, by name. The first to end is in front: each pod is set in
            motion later than those before it, and for the same time.
    """

    ends: OrderedDict[str, float] = field(factory=OrderedDict[str, float])

    def begin(self, name: str, until: float) -> None:
        self.ends[name] = until
        self.ends.move_to_end(name)

    def forget_until(self, now: float) -> None:
        while self.ends and next(iter(self.ends.values())) <= now:
            self.ends.popitem(last=False)

    def merge(self, other: "_Motion") -> None:
        """Take over everything from another one; of two ends of a name the later one counts."""
        both = sorted((*self.ends.items(), *other.ends.items()), key=lambda item: item[1])
        for name, until in both:
            self.begin(name, until)
        other.ends.clear()

    def rebase(self, before: float, now: float) -> None:
        self.ends.update({name: _moved(until, before, now) for name, until in self.ends.items()})


@define(eq=False)
class Slots:
    """
    So many at once, and no more.

    A slot is busy during an exchange. It may linger after it, until an instant (an exchange without
    an answer: the server may still be at work), or until something has come to rest (a pod that is
    still moving).
    """

    size: int
    _busy: int = 0
    _lingering: list[float] = field(factory=list[float])
    _moving: _Motion = field(factory=_Motion)
    _released: _Motion = field(factory=_Motion)

    def __repr__(self) -> str:
        return f"<Slots {self.size - self.free_at_rest}/{self.size}>"

    @property
    def busy(self) -> int:
        return self._busy

    @property
    def free_at_rest(self) -> int:
        """How many are free while nothing that lingers has run out."""
        return self.size - self._busy - len(self._lingering) - len(self._moving.ends)

    @property
    def moving(self) -> frozenset[str]:
        """What keeps a slot until it comes to rest."""
        return frozenset(self._moving.ends)

    @property
    def any_moving(self) -> bool:
        """Whether anything does."""
        return bool(self._moving.ends)

    @property
    def awaits_rest(self) -> bool:
        """Whether `at_rest` would make a difference to anything."""
        return bool(self._moving.ends or self._released.ends)

    def free(self, now: float) -> int:
        """How many could be taken now; none, too, where more are kept than there are."""
        if self._lingering or self._moving.ends:
            self._forget_until(now)
        return max(0, self.free_at_rest)

    def take(self) -> None:
        self._busy += 1

    def release(self) -> None:
        self._busy -= 1

    def linger(self, until: float) -> None:
        """Keep a busy slot until an instant."""
        self._busy -= 1
        insort(self._lingering, until)

    def keep_for(self, name: str, now: float) -> None:
        """Keep a busy slot until `at_rest` is told of ``name``, for `LONGEST_MOTION` at most."""
        self._busy -= 1
        self._moving.begin(name, now + LONGEST_MOTION)

    def release_as(self, name: str, now: float) -> None:
        """Free a busy slot, and remember what `keep_released` would have to keep it for."""
        self._busy -= 1
        self._released.forget_until(now)
        self._released.begin(name, now + LONGEST_MOTION)

    def keep_released(self) -> None:
        """
        Keep, after all, the slots of whatever was released and has not come to rest.

        There may be too few of them; then none is free until enough has come to rest.
        """
        self._moving.merge(self._released)

    def at_rest(self, name: str) -> None:
        """Free the slot that ``name`` keeps; nothing happens if it keeps none."""
        self._moving.ends.pop(name, None)
        self._released.ends.pop(name, None)

    def next_release(self, now: float) -> float:
        """The next instant after ``now`` at which time alone frees a slot; infinite if none."""
        self._forget_until(now)
        lingers = self._lingering[0] if self._lingering else inf
        return min(lingers, next(iter(self._moving.ends.values()), inf))

    def rebase(self, before: float, now: float) -> None:
        """Move to a clock that shows ``now`` where the old one showed at least ``before``."""
        self._lingering = [_moved(until, before, now) for until in self._lingering]
        self._moving.rebase(before, now)
        self._released.rebase(before, now)

    def abandon(self, until: float) -> None:
        """Let all busy slots linger until an instant: nobody will report on them."""
        while self._busy:
            self.linger(until)

    def _forget_until(self, now: float) -> None:
        del self._lingering[: bisect_right(self._lingering, now)]
        self._moving.forget_until(now)


def _moved(instant: float, before: float, now: float) -> float:
    return now + max(0.0, instant - before)
