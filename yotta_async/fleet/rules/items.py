"""
The items of a map: which of them is begun next, on which pod, how often, and how many are taken.

An item that was begun in vain goes to the back, behind all that were not begun yet: it may be what
its pod died of. It is then given to a pod on which it was not begun, as long as there may be one.
"""

from collections import deque
from collections.abc import Callable, Collection
from typing import Final, Generic, TypeVar

from attrs import define, field

from ...models import Pod


__all__ = ["Item", "ItemQueue", "Outbox"]

# Of an input without a length so many times what the pods can have at hand is taken.
_ROUNDS: Final = 2

T = TypeVar("T")
O = TypeVar("O")  # noqa: E741  # an outcome


@define(eq=False)
class Item(Generic[T]):
    """
    One item on its way.

    Attributes:
        index: Which one, counted from 0.
        value: What the work is given.
        pods: Those on which it was begun, oldest first.
    """

    index: int
    value: T
    pods: list[Pod] = field(factory=list[Pod])

    def was_on(self, pod_id: str) -> bool:
        """Whether it was begun on a pod."""
        return any(pod.id == pod_id for pod in self.pods)


@define(eq=False)
class ItemQueue(Generic[T]):
    """
    What is to be done.

    Attributes:
        tries: On how many pods an item is begun at most.
        ahead: How many items may be taken whose outcomes were not delivered. None for as many as
            the pods need.
        added: How many items were taken so far.
        finished: How many of them have an outcome.
        delivered: How many of these were given to the user.
        is_closed: Whether no more items come.
    """

    tries: int
    ahead: int | None = None
    added: int = 0
    finished: int = 0
    delivered: int = 0
    is_closed: bool = False
    # Those that were not begun yet, and behind them those that were begun in vain.
    _fresh: deque[Item[T]] = field(factory=deque[Item[T]])
    _again: deque[Item[T]] = field(factory=deque[Item[T]])

    @property
    def waiting(self) -> int:
        """How many items are at hand on no pod."""
        return len(self._fresh) + len(self._again)

    @property
    def has_fresh(self) -> bool:
        """Whether an item waits that was not begun yet, so that every pod is needed."""
        return bool(self._fresh)

    @property
    def is_over(self) -> bool:
        """Whether each item has an outcome, and no more come."""
        return self.is_closed and self.finished == self.added

    def add(self, value: T) -> None:
        """Take an item from the input."""
        self._fresh.append(Item(self.added, value))
        self.added += 1

    def skip(self) -> None:
        """Take an item of which the outcome is known."""
        self.added += 1
        self.finished += 1

    def wants_more(self, places: int, free: int) -> bool:
        """
        Return whether another item is to be taken from the input.

        One is taken before any pod is ready, so that it is known whether there is any.

        Args:
            places: How many items the ready pods can have at hand.
            free: How many more than they have now.
        """
        most = self.ahead if self.ahead is not None else max(_ROUNDS * places, _ROUNDS)
        has_room = self.added - self.delivered < most
        return has_room and not self.is_closed and self.waiting < max(1, free)

    def next_for(self, pod_id: str, elsewhere: Callable[[Item[T]], bool]) -> Item[T] | None:
        """
        Take the next item for a pod.

        Args:
            elsewhere: Whether a pod on which the item was not begun is there, or may come.

        Returns:
            The item. None if there is none for this pod.
        """
        if self._fresh:
            return self._fresh.popleft()
        for item in self._again:
            if not item.was_on(pod_id) or not elsewhere(item):
                self._again.remove(item)
                return item
        return None

    def needs(self, pod_id: str | None, ready: Collection[str]) -> bool:
        """
        Return whether an item waits that a pod may be needed for.

        Args:
            pod_id: The pod. None for one that is not ready yet.
            ready: The ids of all pods that are ready.
        """
        if self._fresh:
            return True
        return any(
            pod_id is None or not item.was_on(pod_id) or all(map(item.was_on, ready))
            for item in self._again
        )

    def put_back(self, item: Item[T]) -> bool:
        """Put an item that was begun in vain to the back; False if it may not be begun again."""
        if len(item.pods) >= self.tries:
            return False
        self._again.append(item)
        return True

    def take_all(self) -> list[Item[T]]:
        """Take all items that wait: no pod can do them."""
        taken = [*self._fresh, *self._again]
        self._fresh.clear()
        self._again.clear()
        return taken


@define(eq=False)
class Outbox(Generic[O]):
    """
    The outcomes that were not taken yet: as they come, or in the order of their items.

    Attributes:
        is_ordered: Whether each waits for those of all items before.
    """

    is_ordered: bool = False
    _ready: deque[O] = field(factory=deque[O])
    _early: dict[int, O] = field(factory=dict[int, O])
    _next: int = 0

    def put(self, index: int, outcome: O) -> None:
        """Take in what came of an item."""
        if not self.is_ordered:
            self._ready.append(outcome)
            return
        self._early[index] = outcome
        while self._next in self._early:
            self._ready.append(self._early.pop(self._next))
            self._next += 1

    def take(self) -> O | None:
        """Return the next outcome, or None if none can be taken yet."""
        return self._ready.popleft() if self._ready else None

    def __len__(self) -> int:
        return len(self._ready) + len(self._early)
