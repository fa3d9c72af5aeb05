"""
How objects and arrays of JSON are read as models, and written: by wire names, keeping the unknown.

An object is read by a function that is written for its model: one look-up and one assignment a
field, as in what attrs and cattrs write. A frozen model's own ``__init__`` takes three times as
long, since it must go around its own guard for each field; so the fields are set on a blank of the
same layout, which then becomes the model.

That is for the many objects that are as they should be. An object that the function stumbles over,
or that has one field in two spellings, is read once more with care, by what cattrs writes, which
also finds out what to say.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import NoneType
from typing import Any, Final, cast, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ._frozen import freeze, thaw
from ._values import ShapeError, fault_of, read_bool, read_flag, read_int, read_opaque, read_str
from ._wire import EXTRA, spellings


__all__ = ["Hook", "list_reader", "object_reader", "object_writer"]

Hook = Callable[[Any, Any], Any]

# The type of which a reader returns every value as it is.
_AS_THEY_ARE: Final[Mapping[Hook, type]] = {
    read_str: str,
    read_opaque: str,
    read_int: int,
    read_bool: bool,
    read_flag: bool,
}
_HEAD: Final = """
def read(value):
    get, left, model = value.get, len(value), new(blank)
"""
# `left` is what no field has taken: what is unknown, and what is null.
_FIELD: Final = """
    item = get({wire!r})
    {aliases}
    if item is not None:
        left -= 1
        model.{name} = {read}
    else:
        model.{name} = {otherwise}
"""
_ALIAS: Final = "item = other(item, get({wire!r}))"
_EXTRA: Final = """
    if left:
        model.extra = freeze({k: value[k] for k in value if k not in wires})
    else:
        model.extra = nothing
"""
_TAIL: Final = """
    model.__class__ = kind
    return model
"""


def object_reader(kind: type[attrs.AttrsInstance], converter: Converter) -> Hook:
    """A reader of a JSON object as a model; its faults are ``ShapeError`` alone."""

    # Built when the first object is at fault, which for most models never comes.
    @cache
    def built() -> Hook:
        return _careful_reader(kind, converter)

    def careful(value: object, of: object) -> object:
        return built()(value, of)

    return _quick_reader(kind, converter, careful)


def _quick_reader(kind: type[attrs.AttrsInstance], converter: Converter, careful: Hook) -> Hook:
    """
    A reader of a JSON object as a model.

    Args:
        careful: Reads the objects that this one stumbles over.
    """
    if not _is_plain(kind):
        return careful
    read = _written(kind, converter)

    def read_object(value: object, _: object) -> object:
        if type(value) is dict:
            try:
                return read(value)
            except Exception:  # noqa: BLE001, S110  # `careful` meets it again, below
                pass
        # Outside of the handler: a context could hold the value, and with it a secret.
        return careful(value, kind)

    return read_object


def _is_plain(kind: type[attrs.AttrsInstance]) -> bool:
    """Whether making one is setting its fields, and nothing else."""
    checked = any(field.validator or not field.init for field in attrs.fields(kind))
    bare = all(base is object or vars(base).get("__slots__") == () for base in kind.__bases__)
    return bare and not checked and not hasattr(kind, "__attrs_post_init__")


class _NotPlainError(Exception):
    """A field is missing, or there in two spellings."""


def _other(item: object, alias: object) -> object:
    if item is not None and alias is not None:
        raise _NotPlainError
    return alias if item is None else item


def _absent() -> object:
    raise _NotPlainError


def _blank(kind: type[attrs.AttrsInstance]) -> type:
    """The same without the guard; an instance can become one of ``kind``, as nothing was added."""
    open_again = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(kind.__name__, (kind,), {"__slots__": (), **open_again})


def _written(kind: type[attrs.AttrsInstance], converter: Converter) -> Callable[[Any], object]:
    names: dict[str, Any] = {
        "kind": kind,
        "new": object.__new__,
        "blank": _blank(kind),
        "wires": {wire for wires in spellings(kind).values() for wire in wires},
        "other": _other,
        "absent": _absent,
        "freeze": freeze,
        "nothing": freeze({}),
    }
    source = "".join([_HEAD, *_lines(kind, converter, names), _TAIL])
    exec(compile(source, f"<reader of {kind.__name__}>", "exec"), names)  # noqa: S102  # see above
    return cast("Callable[[Any], object]", names["read"])


def _lines(
    kind: type[attrs.AttrsInstance], converter: Converter, names: dict[str, Any]
) -> Iterator[str]:
    fields = attrs.fields_dict(kind)
    for name, (wire, *aliases) in spellings(kind).items():
        field = fields[name]
        yield _FIELD.format(
            wire=wire,
            aliases="; ".join(_ALIAS.format(wire=alias) for alias in aliases),
            name=name,
            read=_read(field, converter, names),
            otherwise=_otherwise(field, names),
        )
    if EXTRA in fields:
        yield _EXTRA


def _read(field: Any, converter: Converter, names: dict[str, Any]) -> str:
    of = _present(field.type)
    hook = converter.get_structure_hook(of)
    suffix = f"_{field.name}"
    names |= {f"hook{suffix}": hook, f"of{suffix}": of, f"convert{suffix}": field.converter}
    read = f"hook{suffix}(item, of{suffix})"
    if field.converter and field.converter is not _made_by(hook):
        return f"convert{suffix}({read})"
    if (plain := _AS_THEY_ARE.get(hook)) is not None:
        return f"item if type(item) is {plain.__name__} else {read}"
    return read


def _made_by(hook: Hook) -> object:
    """What a reader says that it returns, which need not be converted to that; None if nothing."""
    return getattr(hook, "__annotations__", {}).get("return")


def _otherwise(field: Any, names: dict[str, Any]) -> str:
    if field.default is attrs.NOTHING:
        return "absent()"
    value = field.default.factory() if hasattr(field.default, "factory") else field.default
    # One for all models, as it cannot be changed.
    names[f"default_{field.name}"] = field.converter(value) if field.converter else value
    return f"default_{field.name}"


def _present(kind: Any) -> Any:
    """``X`` of ``X | None``: what is null is as good as left out. Another type is itself."""
    match [word for word in get_args(kind) if word is not NoneType]:
        case [only] if NoneType in get_args(kind):
            return only
        case _:
            return kind


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
    group: ClassValidationError, names: Mapping[str, tuple[str, ...]], value: dict[str, object]
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
