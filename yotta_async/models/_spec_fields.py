"""What specs take in several forms, brought into one."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeGuard, cast

from ..errors import ConfigurationError
from ._checks import HIDDEN, is_digits, is_line
from ._endpoint import EndpointResource
from ._frozen import FrozenMapping, HiddenMapping, freeze
from ._model import Model
from ._pod import ExposedPort, VolumeMount


# Mappings have the wire's names, as the vendor's client takes them for the same arguments.
PortLike = int | tuple[int, str] | ExposedPort | Mapping[str, Any]
ResourceLike = EndpointResource | tuple[str, str] | tuple[str, str, int] | Mapping[str, Any]
VolumeLike = VolumeMount | Mapping[str, Any]

_EXPOSE_HINT: Final = (
    'Give ports as 8888, (8888, "HTTP"), ExposedPort(8888, "HTTP") '
    'or {"port": 8888, "protocol": "HTTP"}.'
)
_SSH_PORT: Final = 22


def as_regions(value: str | Iterable[str]) -> tuple[str, ...]:
    """
    Regions in order, each once; a string is one region, as its letters never are.

    A set has no order, so it is sorted: the same set then asks for the same thing in every process.
    """
    given: list[Any] = [value] if isinstance(value, str) else _listed("regions", value)
    for region in given:
        if not is_line(region):
            hint = 'For example "us-east-1"; without any, the server chooses.'
            raise ConfigurationError("regions", region, "must be codes of regions", hint=hint)
    ordered = sorted(given) if isinstance(value, AbstractSet) else given
    return tuple(dict.fromkeys(ordered))


def as_environment(value: Mapping[str, str]) -> HiddenMapping:
    """An immutable copy, every name and value checked; values never reach an error."""
    given: Any = value
    if not isinstance(given, Mapping):
        hint = 'For example {"NAME": "value"}.'
        raise ConfigurationError("environment", HIDDEN, "must be a mapping", hint=hint)
    for name, text in cast("Mapping[object, object]", given).items():
        _check_variable(name, text)
    return HiddenMapping(value)


def _check_variable(name: object, text: object) -> None:
    if not is_line(name) or "=" in name:
        # Hidden, too: who writes {"TOKEN=abc": ""} has put the secret into the name.
        problem = 'must have names without "=" and control characters'
        hint = 'For example {"NAME": "value"}.'
        raise ConfigurationError("environment", HIDDEN, problem, hint=hint)
    if not isinstance(text, str):
        problem = f"must be text, not {type(text).__name__}"
        hint = "Convert it with str()."
        raise ConfigurationError(f"environment[{name!r}]", HIDDEN, problem, hint=hint)
    if "\0" in text:
        hint = "A process's environment cannot hold one."
        problem = "must be text without NUL characters"
        raise ConfigurationError(f"environment[{name!r}]", HIDDEN, problem, hint=hint)


def as_ports(value: Iterable[PortLike]) -> tuple[ExposedPort, ...]:
    """Exposed ports from numbers, pairs or values; a bare 22 is SSH, any other bare number HTTP."""
    ports = enumerate(_listed("expose", value))
    return tuple(_as_port(item, f"expose[{index}]") for index, item in ports)


def as_port(value: PortLike | None) -> ExposedPort | None:
    """One exposed port in any of these forms, or None."""
    return None if value is None else _as_port(value, "expose")


def _as_port(item: Any, where: str) -> ExposedPort:
    port = _one_port(item, where)
    if type(port.port) is not int or not 1 <= port.port <= 65535:
        problem = "must be a port from 1 to 65535"
        raise ConfigurationError(where, port.port, problem, hint=_EXPOSE_HINT)
    if not is_line(port.protocol):
        problem = "must have a protocol's name"
        raise ConfigurationError(where, port.protocol, problem, hint=_EXPOSE_HINT)
    return port


def _one_port(item: Any, where: str) -> ExposedPort:
    match item:
        case ExposedPort():
            return item
        case int():
            return ExposedPort(item, _usual_protocol(item))
        case [port, protocol]:
            return ExposedPort(port, protocol)
        case {"port": port, **rest} if rest.keys() <= {"protocol"}:
            return ExposedPort(port, cast("str", rest.get("protocol", _usual_protocol(port))))
        case _:
            raise ConfigurationError(where, item, "must be a port", hint=_EXPOSE_HINT)


def _usual_protocol(port: object) -> str:
    return "SSH" if port == _SSH_PORT else "HTTP"


def _listed(field: str, value: object) -> list[Any]:
    if _is_listing(value):
        return list(value)
    hint = f"For example {field}=(one, another)."
    raise ConfigurationError(field, value, "must be a tuple or a list", hint=hint)


def _is_listing(value: object) -> TypeGuard[Iterable[Any]]:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | Model)


def as_volumes(value: Iterable[VolumeLike]) -> tuple[VolumeMount, ...]:
    """Mounts of existing volumes, each with a volume's id and a place in the container."""
    mounts = [_as_mount(item) for item in _listed("persistent_volumes", value)]
    for index, mount in enumerate(mounts):
        where = f"persistent_volumes[{index}]"
        hint = 'For example VolumeMount("420522713875330018", "/data").'
        if not isinstance(mount, VolumeMount) or not is_digits(mount.volume_id):
            problem = "must be a VolumeMount with a volume's id"
            raise ConfigurationError(where, mount, problem, hint=hint)
        if not is_line(mount.mount_path):
            problem = "must have a directory's path"
            raise ConfigurationError(where, mount.mount_path, problem, hint=hint)
    return tuple(mounts)


def _as_mount(item: Any) -> Any:
    match item:
        case {"volumeId": volume_id, "mountPath": path, **rest} if rest.keys() <= {"needBackup"}:
            need_backup = cast("bool", rest.get("needBackup", False))
            return VolumeMount(cast("str", as_id(volume_id)), path, need_backup)
        case _:
            return item


def as_resources(value: ResourceLike | Iterable[ResourceLike]) -> tuple[EndpointResource, ...]:
    """Places for workers, one or several, each as a value or as a tuple."""
    rows: list[Any] = [value] if _is_resource(value) else _listed("resources", value)
    return tuple(_as_resource(row, f"resources[{index}]") for index, row in enumerate(rows))


def _is_resource(value: Any) -> bool:
    match value:
        case EndpointResource() | Mapping() | [str(), *_]:
            return True
        case _:
            return False


def _as_resource(item: Any, where: str) -> EndpointResource:
    match item:
        case EndpointResource():
            return item
        case [region, gpu_type]:
            return EndpointResource(region, gpu_type)
        case [region, gpu_type, gpu_count]:
            return EndpointResource(region, gpu_type, gpu_count)
        case {"region": region, "gpuType": gpu_type, **rest} if rest.keys() <= {"gpuCount"}:
            return EndpointResource(region, gpu_type, cast("int", rest.get("gpuCount", 1)))
        case _:
            problem = "must be an EndpointResource or a tuple of its fields"
            hint = 'For example ("us-east", "NVIDIA_RTX_5090_32G").'
            raise ConfigurationError(where, item, problem, hint=hint)


def as_extra(value: Mapping[str, object]) -> FrozenMapping[object]:
    """An immutable copy of further fields; their values never reach an error."""
    given: Any = value
    if isinstance(given, Mapping):
        names = list(cast("Mapping[object, object]", given))
        if all(isinstance(name, str) for name in names):
            return freeze(value)
    hint = 'For example {"newField": 1}.'
    raise ConfigurationError("extra", HIDDEN, "must be a mapping from wire names", hint=hint)


def as_id(value: str | int | None) -> str | None:
    """An id as text; the API's own examples write it as a number, too."""
    return str(value) if type(value) is int else cast("str | None", value)
