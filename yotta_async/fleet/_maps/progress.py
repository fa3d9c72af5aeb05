"""How far a map is, for people: a bar where there is a terminal and rich, else lines."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from ..._backend.progress import Progress, logger
from .outcome import WorkReport


if TYPE_CHECKING:
    import rich.progress

__all__ = ["shown"]

# Seconds between two looks.
_PAUSE: Final = 0.5


async def shown(status: Callable[[], WorkReport]) -> None:
    """
    Show how a map stands, until this is cancelled.

    Args:
        status: Returns how it stands.
    """
    if not logger.hasHandlers() and sys.stderr.isatty():
        with suppress(ImportError):  # without rich there are lines
            await _bar(status)
    lines = Progress(lambda: f"map on fleet {status()}", lambda _: f"map on fleet {status()}")
    try:
        await lines.run()
    finally:
        lines.end(f"map on fleet {status()}")


async def _bar(status: Callable[[], WorkReport]) -> None:
    import rich.console  # noqa: PLC0415  # it is not everywhere
    import rich.progress  # noqa: PLC0415

    console = rich.console.Console(stderr=True)
    # Without its thread: the event loop tells when.
    with rich.progress.Progress(console=console, auto_refresh=False) as bar:
        task = bar.add_task("", total=None)
        try:
            while True:
                _draw(bar, task, status())
                await anyio.sleep(_PAUSE)
        finally:
            _draw(bar, task, status())


def _draw(bar: "rich.progress.Progress", task: "rich.progress.TaskID", report: WorkReport) -> None:
    total, ended = report.items if report.is_complete else None, report.done + report.failed
    bar.update(task, total=total, completed=ended, description=str(report), refresh=True)
