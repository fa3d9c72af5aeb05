"""
Grants held against a limit of so many in so many seconds.

Grants are the instants at which somebody went, in seconds and in the order of going. A window is as
long as the limit's; what goes at its end is the next one's.
"""

from collections.abc import Iterable, Sequence

from benchmarks.late_loop import ROUNDING


__all__ = ["due_in_windows", "due_one_by_one", "earliest_reuse", "lateness", "most_in_a_window"]


def most_in_a_window(grants: Sequence[float], per: float) -> int:
    """Count the grants in the fullest window, wherever it begins."""
    most, first = 0, 0
    for index, instant in enumerate(grants):
        while instant - grants[first] >= per - ROUNDING:
            first += 1
        most = max(most, index - first + 1)
    return most


def earliest_reuse(grants: Sequence[float], requests: int, per: float) -> float:
    """Return by how many seconds a grant came too early after the one ``requests`` before it."""
    early = (then + per - now for then, now in zip(grants, grants[requests:], strict=False))
    most = max(early, default=0.0)
    return most if most > ROUNDING else 0.0


def due_in_windows(count: int, requests: int, per: float) -> list[float]:
    """Return the earliest instants that keep the limit, for callers that are all there at 0."""
    return [per * (index // requests) for index in range(count)]


def due_one_by_one(count: int, requests: int, per: float) -> list[float]:
    """Return the instants of the even rate, from 0 on."""
    return [per / requests * index for index in range(count)]


def lateness(grants: Iterable[float], due: Iterable[float]) -> list[float]:
    """Return by how many seconds each grant came later than it was due; 0 if it was early."""
    return [max(0.0, came - at) for came, at in zip(grants, due, strict=True)]
