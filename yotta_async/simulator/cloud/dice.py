"""Dice for one purpose each."""

from random import Random


__all__ = ["dice"]


def dice(seed: int, purpose: str) -> Random:
    """Return a stream of its own, so that a change of one setting leaves the other draws alone."""
    return Random(f"{seed}:{purpose}")
