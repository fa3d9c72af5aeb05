"""Pure rules about endpoints: what a change sends, and what can be waited for."""

from collections.abc import Callable
from typing import Any

from ..errors import ConfigurationError
from ..models import Endpoint, EndpointFields, EndpointSpec, EndpointStatus
from ._polling import Aim


__all__ = ["aim_of", "merged"]

_FIXED = ("image", "image_registry", "service_mode", "extra")


def merged(endpoint: Endpoint, changes: EndpointFields) -> dict[str, Any]:
    """
    What a change of an endpoint sends: what is to be changed, and what the API wants each time.

    Raises:
        ConfigurationError: A change that cannot be, or the server did not tell what stays.
    """
    for name in _FIXED:
        if name in changes:
            hint = "Make another endpoint."
            raise ConfigurationError(name, "(given)", "cannot be changed", hint=hint)
    values: dict[str, Any] = _wanted(endpoint) | changes
    for name, value in values.items():
        if name not in changes and value in (None, ()):
            problem = "must be sent with every change, and the server does not tell it"
            raise ConfigurationError(name, "(unknown)", problem, hint="Give it.")
    # Checked, and brought into one form, by the same rules as a new one.
    spec = EndpointSpec(image="unchanged", service_mode="CUSTOM", **values)
    return {name: getattr(spec, name) for name in values}


def _wanted(endpoint: Endpoint) -> dict[str, Any]:
    asked = endpoint.total_workers if endpoint.workers is None else endpoint.workers
    return {
        "name": endpoint.name or None,
        "resources": endpoint.resources,
        "workers": asked,
        "container_volume_in_gb": endpoint.container_volume_in_gb,
    }


def aim_of(until: str | Callable[[Endpoint], bool]) -> Aim[Endpoint]:
    """
    Read what `wait` was given.

    Raises:
        ConfigurationError: It is no status and not callable.
    """
    if callable(until):
        return Aim("what was asked for", until, _ended)
    status = EndpointStatus.parse(until)
    if not isinstance(status, EndpointStatus):
        hint = f"Use a function of an Endpoint, or one of {', '.join(EndpointStatus)}."
        raise ConfigurationError("until", until, "is nothing an endpoint can become", hint=hint)
    return Aim(status, lambda endpoint: endpoint.status == status, _ended)


def _ended(endpoint: Endpoint) -> bool:
    return endpoint.status in (EndpointStatus.FAILED, EndpointStatus.TERMINATED)
