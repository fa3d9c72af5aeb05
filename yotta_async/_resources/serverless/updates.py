"""Pure rules of an update: which changes are allowed, and what is sent."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

import attrs

from ...errors import ConfigurationError
from ...models import Endpoint, EndpointFields, EndpointSpec


__all__ = ["checked", "merged"]

_FIXED: Final = ("image", "image_registry", "service_mode", "extra")
_CHANGEABLE: Final = tuple(
    each.name for each in attrs.fields(EndpointSpec) if each.name not in _FIXED
)
# What no change changes, for the rules of a new endpoint to be applied to what one does.
_SOUND: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "name": "unchanged",
        "image": "unchanged",
        "resources": ("unchanged", "unchanged"),
        "container_volume_in_gb": 20,
        "service_mode": "CUSTOM",
    }
)


def checked(changes: EndpointFields) -> dict[str, Any]:
    """
    Return changes in one form, checked by the same rules as a new endpoint.

    Raises:
        ConfigurationError: A change is not allowed.
    """
    for name in changes:
        if name in _FIXED:
            hint = "Make another endpoint."
            raise ConfigurationError(name, "(given)", "cannot be changed", hint=hint)
        if name not in _CHANGEABLE:
            hint = f"Use one of {', '.join(_CHANGEABLE)}."
            raise ConfigurationError(name, "(given)", "must be a field of an endpoint", hint=hint)
    wanted: dict[str, Any] = {**_SOUND, **cast("Mapping[str, Any]", changes)}
    spec = EndpointSpec(**wanted)
    return {name: getattr(spec, name) for name in changes}


def merged(endpoint: Endpoint, changes: dict[str, Any]) -> dict[str, Any]:
    """
    What a change of an endpoint sends: what is to be changed, and what the API wants each time.

    Args:
        endpoint: As it is.
        changes: Checked.

    Raises:
        ConfigurationError: The server did not tell what stays, or it is scaled to no workers,
            which no change may ask for.
    """
    told = _told(endpoint)
    for name, value in told.items():
        if name not in changes and value in (None, (), 0):
            problem = "must be sent with every change, and the server does not tell a usable one"
            raise ConfigurationError(name, value, problem, hint=f"Give {name}, too.")
    return told | changes


def _told(endpoint: Endpoint) -> dict[str, Any]:
    asked = endpoint.total_workers if endpoint.workers is None else endpoint.workers
    return {
        "name": endpoint.name or None,
        "resources": endpoint.resources,
        "workers": asked,
        "container_volume_in_gb": endpoint.container_volume_in_gb,
    }
