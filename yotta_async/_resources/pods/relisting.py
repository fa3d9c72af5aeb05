"""A list that is read again and again, of which little has changed each time."""

from itertools import repeat
from operator import is_
from types import GenericAlias
from typing import Generic, TypeVar, cast

from attrs import define, field

from ...models._structure import structure


__all__ = ["Relisting"]

T = TypeVar("T")


@define(eq=False)
class Relisting(Generic[T]):
    """
    Reads a list of models; what is as it was in the last list is the same object as then.

    As it was means ``is`` (`ListDecoder`), or else ``==``, between what the decoder gave, which is
    kept until the next list. Even to compare takes only a tenth of reading a model.
    """

    _kind: type[T]
    _raw: list[object] = field(factory=list[object], repr=False)
    _read: list[T] = field(factory=list[T], repr=False)

    def read(self, value: object, operation: str = "") -> list[T]:
        """
        Read the next list.

        Raises:
            InvalidResponseError: It cannot be read; ``path`` says where. The last list that could
                be read stays the one to compare with.
        """
        if not isinstance(value, list):
            many = cast("type[list[T]]", GenericAlias(list, (self._kind,)))
            return structure(value, many, operation=operation)
        raw = cast("list[object]", value)
        # The same order first: to go through it takes no step in Python where nothing is new.
        same = [*map(is_, raw, self._raw), *repeat(False, len(raw) - len(self._raw))]
        places: dict[str, int] = {}  # of the last list, noted when the first is not where it was
        self._read = [
            self._read[at] if same[at] else self._again(each, at, places, operation)
            for at, each in enumerate(raw)
        ]
        self._raw = raw
        return self._read.copy()

    def _again(self, raw: object, at: int, places: dict[str, int], operation: str) -> T:
        """Read what has changed, or has only moved because something before it came or went."""
        if at < len(self._raw) and self._raw[at] == raw:
            return self._read[at]
        if at >= len(self._raw) or _id_of(self._raw[at]) != _id_of(raw):
            if not places:
                places.update({_id_of(each): place for place, each in enumerate(self._raw)})
            was = places.get(_id_of(raw), -1)
            if was >= 0 and self._raw[was] == raw:
                return self._read[was]
        return structure(raw, self._kind, operation=operation, under=f"[{at}]")


def _id_of(raw: object) -> str:
    return str(cast("dict[str, object]", raw).get("id")) if isinstance(raw, dict) else ""
