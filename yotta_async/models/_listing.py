"""
Lists, read item by item.

One item that cannot be read, which may be another program's, does not hide the rest: it is kept as
`Unreadable`. It is no item that is not there: what is looked for and not listed may be one that
cannot be read. Of one thing that is listed twice the description that is further on counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import GenericAlias
from typing import Any, Final, TypeVar, cast

import attrs
from attrs import field, frozen

from .._checks import Unusable
from ..errors import InvalidResponseError
from ._frozen import freeze_json
from ._model import Model
from ._progress import furthest
from ._structure import structure
from ._wire import spellings


__all__ = ["Listing", "Unreadable", "read_items", "read_list", "unique"]

T = TypeVar("T")

# Deeper JSON is not kept: to copy, compare or print it takes more of a stack than there may be.
_DEEPEST: Final = 64
_LONGEST: Final = 80  # characters of a foreign text in a message


@frozen(kw_only=True)
class Unreadable(Model):
    """
    An item of a list that cannot be read. It exists; what state it is in is not known.

    Attributes:
        id: Its id. None if that cannot be read either: then it may be any thing.
        name: Its name. None if that cannot be read, or it has none.
        status: Its status, in the server's word. None if that cannot be read.
        path: Where in the answer's ``data`` it went wrong, such as ``"[3].gpuCount"``.
        reason: What is wrong there, without the value.
        value: The item's JSON, frozen: objects are mappings, arrays are tuples; hidden in the repr,
            as it may hold secrets. None if it is nested too deeply to be kept.
    """

    id: str | None
    name: str | None
    status: str | None
    path: str
    reason: str
    value: object = field(repr=False)

    def __str__(self) -> str:
        known = {"id": self.id, "name": self.name, "status": self.status}
        told = [f"{key} {_shown(text)}" for key, text in known.items() if text is not None]
        return f"{self.path}: {self.reason} ({', '.join(told) or 'without an id'})"

    @property
    def fingerprint(self) -> int:
        """What it has in common with itself in other lists, wherever it stands in them."""
        return hash((self.reason, self.id or self.value))

    def may_be(self, thing_id: str) -> bool:
        """
        Return whether it is, or could be, the thing with an id.

        Args:
            thing_id: The id.

        Returns:
            True if it has that id, or none that can be read.
        """
        return self.id is None or self.id == thing_id

    def may_have_name(self, name: str) -> bool:
        """
        Return whether it has, or could have, a name.

        Args:
            name: The name.

        Returns:
            True if it has that name, or none that can be read.
        """
        return self.name is None or self.name == name


class Listing(list[T]):
    """
    A list of what could be read, and beside it what could not.

    Args:
        items: What could be read.
        unreadable: What could not.
        contradicted: The ids of what was described in several ways.

    Attributes:
        unreadable: The items that cannot be read, in the server's order; empty as a rule.
        contradicted: The ids of what the server has listed more than once, in ways that differ in
            whether it runs, rests or has ended; one of them is in the list. Empty as a rule.
    """

    def __init__(
        self,
        items: Iterable[T] = (),
        unreadable: Iterable[Unreadable] = (),
        contradicted: Iterable[str] = (),
    ) -> None:
        super().__init__(items)
        self.unreadable: tuple[Unreadable, ...] = tuple(unreadable)
        self.contradicted: frozenset[str] = frozenset(contradicted)


def read_list(value: object, kind: type[T], *, operation: str = "", under: str = "") -> Listing[T]:
    """
    Read a decoded JSON array, item by item.

    Args:
        value: What the JSON decoder returned.
        kind: The model of an item.
        operation: The id of the operation that was answered, for the error.
        under: Where in the answer the array stands, for the error, such as ``"items"``.

    Returns:
        The models, and the items that cannot be one; nothing is left out.

    Raises:
        InvalidResponseError: It is no array.
    """
    try:
        models = cast("type[list[T]]", GenericAlias(list, (kind,)))
        return Listing(structure(value, models, operation=operation, under=under))
    except InvalidResponseError:
        if not isinstance(value, list):
            raise
    pairs = read_items(cast("list[object]", value), kind, operation=operation, under=under)
    read = list(pairs)
    return Listing(
        [each for each in read if not isinstance(each, Unreadable)],
        [each for each in read if isinstance(each, Unreadable)],
    )


def read_items(
    values: Iterable[object],
    kind: type[T],
    *,
    operation: str = "",
    under: str = "",
    first: int = 0,
) -> Iterator[T | Unreadable]:
    """
    Read items, each as a model or as what is known of it.

    Args:
        first: Where in the array the first of them stands.
    """
    for at, value in enumerate(values, first):
        place = f"{under}[{at}]"
        try:
            yield structure(value, kind, operation=operation, under=place)
        except InvalidResponseError as error:
            yield _unreadable(value, kind, error)


def unique(items: list[T]) -> tuple[list[T], dict[str, list[T]]]:
    """
    Return the items of a list with each thing once.

    Returns:
        The items, each where its thing stands first; and all descriptions of those that were there
        more than once, by id.
    """
    try:
        ids: set[str] = {cast("Any", item).id for item in items}
    except AttributeError:  # an offer is no thing that has an id
        return items, {}
    if len(ids) == len(items):
        return items, {}
    by_id: dict[str, list[T]] = {}
    for item in items:
        by_id.setdefault(getattr(item, "id", ""), []).append(item)
    repeated = {thing_id: copies for thing_id, copies in by_id.items() if len(copies) > 1}
    return [furthest(copies) for copies in by_id.values()], repeated


def _unreadable(value: object, kind: type[Any], error: InvalidResponseError) -> Unreadable:
    known = _salvaged(value, kind)
    reason = str(error).partition(f"{error.path or 'data'}: ")[2].removesuffix(".")
    return Unreadable(**known, path=error.path, reason=reason, value=_kept(value))


def _salvaged(value: object, kind: type[Any]) -> dict[str, str | None]:
    """Return what can be read of an item that cannot be read as a whole."""
    fields = attrs.fields_dict(kind)
    given = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return {
        name: _read_alone(given, kind, name) if name in fields else None
        for name in ("id", "name", "status")
    }


def _read_alone(given: Mapping[str, object], kind: type[Any], name: str) -> str | None:
    of: Any = attrs.fields_dict(kind)[name].type
    for wire in spellings(kind)[name]:
        if (item := given.get(wire)) is not None:
            try:
                return str(structure(item, of))
            except InvalidResponseError:
                return None
    return None


def _kept(value: object) -> object:
    return None if _is_too_deep(value) else freeze_json(_plain(value))


def _is_too_deep(value: object) -> bool:
    layer: list[object] = [value]
    for _ in range(_DEEPEST):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _plain(value: object) -> object:
    """The same with the text of what JSON cannot say."""
    if isinstance(value, dict):
        given = cast("dict[str, object]", value)
        return {key: _plain(item) for key, item in given.items()}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return value.text if isinstance(value, Unusable) else value


def _shown(text: str) -> str:
    # A name is anyone's text: what a terminal would obey does not reach a log.
    return ascii(text[:_LONGEST])
