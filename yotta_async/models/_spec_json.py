"""Mappings and JSON that specs take, checked and frozen."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from ..errors import ConfigurationError
from ._checks import HIDDEN, is_digits, is_line
from ._frozen import FrozenMapping, HiddenMapping, freeze_json


_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110
_DEEPEST: Final = 100  # objects and arrays inside each other
_LONGEST: Final = 3321  # bits, or a thousand digits
_INPUT_HINT: Final = "Give what json.dumps() can write: str, int, float, bool, None, list, dict."


def as_input(value: object) -> object:
    """Any JSON, frozen, that is not nothing; it may be a secret and reaches no error."""
    if value is None or _is_empty(value):
        raise ConfigurationError("input", HIDDEN, "it is empty", hint="Give the task's input.")
    _check_json(value, 0)
    return freeze_json(value)


def _is_empty(value: Any) -> bool:
    return isinstance(value, str | list | tuple | Mapping) and not value


def _check_json(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        problem = f"it is nested more than {_DEEPEST} levels deep"
        raise ConfigurationError("input", HIDDEN, problem, hint="Send a part of it as text.")
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            _check_key(key)
            _check_json(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            _check_json(item, depth + 1)
    elif problem := _problem_of_scalar(value):
        raise ConfigurationError("input", HIDDEN, problem, hint=_INPUT_HINT)


def _check_key(key: object) -> None:
    problem = _problem_of_scalar(key)
    if not isinstance(key, str):
        problem = f"a key in it is {type(key).__name__}, not str"
    if problem:
        raise ConfigurationError("input", HIDDEN, problem, hint=_INPUT_HINT)


def _problem_of_scalar(value: object) -> str:
    if isinstance(value, str):
        # UTF-8 cannot carry them.
        torn = any("\ud800" <= character <= "\udfff" for character in value)
        return "there is half a character in it" if torn else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "there is a number in it that is not finite"
    if isinstance(value, int):
        # json.dumps() itself refuses some thousands, and the answer's reader more than these.
        return "" if value.bit_length() <= _LONGEST else "there is a number too long in it"
    if value is None:
        return ""
    return f"there is {type(value).__name__} in it, which is no JSON"


def as_headers(value: Mapping[str, str]) -> HiddenMapping:
    """An immutable copy, every name and value checked; values never reach an error."""
    hint = 'Give a mapping such as {"X-Name": "value"}.'
    given: Any = value
    if not isinstance(given, Mapping):
        raise ConfigurationError("headers", HIDDEN, "not a mapping", hint=hint)
    for name, text in cast("Mapping[object, object]", given).items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            # Hidden, too: who writes {"Authorization: Bearer x": ""} has it in the name.
            raise ConfigurationError("headers", HIDDEN, "not a header's name", hint=hint)
        if text != "" and not is_line(text):
            problem = "the value is not a line of text"
            raise ConfigurationError(f"headers[{name!r}]", HIDDEN, problem, hint=hint)
    return HiddenMapping(value)


def as_mounts(value: Mapping[str | int, str]) -> FrozenMapping[str]:
    """Where volumes are mounted, by their ids, which may be given as numbers."""
    hint = 'Give a mapping such as {"420522713875330018": "/data"}.'
    given: Any = value
    if not isinstance(given, Mapping):
        raise ConfigurationError("volume_mounts", given, "not a mapping", hint=hint)
    mounts: dict[str, str] = {}
    for key, path in cast("Mapping[object, object]", given).items():
        volume_id = str(key) if type(key) is int else key
        if not is_digits(volume_id):
            raise ConfigurationError("volume_mounts", key, "not a volume's id", hint=hint)
        if not is_line(path):
            where = f"volume_mounts[{volume_id!r}]"
            raise ConfigurationError(where, path, "not a directory", hint=hint)
        mounts[volume_id] = path
    return FrozenMapping(mounts)
