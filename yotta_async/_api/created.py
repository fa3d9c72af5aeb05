"""
What a create has made, as far as its answer and its request tell: a bare id in one generation, an
object in the other.
"""

from typing import Any, Final, cast

import attrs

from ..errors import InvalidResponseError
from ..models import Credential, Pod, PodSpec, structure
from ..models._lifecycle import PodStatus


__all__ = ["created_credential", "created_pod", "created_task_id"]

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
