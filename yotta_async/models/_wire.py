"""How fields are spelt on the wire: camelCase, unless a field says otherwise."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

import attrs


EXTRA: Final = "extra"  # the field that keeps what a model does not know
_SPELLINGS: Final = "yotta_async.spellings"
_BARE: Final[Mapping[str, bool]] = {"yotta_async.bare": True}


def wire(name: str, *aliases: str) -> Mapping[str, tuple[str, ...]]:
    """
    Metadata for a field that is not simply its name in camelCase.

    Args:
        name: The spelling that is written, and read first.
        aliases: Other spellings that are read.
    """
    return {_SPELLINGS: (name, *aliases)}


def bare() -> Mapping[str, bool]:
    """Metadata for the field whose text alone may stand for the whole object."""
    return _BARE


def bare_field(kind: type[attrs.AttrsInstance]) -> str | None:
    """The name of such a field; None for most models."""
    marked = (field.name for field in attrs.fields(kind) if _BARE.keys() <= field.metadata.keys())
    return next(marked, None)


def camel(name: str) -> str:
    """``gpu_count`` as the API writes it: ``gpuCount``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def spellings(kind: type[attrs.AttrsInstance]) -> Mapping[str, tuple[str, ...]]:
    """The wire spellings of every field of a model but ``extra``, the written one first."""
    return _spellings_in(cast("Any", kind))


@cache  # there are as many as there are models, and each odd item of a list asks
def _spellings_in(kind: Any) -> Mapping[str, tuple[str, ...]]:
    fields = (field for field in attrs.fields(kind) if field.name != EXTRA)
    return MappingProxyType({field.name: _spellings_of(field) for field in fields})


def _spellings_of(field: "attrs.Attribute[Any]") -> tuple[str, ...]:
    given = field.metadata.get(_SPELLINGS, (camel(field.name),))
    return cast("tuple[str, ...]", given)
