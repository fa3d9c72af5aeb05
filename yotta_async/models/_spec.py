"""What a create takes."""

import warnings
from collections.abc import Mapping
from typing import Final, Self, Unpack

import attrs
from attrs import field, frozen
from attrs.validators import optional

from ..errors import ConfigurationError
from ..errors._arguments import explains
from ._checks import LONGEST_TEXT, digits, power_of_two, registry, script, size, text
from ._fields import PodFields
from ._frozen import FrozenMapping, HiddenMapping
from ._gpu_types import misspelt
from ._pod import ExposedPort, VolumeMount
from ._spec_fields import (
    as_environment,
    as_extra,
    as_id,
    as_ports,
    as_regions,
    as_volumes,
)
from ._values import Environment, Id
from ._wire import wire


__all__ = ["PodSpec"]

_WORD: Final = optional(text(spaces=False))
_SIZE: Final = optional(size)


@explains
@frozen(kw_only=True)
class PodSpec:
    """
    A pod to be made. It is checked when it is built, so that nothing impossible is ever sent.

    ``environment``, ``image_registry_token`` and ``initialization_command`` may hold secrets and
    appear in no repr and no error.

    Attributes:
        image: The container image, 1 to 255 characters.
        gpu_type: The GPU's code, such as ``"NVIDIA_RTX_4090_24G"``, case-sensitive; the list is
            open.
        gpu_count: How many GPUs the pod has, a power of two.
        name: The pod's name, 1 to 255 characters. None lets the client make a unique one.
        regions: The codes of the regions where it may run, best first; a string is one region.
            Empty means any region.
        environment: The container's variables.
        expose: The ports to open: ``8888``, ``(8888, "HTTP")``, ``ExposedPort`` or
            ``{"port": 8888, "protocol": "HTTP"}``. A bare 22 is SSH, any other bare number HTTP.
        credential_id: The id of the stored registry credential to pull the image with. None for a
            public image, or where a username and a token are given.
        image_registry: The URL of the image's registry. None means Docker Hub.
        image_registry_username: The user at the registry. None without ``image_registry_token``:
            both are given, or neither.
        image_registry_token: The registry's token or password. None without
            ``image_registry_username``.
        image_public_type: ``"PUBLIC"`` or ``"PRIVATE"``. None leaves it to the server.
        resource_type: ``"GPU"`` or ``"CPU"``. None leaves it to the server.
        cloud_type: ``"SECURE"`` or ``"COMMUNITY"``; v1 only. None leaves it to the server.
        official_image: ``"OFFICIAL"`` or ``"CUSTOM"``; v1 only. None leaves it to the server.
        shm_in_gb: The size of the shared memory in GB. None leaves it to the server.
        min_single_card_vram_in_gb: The least memory in GB that a GPU must have; v2 only. None for
            no bound.
        min_single_card_ram_in_gb: The least RAM in GB that a GPU must come with. None for no bound.
        min_single_card_vcpu: The least virtual CPUs that a GPU must come with; v2 only. None for no
            bound.
        container_volume_in_gb: The size of the container's own disk in GB; a pause wipes that disk.
            None leaves it to the server.
        persistent_volume_in_gb: The size in GB of a volume that outlives a pause; it needs
            ``persistent_mount_path``. None for no such volume.
        persistent_mount_path: The directory where that volume is mounted. None without that volume.
        persistent_volumes: Existing volumes to mount, each a `VolumeMount` or
            ``{"volumeId": ..., "mountPath": ...}``; v2 only.
        initialization_command: What runs at the container's start; see `startup_script`. None for
            what the image runs.
        extra: Fields of the API that this class does not know, by their wire names.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and what is
            allowed.
    """

    image: str = field(validator=text(longest=LONGEST_TEXT, spaces=False))
    gpu_type: str = field(validator=text(spaces=False))
    gpu_count: int = field(default=1, validator=power_of_two)
    name: str | None = field(
        default=None,
        validator=optional(text(longest=LONGEST_TEXT)),
        metadata=wire("name", "podName"),
    )
    regions: tuple[str, ...] = field(
        default=(), converter=as_regions, metadata=wire("regions", "regionList")
    )
    environment: Environment = field(
        factory=HiddenMapping,
        converter=as_environment,
        metadata=wire("environmentVars", "envVars"),
    )
    expose: tuple[ExposedPort, ...] = field(default=(), converter=as_ports)
    credential_id: Id | None = field(
        default=None,
        converter=as_id,
        validator=optional(digits),
        metadata=wire("credentialId", "containerRegistryAuthId"),
    )
    image_registry: str | None = field(default=None, validator=optional(registry))
    image_registry_username: str | None = field(default=None, validator=optional(text()))
    image_registry_token: str | None = field(
        default=None,
        repr=False,
        validator=optional(text(secret=True)),
        metadata=wire("imageRegistryToken", "imageRegistryPassword"),
    )
    image_public_type: str | None = field(default=None, validator=_WORD)
    resource_type: str | None = field(default=None, validator=_WORD)
    cloud_type: str | None = field(default=None, validator=_WORD)
    official_image: str | None = field(default=None, validator=_WORD)
    shm_in_gb: int | None = field(default=None, validator=_SIZE)
    min_single_card_vram_in_gb: int | None = field(default=None, validator=_SIZE)
    min_single_card_ram_in_gb: int | None = field(default=None, validator=_SIZE)
    min_single_card_vcpu: int | None = field(default=None, validator=_SIZE)
    container_volume_in_gb: int | None = field(default=None, validator=_SIZE)
    persistent_volume_in_gb: int | None = field(default=None, validator=_SIZE)
    persistent_mount_path: str | None = field(default=None, validator=optional(text()))
    persistent_volumes: tuple[VolumeMount, ...] = field(default=(), converter=as_volumes)
    initialization_command: str | None = field(default=None, repr=False, validator=optional(script))
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=as_extra, repr=False
    )

    def __attrs_post_init__(self) -> None:
        if self.persistent_volume_in_gb and self.persistent_mount_path is None:
            problem = "must be given with persistent_volume_in_gb"
            hint = 'For example "/data".'
            raise ConfigurationError("persistent_mount_path", None, problem, hint=hint)
        if (self.image_registry_username is None) != (self.image_registry_token is None):
            lacks_token = self.image_registry_token is None
            lacking, given = ("token", "username") if lacks_token else ("username", "token")
            problem = f"must be given with image_registry_{given}"
            hint = "Give both, or neither, or a stored credential_id."
            raise ConfigurationError(f"image_registry_{lacking}", None, problem, hint=hint)
        if meant := misspelt(self.gpu_type):
            # A warning, not an error: the server's list is open, and its word is final.
            hint = f"gpu_type={self.gpu_type!r}: codes are case-sensitive; {meant!r} is known."
            warnings.warn(hint, UserWarning, stacklevel=4)

    def evolve(self, **changes: Unpack[PodFields]) -> Self:
        """
        Return a copy with some fields changed, checked like any other.

        Args:
            **changes: The fields to change, by name.

        Returns:
            The copy.

        Raises:
            ConfigurationError: The change cannot work.
            TypeError: There is no such field.
        """
        return attrs.evolve(self, **changes)
