"""
What users can reach: what the public modules export, the nouns of a client, and the classes of the
package that these return or hold.
"""

import ast
import importlib
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property
from typing import Any, Final

import attrs

from tests.contract.operations_page import nouns


__all__ = [
    "Function",
    "attributes_of",
    "code_of",
    "members_of",
    "name_of",
    "parameters_of",
    "public",
    "public_modules",
    "text_of",
]

_MODULES: Final = ("callbacks", "errors", "events", "fleet", "models", "simulator", "testing")
_PACKAGE: Final = "yotta_async"

Function = Callable[..., Any]


def public_modules() -> list[Any]:
    """Return the modules whose names users import."""
    names = [_PACKAGE, *(f"{_PACKAGE}.{name}" for name in _MODULES)]
    return [importlib.import_module(name) for name in names]


def public() -> dict[str, Any]:
    """Return the public classes and functions by name; aliases of types have no docstring."""
    exported = [getattr(module, name) for module in public_modules() for name in module.__all__]
    documented: list[Any] = [
        each for each in exported if inspect.isclass(each) or inspect.isfunction(each)
    ]
    # What exported classes hold is reached through their fields; other classes keep theirs.
    held = [kind for each in documented if attrs.has(each) for kind in _held(each)]
    found: dict[str, Any] = {}
    pending = [*documented, *held, *nouns().values()]
    while pending:
        thing = pending.pop()
        if name_of(thing) not in found:
            found[name_of(thing)] = thing
            pending += _returned(thing)
    return dict(sorted(found.items()))


def name_of(thing: Any) -> str:
    """Return the name of a class or function after that of its room, such as ``"models.Pod"``."""
    room = thing.__module__.removeprefix(f"{_PACKAGE}.").split(".")[0]
    return f"{room}.{thing.__qualname__}"


def _held(kind: Any) -> Iterator[type]:
    for each in attrs.fields(kind):
        if each.name[0] != "_":
            yield from _classes_in(each.type)


def _returned(thing: Any) -> Iterator[type]:
    """Yield the classes of the package that a function, or a class's methods, return."""
    functions = [thing] if inspect.isfunction(thing) else map(code_of, members_of(thing).values())
    for each in functions:
        yield from _classes_in(inspect.signature(each).return_annotation)


def _classes_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, list):  # the parameters of a `Callable`
        parts = tuple(annotation)
    else:
        parts = (typing.get_origin(annotation), *typing.get_args(annotation))
    for part in parts:
        if part is not None:
            yield from _classes_in(part)
    if inspect.isclass(annotation) and _is_of(annotation, _PACKAGE):
        yield annotation


def _is_of(kind: type, package: str) -> bool:
    return kind.__module__.split(".")[0] == package


def members_of(kind: type) -> dict[str, Any]:
    """
    Return the public methods and properties of a class, inherited ones too, by name.

    What overrides a method of a library's class is left out: that library documents it.
    """
    own = kind.__module__.split(".")[0]
    ours = {name: each for base in reversed(kind.__mro__) for name, each in vars(base).items()}
    libraries = {name for base in kind.__mro__ if not _is_of(base, own) for name in vars(base)}
    return {
        name: each
        for name, each in ours.items()
        if name[0] != "_" and name not in libraries and _is_member(each)
    }


def _is_member(thing: Any) -> bool:
    kinds = (property, cached_property, classmethod, staticmethod)
    return inspect.isfunction(thing) or isinstance(thing, kinds)


def code_of(member: Any) -> Function:
    """Return the function behind a method or a property."""
    match member:
        case property(fget=function) | cached_property(func=function):
            return typing.cast("Function", function)
        case classmethod(__func__=function) | staticmethod(__func__=function):
            return typing.cast("Function", function)
        case _:
            return typing.cast("Function", member)


def attributes_of(kind: type) -> Mapping[str, str]:
    """
    Return the types of a class's own public attributes, as text, by name: the fields of attrs
    classes and typed dicts, the members of enums, and what other classes set in ``__init__``.
    """
    if issubclass(kind, Enum):
        return dict.fromkeys(kind.__members__, "")
    if attrs.has(kind):
        fields = [field for field in attrs.fields(kind) if not field.inherited]
        types: dict[str, Any] = {field.name: field.type for field in fields}
    else:
        types = {
            **vars(kind).get("__annotations__", {}),
            **dict(_set_in(vars(kind).get("__init__"))),
        }
    return {name: text_of(each) for name, each in types.items() if name[0] != "_"}


def text_of(annotation: Any) -> str:
    """Return a type as text."""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _set_in(start: Function | None) -> Iterator[tuple[str, str]]:
    """Yield the attributes that an ``__init__`` annotates, with their types."""
    source = textwrap.dedent(inspect.getsource(start)) if start else ""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=name)):
                yield name, ast.unparse(node.annotation)
            case _:
                pass


def parameters_of(function: Function) -> dict[str, str]:
    """Return the types of a function's parameters by name, with its stars if it has any."""
    parameters = inspect.signature(function).parameters.values()
    types = {str(each).split(":")[0].split("=")[0]: each.annotation for each in parameters}
    return {name: text_of(each) for name, each in types.items() if name not in {"self", "cls"}}
