"""
JSON, strictly: no NaN, no infinity, no number that would take seconds to read.

A list of all pods is asked for again and again, and little in it has changed each time. Whoever
decodes it (`ListDecoder`) therefore remembers the text of each item: to see that it stands where it
stood is a comparison of memory.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias, cast

from attrs import define, field, frozen


__all__ = ["Decode", "ListDecoder", "NumberError", "decode"]

Decode: TypeAlias = Callable[[bytes], object]

_LONGEST_NUMBER: Final = 1000  # digits
_DATA: Final = re.compile(r'"data"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*')
_NEXT: Final = re.compile(r"[ \t\n\r]*,[ \t\n\r]*(?=\{)")
_CLOSE: Final = re.compile(r"[ \t\n\r]*\]")


class NumberError(ValueError):
    """JSON, but for a number; the text says which."""


def decode(body: bytes) -> object:
    """
    Decode a body.

    Raises:
        ValueError: It is not JSON; `NumberError`, if a number is to blame.
        RecursionError: It is nested too deeply.
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass")  # as `json.loads` does
    # To be asked about each whole number would take as long again as all else.
    return (_CAREFUL if _may_hold_long_number(body) else _USUAL).decode(text)


@frozen
class _Shape:
    """
    An envelope around a list of objects.

    Attributes:
        head: The text before the first item.
        tail: The text after the last one.
        rest: The envelope without its list.
    """

    head: str
    tail: str
    rest: dict[str, Any]


_Item: TypeAlias = tuple[str, object]  # its text, and what that stands for


@define(eq=False)
class ListDecoder:
    """
    Decodes envelopes whose ``data`` is a list of objects, one answer after the other.

    What it returns is equal to what `decode` does. An item whose text stood in the last answer,
    too, is the same object as then, so nobody may change one.
    """

    _shape: _Shape | None = None
    _items: list[_Item] = field(factory=list[_Item], repr=False)

    def __call__(self, body: bytes) -> object:
        """Decode the next answer; raises what `decode` raises."""
        try:
            found = self._read(body.decode())
        except (ValueError, RecursionError):
            found = None
        # Whatever else it is, and whatever is wrong with it, `decode` knows.
        return decode(body) if found is None else found

    def _read(self, text: str) -> object:
        """Return the envelope; None if it is of another kind."""
        start = _DATA.search(text)
        if start is None:
            return None
        items, end = self._walk(text, start.end())
        if not _CLOSE.match(text, end):
            return None
        shape = self._shape_of(text[: start.end()], text[end:])
        if shape is None:
            return None
        self._shape, self._items = shape, items
        return {**shape.rest, "data": [item for _, item in items]}

    def _walk(self, text: str, at: int) -> tuple[list[_Item], int]:
        """Return the items of a list, and where they end."""
        items: list[_Item] = []
        places: dict[str, int] = {}
        place = 0
        while text.startswith("{", at):  # only an object's text cannot begin another's
            place, item = self._item(text, at, place, places)
            items.append(item)
            at, place = at + len(item[0]), place + 1
            if text.startswith(",{", at):
                at += 1
            elif comma := _NEXT.match(text, at):
                at = comma.end()
            else:
                break
        return items, at

    def _item(self, text: str, at: int, place: int, places: dict[str, int]) -> tuple[int, _Item]:
        """
        Return the item that stands at an offset, and its place in the last answer.

        Args:
            place: Where it is if nothing has changed.
            places: Of the last answer, by text; noted when the first is not where it was.
        """
        if place < len(self._items) and text.startswith(self._items[place][0], at):
            return place, self._items[place]
        value, end = _USUAL.raw_decode(text, at)
        known = text[at:end]
        if _may_hold_long_number(known.encode()):
            raise NumberError(known[:20])
        if not places:
            places.update({each: number for number, (each, _) in enumerate(self._items)})
        if known in places:
            place = places[known]
            return place, self._items[place]
        return place, (known, value)

    def _shape_of(self, head: str, tail: str) -> _Shape | None:
        """Return the envelope around a list; None if it is not the envelope's own ``data``."""
        known = self._shape
        if known is not None and (known.head, known.tail) == (head, tail):
            return known
        # What closes the list and an envelope after its head would close something else deeper
        # down; and of two members with one name the last counts.
        before, after = (_object(text) for text in (f"{head}]}}", f'{{"":[{tail}'))
        if "data" not in before or "data" in after:
            return None
        return _Shape(head, tail, _object(head + tail))


def _object(text: str) -> dict[str, Any]:
    decoded = decode(text.encode())
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}


def _may_hold_long_number(body: bytes) -> bool:
    """Whether there may be a number that `_bounded` refuses: it fills a block of half its size."""
    if len(body) <= _LONGEST_NUMBER:
        return False
    if b"\0" in body[:4]:
        return True  # UTF-16 or UTF-32, where digits stand apart
    block = _LONGEST_NUMBER // 2
    return any(body[at : at + block].isdigit() for at in range(0, len(body), block))


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _bounded(text: str) -> int:
    # CPython refuses longer ones too, but in words that tell of its own settings.
    return int(text) if len(text) <= _LONGEST_NUMBER else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise NumberError(f"the number {text[:20]}")


# `json.loads` would make one of these for each call.
_USUAL: Final = json.JSONDecoder(parse_constant=_refuse_number, parse_float=_finite)
_CAREFUL: Final = json.JSONDecoder(
    parse_constant=_refuse_number, parse_float=_finite, parse_int=_bounded
)
