"""What has come of the items of a map so far: outcomes, counts, money, and the journal of them."""

from collections import Counter
from decimal import Decimal
from typing import Final, Generic, TypeVar

from attrs import define, evolve, field

from ..rules.items import Item, ItemQueue, Outbox
from ..rules.journal import JournalEntry
from ..rules.pod_time import Share, WorkBooks
from .journal import JournalFile, told
from .outcome import WorkOutcome, WorkReport


__all__ = ["Results"]

T = TypeVar("T")
R = TypeVar("R")

# Digits after the point of what is told of money.
_DIGITS: Final = 6


@define(eq=False)
class Results(Generic[T, R]):
    """
    The results of one map.

    Attributes:
        queue: The items; it is told which of them have an outcome.
        books: What they take of the pods' time.
        again: How many times an item was begun anew.
    """

    queue: ItemQueue[T]
    _outbox: Outbox[WorkOutcome[T, R]]
    _journal: JournalFile | None
    books: WorkBooks = field(factory=WorkBooks)
    again: int = 0
    _counts: Counter[str] = field(factory=Counter[str])
    _sums: Share = field(factory=Share)
    _shares: dict[int, Share] = field(factory=dict[int, Share])

    def __len__(self) -> int:
        return len(self._outbox)

    def share_of(self, item: Item[T]) -> Share:
        """Return what an item has taken of its pods so far."""
        return self._shares.setdefault(item.index, Share())

    def take(self) -> WorkOutcome[T, R] | None:
        """Return the next outcome, or None if none can be taken yet."""
        return self._outbox.take()

    def add(self, value: T) -> None:
        """
        Take in an item, with its outcome if the journal has one.

        Raises:
            JournalError: It is not that of the journal.
        """
        journal, index = self._journal, self.queue.added
        entry = journal.find(index, value) if journal is not None else None
        if journal is None or entry is None:
            self.queue.add(value)
            return
        outcome = WorkOutcome[T, R](
            index=index,
            item=value,
            result=journal.result_of(entry),
            tries=entry.tries,
            pod_id=entry.pod_id,
            seconds=entry.seconds,
            idle_seconds=entry.idle_seconds,
            cost=entry.cost,
            from_journal=True,
        )
        self.queue.skip()
        self._counts.update(("done", "from journal"))
        self._outbox.put(index, outcome)

    def complete(self) -> None:
        """
        Note that there are no more items.

        Raises:
            JournalMismatchError: The journal has more.
        """
        if self._journal is not None:
            self._journal.check_complete(self.queue.added)
        self.queue.is_closed = True

    async def note(
        self, item: Item[T], *, result: R | None = None, error: Exception | None = None
    ) -> None:
        """Note what came of an item, first in the journal."""
        outcome = self._outcome(item, result, error)
        if self._journal is not None:
            try:
                await self._journal.note(_entry(self._journal, outcome))
            except Exception as failure:  # noqa: BLE001  # what was done is its user's all the same
                outcome = evolve(outcome, error=outcome.error or failure)
        self._put(outcome)

    def give_up(self, error: Exception) -> None:
        """Note an error as the outcome of all items that wait."""
        for item in self.queue.take_all():
            self._put(self._outcome(item, None, error))

    def report(self, fleet: str, at_hand: int, now: float) -> WorkReport:
        """Return how the map stands."""
        idle_seconds, idle_cost = self.books.idle(now)
        return WorkReport(
            fleet=fleet,
            items=self.queue.added,
            is_complete=self.queue.is_closed,
            done=self._counts["done"],
            failed=self._counts["failed"],
            from_journal=self._counts["from journal"],
            at_hand=at_hand,
            again=self.again,
            seconds=self._sums.seconds,
            idle_seconds=idle_seconds,
            cost=round(self._sums.cost or Decimal(0), _DIGITS),
            idle_cost=round(idle_cost, _DIGITS),
        )

    def close(self) -> None:
        """Leave the journal to others."""
        if self._journal is not None:
            self._journal.close()

    def _outcome(
        self, item: Item[T], result: R | None, error: Exception | None
    ) -> WorkOutcome[T, R]:
        pod, share = item.pods[-1] if item.pods else None, self._shares.pop(item.index, Share())
        self._sums.seconds += share.seconds
        self._sums.cost = (self._sums.cost or Decimal(0)) + (share.cost or Decimal(0))
        return WorkOutcome(
            index=item.index,
            item=item.value,
            result=result,
            error=error,
            pod=pod,
            tries=len(item.pods),
            pod_id=pod.id if pod else None,
            seconds=share.seconds,
            idle_seconds=share.idle_seconds,
            cost=None if share.cost is None else round(share.cost, _DIGITS),
        )

    def _put(self, outcome: WorkOutcome[T, R]) -> None:
        self._counts["done" if outcome.error is None else "failed"] += 1
        self._outbox.put(outcome.index, outcome)
        self.queue.finished += 1


def _entry(journal: JournalFile, outcome: WorkOutcome[T, R]) -> JournalEntry:
    return JournalEntry(
        index=outcome.index,
        digest=journal.digest(outcome.index, outcome.item),
        result=outcome.result,
        error=None if outcome.error is None else told(outcome.error),
        tries=outcome.tries,
        pod_id=outcome.pod_id,
        seconds=outcome.seconds,
        idle_seconds=outcome.idle_seconds,
        cost=outcome.cost,
    )
