"""The fields of specs as keyword arguments, for editors and type checkers."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from ._spec_fields import PortLike, ResourceLike, VolumeLike


__all__ = ["EndpointFields", "PodFields"]


class PodFields(TypedDict, total=False):
    """What may be given to `Pods.create` and `PodSpec.evolve`; `PodSpec` tells what each means."""

    image: str
    gpu_type: str
    gpu_count: int
    name: str | None
    regions: str | Iterable[str]
    environment: Mapping[str, str]
    expose: Iterable[PortLike]
    credential_id: str | int | None
    image_registry: str | None
    image_registry_username: str | None
    image_registry_token: str | None
    image_public_type: str | None
    resource_type: str | None
    cloud_type: str | None
    official_image: str | None
    shm_in_gb: int | None
    min_single_card_vram_in_gb: int | None
    min_single_card_ram_in_gb: int | None
    min_single_card_vcpu: int | None
    container_volume_in_gb: int | None
    persistent_volume_in_gb: int | None
    persistent_mount_path: str | None
    persistent_volumes: Iterable[VolumeLike]
    initialization_command: str | None
    extra: Mapping[str, object]


class EndpointFields(TypedDict, total=False):
    """What `EndpointSpec` takes, which tells what each means."""

    name: str
    image: str
    resources: ResourceLike | Iterable[ResourceLike]
    workers: int
    container_volume_in_gb: int
    service_mode: str
    expose: PortLike | None
    image_registry: str | None
    credential_id: str | int | None
    environment: Mapping[str, str]
    webhook: str | None
    initialization_command: str | None
    min_single_card_vram_in_gb: int | None
    min_single_card_ram_in_gb: int | None
    min_single_card_vcpu: int | None
    extra: Mapping[str, object]
