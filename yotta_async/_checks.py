"""What counts as a number in a setting."""

import math
from typing import TypeGuard


__all__ = ["is_finite", "is_whole"]


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
