"""What a program runs on: asyncio or trio, and a process that gets signals (`signals`)."""

from .loops import (
    Wakeup,
    current_loop,
    current_time,
    is_dead,
    new_wakeup,
    running_asyncio_loop,
    soon,
    spawn,
    uptime,
)


__all__ = [
    "Wakeup",
    "current_loop",
    "current_time",
    "is_dead",
    "new_wakeup",
    "running_asyncio_loop",
    "soon",
    "spawn",
    "uptime",
]
