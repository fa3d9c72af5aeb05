"""What users give to verbs: a spec, or its fields."""

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from ..errors import ConfigurationError
from ..errors._arguments import meant


__all__ = ["check_fields", "spec_of"]

S = TypeVar("S", bound=attrs.AttrsInstance)


def spec_of(kind: type[S], noun: str, spec: S | None, fields: Mapping[str, Any]) -> S:
    """
    Return the spec that was given, or make it of its fields.

    Raises:
        ConfigurationError: Both were given, a field is unknown, missing, or not allowed.
    """
    if spec is not None and fields:
        hint = "Use spec.evolve(...) to change it."
        what = f"must not be given beside a {kind.__name__}"
        raise ConfigurationError(next(iter(fields)), "(given)", what, hint=hint)
    return spec if spec is not None else kind(**_checked(kind, noun, fields))


def _checked(kind: type[S], noun: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {each.name: each for each in attrs.fields(kind)}
    for name in fields.keys() - known.keys():
        hint = meant(name, known)
        raise ConfigurationError(name, "(given)", f"must be a field of a {noun}", hint=hint)
    for name, each in known.items():
        if each.default is attrs.NOTHING and name not in fields:
            what = f"must be given to make a {noun}"
            raise ConfigurationError(name, "(missing)", what, hint=f"Give {name}=.")
    return fields


def check_fields(kind: type[attrs.AttrsInstance], **values: object) -> None:
    """
    Check some fields by the rules of a spec, without making one.

    Raises:
        ConfigurationError: A value is not allowed.
    """
    known = attrs.fields_dict(kind)
    for name, value in values.items():
        if (check := known[name].validator) is not None:
            check(None, known[name], value)
