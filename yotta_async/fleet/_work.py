"""
Work for a fleet's pods: each that is ready has one item at hand, until all are done.

An item whose pod is lost begins anew on another pod, after all that were not begun yet: it may be
what the pod died of. It does so a bounded number of times.
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from inspect import isasyncgenfunction, isawaitable, isgeneratorfunction
from itertools import islice
from typing import Final, Generic, Self, TypeVar, cast

import anyio
from attrs import define, field, frozen

from .._checks import is_async, is_whole
from ..errors import ConfigurationError, NoPodLeftError, WorkLostError, YottaError
from ..models import Pod
from ._roster import Changes, Roster
from ._tasks import Tasks, classified
from .rules.members import Stage


__all__ = ["DEFAULT_TRIES", "Work", "WorkOutcome", "check_tries"]

# Times that an item is begun at most; of the second pod in a row that is lost it may be the cause.
DEFAULT_TRIES: Final = 3

T = TypeVar("T")
R = TypeVar("R")

_WANTED: Final = "must be an async function of a pod and an item"
_HINT: Final = "Write `async def`; what blocks belongs into `anyio.to_thread.run_sync`."


@frozen(kw_only=True)
class WorkOutcome(Generic[T, R]):
    """
    What came of one item.

    Attributes:
        index: Which item, counted from 0.
        item: The item itself.
        result: What the work returned. None if it raised, or returned None.
        error: What the work raised, or why no pod could do it. None if it returned.
        pod: The pod that it was done on, or was last begun on. None if no pod could do it.
        tries: On how many pods it was begun.
    """

    index: int
    item: T
    result: R | None = None
    error: Exception | None = None
    pod: Pod | None = None
    tries: int = 0


def check_tries(tries: object) -> int:
    """
    Check how often an item may be begun.

    Raises:
        ConfigurationError: Not a whole number of 1 or more.
    """
    if not is_whole(tries) or tries < 1:
        problem, hint = "must be a whole number of pods, 1 or more", "1 is for no second try."
        raise ConfigurationError("tries", tries, problem, hint=hint)
    return tries


@define(eq=False)
class _Item(Generic[T]):
    """
    One item on its way.

    Attributes:
        pods: Those on which it was begun, oldest first.
    """

    index: int
    item: T
    pods: list[Pod] = field(factory=list[Pod])

    def outcome(
        self, *, result: R | None = None, error: Exception | None = None
    ) -> WorkOutcome[T, R]:
        return WorkOutcome(
            index=self.index,
            item=self.item,
            result=result,
            error=error,
            pod=self.pods[-1] if self.pods else None,
            tries=len(self.pods),
        )


@frozen(eq=False)
class _Shift:
    pod: Pod
    scope: anyio.CancelScope = field(factory=anyio.CancelScope)


@define(eq=False, repr=False)
class Work(AsyncIterator[WorkOutcome[T, R]], Generic[T, R]):
    """
    What comes of the items, as they are done; made by `Fleet.map`.

    It goes on by itself, also while it is not iterated over, and ends with the fleet.
    """

    _roster: Roster
    _do: Callable[[Pod, T], Awaitable[R]]
    _tasks: Tasks
    _todo: deque[_Item[T]]
    _changes: Changes
    _left: int
    _tries: int
    _shifts: dict[str, _Shift] = field(factory=dict[str, _Shift])
    # The keys of the pods that are ready, and at work on nothing.
    _free: dict[str, None] = field(factory=dict[str, None])
    _done: deque[WorkOutcome[T, R]] = field(factory=deque[WorkOutcome[T, R]])

    @classmethod
    def of(
        cls,
        roster: Roster,
        do: Callable[[Pod, T], Awaitable[R]],
        items: Iterable[T],
        tasks: Tasks,
        tries: int = DEFAULT_TRIES,
    ) -> Self:
        """
        Return the work of a fleet, which is not begun.

        Args:
            roster: The fleet's members.
            do: Called with a pod and an item.
            items: The items; all are taken now.
            tasks: The fleet's tasks.
            tries: On how many pods an item is begun at most.

        Returns:
            The work.

        Raises:
            ConfigurationError: ``do`` is no async function, as far as can be seen.
        """
        _check(do)
        todo = deque(_Item(index, item) for index, item in enumerate(items))
        return cls(roster, do, tasks, todo, roster.follow(), len(todo), check_tries(tries))

    def __repr__(self) -> str:
        left = (
            f"{self._left} items left, {len(self._shifts)} in hand, {len(self._done)} to be taken"
        )
        return f"<Work of fleet {self._roster.name}: {left}>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WorkOutcome[T, R]:
        """
        Return what came of the next item.

        Raises:
            ClientClosedError: The fleet was left meanwhile.
        """
        while not self._done:
            if not self._left:
                raise StopAsyncIteration
            self._roster.check_open()
            await self._roster.changed()
        return self._done.popleft()

    async def run(self) -> None:
        """Hand out the items, until all are done; what the work raises is its item's outcome."""
        try:
            await self._hand_out()
        except Exception as error:  # noqa: BLE001  # its user is told, and the fleet goes on
            self._give_up(classified(error, f"handing out work of fleet {self._roster.name!r}"))

    async def _hand_out(self) -> None:
        while self._left:
            for key in self._changes.take():
                self._look_at(key)
            self._assign()
            if not self._shifts and self._todo and not self._roster.has_hope:
                self._give_up(self._no_pod_left())
            await self._roster.changed()

    def _look_at(self, key: str) -> None:
        """End a member's shift on a pod that it has no more; note whether it could begin one."""
        member, shift = self._roster.members.get(key), self._shifts.get(key)
        self._free.pop(key, None)
        if shift is None:
            if self._roster.serving(key) is not None:
                self._free[key] = None
        elif member is None or member.serving_id != shift.pod.id or member.stage is Stage.PAUSED:
            shift.scope.cancel()

    def _assign(self) -> None:
        for key in list(islice(self._free, len(self._todo))):
            del self._free[key]
            if (pod := self._roster.serving(key)) is not None:
                shift = self._shifts[key] = _Shift(pod)
                self._tasks.start(self._work, key, shift)

    async def _work(self, key: str, shift: _Shift) -> None:
        try:
            with shift.scope:
                while self._todo:
                    await self._take(self._todo.popleft(), shift)
        finally:
            del self._shifts[key]
            self._changes.add(key)
            self._roster.tell()

    async def _take(self, item: _Item[T], shift: _Shift) -> None:
        item.pods.append(shift.pod)
        try:
            result = await _awaitable(self._do(shift.pod, item.item))
        except Exception as error:  # noqa: BLE001  # it is its caller's to look at
            self._note(item.outcome(error=error))
        except BaseException:
            if shift.scope.cancel_called:  # else the fleet ends
                self._put_back(item)
            raise
        else:
            self._note(item.outcome(result=result))

    def _put_back(self, item: _Item[T]) -> None:
        """Have an item whose pod is gone begun anew on another, if it may be, after all others."""
        if len(item.pods) < self._tries:
            self._todo.append(item)
            return
        ids = [pod.id for pod in item.pods]
        message = (
            f"item {item.index} was begun on {len(ids)} pods of fleet {self._roster.name!r}, "
            f"and each was lost meanwhile: {', '.join(ids)}."
        )
        hint = "It may be what they died of; `tries` of `Fleet.map` allows more."
        error = WorkLostError(message, tries=len(ids), pods=ids, hint=hint)
        error.__cause__ = self._roster.why_lost()
        self._note(item.outcome(error=error))

    def _note(self, outcome: WorkOutcome[T, R]) -> None:
        self._done.append(outcome)
        self._left -= 1
        self._roster.tell()

    def _no_pod_left(self) -> YottaError:
        name, cause = self._roster.name, self._roster.why_lost()
        why = f": {cause}" if cause is not None else "."
        error = NoPodLeftError(f"fleet {name!r} has no pod left that could do it{why}")
        error.__cause__ = cause
        return error

    def _give_up(self, error: YottaError) -> None:
        for item in self._todo:
            self._note(item.outcome(error=error))
        self._todo.clear()


def _check(do: object) -> None:
    if is_async(do) or (callable(do) and _may_return_awaitables(do)):
        return
    shown = getattr(do, "__qualname__", None) or type(do).__name__
    raise ConfigurationError("work", shown, _WANTED, hint=_HINT)


def _may_return_awaitables(do: Callable[..., object]) -> bool:
    """Whether it may call an async function, as a lambda does, or what a decorator has made."""
    while isinstance(do, partial):
        do = cast("partial[object]", do).func
    if isgeneratorfunction(do) or isasyncgenfunction(do):
        return False
    return getattr(do, "__name__", "") == "<lambda>" or hasattr(do, "__wrapped__")


def _awaitable(value: Awaitable[R]) -> Awaitable[R]:
    given: object = value
    if isawaitable(given):
        return value
    raise TypeError(f"work returned {type(given).__name__}: it {_WANTED}. {_HINT}")
