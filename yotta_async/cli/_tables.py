"""Rows for people and for programs: columns, in colours on a terminal, or JSON."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console
from rich.text import Text

from ..errors._text import LONGEST_LINE, harmless


__all__ = ["age", "money", "print_json", "print_lines", "show"]

# More than the longest name that the service allows, 255 characters.
_LONGEST_CELL = 300

_COLOURS = {
    "ready": "green",
    "running": "green",
    "failed": "red",
    "unhealthy": "yellow",
    "paused": "dim",
    "terminating": "dim",
}


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """
    Print rows on stdout, with a head; in colours on a terminal.

    An empty cell is a dash, so that columns stay columns, and nothing is folded, so that ids stay
    ids.
    """
    told = [[harmless(cell, _LONGEST_CELL) or "-" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *told, strict=True)]
    console = Console()
    for row in (head, *told):
        line = Text("  ").join(
            Text(cell.ljust(width), style="bold" if row is head else _COLOURS.get(cell, ""))
            for cell, width in zip(row, widths, strict=True)
        )
        line.rstrip()
        if console.is_terminal:
            console.print(line, soft_wrap=True)
        else:
            print(line.plain)
    sys.stdout.flush()


def print_lines(*lines: str) -> None:
    """Print some lines on stdout; line breaks within one are shown, and not obeyed."""
    for line in lines:
        print(harmless(line, LONGEST_LINE))
    sys.stdout.flush()


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print a value as JSON: money as text, times in ISO's form."""
    print(json.dumps(value, indent=indent, default=_plain), flush=True)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def money(amount: Decimal | None) -> str:
    """Return an amount in USD, or an empty text where it is not known."""
    return "" if amount is None else f"${amount:.2f}"


def age(since: datetime | None, now: datetime | None) -> str:
    """
    Return how long ago something was, in its two greatest units, or an empty text.

    Args:
        since: When it was, by the server's clock.
        now: What that clock shows now; None for this machine's.
    """
    if since is None:
        return ""
    seconds = max(0, int(((now or datetime.now(UTC)) - since).total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 1:
        return f"{seconds}s"
    if hours < 1:
        return f"{minutes}m{seconds % 60}s"
    return f"{hours}h{minutes % 60}m" if days < 1 else f"{days}d{hours % 24}h"
