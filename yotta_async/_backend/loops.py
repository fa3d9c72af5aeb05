"""Which event loop runs: anyio's two backends told apart without importing either for nothing."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final, Protocol

import anyio


__all__ = [
    "Wakeup",
    "current_loop",
    "current_time",
    "end_of_this_task",
    "is_dead",
    "new_wakeup",
    "running_asyncio_loop",
    "soon",
    "spawn",
    "start",
    "uptime",
    "within_task",
]

# The clock that goes on while the machine is suspended: on Linux and on macOS, in that order.
_CONTINUOUS = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC_RAW", None))

# Seconds since the machine was started, those of its sleep included where they can be told; not
# the clock of any event loop.
uptime: Callable[[], float] = (
    time.monotonic if _CONTINUOUS is None else partial(time.clock_gettime, _CONTINUOUS)
)


class Wakeup(Protocol):
    """An event that one task awaits, once, and that any other task may set."""

    def set(self) -> None:
        """Wake the task that waits; a second call does nothing."""

    def wait(self) -> Awaitable[object]:
        """Return what is to be awaited until it is set."""
        ...


def running_asyncio_loop() -> asyncio.AbstractEventLoop | None:
    """Return the asyncio loop of the current task, or None on trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def current_loop() -> object:
    """
    Return what identifies the running event loop, or None outside of any.

    It is the same object for two calls exactly if they run on the same loop.
    """
    loop = running_asyncio_loop()
    return loop if loop is not None else _trio_token()


def _trio_token() -> object:
    trio = sys.modules.get("trio")
    try:
        return trio.lowlevel.current_trio_token() if trio else None
    except RuntimeError:
        return None


def soon(function: Callable[[], object]) -> Callable[[], object]:
    """Return what has the running event loop call a function, and may itself be called by a signal
    handler.
    """
    loop = running_asyncio_loop()
    if loop is not None:
        return lambda: loop.call_soon_threadsafe(function)
    token = _trio_token()
    return lambda: token.run_sync_soon(function)  # type: ignore[attr-defined]


def spawn(work: Callable[[], Coroutine[object, object, None]]) -> Callable[[], object]:
    """
    Have work done beside the running task, by none of whose context it is changed.

    It must raise nothing; at its end the event loop cancels what has not ended.

    Returns:
        What cancels it.
    """
    loop = running_asyncio_loop()
    if loop is not None:
        return loop.create_task(work(), context=Context()).cancel
    scope = anyio.CancelScope()

    async def scoped() -> None:
        with scope:
            await work()

    sys.modules["trio"].lowlevel.spawn_system_task(scoped)
    return scope.cancel


def start(work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None] | None:
    """
    Do work in a task that no scope around the caller can cancel, with the caller's context.

    It must raise no error. On asyncio the task is returned, and the caller's to keep a reference
    to; on trio it is cancelled when the main one has ended.
    """
    loop = running_asyncio_loop()
    if loop is not None:
        return loop.create_task(work())
    trio: Any = sys.modules["trio"]
    trio.lowlevel.spawn_system_task(work, context=copy_context())
    return None


def current_time() -> float:
    """Return `anyio.current_time()`, which first finds out for itself which backend runs."""
    try:
        # Ten times as fast, and a call reads the clock half a dozen times.
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return anyio.current_time()


def new_wakeup() -> Wakeup:
    """Return what the running task can wait for; on asyncio a third of the size of an event."""
    loop = running_asyncio_loop()
    return anyio.Event() if loop is None else _Future(loop=loop)


# The event loop itself keeps no more than a weak reference.
_CALLS: Final = set["asyncio.Task[None]"]()


def within_task(function: Callable[[], object]) -> None:
    """
    Call a function now, or in a task of its own where none runs: in a callback of asyncio's, which
    a statement without ``await`` is at the prompt of ``python -m asyncio``. anyio needs a task.
    """
    loop = running_asyncio_loop()
    if loop is None or asyncio.current_task() is not None:
        function()
        return

    async def call() -> None:
        function()

    task = loop.create_task(call())
    _CALLS.add(task)
    task.add_done_callback(_CALLS.discard)


def end_of_this_task() -> Callable[[], bool]:
    """
    Return what tells whether the running task has ended; on trio it never does, as no block is
    left open there by a task that ends.
    """
    task = asyncio.current_task() if running_asyncio_loop() is not None else None
    return task.done if task is not None else lambda: False


class _Future(asyncio.Future[None]):
    """A future that is set and awaited like an event."""

    def set(self) -> None:
        # The waiting task may have been cancelled, and the future with it.
        if not self.done():
            self.set_result(None)

    def wait(self) -> "asyncio.Future[None]":
        return self


def is_dead(loop: object) -> bool:
    """Whether nothing can run on a loop any more, as far as can be known."""
    return isinstance(loop, asyncio.AbstractEventLoop) and loop.is_closed()
