"""What counts as a number, in a setting and in what a server writes, and as a setting of a kind."""

import math
from functools import partial
from inspect import iscoroutinefunction
from typing import TypeGuard, cast

from attrs import frozen

from .errors import ConfigurationError


__all__ = ["Unusable", "check_kind", "is_async", "is_finite", "is_whole"]


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


def check_kind(name: str, value: object, kind: type, example: str) -> None:
    """
    Refuse a setting that is neither None nor of its kind, such as a number for a `Budget`.

    Raises:
        ConfigurationError: It is not.
    """
    if value is not None and not isinstance(value, kind):
        # The value may be long, or a secret in the wrong place.
        shown = value if isinstance(value, int | float) else f"({type(value).__name__})"
        hint = f"For example {kind.__name__}({example})."
        raise ConfigurationError(name, shown, f"must be a {kind.__name__}", hint=hint)


def is_async(function: object) -> bool:
    """Whether calling it gives what is to be awaited: also of a `partial`, or an object's call."""
    while isinstance(function, partial):
        function = cast("partial[object]", function).func
    call = getattr(type(function), "__call__", None)  # noqa: B004  # it is looked at, not asked for
    return iscoroutinefunction(function) or iscoroutinefunction(call)
