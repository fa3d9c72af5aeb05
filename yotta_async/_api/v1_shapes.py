"""What differs on the wire of the v1 API: the create's body and its answer, the list's filters."""

from collections.abc import Iterable
from typing import Any, Final, cast

import attrs

from .._core.lifecycle import PodStatus
from ..errors import ConfigurationError, InvalidResponseError
from ..models import ExposedPort, Pod, PodSpec, structure
from ..models._environment import write_environment
from ..models._frozen import thaw
from ..models._spec_fields import as_regions


# The fields that are sent under their own names in camelCase, as they are.
_PLAIN: Final = {
    "image": "image",
    "gpu_type": "gpuType",
    "gpu_count": "gpuCount",
    "image_public_type": "imagePublicType",
    "image_registry": "imageRegistry",
    "image_registry_username": "imageRegistryUsername",
    "image_registry_token": "imageRegistryToken",
    "resource_type": "resourceType",
    "cloud_type": "cloudType",
    "official_image": "officialImage",
    "shm_in_gb": "shmInGb",
    "min_single_card_ram_in_gb": "minSingleCardRamInGb",
    "container_volume_in_gb": "containerVolumeInGb",
    "persistent_volume_in_gb": "persistentVolumeInGb",
    "persistent_mount_path": "persistentMountPath",
    "initialization_command": "initializationCommand",
}

# A field that the server does not know it would pass over in silence.
_LACKING: Final = ("min_single_card_vram_in_gb", "min_single_card_vcpu", "persistent_volumes")

# What the create's answer leaves out, and the request has said.
_SAID: Final = (
    "gpu_type",
    "gpu_count",
    "image",
    "image_registry",
    "resource_type",
    "cloud_type",
    "container_volume_in_gb",
    "persistent_volume_in_gb",
    "persistent_mount_path",
    "shm_in_gb",
    "environment",
    "expose",
    "initialization_command",
)


def create_body(spec: PodSpec, name: str) -> dict[str, object]:
    """
    The body of ``POST /openapi/v1/pods/create``.

    Args:
        spec: The pod to be made; its own ``name`` is not looked at.
        name: The name under which it can be found again.

    Raises:
        ConfigurationError: The spec asks for what v1 cannot be asked for.
    """
    _refuse_lacking(spec)
    values: dict[str, Any] = {wire: getattr(spec, field) for field, wire in _PLAIN.items()}
    values |= {
        "podName": name,
        **_region(spec.regions),
        # int64 in the reference; Python's int carries all its digits.
        "credentialId": None if spec.credential_id is None else int(spec.credential_id),
        "environmentVars": write_environment(spec.environment),
        "expose": [_port(port) for port in spec.expose],
    }
    said = {wire: value for wire, value in values.items() if value not in (None, [])}
    return thaw(spec.extra) | said


def _refuse_lacking(spec: PodSpec) -> None:
    for field in _LACKING:
        value = getattr(spec, field)
        if value not in (None, ()):
            hint = "Leave it out."
            raise ConfigurationError(field, value, "the v1 API has no such field", hint=hint)


def _region(regions: tuple[str, ...]) -> dict[str, object]:
    match regions:
        case []:
            return {}
        case [region]:
            return {"region": region}
        case _:
            return {"regionList": list(regions)}


def _port(port: ExposedPort) -> dict[str, object]:
    return {"port": port.port, "protocol": port.protocol}


def created_pod(data: object, spec: PodSpec, name: str, operation: str) -> Pod:
    """
    The pod that a create has made, as far as its answer and its request tell.

    Args:
        data: The answer: a bare id as a number or as digits, or an object like a pod.
        spec: What was asked for.
        name: The name that was sent.
        operation: The operation, for the error.

    Raises:
        InvalidResponseError: The answer is neither.
    """
    if isinstance(data, dict):
        given = cast("dict[str, object]", data)
        status = given.get("status")
        known = given | {"status": PodStatus.INITIALIZING if status is None else status}
        pod = structure(known, Pod, operation=operation)
    else:
        pod = Pod(id=_bare_id(data, operation), status=PodStatus.INITIALIZING)
    return _fill(pod, spec, name)


def _bare_id(data: object, operation: str) -> str:
    text = str(data)  # of all JSON, whole numbers and strings of digits alone look like this
    if text.isascii() and text.isdigit():
        return text
    message = f"data: expected a pod's id or a pod, got {type(data).__name__}."
    raise InvalidResponseError(message, operation=operation)


def _fill(pod: Pod, spec: PodSpec, name: str) -> Pod:
    said: dict[str, Any] = {field: getattr(spec, field) for field in _SAID}
    said["name"] = name
    said["region"] = spec.regions[0] if len(spec.regions) == 1 else None
    unsaid = {name for name in said if getattr(pod, name) in (None, "", (), {})}
    return attrs.evolve(pod, **{name: said[name] for name in unsaid})


def list_query(
    regions: str | Iterable[str], statuses: str | int | Iterable[str | int]
) -> dict[str, list[str]]:
    """
    The filters of ``GET /openapi/v1/pods/list``; statuses are sent as their numbers.

    A filter that is empty is left out. One region or status may stand for a list of one.

    Raises:
        ConfigurationError: A status that has no number, or a region that is none.
    """
    asked = [statuses] if isinstance(statuses, str | int) else statuses
    query = {"regionList": list(as_regions(regions)), "statusList": [_code(one) for one in asked]}
    return {key: values for key, values in query.items() if values}


def _code(status: str | int) -> str:
    known = PodStatus.parse(status)
    if isinstance(known, PodStatus):
        return str(known.code)
    if known.isascii() and known.isdigit():
        return known  # a number newer than this table
    hint = f"Give one of {', '.join(PodStatus)}, or a number."
    raise ConfigurationError("statuses", status, "not a status with a number", hint=hint)
