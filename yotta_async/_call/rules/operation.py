"""
An operation is a row of the API's reference; a call is that row filled in, as it goes on the wire.

Path, query and body are strict: what cannot be sent is an error that names the place at fault.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Literal, cast
from urllib.parse import quote, urlencode

from attrs import field, frozen

from ..._scheduling.rules.lanes import Lane
from ...errors import ConfigurationError


__all__ = ["Call", "Method", "Operation", "QueryValue", "Repeat", "encode_body", "encode_query"]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
QueryValue = str | int | bool | Sequence[str | int | None] | None

# Longer than any that is known, and short enough for every server's and proxy's request line.
LONGEST_ID = 255
LONGEST_VALUE = 2000
LONGEST_QUERY = 6000

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Repeat(Enum):
    """What may follow an answer that leaves open whether the server did what it was asked."""

    FREELY = auto()  # it reads, or has the same effect twice
    AFTER_A_LOOK = auto()  # a repeat of a change that has begun is answered with a conflict
    BY_NAME = auto()  # a repeat could create, and bill, a second thing


@frozen(kw_only=True)
class Operation:
    """
    A row of the API's reference.

    Attributes:
        id: The name it has in errors and events, after the reference's operationId.
        path: With ``{placeholders}``, from the root of the host.
        pod_operation: Whether it counts against the limit of simultaneous pod operations.
        makes_pod: Whether its answer is a pod that was not there before, or the id of one.
    """

    id: str
    method: Method
    path: str
    pod_operation: bool = False
    makes_pod: bool = False
    lane: Lane = Lane.NORMAL
    repeat: Repeat = Repeat.FREELY

    @property
    def changes_something(self) -> bool:
        return self.method != "GET"

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names in the path that a call must fill in."""
        return tuple(_PLACEHOLDER.findall(self.path))

    def fits(self, method: str, path: str) -> bool:
        """Whether a request with this method and quoted path is this operation."""
        words, names = path.split("/"), self.path.split("/")
        if method != self.method or len(words) != len(names):
            return False
        pairs = zip(names, words, strict=True)
        return all(name == word or (name.startswith("{") and word) for name, word in pairs)

    def call(
        self,
        *,
        subject: str = "",
        query: Mapping[str, QueryValue] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **parts: str,
    ) -> "Call":
        """Fill in the row; each part of the path is quoted and cannot leave its place."""
        path = _PLACEHOLDER.sub(lambda found: _quoted(found[1], parts[found[1]]), self.path)
        return Call(self, path, encode_query(query or {}), body, dict(headers or {}), subject)


def _id_of(told: object) -> str:
    is_one = isinstance(told, str) or (isinstance(told, int) and not isinstance(told, bool))
    return str(told) if is_one else ""


@frozen
class Call:
    """
    One operation filled in; a value, nothing has happened yet. Bodies may hold secrets: no repr.

    Attributes:
        subject: The pod that a pod operation sets in motion, by id, or by name before it has an id;
            see `subject_in`.
        decode: Decodes the body of the answer; None: as every other.
    """

    operation: Operation
    path: str
    query: str = ""
    body: Mapping[str, object] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    subject: str = ""
    decode: Callable[[bytes], object] | None = field(default=None, eq=False, repr=False)

    def subject_in(self, data: object) -> str:
        """
        Return the pod that an answer says was set in motion.

        A pod that was made is known by its id from then on, as several may have one name.
        """
        if not self.operation.makes_pod:
            return self.subject
        told = cast("dict[str, object]", data).get("id") if isinstance(data, dict) else data
        return (_id_of(told) or self.subject) if self.subject else ""

    @property
    def target(self) -> str:
        """The path with its query, as it goes on the wire."""
        return f"{self.path}?{self.query}" if self.query else self.path


def encode_query(query: Mapping[str, QueryValue]) -> str:
    """
    Encode query parameters: None is left out, and a list is joined by commas.

    All known clients of the service send a list so.
    """
    pairs: dict[str, str] = {}
    for key, value in query.items():
        if isinstance(value, str) or not isinstance(value, Sequence):
            given = [] if value is None else [_text(key, value)]
        else:
            given = [_item(key, each) for each in value if each is not None]
        if given:
            pairs[key] = ",".join(given)
    encoded = urlencode(pairs)
    if len(encoded) > LONGEST_QUERY:
        keys = ", ".join(pairs)
        what = f"must make a query of at most {LONGEST_QUERY} characters"
        raise ConfigurationError(keys, encoded, what, hint="Ask for fewer at a time.")
    return encoded


def _item(key: str, value: str | int | bool) -> str:
    text = _text(key, value)
    if "," in text:
        hint = "Commas separate the values of a list; give each as an item of its own."
        raise ConfigurationError(key, text, "must not contain a comma", hint=hint)
    return text


def _text(key: str, value: str | int | bool) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > LONGEST_VALUE:
        what = f"must have at most {LONGEST_VALUE} characters"
        raise ConfigurationError(key, text, what, hint="Servers refuse longer queries.")
    if not _is_unicode(text):
        hint = "Decode what was read as UTF-8, without `surrogateescape`."
        raise ConfigurationError(key, ascii(text), "must be Unicode text", hint=hint)
    return text


def _quoted(name: str, value: object) -> str:
    hint = "Pass the id that the API returned, as text."
    if not isinstance(value, str):
        raise ConfigurationError(name, value, "must be text", hint=hint)
    if value in ("", ".", "..") or not value.isprintable() or len(value) > LONGEST_ID:
        what = f"must be an id of 1 to {LONGEST_ID} printable characters"
        raise ConfigurationError(name, ascii(value), what, hint=hint)
    return quote(value, safe="")


def encode_body(body: Mapping[str, object]) -> bytes:
    """
    Return a body as JSON.

    Raises:
        ConfigurationError: It holds what JSON cannot; the place is named, the value is hidden.
    """
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        where, problem = next(
            _faults(body, ""), ("body", "must not be nested deeply, or in itself")
        )
    hint = "Give text, finite numbers, booleans, None, lists and objects of these."
    raise ConfigurationError(where, "(hidden)", problem, hint=hint)


def _faults(value: Any, where: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > 100:
        return
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str) or not _is_unicode(key):
                yield where or "body", "must have keys of Unicode text"
            else:
                yield from _faults(item, f"{where}.{key}" if where else key, depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _faults(item, f"{where}[{index}]", depth + 1)
    elif problem := _problem_of(value):
        yield where, problem


def _problem_of(value: object) -> str:
    if isinstance(value, str):
        return "" if _is_unicode(value) else "must be Unicode text"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "must be a finite number"
    return "" if value is None or isinstance(value, bool | int) else "must be a value that JSON has"


def _is_unicode(text: str) -> bool:
    """Whether UTF-8 can encode a text: it has no surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
