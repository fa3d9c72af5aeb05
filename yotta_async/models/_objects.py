"""How cattrs reads and writes objects and arrays here: by wire names, keeping what is unknown."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ._frozen import thaw
from ._quick import Hook, quick_reader
from ._scalars import ShapeError, fault_of
from ._wire import EXTRA, spellings


__all__ = ["Hook", "list_reader", "object_reader", "object_writer"]


def object_reader(kind: type[attrs.AttrsInstance], converter: Converter) -> Hook:
    """A reader of a JSON object as a model; its faults are ``ShapeError`` alone."""

    # Built when the first object is at fault, which for most models never comes.
    @cache
    def built() -> Hook:
        return _careful_reader(kind, converter)

    def careful(value: object, of: object) -> object:
        return built()(value, of)

    return quick_reader(kind, converter, careful)


def _careful_reader(kind: type[attrs.AttrsInstance], converter: Converter) -> Hook:
    names = spellings(kind)
    ranked = [(wire, name) for name, wires in names.items() for wire in wires]
    keeps: dict[str, Any] = {}
    if _keeps_extra(kind):
        keeps[EXTRA] = override(struct_hook=_as_it_is)
    build = make_dict_structure_fn(kind, converter, _cattrs_detailed_validation=True, **keeps)

    def read_object(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise ShapeError("an object", value)
        given = cast("dict[str, object]", value)
        try:
            return build(_sort_fields(given, ranked), kind)
        except ClassValidationError as group:
            raise _first_fault(group, names, given) from None

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


def _first_fault(
    group: ClassValidationError, names: dict[str, tuple[str, ...]], value: dict[str, object]
) -> ShapeError:
    noted, bare = group.group_exceptions()
    for error, note in noted:
        wires = names[note.name]
        spelt = next((wire for wire in wires if value.get(wire) is not None), wires[0])
        return fault_of(error).under(f".{spelt}")
    return fault_of(bare[0])


def list_reader(kind: Any, converter: Converter) -> Hook:
    """A reader of a JSON array as a list or a tuple."""
    build, item = get_origin(kind), get_args(kind)[0]
    read = converter.get_structure_hook(item)

    def read_list(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise ShapeError("an array", value)
        return build(_read_items(cast("list[object]", value), read, item))

    return read_list


def _read_items(values: list[object], read: Hook, kind: object) -> list[object]:
    items: list[object] = []
    try:
        for value in values:
            items.append(read(value, kind))  # noqa: PERF401  # their number is the place of a fault
    except ShapeError as error:
        raise error.under(f"[{len(items)}]") from None
    return items


def object_writer(kind: type[attrs.AttrsInstance], converter: Converter) -> Callable[[Any], Any]:
    """A writer of a model as a JSON object, without what is None or empty by default."""
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
