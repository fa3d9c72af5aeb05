"""The slots of a few things at once: pod operations, and exchanges on the wire."""

from bisect import bisect_right, insort
from math import inf

from attrs import define, field


__all__ = ["Slots"]


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
    _moving: dict[str, float] = field(factory=dict[str, float])
    _released: dict[str, float] = field(factory=dict[str, float])

    def __repr__(self) -> str:
        return f"<Slots {self.size - self.free_at_rest}/{self.size}>"

    @property
    def busy(self) -> int:
        return self._busy

    @property
    def free_at_rest(self) -> int:
        """How many are free while nothing that lingers has run out."""
        return self.size - self._busy - len(self._lingering) - len(self._moving)

    @property
    def moving(self) -> frozenset[str]:
        """What keeps a slot until it comes to rest."""
        return frozenset(self._moving)

    @property
    def any_moving(self) -> bool:
        """Whether anything does."""
        return bool(self._moving)

    @property
    def awaits_rest(self) -> bool:
        """Whether `at_rest` would make a difference to anything."""
        return bool(self._moving or self._released)

    def free(self, now: float) -> int:
        """How many could be taken now; none, too, where more are kept than there are."""
        if self._lingering or self._moving:
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

    def keep_for(self, name: str, until: float) -> None:
        """Keep a busy slot until `at_rest` is told of ``name``, at most until an instant."""
        self._busy -= 1
        if name in self._moving:
            until = max(until, self._moving[name])
        self._moving[name] = until

    def release_as(self, name: str, now: float, until: float) -> None:
        """Free a busy slot, and remember what `keep_released` would have to keep it for."""
        self._busy -= 1
        self._released = {each: end for each, end in self._released.items() if end > now}
        self._released[name] = until

    def keep_released(self) -> None:
        """
        Keep, after all, the slots of whatever was released and has not come to rest.

        There may be too few of them; then none is free until enough has come to rest.
        """
        self._moving |= self._released
        self._released = {}

    def at_rest(self, name: str) -> None:
        """Free the slot that ``name`` keeps; nothing happens if it keeps none."""
        self._moving.pop(name, None)
        self._released.pop(name, None)

    def next_release(self, now: float) -> float:
        """The next instant after ``now`` at which time alone frees a slot; infinite if none."""
        if not self._lingering and not self._moving:
            return inf
        later = [until for until in (*self._lingering, *self._moving.values()) if until > now]
        return min(later, default=inf)

    def rebase(self, before: float, now: float) -> None:
        """Move to a clock that shows ``now`` where the old one showed at least ``before``."""
        self._lingering = [now + max(0.0, until - before) for until in self._lingering]
        for kept in (self._moving, self._released):
            kept.update({name: now + max(0.0, until - before) for name, until in kept.items()})

    def abandon(self, until: float) -> None:
        """Let all busy slots linger until an instant: nobody will report on them."""
        while self._busy:
            self.linger(until)

    def _forget_until(self, now: float) -> None:
        del self._lingering[: bisect_right(self._lingering, now)]
        for name in [name for name, until in self._moving.items() if until <= now]:
            del self._moving[name]
