"""The tasks of a fleet, and whether any of them is still at work."""

import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVarTuple

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from .._backend import end_of_this_task, within_task
from ..errors import UnexpectedError, YottaError


__all__ = ["Tasks", "classified"]

logger = logging.getLogger("yotta_async")

Ts = TypeVarTuple("Ts")


def classified(error: Exception, subject: str) -> YottaError:
    """
    Return an error as one of this package's: itself, or `UnexpectedError` from it, which is logged.

    Args:
        subject: What has failed, to begin a sentence with.
    """
    error = _alone(error)
    if isinstance(error, YottaError):
        return error
    # Its own text may be anything, a secret included; the traceback goes to the log alone.
    logger.error("%s has failed unexpectedly", subject, exc_info=error)
    message = f"{subject} has failed unexpectedly ({type(error).__name__})."
    unexpected = UnexpectedError(message, hint="The log has the traceback.")
    unexpected.__cause__ = error
    return unexpected


def _alone(error: Exception) -> Exception:
    """Return the one error that groups of one hold."""
    inner: tuple[Exception, ...] = getattr(error, "exceptions", ())
    return _alone(inner[0]) if len(inner) == 1 else error


@define(eq=False)
class Tasks:
    """
    Tasks of one group that can be waited for from outside of it.

    What one of them raises never becomes an exception group of the block: an error is told to
    ``fail``, an interruption of the process ends all of them and is raised as it is.

    Attributes:
        group: Opened and left by the fleet.
        interruption: The `KeyboardInterrupt` or `SystemExit` that one of them met; None if none
            did.
    """

    _subject: str
    _fail: Callable[[YottaError], None]
    group: TaskGroup = field(factory=anyio.create_task_group)
    _block_has_ended: Callable[[], bool] = field(default=bool)
    interruption: BaseException | None = None
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

    def start(self, work: Callable[[*Ts], Awaitable[None]], *args: *Ts) -> bool:
        """Begin a task, and return True; none begins after they were cancelled."""
        if self.group.cancel_scope.cancel_called:
            return False
        if not self._at_work:
            self._idle = anyio.Event()
        self._at_work += 1
        within_task(lambda: self.group.start_soon(self._run, work, args))
        return True

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
        except Exception as error:  # noqa: BLE001  # nothing may end the block as a group
            self._fail(classified(error, self._subject))
        except (KeyboardInterrupt, SystemExit) as interruption:
            self.interruption = self.interruption or interruption
            self.cancel()
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()
