"""
Which of two descriptions of one thing is the further one, as a table.

A list may have one thing twice, as a merge of two replicas has it, and one of the two is a stale
copy. The life of a thing tells which, as far as it runs one way:

1. An end is beyond what can still change, and TERMINATED beyond every other end.
2. Before an end a thing may go back: a pod is paused and resumed, a volume resized. There the newer
   one counts, if each says when it was updated; else the one that has come further the first time.
3. Of two that run the one that is ready counts. Where nothing tells them apart the first counts.

Copies of which one still runs, one rests or one ends contradict each other, unless their dates say
which is the older: the one that counts is likely, and no proof.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeVar


__all__ = ["contradict", "furthest", "step_of"]

T = TypeVar("T")

# The end that a status stands for, 0 for none; and how far it is on the first way there.
_STEPS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "INITIALIZING": (0, 1),
        "CREATING": (0, 1),
        "PROCESSING": (0, 1),
        "RUNNING": (0, 2),
        "ACTIVE": (0, 2),
        "DELIVERED": (0, 2),
        "PAUSING": (0, 3),
        "STOPPING": (0, 3),
        "RESIZING": (0, 3),
        "PAUSED": (0, 4),
        "STOPPED": (0, 4),
        "FAILED": (1, 0),
        "ERROR": (1, 0),
        "SUCCESS": (1, 0),
        "TERMINATING": (2, 0),
        "DELETING": (2, 0),
        "TERMINATED": (3, 0),
    }
)
_NOT_KNOWN: Final = (0, 0)
_UP: Final = 2  # the last place on the way up
_OVER: Final = 2  # the first end at which nothing is left
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def step_of(status: str) -> tuple[int, int]:
    """
    Return how far a status is in the life of what has it.

    Args:
        status: Of a pod, an endpoint, a task, a machine or a volume.

    Returns:
        Which end it is, 0 for none; and its place on the way, 0 for a word that is not known.
    """
    return _STEPS.get(status.upper(), _NOT_KNOWN)


def furthest(copies: Iterable[T]) -> T:
    """Return which of several descriptions of one thing counts."""
    several = list(copies)
    dated = all(_updated(each) for each in several)

    def key(thing: T) -> tuple[int, datetime, int, bool]:
        end, place = step_of(getattr(thing, "status", ""))
        when = _updated(thing) if dated else None
        return end, when or _NEVER, place, bool(getattr(thing, "is_ready", False))

    return max(several, key=key)


def contradict(copies: Iterable[object]) -> bool:
    """Return whether descriptions of one thing differ in whether it runs, rests or has ended."""
    several = list(copies)
    if len({_course(each) for each in several}) < 2:
        return False
    dates = [_updated(each) for each in several]
    if None in dates or len(set(dates)) < len(dates):
        return True
    newest = max(several, key=lambda each: _updated(each) or _NEVER)
    return _course(newest) != _course(furthest(several))


def _course(thing: object) -> int:
    end, place = step_of(getattr(thing, "status", ""))
    return 1 + min(end, _OVER) if end else int(place > _UP)


def _updated(thing: object) -> datetime | None:
    found: datetime | None = getattr(thing, "updated_at", None)
    return found
