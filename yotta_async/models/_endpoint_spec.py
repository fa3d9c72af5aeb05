"""What the create of an endpoint takes."""

import warnings
from collections.abc import Mapping
from typing import Final, Self, Unpack

import attrs
from attrs import field, frozen
from attrs.validators import optional

from ..errors import ConfigurationError
from ..errors._arguments import explains
from ._checks import (
    LONGEST_TEXT,
    digits,
    name,
    registry,
    resources,
    script,
    size,
    size_within,
    text,
    webhook,
)
from ._endpoint import EndpointResource
from ._fields import EndpointFields
from ._frozen import FrozenMapping, HiddenMapping
from ._gpu_types import misspelt
from ._pod import ExposedPort
from ._spec_fields import as_environment, as_extra, as_id, as_port, as_resources
from ._values import Environment, Id
from ._wire import wire


__all__ = ["EndpointSpec"]

_SIZE: Final = optional(size)
_LEAST_DISK: Final = 20  # GB; the API's bound for endpoints


@explains
@frozen(kw_only=True)
class EndpointSpec:
    """
    An endpoint to be made. It is checked when it is built, so that nothing impossible is ever sent.

    ``environment``, ``webhook`` and ``initialization_command`` may hold secrets and appear in no
    repr and no error.

    Attributes:
        name: The endpoint's name: letters, digits and ``@._-``, a letter first; at most 50
            characters in v1, 20 in v2.
        image: The workers' container image, 1 to 255 characters.
        resources: The regions where workers may run, and their GPUs: one `EndpointResource` or
            several, or tuples ``(region, gpu_type)`` and ``(region, gpu_type, gpu_count)``, or the
            wire's ``{"region": ..., "gpuType": ..., "gpuCount": ...}``. The counts must be equal.
        workers: How many workers, 0 or more.
        container_volume_in_gb: The size of each worker's own disk in GB, 20 or more.
        service_mode: ``"ALB"`` (HTTP, needs ``expose``), ``"QUEUE"`` (tasks) or ``"CUSTOM"`` (not
            reachable).
        expose: The port that serves, or that is asked whether a worker is healthy: ``8000``,
            ``(8000, "HTTP")``, ``ExposedPort`` or ``{"port": 8000, "protocol": "HTTP"}``. None for
            none, except for ALB.
        image_registry: The URL of the image's registry. None means Docker Hub.
        credential_id: The id of the stored registry credential to pull the image with. None for a
            public image.
        environment: The containers' variables.
        webhook: A URL that is told of changes of the workers, at most 512 characters; v2 only. None
            for none.
        initialization_command: What runs at a container's start; see `startup_script`. None for
            what the image runs.
        min_single_card_vram_in_gb: The least memory in GB that a GPU must have. None for no bound.
        min_single_card_ram_in_gb: The least RAM in GB that a GPU must come with. None for no bound.
        min_single_card_vcpu: The least virtual CPUs that a GPU must come with. None for no bound.
        extra: Fields of the API that this class does not know, by their wire names.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and what is
            allowed.
    """

    name: str = field(validator=name)
    image: str = field(validator=text(longest=LONGEST_TEXT, spaces=False))
    resources: tuple[EndpointResource, ...] = field(converter=as_resources, validator=resources)
    workers: int = field(default=1, validator=size)
    container_volume_in_gb: int = field(validator=size_within(_LEAST_DISK))
    service_mode: str = field(validator=text(spaces=False))
    expose: ExposedPort | None = field(default=None, converter=as_port)
    image_registry: str | None = field(default=None, validator=optional(registry))
    credential_id: Id | None = field(
        default=None,
        converter=as_id,
        validator=optional(digits),
        metadata=wire("credentialId", "containerRegistryAuthId"),
    )
    environment: Environment = field(
        factory=HiddenMapping,
        converter=as_environment,
        metadata=wire("environmentVars", "envVars"),
    )
    webhook: str | None = field(default=None, repr=False, validator=optional(webhook))
    initialization_command: str | None = field(default=None, repr=False, validator=optional(script))
    min_single_card_vram_in_gb: int | None = field(default=None, validator=_SIZE)
    min_single_card_ram_in_gb: int | None = field(default=None, validator=_SIZE)
    min_single_card_vcpu: int | None = field(default=None, validator=_SIZE)
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=as_extra, repr=False
    )

    def __attrs_post_init__(self) -> None:
        if self.service_mode == "ALB" and self.expose is None:
            problem = "must be given for an ALB endpoint"
            hint = 'For example (8000, "HTTP").'
            raise ConfigurationError("expose", None, problem, hint=hint)
        for resource in self.resources:
            if meant := misspelt(resource.gpu_type):
                # A warning, not an error: the server's list is open, and its word is final.
                code = resource.gpu_type
                hint = f"gpu_type={code!r}: codes are case-sensitive; {meant!r} is known."
                warnings.warn(hint, UserWarning, stacklevel=4)

    def evolve(self, **changes: Unpack[EndpointFields]) -> Self:
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
