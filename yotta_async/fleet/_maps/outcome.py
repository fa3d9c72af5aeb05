"""What comes of the items of a map, and how it stands, as values."""

from decimal import Decimal
from typing import Generic, TypeVar

from attrs import frozen

from ...models import Pod


__all__ = ["WorkOutcome", "WorkReport"]

T = TypeVar("T")
R = TypeVar("R")


@frozen(kw_only=True)
class WorkOutcome(Generic[T, R]):
    """
    What came of one item.

    Attributes:
        index: Which item, counted from 0.
        item: The item itself.
        result: What the work returned. None if it raised, or returned None.
        error: What the work raised, or why no pod could do it; beside a result, why the journal
            could not hold that. None if it returned.
        pod: The pod that it was done on, or was last begun on. None if no pod could do it, or it
            was done in an earlier run.
        tries: On how many pods it was begun.
        pod_id: The id of that pod. None if no pod could do it.
        seconds: Seconds for which it was at work, over all tries.
        idle_seconds: Seconds for which a pod was paid and waited for it.
        cost: USD for both, to a millionth: GPUs, without volumes and disks. None if a price was not
            known.
        from_journal: Whether it was done in an earlier run, and is what the journal holds.
    """

    index: int
    item: T
    result: R | None = None
    error: Exception | None = None
    pod: Pod | None = None
    tries: int = 0
    pod_id: str | None = None
    seconds: float = 0.0
    idle_seconds: float = 0.0
    cost: Decimal | None = None
    from_journal: bool = False


@frozen(kw_only=True)
class WorkReport:
    """
    How a map stands, or how it ended.

    Attributes:
        fleet: The name of its fleet.
        items: How many items were taken so far.
        is_complete: Whether no more items come.
        done: How many are done, those of the journal included.
        failed: How many ended with an error.
        from_journal: How many were done in an earlier run.
        at_hand: How many are at work on a pod.
        again: How many times an item was begun anew on another pod.
        seconds: Seconds for which items were at work, of those that ended.
        idle_seconds: Seconds of pods that were paid and which no item has taken: after the last
            item of a pod, or without any.
        cost: USD of the items that ended in this run, as far as prices are known.
        idle_cost: USD for ``idle_seconds``, as far as prices are known.
    """

    fleet: str
    items: int = 0
    is_complete: bool = False
    done: int = 0
    failed: int = 0
    from_journal: int = 0
    at_hand: int = 0
    again: int = 0
    seconds: float = 0.0
    idle_seconds: float = 0.0
    cost: Decimal = Decimal(0)
    idle_cost: Decimal = Decimal(0)

    def __str__(self) -> str:
        of = f"{self.items}" if self.is_complete else f"{self.items} or more"
        again = f", {self.again} begun again" if self.again else ""
        known = f", {self.from_journal} of them before" if self.from_journal else ""
        return (
            f"{self.fleet}: {self.done} of {of} items done{known}, {self.failed} failed, "
            f"{self.at_hand} at work{again}; ${self.cost + self.idle_cost:.2f}, "
            f"${self.idle_cost:.2f} of it idle"
        )
