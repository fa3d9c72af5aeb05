"""Reading a JSON body field by field; what does not fit is refused by the field's name."""

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import NoReturn, cast

from attrs import frozen

from yotta_async.simulator.cloud.problems import invalid


__all__ = ["INT32", "INT64", "Body", "invalid", "whole_number"]

INT32 = 2**31 - 1
INT64 = 2**63 - 1


def whole_number(text: str) -> int | None:
    """Return the number that plain digits write, or None; int64 is the most it can be."""
    # int() would read other scripts' digits too, and refuses 5000 of them with a ValueError.
    if not re.fullmatch(r"-?[0-9]{1,19}", text):
        return None
    number = int(text)
    return number if -INT64 - 1 <= number <= INT64 else None


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


@frozen
class Body:
    """A JSON object; `path` is put before the names of its fields in messages."""

    values: Mapping[str, object]
    path: str = ""

    @classmethod
    def parse(cls, text: bytes) -> "Body":
        # Deep nesting exhausts the parser's stack: that is the client's fault, not the server's.
        # Python would also read NaN and 1e999, which are no JSON once they are sent back.
        try:
            values: object = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        except (ValueError, RecursionError):
            raise invalid("request body is not valid JSON") from None
        if not isinstance(values, dict):
            raise invalid("request body must be a JSON object")
        return cls(cast("dict[str, object]", values))

    def text(self, name: str, default: str = "", *, longest: int = INT32) -> str:
        value = self._given(name, default)
        if not isinstance(value, str):
            raise invalid(f"{self.path}{name} must be a string")
        if len(value) > longest:
            raise invalid(f"{self.path}{name} must have at most {longest} characters")
        return value

    def required_text(self, name: str, longest: int = INT32) -> str:
        value = self.text(name)
        if not value.strip():
            raise invalid(f"{self.path}{name} must not be blank")
        if len(value) > longest:
            raise invalid(f"{self.path}{name} must have 1 to {longest} characters")
        return value

    def word(self, name: str, known: Collection[str], default: str | None = None) -> str:
        """Return one of the known words; without a default the field is required."""
        value = self.required_text(name) if default is None else self.text(name, default)
        if value not in known:
            raise invalid(f"{self.path}{name} must be one of {', '.join(sorted(known))}")
        return value

    def whole(self, name: str, default: int = 0, *, lowest: int = 0, highest: int = INT32) -> int:
        value = self._given(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"{self.path}{name} must be an integer")
        if not lowest <= value <= highest:
            raise invalid(f"{self.path}{name} must be from {lowest} to {highest}")
        return value

    def required_whole(self, name: str, *, lowest: int = 0, highest: int = INT32) -> int:
        if not self.has(name):
            raise invalid(f"{self.path}{name} is required")
        return self.whole(name, lowest=lowest, highest=highest)

    def flag(self, name: str) -> bool:
        value = self._given(name, default=False)
        if not isinstance(value, bool):
            raise invalid(f"{self.path}{name} must be true or false")
        return value

    def id(self, name: str) -> int | None:
        """Return an id, given as a number or in a string, or None."""
        value = self._given(name, None)
        number = whole_number(value) if isinstance(value, str) else value
        if number is None and value is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= INT64:
            raise invalid(f"{self.path}{name} must be an id")
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise invalid(f"{self.path}{name} must be a list of strings")
        return tuple(cast("list[str]", values))

    def objects(self, name: str) -> tuple["Body", ...]:
        values = self._list(name)
        if not all(isinstance(value, dict) for value in values):
            raise invalid(f"{self.path}{name} must be a list of objects")
        return tuple(
            Body(value, f"{self.path}{name}[{index}].")
            for index, value in enumerate(cast("list[dict[str, object]]", values))
        )

    def inner(self, name: str) -> "Body":
        """Return the object in a field; an empty one where there is none."""
        value = self._given(name, dict[str, object]())
        if not isinstance(value, dict):
            raise invalid(f"{self.path}{name} must be an object")
        return Body(cast("dict[str, object]", value), f"{self.path}{name}.")

    def has(self, name: str) -> bool:
        # Java's clients send null for what they leave out.
        return self.values.get(name) is not None

    def either(self, *names: str) -> str:
        """Return the first of a field's names that is in use here, or the first of all."""
        return next((name for name in names if self.has(name)), names[0])

    def _list(self, name: str) -> list[object]:
        values = self._given(name, [])
        if not isinstance(values, list):
            raise invalid(f"{self.path}{name} must be a list")
        return cast("list[object]", values)

    def _given(self, name: str, default: object) -> object:
        return self.values[name] if self.has(name) else default
