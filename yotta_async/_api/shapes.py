"""
What differs between the generations in more than a name: how values are written, each as entries of
what is sent; and how the answers of creates are read, a bare id in one, an object in the other.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import attrs

from .._call.rules.operation import LONGEST_ID
from ..errors import ConfigurationError, InvalidResponseError
from ..models import (
    Credential,
    EndpointResource,
    ExposedPort,
    Pod,
    PodSpec,
    TaskStatus,
    VolumeMount,
    structure,
)
from ..models._frozen import thaw
from ..models._lifecycle import PodStatus
from ..models._spec_fields import as_regions
from ..models._values import write_environment
from .rows import Writer


__all__ = [
    "as_one_port",
    "as_pod_codes",
    "as_ports",
    "as_resources",
    "as_status",
    "as_task_code",
    "as_task_word",
    "as_times",
    "as_variables",
    "as_volumes",
    "as_worker_words",
    "bounded",
    "created_credential",
    "created_pod",
    "created_task_id",
    "flag",
    "in_header",
    "integer",
    "one_or_many",
    "plain",
    "regions",
    "words",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def integer(name: str) -> Writer:
    """An id as the 64-bit number of the reference; Python's int carries all its digits."""
    return lambda value: {name: None if value is None else int(value)}


def in_header(name: str, field: str) -> Writer:
    """An id that travels as a header, which it can neither end nor follow with another."""

    def write(value: object) -> Mapping[str, object]:
        hint = "Pass the id that the API returned, as text."
        if not isinstance(value, str):
            raise ConfigurationError(field, value, "must be text", hint=hint)
        if not is_token(value) or len(value) > LONGEST_ID:
            problem = f"must be 1 to {LONGEST_ID} ASCII characters without spaces"
            raise ConfigurationError(field, ascii(value), problem, hint=hint)
        return {name: value}

    return write


def is_token(value: str) -> bool:
    """Whether it is a word that a header can carry as it is."""
    return value.isascii() and value.isprintable() and bool(value) and " " not in value


def flag(name: str) -> Writer:
    """A bool as 0 or 1."""
    return lambda value: {name: int(value)}


def plain(name: str) -> Writer:
    """A frozen mapping or any JSON as JSON."""
    return lambda value: thaw({name: value})


def bounded(name: str, longest: int) -> Writer:
    """A name that this generation wants shorter than the other."""

    def write(value: str) -> Mapping[str, object]:
        if len(value) > longest:
            problem = f"is too long: at most {longest} characters in this API version"
            hint = f"Shorten its {len(value)} characters."
            raise ConfigurationError(name, value, problem, hint=hint)
        return {name: value}

    return write


def one_or_many(one: str, many: str) -> Writer:
    """One region under a name of its own, several under another."""

    def write(value: tuple[str, ...]) -> Mapping[str, object]:
        match value:
            case []:
                return {}
            case [region]:
                return {one: region}
            case _:
                return {many: list(value)}

    return write


def regions(value: str | Iterable[str]) -> Mapping[str, object]:
    """The filter of a list; one region may stand for a list of one, an empty one is left out."""
    return _unless_empty("regionList", list(as_regions(value)))


def words(name: str) -> Writer:
    """Statuses by their names; one may stand for a list of one."""

    def write(value: str | Iterable[str]) -> Mapping[str, object]:
        return _unless_empty(name, [_word(name, each) for each in _several(value)])

    return write


def as_status(value: str | None) -> Mapping[str, object]:
    """One status by its name."""
    return {"status": None if value is None else _word("status", value)}


def as_worker_words(value: str | Iterable[str]) -> Mapping[str, object]:
    """Statuses of workers, which are spelt as a pod's are on the wire."""
    spelt = [_worker_word(each) for each in _several(value)]
    return _unless_empty("statusList", spelt)


def _worker_word(status: str) -> str:
    word = _word("statusList", status)
    return "INITIALIZE" if PodStatus.parse(word) is PodStatus.INITIALIZING else word


def as_pod_codes(value: str | int | Iterable[str | int]) -> Mapping[str, object]:
    """Statuses of pods by their numbers, which both generations document."""
    asked = [value] if isinstance(value, int) else _several(value)
    return _unless_empty("statusList", [_pod_code(each) for each in asked])


def _pod_code(status: str | int) -> str:
    known = PodStatus.parse(status)
    if isinstance(known, PodStatus):
        return str(known.code)
    if known.isascii() and known.isdigit():
        return known  # a number newer than this table
    problem = f"must be one of {', '.join(PodStatus)}, or a number"
    hint = "Other statuses have no known number."
    raise ConfigurationError("statuses", status, problem, hint=hint)


def as_task_code(value: str | int | None) -> Mapping[str, object]:
    """A status of tasks by its number."""
    known = _task_status(value)
    return {"status": None if known is None else known.code}


def as_task_word(value: str | int | None) -> Mapping[str, object]:
    """A status of tasks by its name."""
    return {"status": _task_status(value)}


def _task_status(value: str | int | None) -> TaskStatus | None:
    known = None if value is None else TaskStatus.parse(value)
    if known is None or isinstance(known, TaskStatus):
        return known
    problem = f"must be one of {', '.join(TaskStatus)}"
    raise ConfigurationError("status", value, problem, hint="None is for all.")


def _several(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _word(name: str, value: object) -> str:
    if isinstance(value, str) and value.isprintable() and value.strip() and "," not in value:
        return str(value)
    problem = "must be a word without commas"
    raise ConfigurationError(name, ascii(value), problem, hint="Give several as a list.")


def _unless_empty(name: str, values: list[str]) -> Mapping[str, object]:
    return {name: values} if values else {}


def as_variables(value: Mapping[str, str] | None) -> Mapping[str, object]:
    return {"environmentVars": None if value is None else write_environment(value)}


def as_ports(value: tuple[ExposedPort, ...]) -> Mapping[str, object]:
    return {"expose": [_port(port) for port in value]}


def as_one_port(value: ExposedPort | None) -> Mapping[str, object]:
    return {"expose": None if value is None else _port(value)}


def _port(port: ExposedPort) -> dict[str, object]:
    return {"port": port.port, "protocol": port.protocol}


def as_resources(value: tuple[EndpointResource, ...]) -> Mapping[str, object]:
    return {"resources": [_resource(each) for each in value]}


def _resource(resource: EndpointResource) -> dict[str, object]:
    return {
        "region": resource.region,
        "gpuType": resource.gpu_type,
        "gpuCount": resource.gpu_count,
    }


def as_volumes(value: tuple[VolumeMount, ...]) -> Mapping[str, object]:
    return {"persistentVolumes": [_mount(each) for each in value]}


def _mount(mount: VolumeMount) -> dict[str, object]:
    return {
        "volumeId": int(mount.volume_id),
        "mountPath": mount.mount_path,
        "needBackup": mount.need_backup,
    }


def as_times(name: str) -> Writer:
    """An aware datetime as milliseconds since 1970; None is left out."""

    def write(value: datetime | None) -> Mapping[str, object]:
        if value is None:
            return {}
        given = cast("object", value)
        if not isinstance(given, datetime) or given.tzinfo is None:
            hint = "For example datetime.now(UTC)."
            raise ConfigurationError(name, value, "must be a time with a zone", hint=hint)
        return {name: round((given - _EPOCH).total_seconds() * 1000)}

    return write


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
    message = f"data: expected an id or an object, got {type(data).__name__}."
    raise InvalidResponseError(message, operation=operation)


def _fill(pod: Pod, spec: PodSpec, name: str) -> Pod:
    said: dict[str, Any] = {field: getattr(spec, field) for field in _SAID}
    said["name"] = name
    said["region"] = spec.regions[0] if len(spec.regions) == 1 else None
    unsaid = {name for name in said if getattr(pod, name) in (None, "", (), {})}
    return attrs.evolve(pod, **{name: said[name] for name in unsaid})


def created_credential(data: object, name: str, operation: str) -> Credential:
    """
    The stored credential; its secrets never come back.

    Raises:
        InvalidResponseError: The answer is neither an id nor a credential.
    """
    if isinstance(data, dict):
        return structure(cast("dict[str, object]", data), Credential, operation=operation)
    return Credential(id=_bare_id(data, operation), name=name)


def created_task_id(data: object, task_id: str, operation: str) -> str:
    """
    The id of a task that was submitted, which is the one that was sent.

    Raises:
        InvalidResponseError: The answer names another task.
    """
    answer = cast("dict[str, object]", data) if isinstance(data, dict) else {}
    named = answer.get("taskId") or answer.get("userTaskId") or task_id
    if named != task_id:
        message = "data: expected the id that was sent, got another."
        raise InvalidResponseError(message, operation=operation)
    return task_id
