"""What counts as a number: in a setting, and in what a server writes."""

import math
from typing import TypeGuard

from attrs import frozen


__all__ = ["Unusable", "is_finite", "is_whole"]


@frozen
class Unusable:
    """
    What stands in decoded JSON in the place of what no field can hold.

    Attributes:
        text: As it was written, shortened.
    """

    text: str


def is_whole(value: object) -> TypeGuard[int]:
    """Whether this is an `int`, and not a `bool`."""
    return type(value) is int


def is_finite(value: object) -> TypeGuard[int | float]:
    """Whether this is an `int` or a `float` that has a place among the floats."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
