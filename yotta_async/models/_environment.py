"""A container's variables: a mapping here, ``[{"key": ..., "value": ...}]`` on the wire."""

from collections.abc import Mapping
from typing import Annotated, cast

from ._frozen import HiddenMapping
from ._scalars import ShapeError, read_str


Environment = Annotated[Mapping[str, str], "environment"]


def read_environment(value: object, _: object = Environment) -> HiddenMapping:
    """Variables from a list of pairs, or from an object; of two with one name the last counts."""
    if isinstance(value, dict):
        items = cast("dict[str, object]", value)
        return HiddenMapping({key: _text(item) for key, item in items.items()})
    if not isinstance(value, list):
        raise ShapeError("an array of keys and values, or an object", value)
    pairs = dict[str, str]()
    try:
        for entry in cast("list[dict[str, str]]", value):
            pairs[read_str(entry["key"])] = read_str(entry["value"])
    except (ShapeError, TypeError, KeyError):
        # Not all as they should be; once more with care.
        pairs = dict(map(_pair, enumerate(cast("list[object]", value))))
    return HiddenMapping(pairs)


def write_environment(environment: Mapping[str, str]) -> list[dict[str, str]]:
    """Variables as the API takes them."""
    return [{"key": key, "value": value} for key, value in environment.items()]


def _pair(numbered: tuple[int, object]) -> tuple[str, str]:
    index, entry = numbered
    if not isinstance(entry, dict):
        raise ShapeError("an object", entry).under(f"[{index}]")
    pair = cast("dict[str, object]", entry)
    try:
        return read_str(pair.get("key")), _text(pair.get("value"))
    except ShapeError as error:
        raise error.under(f"[{index}]") from None


def _text(value: object) -> str:
    # A variable without a value is an empty one; the list must not be lost for it.
    return "" if value is None else read_str(value)
