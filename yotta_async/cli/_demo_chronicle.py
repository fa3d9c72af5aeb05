"""What happened on the way: the client's events, counted and put into words."""

from collections import Counter

import anyio
from attrs import define, field, frozen

from .._core.events import (
    Adapted,
    CreateUnclear,
    Event,
    PodLeft,
    PodRecovered,
    PodRemoved,
    Refused,
    Retrying,
)


__all__ = ["Chronicle", "Happening"]


@frozen
class Happening:
    """Something worth a line, at an instant of the event loop's clock."""

    at: float
    text: str


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


def _words(event: Event) -> str:
    match event:
        case CreateUnclear(pod_name=name, error=error):
            return f"the answer to a create is lost ({error}); looking for {name}"
        case PodRecovered(pod_name=name):
            return f"found {name}: it had been made"
        case PodRemoved(pod_name=name):
            return f"deleted {name}, which nobody held"
        case PodLeft(pod_name=name, reason=reason):
            return f"{name} may be left: {reason}"
        case Retrying(operation=operation, error=error):
            return f"{operation} failed ({error}); it goes again"
        case Refused(operation=operation):
            return f"{operation} was refused: too many requests"
        case Adapted(requests=requests):
            return f"now keeping to {requests} requests a window"
        case _:
            return ""
