"""
The lines of a journal: what was done, as JSON, one line an item, behind a line of its own.

A line is added with one write, so only the last can be torn: by a full disk, or a power cut. Any
other that cannot be read was not written by this package, and is an error.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from pathlib import PurePath
from typing import Any, Final, cast
from uuid import UUID

import attrs
from attrs import frozen


__all__ = [
    "Contents",
    "JournalEntry",
    "UnreadableJournal",
    "digest_of",
    "header",
    "line_of",
    "parsed",
]

VERSION: Final = 1
_NAME: Final = "yotta_async"
_START: Final = f'{{"journal": "{_NAME}"'.encode()
# Of a digest so many characters are kept: 128 bits.
_DIGITS: Final = 32


class UnreadableJournal(ValueError):  # noqa: N818  # the shell makes an error of it
    """Why a file is no journal, in words that continue "the file"."""


@frozen(kw_only=True)
class JournalEntry:
    """
    One item of a journal, as `yotta_async.read_journal` returns it.

    Attributes:
        index: Which item, counted from 0.
        digest: The digest of the item.
        result: What the work returned, as JSON holds it. None if it failed.
        error: Why it failed: the type of the error and, of this package's errors, the text. None if
            it was done.
        tries: On how many pods it was begun.
        pod_id: The id of the pod that it was done on. None if no pod could do it.
        seconds: Seconds for which it was at work, over all tries.
        idle_seconds: Seconds for which a pod was paid and waited for it.
        cost: USD for both. None if a price was not known.
        at: When it was noted, aware and in UTC. None if the file does not say.
    """

    index: int
    digest: str
    result: Any = None
    error: str | None = None
    tries: int = 0
    pod_id: str | None = None
    seconds: float = 0.0
    idle_seconds: float = 0.0
    cost: Decimal | None = None
    at: datetime | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was done, and is not to be done again."""
        return self.error is None


@frozen(kw_only=True)
class Contents:
    """
    What a journal holds.

    Attributes:
        fleet: The name of the fleet that it was begun for.
        entries: The items, in the order in which they were noted.
        length: Bytes up to the end of the last line that is whole.
        is_open: Whether the last line lacks its end only.
    """

    fleet: str = ""
    entries: tuple[JournalEntry, ...] = ()
    length: int = 0
    is_open: bool = False

    def done(self) -> dict[int, JournalEntry]:
        """Return what was done, by the items' indices; of two lines about one the first counts."""
        found: dict[int, JournalEntry] = {}
        for entry in self.entries:
            if entry.is_done:
                found.setdefault(entry.index, entry)
        return found


def header(fleet: str) -> bytes:
    """Return the first line of a journal."""
    return json.dumps({"journal": _NAME, "version": VERSION, "fleet": fleet}).encode() + b"\n"


def line_of(entry: JournalEntry) -> bytes:
    """
    Return an entry as a line, with its end.

    Raises:
        TypeError, ValueError: JSON cannot hold the result.
    """
    outcome = {"result": entry.result} if entry.error is None else {"error": entry.error}
    told = {
        "index": entry.index,
        "digest": entry.digest,
        **outcome,
        "tries": entry.tries,
        "pod_id": entry.pod_id,
        "seconds": round(entry.seconds, 3),
        "idle_seconds": round(entry.idle_seconds, 3),
        "cost": None if entry.cost is None else str(entry.cost),
        "at": None if entry.at is None else entry.at.isoformat(),
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def parsed(data: bytes) -> Contents:
    """
    Read a journal.

    Args:
        data: The whole file.

    Returns:
        What it holds.

    Raises:
        UnreadableJournal: It is no journal, or not as this package writes it.
    """
    whole, _, rest = data.rpartition(b"\n")
    if not whole:
        if rest and not (_START.startswith(rest) or rest.startswith(_START)):
            raise UnreadableJournal(_NO_JOURNAL)
        return Contents()
    lines = whole.split(b"\n")
    fleet = _fleet_in(lines[0])
    entries = [_entry(line, number) for number, line in enumerate(lines[1:], 2)]
    is_open = False
    if rest:
        try:
            entries.append(_entry(rest, len(lines) + 1))
        except UnreadableJournal:
            rest = b""
        else:
            is_open = True
    length = len(whole) + 1 + len(rest)
    return Contents(fleet=fleet, entries=tuple(entries), length=length, is_open=is_open)


_NO_JOURNAL: Final = "is no journal of this package"


def _fleet_in(line: bytes) -> str:
    told = _object(line)
    if told is None or told.get("journal") != _NAME:
        raise UnreadableJournal(_NO_JOURNAL)
    if told.get("version") != VERSION:
        problem = f"is of version {told.get('version')!r}, and this package reads {VERSION}"
        raise UnreadableJournal(problem)
    return str(told.get("fleet", ""))


def _entry(line: bytes, number: int) -> JournalEntry:
    try:
        return _entry_of(_object(line) or {})
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise UnreadableJournal(f"has a line that cannot be read: line {number}") from None


def _entry_of(told: dict[str, Any]) -> JournalEntry:
    error = told.get("error")
    return JournalEntry(
        index=int(told["index"]),
        digest=str(told["digest"]),
        result=told["result"] if error is None else None,
        error=error,
        tries=int(told["tries"]),
        pod_id=told["pod_id"],
        seconds=float(told["seconds"]),
        idle_seconds=float(told["idle_seconds"]),
        cost=None if told["cost"] is None else Decimal(told["cost"]),
        at=None if told["at"] is None else datetime.fromisoformat(told["at"]),
    )


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) else None


# Digests.


def digest_of(value: object) -> str:
    """
    Return what tells an item from any other, in this run of the program and in the next.

    Args:
        value: JSON, or what is made of it: instances of attrs classes, dataclasses and pydantic
            models, paths, bytes, sets, decimals, dates, UUIDs, members of an enum, arrays.

    Returns:
        Hexadecimal digits.

    Raises:
        TypeError, ValueError: It holds something else.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def _plain(value: Any) -> object:
    """Return what JSON lacks as JSON has it, under the name of its kind."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, range):
        return list(value)
    kind = type(value).__name__
    for kinds, make in _MADE:
        if isinstance(value, kinds):
            return {kind: make(value)}
    return {kind: _parts(value)}


_MADE: Final[tuple[tuple[tuple[type, ...], Callable[[Any], object]], ...]] = (
    ((bytes, bytearray), lambda value: value.hex()),
    ((PurePath, Decimal, UUID), str),
    ((date, time), lambda value: value.isoformat()),
    ((set, frozenset), lambda value: sorted(map(digest_of, value))),
    ((Enum,), lambda value: value.name),
)


def _parts(value: Any) -> object:
    kind = value.__class__
    if attrs.has(kind):
        return {each.name: getattr(value, each.name) for each in attrs.fields(kind)}
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    for name in ("model_dump", "tolist"):  # pydantic's models; the arrays and numbers of numpy
        if callable(method := getattr(value, name, None)):
            return method()
    raise TypeError(kind.__name__)
