"""
What commands say on stderr while they work, and what they ask.

`say` is the way to the terminal, as `_tables` is to stdout: whatever a server has put into a line
is made harmless there (`harmless`).
"""

import signal
import sys
from contextlib import suppress

import click
from attrs import define

from .._scheduling.rules.lanes import Lane
from ..errors import YottaError
from ..errors._text import LONGEST_LINE, harmless
from ..events import (
    Answered,
    CreateUnclear,
    Event,
    ItemUnreadable,
    PodLeft,
    PodRecovered,
    PodRemoved,
    Refused,
    Retrying,
)
from ._exits import Exit
from ._failures import FailedError


__all__ = ["EventPrinter", "confirmed", "counted", "reason_of", "say"]

# Seconds between two lines that tell of no list.
_PAUSE = 15.0


def say(*lines: str, ends: bool = True) -> None:
    """
    Say some lines; without an error if the terminal is gone, as work that costs money goes on.

    Args:
        lines: One text for each line: line breaks within one are shown, and not obeyed.
        ends: Whether the last line ends.
    """
    text = "\n".join(harmless(each, LONGEST_LINE) for each in lines)
    with suppress(OSError):
        click.echo(text, err=True, nl=ends)


def counted(number: int, thing: str = "pod") -> str:
    """Return a number of things, such as `1 pod` and `2 pods`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def reason_of(error: YottaError) -> str:
    """Return an error's text without what tells one request from the next."""
    request_id = getattr(error, "request_id", None)
    return str(error).replace(f", request {request_id}", "") if request_id else str(error)


def confirmed(question: str) -> bool:
    """
    Ask, inside of an event loop, too, where Ctrl-C would wait for the answer otherwise.

    Raises:
        FailedError: The standard input has no answer.
    """
    say(f"{question} [y/N] ", ends=False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        answer = sys.stdin.readline()
    finally:
        signal.signal(signal.SIGINT, before)
    if not answer:
        raise FailedError("standard input has no answer", "Add --yes to go on without.", Exit.USAGE)
    return answer.strip().lower() in ("y", "yes")


@define(eq=False)
class EventPrinter:
    """
    Says what went wrong on the way, and was made up for; it is given to ``on_event``.

    Attributes:
        blind_since: The instant of the first of the polls that brought no list, one after the
            other, or None.
    """

    blind_since: float | None = None
    _next: float = 0.0

    def __call__(self, event: Event) -> None:
        if text := self._words_of_poll(event) or _words(event):
            say(f"  {text}")

    def _words_of_poll(self, event: Event) -> str:
        if not isinstance(event, Answered) or event.operation != "listPods":
            return ""
        if event.outcome == "ok":
            self.blind_since = None
            return ""
        if event.lane == Lane.NORMAL.name:
            return ""  # it is no poll, and told by itself
        if self.blind_since is None:
            self.blind_since, self._next = event.at, event.at
        if event.at < self._next:
            return ""
        self._next = event.at + _PAUSE
        return (
            f"no list of pods for {event.at - self.blind_since:.0f} s ({event.outcome}); trying on"
        )


def _words(event: Event) -> str:  # noqa: PLR0911  # a table
    match event:
        case CreateUnclear(pod_name=name, error=error):
            return f"{name}: answer lost ({error}); looking for it"
        case PodRecovered(pod_name=name):
            return f"{name}: found, it had been made"
        case PodRemoved(pod_name=name):
            return f"{name}: had no owner; deleted"
        case PodLeft(pod_name=name, pod_id=pod_id, reason=reason):
            return f"left, or may be: {name} (id {pod_id or 'unknown'}): {reason}"
        case ItemUnreadable(operation=operation, path=path, item_id=item_id):
            return f"{operation}: {path} of {item_id!a} cannot be read; all others are"
        case Retrying(operation=operation, error=error, wait=wait):
            return f"{operation}: {error}; again in {wait:.1f} s"
        case Refused(operation=operation, pause=pause):
            return f"{operation}: too many requests for the plan; pausing {pause:.0f} s"
        case _:
            return ""
