"""Which event loop runs: anyio's two backends told apart without importing either for nothing."""

import asyncio
import sys
from collections.abc import Callable


__all__ = ["current_loop", "is_dead", "running_asyncio_loop", "soon"]


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


def is_dead(loop: object) -> bool:
    """Whether nothing can run on a loop any more, as far as can be known."""
    return isinstance(loop, asyncio.AbstractEventLoop) and loop.is_closed()
