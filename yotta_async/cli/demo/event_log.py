"""What happened on the way: the client's events, counted and put into words."""

from collections import Counter

import anyio
from attrs import define, field, frozen

from ...errors._text import harmless
from ...events import (
    Adapted,
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
from ...fleet import FleetPodName


__all__ = ["Entry", "EventLog"]

# A delete that gets one of these has nothing left to do.
_DELETED = ("ok", "NotFoundError", "ConflictError")


@frozen
class Entry:
    """Something worth a line, at an instant of the event loop's clock."""

    at: float
    text: str = field(converter=harmless)


@define(eq=False)
class EventLog:
    """
    The record of a run.

    Attributes:
        counts: How often each kind of event came, by the event's class.
        answers: How often each operation ended how.
        entries: The lines, oldest first.
    """

    counts: Counter[type[Event]] = field(factory=Counter[type[Event]])
    answers: Counter[tuple[str, str]] = field(factory=Counter[tuple[str, str]])
    entries: list[Entry] = field(factory=list[Entry])

    def __call__(self, event: Event) -> None:
        """Take in an event; this is what ``on_event`` is given."""
        self.counts[type(event)] += 1
        if isinstance(event, Answered):
            self.answers[event.operation, event.outcome] += 1
        if text := _words(event):
            self.entries.append(Entry(event.at, text))

    def add(self, text: str) -> None:
        """Note what the demo itself has to tell."""
        self.entries.append(Entry(anyio.current_time(), text))

    def add_once(self, text: str) -> None:
        """Note it, unless it was noted before."""
        if all(each.text != text for each in self.entries):
            self.add(text)

    @property
    def made(self) -> int:
        """How many pods were made, as far as is known."""
        found = self.counts[PodRecovered] + self.counts[PodRemoved]
        return self.answers["createPod", "ok"] + found

    @property
    def deleted(self) -> int:
        """How many of them were deleted."""
        answered = sum(self.answers["deletePod", outcome] for outcome in _DELETED)
        return min(answered, self.made)

    @property
    def out_of_stock(self) -> int:
        """How many creates found no free GPU where they were tried."""
        return self.answers["createPod", "OutOfCapacityError"]


def _called(name: str) -> str:
    parsed = FleetPodName.parse(name)
    return f"pod {parsed.key}" if parsed else name


def _words(event: Event) -> str:  # noqa: PLR0911  # a table
    match event:
        case CreateUnclear(pod_name=name, error=error):
            return f"{_called(name)}: answer lost ({error}); looking"
        case PodRecovered(pod_name=name):
            return f"{_called(name)}: found, it had been made"
        case PodRemoved(pod_name=name):
            return f"{_called(name)}: had no owner; deleted"
        case PodLeft(pod_name=name, reason=reason):
            return f"{name}: may be left ({reason})"
        case ItemUnreadable(operation=operation, path=path, item_id=item_id):
            return f"{operation}: {path} of {item_id!a} cannot be read; all others are"
        case Retrying(operation=operation, error=error):
            return f"{operation}: {error}; again"
        case Refused(operation=operation):
            return f"{operation}: refused, too many requests"
        case Adapted(requests=requests):
            return f"now keeping to {requests} requests a window"
        case _:
            return ""
