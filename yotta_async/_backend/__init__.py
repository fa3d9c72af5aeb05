"""
What a program runs on: asyncio or trio, a process that gets signals (`signals`), and the user who
waits for its end (`progress`).
"""

from .loops import (
    Wakeup,
    current_loop,
    current_time,
    end_of_this_task,
    is_dead,
    new_wakeup,
    running_asyncio_loop,
    soon,
    spawn,
    start,
    uptime,
    within_task,
)


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
