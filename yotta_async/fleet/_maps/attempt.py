"""One try of one item on one pod, and how it ended."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from math import inf
from typing import Generic, TypeVar

import anyio
from attrs import define, field, frozen

from ...errors import NoPodLeftError, WorkLostError, WorkTimeoutError, YottaError
from ...models import Pod
from .._roster import Roster
from ..rules.items import Item
from ..rules.pod_time import Share
from .settings import awaitable


__all__ = ["Attempt", "End", "Tried", "error_of", "no_pod_left"]

T = TypeVar("T")
R = TypeVar("R")


class End(Enum):
    """How a try ended."""

    RETURNED = auto()
    RAISED = auto()
    LATE = auto()
    LOST = auto()


@frozen
class Tried(Generic[R]):
    """
    What a try came to.

    Attributes:
        end: How it ended.
        result: What the work returned.
        error: What it raised.
    """

    end: End
    result: R | None = None
    error: Exception | None = None


@define(eq=False)
class Attempt(Generic[T, R]):
    """
    One try.

    Attributes:
        item: What is tried.
        pod: Where.
        share: What the item takes of its pods.
    """

    item: Item[T]
    pod: Pod
    share: Share
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope)
    _is_lost: bool = False

    def lose(self) -> None:
        """End it: its pod is gone."""
        self._is_lost = True
        self._scope.cancel()

    async def run(self, work: Callable[[Pod, T], Awaitable[R]], seconds: float | None) -> Tried[R]:
        """
        Do the work, and return how that ended; only the end of the fleet is raised.

        Args:
            work: What is done.
            seconds: How many it may take. None for as many as it takes.
        """
        if seconds is not None:
            self._scope.deadline = anyio.current_time() + seconds
        error: Exception | None = None
        try:
            with self._scope:
                result = await awaitable(work(self.pod, self.item.value))
                return Tried(End.RETURNED, result)
        except Exception as raised:  # noqa: BLE001  # it is its caller's to look at
            error = raised
        except anyio.get_cancelled_exc_class():
            if anyio.current_effective_deadline() == -inf:
                raise  # the fleet ends
            message = f"the work on item {self.item.index} was cancelled from outside."
            error = YottaError(message, hint="Its task is the fleet's; cancel what is in it.")
        return self._ended(error)

    def _ended(self, error: Exception | None) -> Tried[R]:
        if self._is_lost:
            return Tried(End.LOST, error=error)
        if self._scope.cancel_called:
            return Tried(End.LATE, error=error)
        return Tried(End.RAISED, error=error)


def error_of(
    item: Item[T], tried: Tried[R], roster: Roster, seconds: float | None
) -> Exception | None:
    """
    Return why an item is given up.

    Args:
        tried: How its last try ended.
        roster: Of the fleet whose pods it was begun on.
        seconds: How many a try may take.
    """
    match tried.end:
        case End.LOST:
            return _lost(item, roster)
        case End.LATE:
            error = _late(item, roster.name, seconds or 0.0)
            error.__cause__ = tried.error
            return error
        case _:
            return tried.error


def _lost(item: Item[T], roster: Roster) -> WorkLostError:
    ids = [pod.id for pod in item.pods]
    message = (
        f"item {item.index} was begun on {len(ids)} pods of fleet {roster.name!r}, and each "
        f"was lost meanwhile: {', '.join(ids)}."
    )
    hint = "It may be what they died of; `tries` of `Fleet.map` allows more."
    error = WorkLostError(message, tries=len(ids), pods=ids, hint=hint)
    error.__cause__ = roster.why_lost()
    return error


def _late(item: Item[T], fleet: str, seconds: float) -> WorkTimeoutError:
    ids = [pod.id for pod in item.pods]
    message = (
        f"item {item.index} was begun on {len(ids)} pods of fleet {fleet!r}, and took longer "
        f"than {seconds:g} s on the last of them: {', '.join(ids)}."
    )
    hint = "It may hang; `item_timeout` of `Fleet.map` allows more."
    return WorkTimeoutError(message, tries=len(ids), pods=ids, seconds=seconds, hint=hint)


def no_pod_left(roster: Roster) -> NoPodLeftError:
    """Return why no item can be done any more."""
    cause = roster.why_lost()
    why = f": {cause}" if cause is not None else "."
    error = NoPodLeftError(f"fleet {roster.name!r} has no pod left that could do it{why}")
    error.__cause__ = cause
    return error
