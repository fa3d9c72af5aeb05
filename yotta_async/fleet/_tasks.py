"""The tasks of a fleet, and whether any of them is still at work."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVarTuple

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from .._backend import end_of_this_task, within_task


__all__ = ["Tasks"]

Ts = TypeVarTuple("Ts")


@define(eq=False)
class Tasks:
    """
    Tasks of one group that can be waited for from outside of it.

    Attributes:
        group: Opened and left by the fleet.
    """

    group: TaskGroup = field(factory=anyio.create_task_group)
    _block_has_ended: Callable[[], bool] = field(default=bool)
    _at_work: int = 0
    _idle: anyio.Event = field(factory=anyio.Event)

    async def open(self) -> None:
        """Open the group, for the task that opens it and is to leave it."""
        self._block_has_ended = end_of_this_task()
        await self.group.__aenter__()

    @property
    def is_orphaned(self) -> bool:
        """
        Whether the task that opened the group has ended without leaving it, as a statement of a
        prompt or a notebook's cell does: nothing leaves the block when the group is cancelled.
        """
        return self._block_has_ended()

    def start(self, work: Callable[[*Ts], Awaitable[None]], *args: *Ts) -> None:
        """Begin a task."""
        if not self._at_work:
            self._idle = anyio.Event()
        self._at_work += 1
        within_task(lambda: self.group.start_soon(self._run, work, args))

    def cancel(self) -> None:
        """Cancel all of them, and the body of the fleet's block."""
        self.group.cancel_scope.cancel()

    async def leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """
        Leave the group, of which no task is left; return whether its cancellation ended the block.

        It is told of cancellations only: of another exception it would make a group.
        """
        if self.is_orphaned:
            return False  # only the task that opened a group may close it, and none is at work
        cancelled = anyio.get_cancelled_exc_class()
        if not isinstance(error, cancelled):
            await self.group.__aexit__(None, None, None)
            return False
        try:
            return bool(await self.group.__aexit__(kind, error, trace))
        except cancelled:
            return False  # of a scope further out

    async def ended(self) -> None:
        """Wait until none is at work."""
        while self._at_work:
            await self._idle.wait()

    async def _run(self, work: Callable[[*Ts], Awaitable[None]], args: tuple[*Ts]) -> None:
        try:
            await work(*args)
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()
