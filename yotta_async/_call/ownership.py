"""
Work that is not its caller's to cancel.

A create that has begun may make a pod that bills, so its answer must be taken even if the task that
asked is cancelled. A shielded scope is not enough on asyncio: `asyncio.timeout`,
`asyncio.wait_for`, `task.cancel` and Ctrl-C go through it. There the work runs in a task of its
own, hidden from the sweep with which `asyncio.run` ends all tasks, behind a guard that the sweep
does see, so that it waits. On trio, where every cancellation respects a shield, it runs in a
shielded scope.

The caller that is cancelled waits for the answer and is then cancelled; a second cancellation lets
it go at once. An outcome that no caller took is handed to ``unwanted``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from typing import Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from attrs import define, field

from .._backend import running_asyncio_loop


__all__ = ["Owner", "Unwanted", "Work"]

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]
# What to do with an outcome whose caller was cancelled.
Unwanted = Callable[[T | Exception], Awaitable[None]]


@define(eq=False)
class _Carried(Generic[T]):
    """One piece of work on asyncio: its outcome, and whether the caller took it."""

    work: Work[T]
    unwanted: Unwanted[T]
    outcome: asyncio.Future[T | Exception] = field(factory=asyncio.Future)
    taken: asyncio.Future[bool] = field(factory=asyncio.Future)

    async def run(self) -> None:
        try:
            outcome = await _outcome_of(self.work)
        except GeneratorExit:
            raise  # its event loop is dead
        except BaseException:
            # It was ended by force; a caller that waits for the outcome must not wait for ever.
            self.outcome.cancel()
            raise
        self.outcome.set_result(outcome)
        if not await self.taken:
            await self.unwanted(outcome)


async def _outcome_of(work: Work[T]) -> T | Exception:
    try:
        return await work()
    except Exception as error:  # noqa: BLE001  # it is raised again in the caller
        return error


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
    _ending: asyncio.AbstractEventLoop | None = None

    @property
    def at_work(self) -> int:
        """How many pieces of work are under way."""
        return len(self._guards) + len(self._shielded)

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
            patient: Whether a cancelled caller waits for the outcome before it leaves; on trio it
                always does.
            grace: Seconds that this work may take, where that is more than the usual.
        """
        if grace is not None:
            self.busy_until = max(self.busy_until, anyio.current_time() + grace)
        if running_asyncio_loop() is None:
            return await self._carry_shielded(work, unwanted)
        carried = _Carried(work, unwanted)
        self._guard(carried.run(), grace)
        try:
            outcome = await asyncio.shield(carried.outcome)
        except asyncio.CancelledError:
            carried.taken.set_result(False)
            if patient:
                await _await_quietly(carried.outcome)
            raise
        carried.taken.set_result(True)
        return _raised(outcome)

    def start(self, work: Work[None]) -> None:
        """Do the work beside the caller; only on asyncio."""
        self._guard(_run(work))

    async def tidy(self, work: Work[None]) -> None:
        """Do the work although the caller is being cancelled: beside it on asyncio, before it
        leaves on trio.
        """
        loop = running_asyncio_loop()
        if loop is None:
            await self._finish(work)
        elif loop is self._ending:
            # The sweep does not wait for tasks that begin after it.
            await work()
        else:
            self.start(work)

    async def drain(self, seconds: float) -> bool:
        """Wait for all work under way, at most so long; return whether all of it ended."""
        with anyio.move_on_after(seconds, shield=True):
            if running_asyncio_loop() is None:
                while self._shielded:
                    await next(iter(self._shielded)).wait()
            else:
                await self._wait_for_guards()
        return not self.at_work

    async def _wait_for_guards(self) -> None:
        loop = asyncio.get_running_loop()
        # Tasks of an event loop that is dead never end.
        self._guards -= {guard for guard in self._guards if guard.get_loop().is_closed()}
        while mine := {guard for guard in self._guards if guard.get_loop() is loop}:
            await asyncio.wait(mine)

    async def _carry_shielded(self, work: Work[T], unwanted: Unwanted[T]) -> T:
        outcomes: list[T | Exception] = []
        under_way = anyio.Event()
        self._shielded.add(under_way)
        try:
            with anyio.CancelScope(shield=True):
                outcomes.append(await _outcome_of(work))
            try:
                await checkpoint_if_cancelled()
            except BaseException:
                await self._finish(lambda: unwanted(outcomes[0]))
                raise
        finally:
            self._shielded.discard(under_way)
            under_way.set()
        return _raised(outcomes[0])

    async def _finish(self, work: Work[None]) -> None:
        with anyio.move_on_after(self.grace, shield=True):
            await work()

    def _guard(self, work: Awaitable[None], grace: float | None = None) -> None:
        hidden = asyncio.ensure_future(work)
        # Documented for implementers of tasks; without it asyncio.run() would cancel the exchange
        # itself.
        asyncio._unregister_task(hidden)  # noqa: SLF001
        guard = asyncio.ensure_future(self._stay(hidden, grace or self.grace))
        self._guards.add(guard)
        guard.add_done_callback(self._guards.discard)

    async def _stay(self, hidden: "asyncio.Future[None]", grace: float) -> None:
        try:
            await asyncio.wait([hidden])
        except asyncio.CancelledError:
            self._ending = asyncio.get_running_loop()
            with suppress(asyncio.CancelledError):
                await _await_quietly(hidden, grace)
            hidden.cancel()
        with suppress(asyncio.CancelledError):
            await hidden


async def _run(work: Work[None]) -> None:
    await work()


async def _await_quietly(future: "asyncio.Future[T]", seconds: float | None = None) -> None:
    # The shield keeps anyio from cancelling again on each turn of the loop; a native second one
    # still comes.
    with anyio.CancelScope(shield=True):
        await asyncio.wait([future], timeout=seconds)


def _raised(outcome: T | Exception) -> T:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
