"""Small steps of an event loop."""

from anyio.lowlevel import checkpoint


__all__ = ["let_run"]


async def let_run() -> None:
    """Let every task that can run do so until it waits; no time passes."""
    for _ in range(10):
        await checkpoint()
