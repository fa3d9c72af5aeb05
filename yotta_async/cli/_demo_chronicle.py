"""What happened on the way: the client's events, counted and put into words."""

from collections import Counter

import anyio
from attrs import define, field, frozen

from ..events import (
    Adapted,
    CreateUnclear,
    Event,
    PodLeft,
    PodRecovered,
    PodRemoved,
    Refused,
    Retrying,
)


__all__ = ["Chronicle", "Happening", "short"]


SHORT = 11


@frozen
class Happening:
    """Something worth a line, at an instant of the event loop's clock."""

    at: float
    text: str


def short(name: str) -> str:
    """Return enough of a made-up name to tell it from the others."""
    return name if len(name) <= SHORT else f"{name[:SHORT]}..."


@define(eq=False)
class Chronicle:
    """
    The record of a run.

    Attributes:
        counts: How often each kind of event came, by the event's class.
        happenings: The lines, oldest first.
    """

    counts: Counter[type[Event]] = field(factory=Counter[type[Event]])
    happenings: list[Happening] = field(factory=list[Happening])

    def __call__(self, event: Event) -> None:
        """Take in an event; this is what ``on_event`` is given."""
        self.counts[type(event)] += 1
        if text := _words(event):
            self.happenings.append(Happening(event.at, text))

    def say(self, text: str) -> None:
        """Note what the demo itself has to tell."""
        self.happenings.append(Happening(anyio.current_time(), text))


def _words(event: Event) -> str:  # noqa: PLR0911  # a table
    match event:
        case CreateUnclear(pod_name=name, error=error):
            return f"{short(name)}: answer lost ({error}); looking"
        case PodRecovered(pod_name=name):
            return f"{short(name)}: found, it had been made"
        case PodRemoved(pod_name=name):
            return f"{short(name)}: nobody held it; deleted"
        case PodLeft(pod_name=name, reason=reason):
            return f"{name}: may be left ({reason})"
        case Retrying(operation=operation, error=error):
            return f"{operation}: {error}; again"
        case Refused(operation=operation):
            return f"{operation}: refused, too many requests"
        case Adapted(requests=requests):
            return f"now keeping to {requests} requests a window"
        case _:
            return ""
