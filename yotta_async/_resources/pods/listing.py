"""
The list of all pods, which is asked for again and again, and in which little has changed each time.

Each item is remembered with the text that it was read from. Where that text stands again nothing is
decoded, compared or read: to see that it does is a comparison of memory. What cannot be read is
remembered alike.
"""

import re
from typing import Any, Final, cast

from attrs import define, field, frozen

from ..._call.rules.reply import decode, decode_at, decode_list
from ...models import Listing, Pod, Unreadable
from ...models._listing import read_items, read_list


__all__ = ["PodList"]

_DATA: Final = re.compile(r'"data"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*')
_NEXT: Final = re.compile(r"[ \t\n\r]*,[ \t\n\r]*(?=\{)")
_CLOSE: Final = re.compile(r"[ \t\n\r]*\]")
_NO_TEXT: Final = "\0"  # which no JSON has


@define(eq=False)
class _Entry:
    """
    An item of the list.

    Attributes:
        text: As it stands in the answer.
        value: What that decodes to.
        pod: What that means, once it was read.
        place: Where in the list it stood then, which an unreadable item tells.
    """

    text: str
    value: object
    pod: Pod | Unreadable | None = None
    place: int = 0


@frozen
class _Envelope:
    """
    What stands around the list.

    Attributes:
        head: The text before the first item.
        tail: The text after the last one.
        rest: All of it, decoded, without the list.
    """

    head: str
    tail: str
    rest: dict[str, Any]


@define(eq=False)
class PodList:
    """
    Reads one answer after the other, in two steps: the envelope is judged between them.

    What is as it was in the last list that could be read is the same object as then, its raw value
    and its `Pod`: neither may be changed.
    """

    _envelope: _Envelope | None = None
    _last: list[_Entry] = field(factory=list[_Entry], repr=False)
    _next: list[_Entry] = field(factory=list[_Entry], repr=False)
    _decoded: object = field(default=None, repr=False)  # the data that `_next` stands for
    _places: dict[str, int] = field(factory=dict[str, int], repr=False)  # of `_last`, by id

    def decode(self, body: bytes) -> object:
        """Decode an answer to what the usual `decode_list` makes of it; raises what that raises."""
        try:
            found = self._split(body.decode())
        except (ValueError, RecursionError):
            found = None
        # `decode_list` reads every other kind, and says what is wrong with a broken one.
        return decode_list(body) if found is None else found

    def read(self, data: object, operation: str = "") -> Listing[Pod]:
        """
        Read the ``data`` of an answer that was decoded.

        Raises:
            InvalidResponseError: It is no array.
        """
        if not isinstance(data, list):
            return read_list(data, Pod, operation=operation)
        entries = self._next
        if data is not self._decoded:  # it was decoded as a whole, or another one has come since
            entries = [
                self._entry_of(_NO_TEXT, value, at)[1]
                for at, value in enumerate(cast("list[object]", data))
            ]
        pods = [each.pod or _read(each, at, operation) for at, each in enumerate(entries)]
        self._last, self._places = entries, {}
        if Unreadable not in set(map(type, pods)):
            return Listing(cast("list[Pod]", pods))
        odd = [at for at, each in enumerate(pods) if isinstance(each, Unreadable)]
        return Listing(
            [each for each in pods if isinstance(each, Pod)],
            [_placed(entries[at], at, operation) for at in odd],
        )

    def _split(self, text: str) -> object:
        """Decode an answer item by item; None if it is of another kind."""
        start = _DATA.search(text)
        if start is None:
            return None
        entries, end = self._walk(text, start.end())
        if not _CLOSE.match(text, end):
            return None
        envelope = self._envelope_of(text[: start.end()], text[end:])
        if envelope is None:
            return None
        data = [entry.value for entry in entries]
        self._envelope, self._next, self._decoded = envelope, entries, data
        return {**envelope.rest, "data": data}

    def _walk(self, text: str, at: int) -> tuple[list[_Entry], int]:
        """Return the items of the list that begins at an offset, and where they end."""
        entries: list[_Entry] = []
        place, last = 0, self._last
        while text.startswith("{", at):  # only an object's text cannot begin another's
            if place < len(last) and text.startswith(last[place].text, at):
                entry = last[place]
            else:
                value, end = decode_at(text, at)
                place, entry = self._entry_of(text[at:end], value, place)
            entries.append(entry)
            at, place = at + len(entry.text), place + 1
            if text.startswith(",{", at):
                at += 1
            elif comma := _NEXT.match(text, at):
                at = comma.end()
            else:
                break
        return entries, at

    def _entry_of(self, text: str, value: object, place: int) -> tuple[int, _Entry]:
        """
        Return the entry of an item, and its place in the last list.

        Args:
            text: As it stands now; it did not stand there in the last list.
            value: What it decodes to.
            place: Where it was if nothing before it came or went.
        """
        last = self._last
        if place >= len(last) or _id_of(last[place].value) != _id_of(value):
            place = self._place_of(_id_of(value), place)
        if place < len(last) and _is_same(was := last[place], text, value):
            return place, _Entry(text, was.value, was.pod, was.place)
        return place, _Entry(text, value)

    def _place_of(self, pod_id: str, otherwise: int) -> int:
        """Return the place that an id had in the last list."""
        if not self._places:
            self._places = {_id_of(each.value): at for at, each in enumerate(self._last)}
        return self._places.get(pod_id, otherwise)

    def _envelope_of(self, head: str, tail: str) -> _Envelope | None:
        """Return what stands around the list; None if that is not the envelope's own ``data``."""
        known = self._envelope
        if known is not None and (known.head, known.tail) == (head, tail):
            return known
        # What closes the list and an envelope after its head would close something else deeper
        # down; and of two members with one name the last counts.
        before, after = (_object(text) for text in (f"{head}]}}", f'{{"":[{tail}'))
        if "data" not in before or "data" in after:
            return None
        return _Envelope(head, tail, _object(head + tail))


def _read(entry: _Entry, at: int, operation: str) -> Pod | Unreadable:
    (entry.pod,) = read_items([entry.value], Pod, operation=operation, first=at)
    entry.place = at
    return entry.pod


def _placed(entry: _Entry, at: int, operation: str) -> Unreadable:
    """The unreadable item of an entry, which may have stood elsewhere in the last list."""
    found = entry.pod if entry.place == at else _read(entry, at, operation)
    return cast("Unreadable", found)


def _is_same(was: _Entry, text: str, value: object) -> bool:
    if isinstance(was.pod, Unreadable):
        return was.text == text != _NO_TEXT  # an id of false, say, equals one of 0
    try:
        return was.value == value
    except RecursionError:  # nested deeper than can be compared
        return False


def _id_of(value: object) -> str:
    return str(cast("dict[str, object]", value).get("id")) if isinstance(value, dict) else ""


def _object(text: str) -> dict[str, Any]:
    decoded = decode(text.encode())
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}
