"""Lists as replicas give them that lag, lose, repeat and contradict each other."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Final, cast

from attrs import define, field


__all__ = ["Replicas"]

_KEPT: Final = 64
# What a list may have that cannot be read, in the place of a pod.
_ODD: Final[tuple[object, ...]] = (
    None,
    "pod",
    {"id": None, "podName": "odd-1", "name": "odd-1", "status": "RUNNING"},
    {"id": "odd-2", "podName": "odd-2", "name": "odd-2", "status": "RUNNING", "gpuCount": "two"},
    {"id": "odd-3", "podName": "odd-3", "name": "odd-3"},
    {"id": "odd-4", "podName": "odd-4", "name": "odd-4", "status": "x", "createdAt": ""},
)


@define(eq=False, kw_only=True)
class Replicas:
    """
    Stands where a cloud's planted items stand, and changes the whole list.

    Attributes:
        dice: The source of chance.
        now: What returns the instant in seconds.
        omitting: The share of pods that are left out.
        stale: The share of lists that are an earlier one.
        stale_by: Seconds by which such a list is old, at most.
        flipping: The share of RUNNING pods that are shown as they were before.
        doubling: The share of pods that are shown twice, once as they were before.
        odd_items: How many items that cannot be read are added.
    """

    dice: Random
    now: Callable[[], float]
    omitting: float
    stale: float
    stale_by: float
    flipping: float
    doubling: float
    odd_items: int
    _earlier: deque[tuple[float, list[object]]] = field(
        factory=lambda: deque[tuple[float, list[object]]](maxlen=_KEPT)
    )

    def calm_down(self) -> None:
        """Show from now on what is true; what cannot be read stays."""
        self.omitting = self.stale = self.flipping = self.doubling = 0.0
        self._earlier.clear()

    def among(self, data: object) -> object:
        """Return the list that a replica shows instead of the true one."""
        if not isinstance(data, list):
            return data
        return [*self._shown(cast("list[object]", data)), *_ODD[: self.odd_items]]

    def _shown(self, true: list[object]) -> list[object]:
        now = self.now()
        if self.stale:
            self._earlier.append((now, true))
            if self.dice.random() < self.stale:
                true = self._old(now)
        shown: list[object] = []
        for item in true:
            if self.omitting and self.dice.random() < self.omitting:
                continue
            shown.append(self._before(item) if self._strikes(self.flipping) else item)
            if self._strikes(self.doubling):
                shown.append(self._before(item))
        return shown

    def _strikes(self, chance: float) -> bool:
        return chance > 0.0 and self.dice.random() < chance

    def _old(self, now: float) -> list[object]:
        oldest = now - self.dice.uniform(0.0, self.stale_by)
        return next(items for at, items in self._earlier if at >= oldest)

    def _before(self, item: object) -> object:
        if not isinstance(item, dict):
            return item
        known = cast("dict[str, Any]", item)
        return known | {"status": "INITIALIZE"} if known.get("status") == "RUNNING" else known
