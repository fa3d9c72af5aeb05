"""Reading a JSON body field by field; what does not fit is refused by the field's name."""

import json
from collections.abc import Mapping
from typing import cast

from attrs import frozen

from yotta_async.simulator.problems import CloudError, Problem


__all__ = ["Body", "invalid"]

_INT32 = 2**31 - 1


def invalid(message: str) -> CloudError:
    return CloudError(Problem.INVALID, message)


@frozen
class Body:
    """A JSON object; `path` is put before the names of its fields in messages."""

    values: Mapping[str, object]
    path: str = ""

    @classmethod
    def parse(cls, text: bytes) -> "Body":
        # Deep nesting exhausts the parser's stack: that is the client's fault, not the server's.
        try:
            values: object = json.loads(text)
        except (ValueError, RecursionError):
            raise invalid("request body is not valid JSON") from None
        if not isinstance(values, dict):
            raise invalid("request body must be a JSON object")
        return cls(cast("dict[str, object]", values))

    def text(self, name: str, default: str = "") -> str:
        value = self._given(name, default)
        if not isinstance(value, str):
            raise invalid(f"{self.path}{name} must be a string")
        return value

    def required_text(self, name: str, longest: int = _INT32) -> str:
        value = self.text(name)
        if not value.strip():
            raise invalid(f"{self.path}{name} must not be blank")
        if len(value) > longest:
            raise invalid(f"{self.path}{name} must have 1 to {longest} characters")
        return value

    def whole(self, name: str, default: int = 0, *, lowest: int = 0, highest: int = _INT32) -> int:
        value = self._given(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"{self.path}{name} must be an integer")
        if not lowest <= value <= highest:
            raise invalid(f"{self.path}{name} must be from {lowest} to {highest}")
        return value

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

    def _list(self, name: str) -> list[object]:
        values = self._given(name, [])
        if not isinstance(values, list):
            raise invalid(f"{self.path}{name} must be a list")
        return cast("list[object]", values)

    def _given(self, name: str, default: object) -> object:
        # Java's clients send null for what they leave out.
        value = self.values.get(name)
        return default if value is None else value
