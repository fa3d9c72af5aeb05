"""A fleet file: TOML in which everything is known, and what is misspelt is named."""

import sys
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, cast

import attrs

from ...errors import ConfigurationError
from ...errors._arguments import did_you_mean
from ...fleet import Budget, Placement, ReplacePolicy
from ...models import ExposedPort, PodSpec, VolumeMount
from .._exits import Exit
from .._failures import FailedError


__all__ = ["Document", "names_of", "pod_fields", "read", "wrong"]

Document = dict[str, Any]

# What each name of a fleet file stands for.
_KINDS: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    "name": (str, "a text"),
    "count": (int, "a number of pods"),
    "on_exit": (str, 'a text: "delete", "pause" or "keep"'),
    "min_ready": ((int, float), "a number of pods, or a share such as 0.9"),
    "max_lifetime": ((int, float, str), 'seconds, or a text such as "2h"'),
    "pod": (dict, "a table: [pod]"),
    "pods": (list, "tables: [[pods]]"),
    "placement": (dict, "a table: [placement]"),
    "budget": (dict, "a table: [budget]"),
    "replace": (dict, "a table: [replace]"),
}
_TABLES: Final = {"placement": Placement, "budget": Budget, "replace": ReplacePolicy}
_MAPPINGS: Final = ("quotas", "prices")
_LISTS: Final = ("regions", "gpu_types")


def wrong(message: str, hint: str = "") -> FailedError:
    """Return the error for what is not allowed."""
    return FailedError(message, hint, Exit.CONFIGURATION)


def names_of(kind: type) -> list[str]:
    """Return the names of a class's fields."""
    return [each.name for each in attrs.fields(kind)]


def read(path: str) -> Document:
    """
    Read a fleet file; ``-`` is the standard input.

    Raises:
        FailedError: It cannot be read, or something in it is not known or of the wrong kind.
    """
    document = _parsed(path)
    _check_known(document, _KINDS, f"{path}: it")
    for name, value in document.items():
        kinds, words = _KINDS[name]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise wrong(f"{path}: {name} must be {words}")
    if not all(isinstance(each, dict) for each in document.get("pods", ())):
        raise wrong(f"{path}: pods must be tables: [[pods]]")
    for name, kind in _TABLES.items():
        _check_table(document.get(name, {}), kind, f"{path}: [{name}]")
    _check_pod(document.get("pod", {}), f"{path}: [pod]")
    for each in document.get("pods", ()):
        _check_pod(each, f"{path}: [[pods]]")
    return document


def _parsed(path: str) -> Document:
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return tomllib.loads(content.decode())
    except OSError as error:
        raise wrong(
            f"{path}: {error.strerror or error}", "Give the path of a fleet file."
        ) from None
    except UnicodeDecodeError:
        raise wrong(f"{path}: must be TOML, in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise wrong(f"{path}: must be TOML: {error}") from None


def _check_known(table: Mapping[str, object], known: Collection[str], where: str) -> None:
    for name in table:
        if name not in known:
            hint = did_you_mean(name, known) or f"It may have {', '.join(known)}."
            raise wrong(f"{where} has no field {name!r}", hint)


def _check_table(table: Mapping[str, object], kind: type, where: str) -> None:
    _check_known(table, names_of(kind), where)
    for name, value in table.items():
        if name in _LISTS and not _is_texts(value):
            raise wrong(f'{where}: {name} must be a list of texts, such as ["us-east-1", "eu-1"]')
        if name in _MAPPINGS and not isinstance(value, dict):
            raise wrong(f"{where}: {name} must be a table, such as {{ us-east-1 = 10 }}")


def _check_pod(table: Mapping[str, Any], where: str) -> None:
    _check_known(table, names_of(PodSpec), where)
    environment: object = table.get("environment")
    if not isinstance(environment, dict):
        return  # `PodSpec` says it
    for name, value in cast("dict[str, object]", environment).items():
        if not isinstance(value, str):
            hint = "Write its value in quotes."
            raise wrong(f"{where}: environment: {name} must be a text", hint)


def _is_texts(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in cast("list[object]", value))
    return isinstance(value, str)


def pod_fields(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table's fields as `PodSpec` takes them: ports and mounts may be tables, too."""
    fields = dict(table)
    for name, kind in (("expose", ExposedPort), ("persistent_volumes", VolumeMount)):
        if isinstance(fields.get(name), list):
            fields[name] = [_value_of(kind, each, name) for each in fields[name]]
    return fields


def _value_of(kind: type, item: Any, where: str) -> object:
    if not isinstance(item, dict):
        return item
    table = cast("dict[str, Any]", item)
    known = ("port", "protocol") if kind is ExposedPort else names_of(VolumeMount)
    for name in table:
        if name not in known:
            problem, hint = f"must be one of {', '.join(known)}", did_you_mean(name, known)
            raise ConfigurationError(f"field of {where}", name, problem, hint=hint)
    try:
        return kind(**table)
    except TypeError:
        problem = f"must have {' and '.join(known[:2])}"
        raise ConfigurationError(where, table, problem, hint="Each of its tables.") from None
