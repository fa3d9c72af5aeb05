"""What a fleet is asked for: its pods by key, each with a mark of what it is made from."""

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from hashlib import sha256
from typing import TypeAlias, cast

import attrs
from attrs import evolve

from ..errors import ConfigurationError
from ..models import PodSpec
from .rules.names import check_key


__all__ = ["Specs", "keyed", "mark_of", "scaled"]

Specs: TypeAlias = PodSpec | Iterable[PodSpec] | Mapping[str, PodSpec]


def keyed(specs: Specs) -> dict[str, PodSpec]:
    """
    Read what a fleet is asked for.

    Args:
        specs: One spec, several, or a mapping of keys to them.

    Returns:
        The specs by key: as they were given, or by their names, or numbered from 0.

    Raises:
        ConfigurationError: One is not a `PodSpec`, a key is not allowed, or two have the same.
    """
    found: dict[str, PodSpec] = {}
    for key, spec in _pairs(specs):
        if not isinstance(cast("object", spec), PodSpec):
            hint = "Give PodSpec(image=..., gpu_type=...)."
            raise ConfigurationError("specs", type(spec).__name__, "must be a PodSpec", hint=hint)
        if check_key(key) in found:
            problem = "must be the name of one pod of the fleet only"
            raise ConfigurationError("name", key, problem, hint="Without names pods are numbered.")
        found[key] = spec
    return found


def _pairs(specs: Specs) -> list[tuple[str, PodSpec]]:
    if isinstance(specs, PodSpec):
        return [(specs.name or "0", specs)]
    if isinstance(specs, Mapping):
        return list(cast("Mapping[str, PodSpec]", specs).items())
    given = cast("object", specs)
    if isinstance(given, str) or not isinstance(given, Iterable):
        problem = "must be a PodSpec, a list of them, or a mapping of keys to them"
        raise ConfigurationError("specs", specs, problem, hint="For example [spec] * 8.")
    return [(getattr(spec, "name", None) or str(n), spec) for n, spec in enumerate(specs)]


def scaled(specs: Mapping[str, PodSpec], number: int, spec: PodSpec | None) -> dict[str, PodSpec]:
    """
    Return a fleet's specs when it is to have another number of pods: the last go, the new are
    numbered on.

    Raises:
        ConfigurationError: The new ones need a spec, as the others are not all alike.
    """
    kept = dict(list(specs.items())[:number])
    numbers = (str(each) for each in range(len(specs) + number) if str(each) not in kept)
    if number > len(kept):
        spec = spec or _only_one_of(specs)
        kept |= {next(numbers): spec for _ in range(number - len(kept))}
    return kept


def _only_one_of(specs: Mapping[str, PodSpec]) -> PodSpec:
    kinds = [evolve(spec, name=None) for spec in specs.values()]
    if kinds and all(spec == kinds[0] for spec in kinds):
        return kinds[0]
    what = "has pods of several kinds" if kinds else "was asked for no pods yet"
    hint = "scale(number, spec) makes the new ones from it."
    raise ConfigurationError("spec", None, f"must be given, as the fleet {what}", hint=hint)


def mark_of(spec: PodSpec) -> str:
    """
    Return a short hash of what a pod is made from, which its name holds.

    Names and regions do not count: a pod is what it is in any region. Environment values do: 24
    bits of a hash tell that one has changed, and not what it is.

    Args:
        spec: What the pod is made from.

    Returns:
        Six hexadecimal digits.
    """
    counted = evolve(spec, name=None, regions=())
    return sha256(json.dumps(_plain(counted), sort_keys=True).encode()).hexdigest()[:6]


def _plain(value: object) -> object:
    """Return a value as JSON; of objects what is said, so that a field that a later version adds
    changes no mark.
    """
    kind = cast("type[attrs.AttrsInstance]", type(value))
    if attrs.has(kind):
        fields = attrs.fields(kind)
        said = {each.name: getattr(value, each.name) for each in fields}
        return {name: _plain(each) for name, each in said.items() if each not in (None, (), {})}
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: _plain(item) for key, item in items}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in cast("Iterable[object]", value)]
    return value.value if isinstance(value, Enum) else value
