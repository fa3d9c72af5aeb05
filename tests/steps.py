"""Small steps of an event loop."""

from collections.abc import Callable

import anyio
from anyio.lowlevel import checkpoint


__all__ = ["let_run", "until"]


async def let_run() -> None:
    """Let every task that can run do so until it waits; no time passes."""
    for _ in range(10):
        await checkpoint()


async def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened that tells of itself in no other way."""
    while not happened():  # noqa: ASYNC110
        await anyio.sleep(0.005)
