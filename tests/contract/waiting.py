"""Looking again and again, for tests in real time."""

import time
from collections.abc import Callable
from typing import TypeVar


T = TypeVar("T")

PATIENCE = 600.0  # seconds, after which it is stuck
PAUSE = 0.01


def eventually(look: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    """Return the first thing seen that is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(PAUSE)
    return seen
