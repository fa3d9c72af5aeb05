"""
What one field holds, read strictly: ``5.7`` is no int, ``True`` is no int, ``null`` is no text.

What Java servers do with 64-bit numbers and decimals - write them as strings - is understood.
Scalars come first, then statuses, then mappings and any other JSON.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, cast

from .._checks import Unusable
from ._frozen import FrozenMapping, HiddenMapping, NotJSONError
from ._lifecycle import PodStatus
from ._statuses import OpenStatus


# A 64-bit number is kept as text from the moment it is read; a double would change its last digits.
Id = Annotated[str, "id"]
Opaque = Annotated[str, "opaque"]  # to be shown or given back as it is, number or text
Flag = Annotated[bool, "flag"]
Measure = Annotated[float | str, "measure"]
Count = Annotated[int, "count"]
Json = Annotated[object, "json"]
Environment = Annotated[Mapping[str, str], "environment"]
HiddenText = Annotated[Mapping[str, str], "hidden"]  # such as headers, which may be secrets
Labels = Annotated[Mapping[str, str], "labels"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# In seconds that is the year 5138, in milliseconds March 1973: no pod is older or younger.
_MILLISECONDS_FROM: Final = 10**11
_MILLISECONDS_UNTIL: Final = 4 * 10**12  # until the year 2096 a double is near enough
_MOST_MONEY: Final = Decimal(10**9)  # USD
_LEAST_PLACE: Final = -100  # of the first digit; below that an amount is nothing
_MOST_COUNTED: Final = 2**63 - 1  # Java's `long`
_WHOLE: Final = re.compile(r"-?[0-9]+")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")

_UNUSABLE: Final = "a number out of bounds, or what is nested too deeply"
_JSON_TYPES: Final[dict[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    int: "a whole number",
    float: "a number with a fraction",
    str: "a string",
    list: "an array",
    dict: "an object",
    Unusable: _UNUSABLE,
    NotJSONError: _UNUSABLE,
    RecursionError: _UNUSABLE,
}


class ShapeError(Exception):
    """
    A value of another shape than its field's; says where and what kind, never the value.

    Attributes:
        path: Where it stands below the value that is being read, such as ``".expose[0].port"``.
    """

    def __init__(self, expected: str, value: object, path: str = "") -> None:
        kind = type(value)
        super().__init__(f"expected {expected}, got {_JSON_TYPES.get(kind, kind.__name__)}")
        self.path = path

    def under(self, step: str) -> "ShapeError":
        """
        The same error, seen from one step further up.

        Another object, because cattrs leaves notes of the place on what passes through it.
        """
        moved = ShapeError("", None, step + self.path)
        moved.args = self.args
        return moved


def fault_of(error: Exception) -> ShapeError:
    """What a hook stumbled over, without the value that it stumbled over."""
    if isinstance(error, ShapeError):
        return error
    if isinstance(error, KeyError):
        return ShapeError("a value", None)
    return ShapeError("a value that can be read", error)


def read_str(value: object, _: object = str) -> str:
    """Text, and nothing that merely could be made text."""
    if isinstance(value, str):
        return value
    raise ShapeError("a string", value)


def read_bool(value: object, _: object = bool) -> bool:
    """``true`` or ``false``."""
    if isinstance(value, bool):
        return value
    raise ShapeError("true or false", value)


def read_int(value: object, _: object = int) -> int:
    """A whole number, or a string of digits."""
    if type(value) is int:
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise ShapeError("a whole number", value)


def read_float(value: object, _: object = float) -> float:
    """A finite number, or a string that spells one."""
    if type(value) in {int, float} or _spells_number(value):
        number = float(value)  # type: ignore[arg-type]  # narrowed by the line above
        if math.isfinite(number):
            return number
    raise ShapeError("a finite number", value)


def read_decimal(value: object, _: object = Decimal) -> Decimal:
    """
    An amount in USD, with just the digits that were written, or a double's shortest spelling.

    What is computed of amounts must not overflow, nor a negative one make room in a budget.
    """
    if type(value) in {int, float} or _spells_number(value):
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):  # more digits than there may be, or than `str` makes
            number = Decimal("NaN")
        if number.is_finite() and 0 <= number <= _MOST_MONEY and number.adjusted() >= _LEAST_PLACE:
            return number
    raise ShapeError("a finite number from 0 to 1e9", value)


def read_id(value: object, _: object = str) -> str:
    """An id, which the API writes as a 64-bit number or as text; never through a double."""
    if type(value) is int and value >= 0:
        return str(value)
    if isinstance(value, str) and value.strip():
        return value
    raise ShapeError("an id (a whole number or a string)", value)


def read_opaque(value: object, _: object = str) -> str:
    """Text, or a whole number as text."""
    return str(value) if type(value) is int else read_str(value)


def read_flag(value: object, _: object = bool) -> bool:
    """``true`` or ``false``, or 1 or 0 in their place."""
    if type(value) is int and value in {0, 1}:
        return value == 1
    return read_bool(value)


def read_count(value: object, _: object = int) -> int:
    """A whole number, or a string of digits, of zero or more."""
    number = read_int(value)
    if not 0 <= number <= _MOST_COUNTED:
        raise ShapeError("a whole number from 0 to 2^63-1", value)
    return number


def read_measure(value: object, _: object = float) -> float | str:
    """A finite number, or a string that spells one; other text stays text."""
    if isinstance(value, str) and not _spells_number(value):
        return value
    return read_float(value)


def read_time(value: object, _: object = datetime) -> datetime:
    """
    An aware datetime in UTC.

    Args:
        value: Seconds or milliseconds since 1970, as a number or as text, or ISO 8601 with ``T`` or
            a space; without a zone it is UTC.
    """
    if type(value) is int and _MILLISECONDS_FROM <= value < _MILLISECONDS_UNTIL:
        return datetime.fromtimestamp(value / 1000, UTC)  # half as long as by way of a timedelta
    try:
        if type(value) in {int, float}:
            return _since_1970(value)  # type: ignore[arg-type]  # narrowed by the line above
        if isinstance(value, str):
            return _from_text(value.strip())
    except (ValueError, OverflowError):
        pass
    raise ShapeError("a time (seconds or milliseconds since 1970, or ISO 8601)", value)


def _from_text(text: str) -> datetime:
    if _spells_number(text):
        return _since_1970(int(text) if _WHOLE.fullmatch(text) else float(text))
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _since_1970(number: float) -> datetime:
    if abs(number) >= _MILLISECONDS_FROM:
        return _EPOCH + timedelta(milliseconds=number)
    return _EPOCH + timedelta(seconds=number)


def _spells_number(value: object) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def status_reader(status: type[PodStatus | OpenStatus]) -> Callable[[Any, Any], str]:
    """A reader of a status: a member, or the text of a word that this version does not know."""
    members = {member.value: member for member in status}

    def read_status(value: object, _: object) -> str:
        if type(value) is str and value in members:
            return members[value]
        if type(value) is int or isinstance(value, str):
            return status.parse(value)
        raise ShapeError("a status (a word or a number)", value)

    return read_status


def read_json(value: object, _: object = Json) -> object:
    """Any JSON, as it is; the model freezes it."""
    return value


def read_hidden_text(value: object, _: object = HiddenText) -> HiddenMapping:
    """A mapping whose values no repr shows."""
    return HiddenMapping(_read_texts(value))


def read_labels(value: object, _: object = Labels) -> FrozenMapping[str]:
    """A mapping whose values may be shown."""
    return FrozenMapping(_read_texts(value))


def _read_texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ShapeError("an object", value)
    items = cast("dict[str, object]", value)
    return {key: _text_or_empty(item) for key, item in items.items()}


def _text_or_empty(value: object) -> str:
    # A variable, header or label without a value has an empty one: the rest is not lost for it.
    return "" if value is None else read_str(value)


def read_environment(value: object, _: object = Environment) -> HiddenMapping:
    """
    A container's variables, from an object or from ``[{"key": ..., "value": ...}]``, where of two
    with one name the last counts.
    """
    if isinstance(value, dict):
        return read_hidden_text(cast("object", value))
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
        return read_str(pair.get("key")), _text_or_empty(pair.get("value"))
    except ShapeError as error:
        raise error.under(f"[{index}]") from None
