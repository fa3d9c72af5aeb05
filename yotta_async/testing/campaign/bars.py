"""How far a campaign has come: a bar where rich is installed, else lines on stderr."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final


__all__ = ["bar"]

# Runs done, how many of them failed, and the virtual hours of all.
Show = Callable[[int, int, float], None]

# Real seconds between two lines.
_PAUSE: Final = 10.0


@contextmanager
def bar(runs: int, done: int) -> Generator[Show, None, None]:
    """
    Show how far it has come while this lasts.

    Args:
        runs: How many runs there will be.
        done: How many there were before.

    Yields:
        What is called with the runs done, those that failed, and the virtual hours.
    """
    try:
        from rich.console import Console  # noqa: PLC0415  # an extra
        from rich.progress import Progress  # noqa: PLC0415
    except ModuleNotFoundError:
        yield _lines(runs)
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(runs)
        return
    with Progress(*Progress.get_default_columns(), console=console) as progress:
        task = progress.add_task("runs", total=runs, completed=done)
        yield _drawn(progress, task)


def _drawn(progress: Any, task: Any) -> Show:
    def show(done: int, failed: int, hours: float) -> None:
        words = f"{failed} failed, {hours:.0f} virtual hours"
        progress.update(task, completed=done, description=words)

    return show


def _lines(runs: int) -> Show:
    last = time.monotonic()

    def show(done: int, failed: int, hours: float) -> None:
        nonlocal last
        if time.monotonic() - last >= _PAUSE or done == runs:
            last = time.monotonic()
            line = f"{done} of {runs} runs, {failed} failed, {hours:.0f} virtual hours"
            print(line, file=sys.stderr, flush=True)

    return show
