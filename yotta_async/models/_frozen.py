"""Mappings and JSON that cannot be changed, and that pickle, compare and hash."""

from collections.abc import Iterator, Mapping
from typing import Final, Generic, TypeVar, cast

from .._checks import Unusable


V_co = TypeVar("V_co", covariant=True)


class NotJSONError(ValueError):
    """Something stands in JSON that JSON cannot say."""


class FrozenMapping(Mapping[str, V_co], Generic[V_co]):
    """An immutable mapping from text; equal to any mapping with the same items."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V_co] | None = None) -> None:
        # A dict first: to ask an abstract class about it takes as long as all else.
        kind: type = type(items)
        if kind is not dict and isinstance(items, FrozenMapping):
            # The items of another one cannot change, so they are shared.
            self._items: dict[str, V_co] = items._items  # noqa: SLF001  # the same class
        else:
            self._items = dict(items or {})

    def __getitem__(self, key: str) -> V_co:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[type["FrozenMapping[V_co]"], tuple[dict[str, V_co]]]:
        return type(self), (self._items,)


class HiddenMapping(FrozenMapping[str]):
    """An immutable mapping whose repr shows its keys and hides its values, which may be secrets."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key!r}: ***" for key in self) + "}"


_NOTHING: Final = FrozenMapping[object]()  # one for all: most objects hold nothing unknown


def freeze(items: Mapping[str, object]) -> FrozenMapping[object]:
    """An immutable copy of a JSON object, all the way down; lists become tuples."""
    if not items:
        return _NOTHING
    return FrozenMapping({key: freeze_json(item) for key, item in items.items()})


def freeze_json(value: object) -> object:
    """Any JSON, immutable: objects become mappings, arrays tuples."""
    if isinstance(value, Mapping):
        return freeze(cast("Mapping[str, object]", value))
    if isinstance(value, list | tuple):
        return tuple(freeze_json(item) for item in cast("list[object]", value))
    if type(value) is Unusable:
        raise NotJSONError
    return value


def thaw(items: Mapping[str, object]) -> dict[str, object]:
    """The JSON object of which ``freeze`` made an immutable copy."""
    return {key: thaw_json(item) for key, item in items.items()}


def thaw_json(value: object) -> object:
    """The JSON of which ``freeze_json`` made an immutable copy."""
    if isinstance(value, Mapping):
        return thaw(cast("Mapping[str, object]", value))
    if isinstance(value, tuple):
        return [thaw_json(item) for item in cast("tuple[object, ...]", value)]
    return value
