"""
The one converter between JSON and models.

Models are snake_case and frozen, the wire is camelCase and open: what a model does not know is kept
in its ``extra`` and written back. Reading is strict, and a failure names the place and the kind of
value found there, never the value, which may be a secret.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import eq
from typing import Any, Final, TypeVar, cast, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from .._core.lifecycle import PodStatus
from ..errors import InvalidResponseError
from ._environment import Environment, read_environment, write_environment
from ._frozen import thaw
from ._scalars import (
    Id,
    ShapeError,
    read_bool,
    read_decimal,
    read_float,
    read_id,
    read_int,
    read_str,
    read_time,
)
from ._wire import EXTRA, spellings


__all__ = ["structure", "unstructure"]

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]


def structure(value: object, kind: type[T], *, operation: str = "") -> T:
    """
    Read a decoded JSON value as a model, or as a list of models.

    Args:
        value: What the JSON decoder gave.
        kind: ``Pod``, ``list[Pod]``, or whatever else is described by its type.
        operation: The operation whose answer it is, for the error.

    Raises:
        InvalidResponseError: It has another shape; ``path`` says where.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except ShapeError as error:
        fault = error
    except Exception as error:  # noqa: BLE001  # whatever a hook stumbles over, the server sent it
        fault = _fault(error)
    # Raised out of the handlers: a context could hold the value, and with it a secret.
    path = fault.path.removeprefix(".")
    raise InvalidResponseError(f"{path or 'data'}: {fault}.", operation=operation, path=path)


def unstructure(model: attrs.AttrsInstance) -> dict[str, object]:
    """A model as JSON by its wire names, without what is None or empty by default."""
    return cast("dict[str, object]", _CONVERTER.unstructure(model))


def _object_reader(kind: type[attrs.AttrsInstance], converter: Converter) -> Hook:
    names = spellings(kind)
    ranked = [(wire, name) for name, wires in names.items() for wire in wires]
    keeps: dict[str, Any] = {}
    if _keeps_extra(kind):
        keeps[EXTRA] = override(struct_hook=_as_it_is)
    build = make_dict_structure_fn(kind, converter, _cattrs_detailed_validation=True, **keeps)

    def read_object(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise ShapeError("an object", value)
        known = _sort_fields(cast("dict[str, object]", value), ranked)
        try:
            return build(known, kind)
        except ClassValidationError as group:
            raise _first_fault(group, names) from None

    return read_object


def _sort_fields(value: dict[str, object], ranked: list[tuple[str, str]]) -> dict[str, object]:
    rest, known = value.copy(), dict[str, object]()
    for wire, name in ranked:
        item = rest.pop(wire, None)
        if item is None:
            continue
        if name in known:
            rest[wire] = item  # a second spelling of one field; kept, so that nothing is lost
        else:
            known[name] = item
    known[EXTRA] = rest
    return known


def _first_fault(group: ClassValidationError, names: dict[str, tuple[str, ...]]) -> ShapeError:
    noted, bare = group.group_exceptions()
    for error, note in noted:
        return _fault(error).under(f".{names[note.name][0]}")
    return _fault(bare[0])


def _fault(error: Exception) -> ShapeError:
    if isinstance(error, ShapeError):
        return error
    if isinstance(error, KeyError):
        return ShapeError("a value", None)
    return ShapeError("a value that can be read", error)


def _list_reader(kind: Any, converter: Converter) -> Hook:
    build, item = get_origin(kind), get_args(kind)[0]
    read = converter.get_structure_hook(item)

    def read_list(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise ShapeError("an array", value)
        return build(_read_items(cast("list[object]", value), read, item))

    return read_list


def _read_items(values: list[object], read: Hook, kind: object) -> list[object]:
    items: list[object] = []
    for index, value in enumerate(values):
        try:
            items.append(read(value, kind))
        except ShapeError as error:
            raise error.under(f"[{index}]") from None
    return items


def _object_writer(kind: type[attrs.AttrsInstance], converter: Converter) -> Callable[[Any], Any]:
    overrides: dict[str, Any] = {
        name: override(rename=wires[0], omit_if_default=_is_empty(kind, name))
        for name, wires in spellings(kind).items()
    }
    if not _keeps_extra(kind):
        return make_dict_unstructure_fn(kind, converter, **overrides)
    overrides[EXTRA] = override(omit=True)
    write = make_dict_unstructure_fn(kind, converter, **overrides)
    return lambda model: thaw(model.extra) | write(model)


def _is_empty(kind: type[attrs.AttrsInstance], name: str) -> bool:
    default: Any = attrs.fields_dict(kind)[name].default
    value = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
    return value is None or (isinstance(value, str | tuple | Mapping) and not value)


def _keeps_extra(kind: type[attrs.AttrsInstance]) -> bool:
    return EXTRA in attrs.fields_dict(kind)


def _as_it_is(value: object, _: object) -> object:
    return value


def _read_status(value: object, _: object) -> PodStatus | str:
    if type(value) is int or isinstance(value, str):
        return PodStatus.parse(value)
    raise ShapeError("a status (a word or a number)", value)


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
    Environment: read_environment,
    PodStatus | str: _read_status,
}


def _build_converter() -> Converter:
    converter = Converter(detailed_validation=True, unstruct_collection_overrides={tuple: list})
    converter.register_structure_hook_factory(attrs.has, _object_reader)
    converter.register_structure_hook_factory(_is_list, _list_reader)
    for scalar, read in _SCALARS.items():
        converter.register_structure_hook(scalar, read)
    for kind, read in _OTHERS.items():
        converter.register_structure_hook_func(partial(eq, kind), read)
    converter.register_unstructure_hook_factory(attrs.has, _object_writer)
    converter.register_unstructure_hook_func(partial(eq, Environment), write_environment)
    converter.register_unstructure_hook_func(partial(eq, PodStatus | str), str)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    return converter


def _is_list(kind: object) -> bool:
    return get_origin(kind) in {list, tuple}


_CONVERTER: Final = _build_converter()
