"""
What all models can: to become JSON for other programs, with what may be secret left out.

That is the model in Python's names, the same for both generations of the API; what is sent to the
server is `unstructure`'s. pydantic, and with it FastAPI, uses it where a model is a field's type or
what a route returns. It is not imported here: it asks for a schema, which is a dictionary.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, ClassVar, Final, TypeVar, Union, cast, get_args, get_origin

import attrs

from ..errors import InvalidResponseError
from ._frozen import HiddenMapping
from ._structure import structure
from ._wire import EXTRA, spellings


__all__ = ["Model"]

M = TypeVar("M", bound="Model")

_HIDDEN: Final = "***"
_JSON_TYPES: Final[Mapping[object, Mapping[str, object]]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "string", "description": "A decimal number."},
    datetime: {"type": "string", "format": "date-time"},
    NoneType: {"type": "null"},
}


def _to_dict(model: "Model") -> dict[str, Any]:
    return model.to_dict()


_WRITER: Final = {"type": "function-plain", "function": _to_dict}


class _PydanticSerializer:
    """
    What pydantic asks a value for where its type says nothing, as in ``-> Any``.

    It has to be an object of pydantic's own, so it is made there and then.
    """

    def __get__(self, model: object, kind: type[object]) -> object:
        try:
            return _pydantic_serializer()
        except ImportError:
            raise AttributeError("__pydantic_serializer__") from None


@cache
def _pydantic_serializer() -> object:
    return import_module("pydantic_core").SchemaSerializer(
        {"type": "any", "serialization": _WRITER}
    )


class Model:
    """What the API speaks of."""

    __slots__ = ()
    __pydantic_serializer__: ClassVar[object] = _PydanticSerializer()

    def to_dict(self, *, secrets: bool = False) -> dict[str, Any]:
        """
        Return it as JSON: ``json.dumps(pod.to_dict())``.

        Args:
            secrets: Whether to write what the repr hides, too: variables' values, commands, what
                tasks take and return, fields that this version does not know. Else ``"***"``
                stands for it.

        Returns:
            All fields by their names: amounts of money as text with all digits, times in ISO 8601,
            statuses as words, what is not known as None.
        """
        fields = attrs.fields(cast("Any", type(self)))
        return {
            field.name: _written(
                getattr(self, field.name), hidden=not (field.repr or secrets), secrets=secrets
            )
            for field in fields
        }

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Iterate over what `to_dict` returns, so that ``dict(pod)`` is that, too."""
        return iter(self.to_dict().items())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        # As `pydantic_core.core_schema` describes it: the model itself passes, and JSON is read.
        function = {"type": "no-info", "function": _reader(cls)}
        return {"type": "function-plain", "function": function, "serialization": _WRITER}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: object, handler: object) -> dict[str, Any]:
        fields = attrs.fields(cast("Any", cls))
        properties = {field.name: _schema_of(field.type) for field in fields}
        required = [field.name for field in fields if field.default is attrs.NOTHING]
        schema = {"title": cls.__name__, "type": "object", "properties": properties}
        return {**schema, "required": required} if required else schema


def _written(value: object, *, hidden: bool, secrets: bool) -> object:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value)
        hides = hidden or (isinstance(value, HiddenMapping) and not secrets)
        return {
            _text(key): _HIDDEN if hides else _written(item, hidden=False, secrets=secrets)
            for key, item in items.items()
        }
    if value is None or hidden:
        return None if value is None else _HIDDEN
    if isinstance(value, Model):
        return value.to_dict(secrets=secrets)
    if isinstance(value, tuple | list):
        things = cast("tuple[object, ...]", value)
        return [_written(thing, hidden=False, secrets=secrets) for thing in things]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _text(text: str) -> str:
    # Half of a surrogate pair is no Unicode, and no answer can have it in UTF-8.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _reader(kind: type[M]) -> Callable[[object], M]:
    def read(value: object) -> M:
        if isinstance(value, kind):
            return value
        try:
            return structure(_renamed(value, kind), kind)
        except InvalidResponseError as error:
            fault = str(error)
        raise ValueError(fault)  # what a validator raises; without the value, as a secret

    return read


def _renamed(value: object, kind: type[Any]) -> object:
    """What `to_dict` has returned, in the names of the wire, which may be there already."""
    if not isinstance(value, Mapping):
        return value
    given = dict(cast("Mapping[str, object]", value))
    fields, names = attrs.fields_dict(kind), spellings(kind)
    extra = given.pop(EXTRA, None) if EXTRA in fields else None
    renamed = {
        names[key][0] if key in names else key: _inside(item, fields[key].type)
        if key in names
        else item
        for key, item in given.items()
    }
    return (
        {**cast("dict[str, object]", extra), **renamed} if isinstance(extra, Mapping) else renamed
    )


def _inside(value: object, of: object) -> object:
    kind = _model_in(of)
    if kind is None:
        return value
    if isinstance(value, list | tuple):
        return [_renamed(each, kind) for each in cast("list[object]", value)]
    return _renamed(value, kind)


def _model_in(of: object) -> type[Model] | None:
    """Return the model in a field's type: itself, ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(of, type) and issubclass(of, Model):
        return of
    return next((found for part in get_args(of) if (found := _model_in(part))), None)


def _schema_of(of: object) -> dict[str, Any]:
    parts = [part for part in get_args(of) if not _is_status(part)]
    kind, origin = _model_in(of), get_origin(of)
    if (known := _JSON_TYPES.get(of)) is not None:
        found = dict(known)
    elif kind is not None and isinstance(of, type):
        found = kind.__get_pydantic_json_schema__(None, None)
    elif origin is tuple:
        found = {"type": "array", "items": _schema_of(parts[0])}
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        found = {"type": "object", "additionalProperties": _schema_of(parts[1])}
    elif origin in {Union, UnionType} and len(parts) > 1:
        found = {"anyOf": [_schema_of(part) for part in parts]}
    else:
        found = _schema_of(parts[0]) if parts else {}  # `Annotated`, or any JSON
    return found


def _is_status(of: object) -> bool:
    return isinstance(of, type) and issubclass(of, Enum)
