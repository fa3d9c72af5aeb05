"""
Work that is not its caller's to cancel.

A create that has begun may make a pod that bills, so its answer must be taken even if the
task that asked ends; and a cancellation inside httpx's pool may cost a connection for good. A
shielded scope is not enough on asyncio: `asyncio.timeout`, `asyncio.wait_for`, `task.cancel` and
Ctrl-C go through it. On trio it would hold up the caller, and with it any deadline. So the work
runs in a task of its own, which no scope around the caller reaches.

What changes something is *carried*: a caller that is cancelled waits for the answer and is then
cancelled, an outcome that no caller took is handed to ``unwanted``, and the end of the program
waits for it. On asyncio the task is hidden from the sweep with which `asyncio.run` ends all tasks,
behind a guard that the sweep does see, so that it waits; a second cancellation ends the caller's
wait at once. On trio it is a system task, with a shield whose time begins when the main task ends.

What reads is *lent*: its caller leaves at once, and the rest of it has a moment.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext, suppress
from contextvars import ContextVar, copy_context
from functools import partial
from math import inf
from typing import Any, Generic, TypeVar

import anyio
from attrs import define, field

from .._backend import Wakeup, new_wakeup, running_asyncio_loop, start


__all__ = ["Owner", "Unwanted", "Work"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]
# What to do with the outcome of work whose caller was cancelled.
Unwanted = Callable[[T | Exception], Awaitable[None]]


# Whether a task goes on when its event loop ends all tasks: what it asks for has to, too.
_OUTLIVES: ContextVar[bool] = ContextVar("yotta_async.outlives", default=False)


async def _outcome_of(work: Work[T]) -> T | Exception:
    try:
        return await work()
    except Exception as error:  # noqa: BLE001  # it is raised again in the caller
        return error


@define(eq=False)
class _Carried(Generic[T]):
    """One piece of work: its outcome once it has one, and whether the caller took it."""

    work: Work[T]
    unwanted: Unwanted[T]
    ended: anyio.Event = field(factory=anyio.Event)
    decided: anyio.Event = field(factory=anyio.Event)
    taken: bool = False
    _outcomes: list[T | Exception] = field(factory=list[T | Exception])

    async def run(self) -> None:
        try:
            outcome = await _outcome_of(self.work)
        except GeneratorExit:
            raise  # its event loop is dead
        except BaseException:
            # It was ended by force; its caller must not wait for ever.
            self.ended.set()
            raise
        self._outcomes.append(outcome)
        self.ended.set()
        await self.decided.wait()
        if not self.taken:
            await self.unwanted(outcome)

    def decide(self, *, taken: bool) -> None:
        self.taken = taken
        self.decided.set()

    def result(self) -> T:
        """Return what the work did, or raise its error, or that it was ended by force."""
        if not self._outcomes:
            raise anyio.get_cancelled_exc_class()
        return _raised(self._outcomes[0])


@define(eq=False)
class _Lent(Generic[T]):
    """One exchange beside its caller; it is started once."""

    work: Work[T]
    letting_go: Callable[[], None]
    ended: Wakeup = field(factory=new_wakeup)
    task: asyncio.Task[None] | None = None
    _outcomes: list[T | Exception] = field(factory=list[T | Exception])

    async def run(self, lent: "set[_Lent[Any]]") -> None:
        try:
            # On trio the end of the main task cancels this one, and the shield keeps it from that.
            with anyio.CancelScope(shield=True) if _OUTLIVES.get() else nullcontext():
                self._outcomes.append(await _outcome_of(self.work))
        except GeneratorExit:
            raise  # its event loop is dead
        except BaseException:
            self.ended.set()
            raise
        finally:
            lent.discard(self)
        self.ended.set()

    def leave(self, *, at_once: bool) -> None:
        """Note that its caller is gone."""
        if at_once and self.task is not None:
            self.task.cancel()
        else:
            self.letting_go()

    def result(self) -> T:
        if not self._outcomes:
            raise anyio.get_cancelled_exc_class()
        return _raised(self._outcomes[0])


@define(eq=False)
class Owner:
    """
    Carries work to its end, and knows what is still under way.

    Attributes:
        grace: Seconds for which work goes on after its event loop began to end all tasks.
        busy_until: The instant until which work with a longer grace of its own may go on.
    """

    grace: float
    busy_until: float = -inf
    _guards: set[asyncio.Task[None]] = field(factory=set[asyncio.Task[None]])
    _shielded: set[anyio.Event] = field(factory=set[anyio.Event])
    _lent: set[_Lent[Any]] = field(factory=set[_Lent[Any]])
    _ending: asyncio.AbstractEventLoop | None = None

    @property
    def at_work(self) -> int:
        """How many pieces of work are under way."""
        return len(self._guards) + len(self._shielded) + len(self._lent)

    @property
    def _is_ending(self) -> bool:
        """Whether asyncio's loop is ending all tasks."""
        return self._ending is not None and self._ending is running_asyncio_loop()

    async def carry(
        self,
        work: Work[T],
        unwanted: Unwanted[T],
        *,
        patient: bool = True,
        grace: float | None = None,
    ) -> T:
        """
        Do the work to its end and return its result, or raise its error.

        Args:
            unwanted: What to do with the result, or the error, if the caller was cancelled.
            patient: Whether a cancelled caller waits for the outcome before it leaves.
            grace: Seconds that this work may take, where that is more than the usual.
        """
        if grace is not None:
            self.busy_until = max(self.busy_until, anyio.current_time() + grace)
        carried = _Carried(work, unwanted)
        self._guard(carried.run(), grace)
        try:
            await carried.ended.wait()
        except GeneratorExit:
            raise  # its event loop is dead
        except BaseException as error:
            carried.decide(taken=False)
            if patient and isinstance(error, anyio.get_cancelled_exc_class()):
                # The shield keeps anyio from cancelling again on each turn of the loop; a native
                # second one still comes.
                with anyio.CancelScope(shield=True):
                    await carried.ended.wait()
            raise
        carried.decide(taken=True)
        return carried.result()

    async def lend(self, work: Work[T], leave: Callable[[], None]) -> T:
        """
        Do the work beside the caller, and return its result or raise its error.

        Args:
            leave: Called if the caller was cancelled; it has the work end in a bounded time.
        """
        lent = _Lent(work, leave)
        self._lent.add(lent)
        lent.task = start(partial(lent.run, self._lent))
        if lent.task is not None and _OUTLIVES.get():
            asyncio._unregister_task(lent.task)  # noqa: SLF001  # as in `_guard`
        try:
            await lent.ended.wait()
        except GeneratorExit:
            raise  # its event loop is dead
        except BaseException:
            lent.leave(at_once=self._is_ending)
            raise
        return lent.result()

    def start(self, work: Work[None]) -> None:
        """Do the work beside the caller."""
        self._guard(_run(work))

    async def tidy(self, work: Work[None]) -> None:
        """Do the work although the caller is being cancelled, beside it."""
        if self._is_ending:
            # The sweep does not wait for tasks that begin after it.
            await work()
        else:
            self.start(work)

    async def drain(self, seconds: float) -> bool:
        """Wait for all that is carried, at most so long; return whether all of it ended."""
        with anyio.move_on_after(seconds, shield=True):
            if running_asyncio_loop() is None:
                while self._shielded:
                    await next(iter(self._shielded)).wait()
            else:
                await self._wait_for_guards()
        return not (self._guards or self._shielded)

    async def _wait_for_guards(self) -> None:
        loop = asyncio.get_running_loop()
        # Tasks of a loop that was closed never end.
        self._guards -= {guard for guard in self._guards if guard.get_loop().is_closed()}
        while mine := {guard for guard in self._guards if guard.get_loop() is loop}:
            await asyncio.wait(mine)

    def _guard(self, work: Coroutine[Any, Any, None], grace: float | None = None) -> None:
        seconds = grace or self.grace
        if running_asyncio_loop() is None:
            over = anyio.Event()
            self._shielded.add(over)
            start(partial(self._stay_shielded, work, seconds, over))
            return
        context = copy_context()
        context.run(_OUTLIVES.set, True)
        hidden = asyncio.get_running_loop().create_task(work, context=context)
        # Documented for implementers of tasks; without it asyncio.run() would cancel the exchange
        # itself.
        asyncio._unregister_task(hidden)  # noqa: SLF001
        guard = asyncio.ensure_future(self._stay(hidden, seconds))
        self._guards.add(guard)
        guard.add_done_callback(self._guards.discard)

    async def _stay(self, hidden: "asyncio.Future[None]", grace: float) -> None:
        try:
            await asyncio.wait([hidden])
        except asyncio.CancelledError:
            self._ending = asyncio.get_running_loop()
            with suppress(asyncio.CancelledError), anyio.CancelScope(shield=True):
                await asyncio.wait([hidden], timeout=grace)
            hidden.cancel()
        with suppress(asyncio.CancelledError):
            await hidden

    async def _stay_shielded(
        self, work: Coroutine[Any, Any, None], grace: float, over: anyio.Event
    ) -> None:
        shield = anyio.CancelScope(shield=True)
        _OUTLIVES.set(True)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_end_after_the_run, shield, grace)
                with shield:
                    await work
                tasks.cancel_scope.cancel()
        except Exception:
            # An error in a system task would end the program.
            logger.exception("work beside its caller failed")
        finally:
            self._shielded.discard(over)
            over.set()


async def _end_after_the_run(shield: anyio.CancelScope, grace: float) -> None:
    """Give what is shielded so long once the main task has ended, which cancels system tasks."""
    try:
        await anyio.sleep_forever()
    finally:
        shield.deadline = anyio.current_time() + grace


async def _run(work: Work[None]) -> None:
    await work()


def _raised(outcome: T | Exception) -> T:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
