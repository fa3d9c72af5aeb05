"""What users do, drawn at random: the steps of a case as plain fields."""

from random import Random
from typing import Any, Final


__all__ = ["HOURS", "plot"]

# How long a case lasts at least, in hours, where that is not said.
HOURS: Final = (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 2.0)

Fields = dict[str, Any]


def plot(dice: Random, hours: float, regions: tuple[str, ...]) -> list[Fields]:
    """Return the steps of a case, in order."""
    return _one_pod(dice)


def _one_pod(dice: Random) -> list[Fields]:
    return [
        {"at": 0.0, "verb": "create", "arguments": {"pod": "a"}},
        {"at": 100.0, "verb": "wait", "arguments": {"pod": "a", "timeout": 600.0}},
        {"at": 400.0, "verb": "delete", "arguments": {"pod": "a"}},
    ]
