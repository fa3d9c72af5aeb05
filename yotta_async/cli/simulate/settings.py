"""What a simulated cloud is to be: a file of settings, and over it what the command line says."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast, get_type_hints

import attrs

from ...errors import ConfigurationError
from ...simulator import Faults, Refusing, VMType
from .switches import REFUSING, WHEN, read_as, sections, unknown


__all__ = [
    "OF_THE_COMMAND",
    "Document",
    "Pairs",
    "Refusal",
    "cloud_options",
    "pairs_of",
    "read_file",
    "refusals",
]

Document = dict[str, Any]
# Options of one section as they stand on the command line, such as ``ids=string``.
Pairs = Mapping[str, Sequence[str]]

# What is refused, and when: arguments of `SimulatedYotta.refuse`.
Refusal = tuple[Refusing, Mapping[str, float]]

# What the file may say in place of an option of the same name.
OF_THE_COMMAND: Final[tuple[str, ...]] = ("host", "port", "speed", "seed", "verbose")

_TYPE_FIELDS: Final = {each.name: each for each in attrs.fields(VMType)}


def read_file(path: str) -> Document:
    """
    Read a file of settings; all of its names are known ones.

    Raises:
        ConfigurationError: It cannot be read, is no TOML, or has a name that there is not.
    """
    hint = "Give the path of a TOML file of settings; --switches shows what may be in it."
    try:
        document = tomllib.loads(Path(path).read_bytes().decode())
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        raise ConfigurationError("config", path, problem, hint=hint) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = f"must be a TOML file: {error}"
        raise ConfigurationError("config", path, problem, hint=hint) from None
    known = dict.fromkeys((*OF_THE_COMMAND, *sections(), REFUSING.name, *_PLAIN))
    for name, value in document.items():
        if name not in known:
            raise unknown(name, value, known)
    return document


def cloud_options(document: Document, pairs: Pairs, *, requests: int | None) -> dict[str, Any]:
    """
    Return the arguments of `SimulatedYotta` but for the seed.

    Args:
        document: What a file says.
        pairs: What the command line says, by section; each pair counts more than the file's.
        requests: Those a minute that the command line gives on their own, or None.

    Raises:
        ConfigurationError: A switch that is not known, or a value that cannot work.
    """
    options = dict[str, Any]()
    for name, section in sections().items():
        percent, given = _table(document.get(name, {}), name)
        if name == "limits" and requests is not None:
            given = {**given, "requests": requests}
        told_percent, told = pairs_of(name, pairs.get(name, ()))
        percent = told_percent if told_percent is not None else percent
        base = None if percent is None else Faults.everything(_share(percent))
        options[name] = section.build({**given, **told}, base)
    for name, read in _PLAIN.items():
        value = _merged(name, document, pairs)
        if value is not None:
            options[name] = read(value)
    options.setdefault("epoch", datetime.now(UTC))
    return options


def refusals(document: Document, pairs: Pairs) -> list[Refusal]:
    """
    Return what is refused: each table of a file, and one more that the command line gives.

    Raises:
        ConfigurationError: A switch that is not known, or a value that cannot work.
    """
    name = REFUSING.name
    given: object = document.get(name, [])
    tables = cast("list[object]", given) if isinstance(given, list) else [given]
    _, told = pairs_of(name, pairs.get(name, ()))
    return [_refusal(each) for each in [*tables, *([told] if told else [])]]


def _refusal(table: object) -> Refusal:
    if not isinstance(table, dict):
        name = REFUSING.name
        problem = f"must be a table [{name}], or several [[{name}]]"
        raise ConfigurationError(name, repr(table), problem, hint="")
    given = cast("dict[str, object]", table)
    rest = {name: value for name, value in given.items() if name not in WHEN}
    when = {name: WHEN[name].read(value) for name, value in given.items() if name in WHEN}
    return REFUSING.build(rest), cast("dict[str, float]", when)


def pairs_of(section: str, words: Sequence[str]) -> tuple[object, dict[str, object]]:
    """
    Return the percentage among an option's words, which faults alone may have, and its pairs.

    Raises:
        ConfigurationError: A word that is no pair.
    """
    percent: object = None
    told = dict[str, object]()
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            told[name.strip()] = value.strip()
        elif section == "faults":
            percent = word
        else:
            raise ConfigurationError(section, repr(word), "must be KEY=VALUE", hint="")
    return percent, told


def _table(value: object, name: str) -> tuple[object, Mapping[str, object]]:
    if isinstance(value, dict):
        return None, cast("dict[str, object]", value)
    if name == "faults":
        return value, {}
    raise ConfigurationError(name, repr(value), f"must be a table: [{name}]", hint="")


def _share(percent: object) -> float:
    number: float = read_as(float, percent, "faults")
    if not 0.0 <= number <= 100.0:
        raise ConfigurationError("faults", repr(percent), "must be from 0 to 100 percent", hint="")
    return number / 100


def _merged(name: str, document: Document, pairs: Pairs) -> object:
    told = pairs_of(name, pairs.get(name, ()))[1]
    if not told:
        return document.get(name)
    if name == "prices":
        return {**_values(None, document.get(name, {}), name), **told}
    merged = {
        region: dict(_values(None, gpus, f"{name}.{region}"))
        for region, gpus in _values(None, document.get(name, {}), name).items()
    }
    for place, number in told.items():
        region, colon, gpu_type = place.partition(":")
        if not (region and colon and gpu_type):
            hint = "Such as us-east-1:NVIDIA_L4_24G=4."
            raise ConfigurationError(name, repr(place), "must be REGION:GPU=NUMBER", hint=hint)
        merged.setdefault(region, {})[gpu_type] = number
    return merged


def _stock(value: Any) -> dict[str, dict[str, int]]:
    return {
        region: _values(int, gpus, f"stock.{region}")
        for region, gpus in _values(None, value, "stock").items()
    }


def _prices(value: Any) -> dict[str, Decimal]:
    return _values(Decimal, value, "prices")


def _values(kind: Any, value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(field, repr(value), f"must be a table: [{field}]", hint="")
    given = cast("dict[str, object]", value)
    if kind is None:
        return given
    return {name: read_as(kind, each, f"{field}.{name}") for name, each in given.items()}


def _vm_types(value: Any) -> list[VMType]:
    if not isinstance(value, list):
        raise ConfigurationError("vm_types", repr(value), "must be tables: [[vm_types]]", hint="")
    return [_vm_type(each, f"vm_types[{n}]") for n, each in enumerate(cast("list[object]", value))]


def _vm_type(value: Any, field: str) -> VMType:
    given = _values(None, value, field)
    for name in given.keys() - _TYPE_FIELDS:
        raise unknown(f"{field}.{name}", given[name], _TYPE_FIELDS)
    missing = [n for n, f in _TYPE_FIELDS.items() if f.default is attrs.NOTHING and n not in given]
    if missing:
        raise ConfigurationError(field, repr(value), f"lacks {', '.join(missing)}", hint="")
    hints = get_type_hints(VMType)
    fields: dict[str, Any] = {
        name: _values(int, each, f"{field}.regions")
        if name == "regions"
        else read_as(hints[name], each, f"{field}.{name}")
        for name, each in given.items()
    }
    return VMType(**fields)


def _api_key(value: Any) -> str:
    # Hidden, as every key is.
    if not isinstance(value, str) or not value:
        raise ConfigurationError("api_key", "(hidden)", "must be a text", hint="")
    return value


def _epoch(value: Any) -> datetime:
    try:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        hint = "Such as 2026-01-01T00:00:00Z."
        raise ConfigurationError("epoch", repr(value), "must be a time", hint=hint) from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


# What `SimulatedYotta` takes besides settings classes, as a file writes it. Its clock and what its
# workers make of a task are code, and the seed is an option.
_PLAIN: Final[Mapping[str, Callable[[Any], object]]] = {
    "stock": _stock,
    "prices": _prices,
    "vm_types": _vm_types,
    "api_key": _api_key,
    "epoch": _epoch,
}
NOT_DATA: Final = frozenset({"self", "return", "clock", "task_result", "seed"})
