"""Who went before his turn. Callers are numbered as they came, and listed in the order of going."""

from collections.abc import Sequence
from itertools import accumulate


__all__ = ["newcomers_ahead", "overtaken", "places_lost"]


def overtaken(order: Sequence[int]) -> int:
    """Count the callers before whom one went who had come later."""
    latest = list(accumulate(order, max))
    return sum(caller < before for caller, before in zip(order, latest, strict=True))


def places_lost(order: Sequence[int]) -> int:
    """Return by how many places the most unlucky caller went later than in turn."""
    return max(place - caller for place, caller in enumerate(order))


def newcomers_ahead(order: Sequence[int], first: int) -> int:
    """Count the callers from number ``first`` on that went before one of those before it."""
    last = max(place for place, caller in enumerate(order) if caller < first)
    return last + 1 - first
