"""Work for a fleet's pods: each that is ready has one item at hand, until all are done."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from inspect import isasyncgenfunction, isawaitable, isgeneratorfunction
from itertools import islice
from typing import Final, Generic, Self, TypeVar, cast

import anyio
from attrs import define, field, frozen

from .._checks import is_async
from ..errors import ConfigurationError, YottaError
from ..models import Pod
from ._roster import Changes, Roster
from ._tasks import Tasks
from .rules.members import Stage


__all__ = ["Work", "WorkOutcome"]

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
        pod: The pod that it was done on. None if no pod could do it.
    """

    index: int
    item: T
    result: R | None = None
    error: Exception | None = None
    pod: Pod | None = None


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
    _todo: deque[tuple[int, T]]
    _changes: Changes
    _left: int
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
    ) -> Self:
        """
        Return the work of a fleet, which is not begun.

        Args:
            roster: The fleet's members.
            do: Called with a pod and an item.
            items: The items; all are taken now.
            tasks: The fleet's tasks.

        Returns:
            The work.

        Raises:
            ConfigurationError: ``do`` is no async function, as far as can be seen.
        """
        _check(do)
        todo = deque(enumerate(items))
        return cls(roster, do, tasks, todo, roster.follow(), len(todo))

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
        while self._left:
            for key in self._changes.take():
                self._look_at(key)
            self._assign()
            if not self._shifts and self._todo and not self._roster.has_hope:
                self._give_up()
            await self._roster.changed()

    def _look_at(self, key: str) -> None:
        """End a member's shift on a pod that it has no more; note whether it could begin one."""
        member, shift = self._roster.members.get(key), self._shifts.get(key)
        self._free.pop(key, None)
        if shift is None:
            if member and member.stage is Stage.READY and member.pod_id in self._roster.pods:
                self._free[key] = None
        elif member is None or member.pod_id != shift.pod.id or member.stage is Stage.PAUSED:
            shift.scope.cancel()

    def _assign(self) -> None:
        for key in list(islice(self._free, len(self._todo))):
            del self._free[key]
            pod_id = self._roster.members[key].pod_id or ""
            shift = self._shifts[key] = _Shift(self._roster.pods[pod_id])
            self._tasks.start(self._work, key, shift)

    async def _work(self, key: str, shift: _Shift) -> None:
        try:
            with shift.scope:
                while self._todo:
                    await self._take(shift.pod)
        finally:
            del self._shifts[key]
            self._changes.add(key)
            self._roster.tell()

    async def _take(self, pod: Pod) -> None:
        index, item = self._todo.popleft()
        try:
            result = await _awaitable(self._do(pod, item))
        except Exception as error:  # noqa: BLE001  # it is its caller's to look at
            self._note(WorkOutcome(index=index, item=item, error=error, pod=pod))
        except BaseException:
            self._todo.appendleft((index, item))  # its pod is gone: another may do it
            raise
        else:
            self._note(WorkOutcome(index=index, item=item, result=result, pod=pod))

    def _note(self, outcome: WorkOutcome[T, R]) -> None:
        self._done.append(outcome)
        self._left -= 1
        self._roster.tell()

    def _give_up(self) -> None:
        for index, item in self._todo:
            error = YottaError(f"fleet {self._roster.name!r} has no pod left that could do it.")
            self._note(WorkOutcome(index=index, item=item, error=error))
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
