"""Validators for the simulator's settings: each names the field, the value and the remedy."""

import math
from typing import TYPE_CHECKING, Any, get_args

from yotta_async.errors import ConfigurationError


if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute


__all__ = ["one_of", "positive", "seconds", "share", "span"]


def share(_: object, attribute: "Attribute[float]", value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ConfigurationError(
            attribute.name, value, "must be a number from 0 to 1", hint="It is a probability."
        )


def seconds(_: object, attribute: "Attribute[float]", value: float) -> None:
    if not (math.isfinite(value) and value >= 0.0):
        raise ConfigurationError(
            attribute.name, value, "must be finite and 0 or more", hint="Seconds, such as 0.5."
        )


def positive(_: object, attribute: "Attribute[Any]", value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise ConfigurationError(
            attribute.name, value, "must be finite and above 0", hint="For example 1."
        )


def span(
    _: object, attribute: "Attribute[tuple[float, float]]", value: tuple[float, float]
) -> None:
    low, high = value
    if not (0.0 <= low <= high and math.isfinite(high)):
        raise ConfigurationError(
            attribute.name,
            value,
            "must be (low, high) with 0 <= low <= high, both finite",
            hint="Seconds, such as (0.1, 0.5).",
        )


def one_of(literal: Any) -> "Callable[[object, Attribute[Any], object], None]":
    """Return a validator that knows the words of a ``Literal``."""
    words: tuple[object, ...] = get_args(literal)

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if value not in words:
            problem = f"must be one of {', '.join(map(repr, words))}"
            raise ConfigurationError(attribute.name, repr(value), problem, hint="")

    return validate
