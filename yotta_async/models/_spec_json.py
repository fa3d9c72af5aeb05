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
_INPUT_HINT: Final = "JSON has text, numbers, booleans, None, lists and mappings of these."


def as_input(value: object) -> object:
    """Any JSON, frozen, that is not nothing; it may be a secret and reaches no error."""
    if value is None or _is_empty(value):
        hint = "Give the task's input."
        raise ConfigurationError("input", HIDDEN, "must be JSON that is not empty", hint=hint)
    _check_json(value, 0)
    return freeze_json(value)


def _is_empty(value: Any) -> bool:
    return isinstance(value, str | list | tuple | Mapping) and not value


def _check_json(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        problem = f"is too deep: at most {_DEEPEST} levels"
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
        problem = f"must have keys of type str, not {type(key).__name__}"
    if problem:
        raise ConfigurationError("input", HIDDEN, problem, hint=_INPUT_HINT)


def _problem_of_scalar(value: object) -> str:
    if isinstance(value, str):
        # UTF-8 cannot carry them.
        torn = any("\ud800" <= character <= "\udfff" for character in value)
        return "must be Unicode text without lone surrogates" if torn else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "must have finite numbers only"
    if isinstance(value, int):
        # json.dumps() itself refuses some thousands, and the answer's reader more than these.
        return "" if value.bit_length() <= _LONGEST else "must have numbers of at most 1000 digits"
    if value is None:
        return ""
    return f"must be JSON, which has no {type(value).__name__}"


def as_headers(value: Mapping[str, str]) -> HiddenMapping:
    """An immutable copy, every name and value checked; values never reach an error."""
    hint = 'For example {"X-Name": "value"}.'
    given: Any = value
    if not isinstance(given, Mapping):
        raise ConfigurationError("headers", HIDDEN, "must be a mapping", hint=hint)
    for name, text in cast("Mapping[object, object]", given).items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            # Hidden, too: who writes {"Authorization: Bearer x": ""} has it in the name.
            raise ConfigurationError("headers", HIDDEN, "must have names of headers", hint=hint)
        if text != "" and not is_line(text):
            problem = "must be one line of text"
            raise ConfigurationError(f"headers[{name!r}]", HIDDEN, problem, hint=hint)
    return HiddenMapping(value)


def as_mounts(value: Mapping[str | int, str]) -> FrozenMapping[str]:
    """Where volumes are mounted, by their ids, which may be given as numbers."""
    hint = 'For example {"420522713875330018": "/data"}.'
    given: Any = value
    if not isinstance(given, Mapping):
        raise ConfigurationError("volume_mounts", given, "must be a mapping", hint=hint)
    mounts: dict[str, str] = {}
    for key, path in cast("Mapping[object, object]", given).items():
        volume_id = str(key) if type(key) is int else key
        if not is_digits(volume_id):
            problem = "must have ids of volumes as keys"
            raise ConfigurationError("volume_mounts", key, problem, hint=hint)
        if not is_line(path):
            where = f"volume_mounts[{volume_id!r}]"
            raise ConfigurationError(where, path, "must be a directory's path", hint=hint)
        mounts[volume_id] = path
    return FrozenMapping(mounts)
