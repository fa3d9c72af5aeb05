"""Specs that work, with any of their fields changed."""

from typing import Any

from yotta_async.models import (
    CredentialSpec,
    EndpointResource,
    EndpointSpec,
    TaskSpec,
    VMSpec,
    VolumeSpec,
)


SECRET = "SECRET-tr0ub4dor"
US = EndpointResource("us-east", "NVIDIA_RTX_5090_32G")
EU = EndpointResource("eu-1", "NVIDIA_RTX_5090_32G")


def a_credential(**fields: Any) -> CredentialSpec:
    return CredentialSpec(**{"name": "hub", "username": "me", "password": SECRET, **fields})


def an_endpoint(**fields: Any) -> EndpointSpec:
    needed = {"name": "chat", "image": "repo/serve:1", "resources": US, "service_mode": "QUEUE"}
    return EndpointSpec(**{**needed, "container_volume_in_gb": 20, **fields})


def a_machine(**fields: Any) -> VMSpec:
    return VMSpec(**{"name": "bench", "vm_type_id": 17, "region": "eu-1", **fields})


def a_volume(**fields: Any) -> VolumeSpec:
    return VolumeSpec(**{"name": "weights", "storage_type": "S3", **fields})


def a_task(**fields: Any) -> TaskSpec:
    return TaskSpec(**{"input": {"a": 1}, "worker_port": 8000, "process_uri": "/run", **fields})


def nested(depth: int) -> object:
    """Arrays inside each other."""
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value


def nested_objects(depth: int) -> object:
    """Objects inside each other."""
    value: object = 0
    for _ in range(depth):
        value = {"a": value}
    return value
