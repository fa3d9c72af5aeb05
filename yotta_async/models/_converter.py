"""
The one converter between JSON and models.

Models are snake_case and frozen, the wire is camelCase and open: what a model does not know is kept
in its ``extra`` and written back. Reading is strict, and a failure names the place and the kind of
value found there, never the value, which may be a secret.
"""

from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import eq
from types import NoneType, UnionType
from typing import Any, Final, cast, get_args, get_origin

import attrs
from cattrs import Converter

from ._frozen import thaw_json
from ._lifecycle import PodStatus
from ._objects import Hook, list_reader, object_reader, object_writer
from ._statuses import OpenStatus
from ._values import (
    Count,
    Environment,
    Flag,
    HiddenText,
    Id,
    Json,
    Labels,
    Measure,
    Opaque,
    read_bool,
    read_count,
    read_decimal,
    read_environment,
    read_flag,
    read_float,
    read_hidden_text,
    read_id,
    read_int,
    read_json,
    read_labels,
    read_measure,
    read_opaque,
    read_str,
    read_time,
    status_reader,
    write_environment,
)
from ._wire import bare_field


__all__ = ["CONVERTER"]

_SCALARS: Final[dict[type, Hook]] = {
    str: read_str,
    bool: read_bool,
    int: read_int,
    float: read_float,
    Decimal: read_decimal,
    datetime: read_time,
}
_OTHERS: Final[dict[object, Hook]] = {
    Id: read_id,
    Opaque: read_opaque,
    Flag: read_flag,
    Count: read_count,
    Measure: read_measure,
    Environment: read_environment,
    HiddenText: read_hidden_text,
    Labels: read_labels,
    Json: read_json,
}


def _build_converter() -> Converter:
    converter = Converter(detailed_validation=True, unstruct_collection_overrides={tuple: list})
    _register_readers(converter)
    _register_writers(converter)
    return converter


def _register_readers(converter: Converter) -> None:
    converter.register_structure_hook_factory(attrs.has, _model_reader)
    converter.register_structure_hook_factory(_is_list, list_reader)
    converter.register_structure_hook_factory(_is_open_status, _status_reader)
    for scalar, read in _SCALARS.items():
        converter.register_structure_hook(scalar, read)
    for kind, read in _OTHERS.items():
        converter.register_structure_hook_func(partial(eq, kind), read)


def _register_writers(converter: Converter) -> None:
    converter.register_unstructure_hook_factory(attrs.has, object_writer)
    converter.register_unstructure_hook_func(partial(eq, Environment), write_environment)
    for mapping in (HiddenText, Labels):
        converter.register_unstructure_hook_func(partial(eq, mapping), dict)
    converter.register_unstructure_hook_func(partial(eq, Json), thaw_json)
    converter.register_unstructure_hook_func(partial(eq, Flag), int)
    converter.register_unstructure_hook_func(_is_open_status, _write_status)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_unstructure_hook(datetime, datetime.isoformat)


def _is_list(kind: object) -> bool:
    return get_origin(kind) in {list, tuple}


def _is_open_status(kind: object) -> bool:
    return isinstance(kind, UnionType) and _status_of(kind) is not None


def _status_of(kind: UnionType) -> type[PodStatus | OpenStatus] | None:
    """``X`` of a field's type ``X | str`` or ``X | str | None``; None for any other type."""
    match [word for word in get_args(kind) if word is not NoneType]:
        case [status, text] if text is str and isinstance(status, type):
            return status if issubclass(status, PodStatus | OpenStatus) else None
        case _:
            return None


def _status_reader(kind: Any, _: Converter) -> Hook:
    return status_reader(cast("type[PodStatus | OpenStatus]", _status_of(kind)))


def _write_status(status: str | None) -> str | None:
    return None if status is None else str(status)


def _model_reader(kind: Any, converter: Converter) -> Hook:
    read, bare = object_reader(kind, converter), bare_field(kind)
    return read if bare is None else partial(_read_bare, read, bare)


def _read_bare(read_object: Hook, name: str, value: object, kind: object) -> object:
    return read_object({name: value} if isinstance(value, str) else value, kind)


CONVERTER: Final = _build_converter()
