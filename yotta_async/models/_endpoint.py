"""A serverless endpoint: workers of one image behind one name."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, HiddenMapping, freeze
from ._pod import ExposedPort
from ._statuses import EndpointStatus
from ._values import Environment, Id, Opaque
from ._wire import wire


__all__ = ["Endpoint", "EndpointResource"]


@frozen
class EndpointResource:
    """
    A place where workers may run, and on what.

    Attributes:
        region: A region's code, often a coarse one such as ``"us-east"``.
        gpu_type: A GPU's code, case-sensitive.
        gpu_count: GPUs in one worker.
        extra: What else the server said, by its wire names.
    """

    region: str
    gpu_type: str
    gpu_count: int = 1
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=freeze, kw_only=True, repr=False
    )


@frozen(kw_only=True)
class Endpoint:
    """
    An endpoint as the server last told of it.

    What the server left out is None, or empty. Sizes are in GB, money in USD, times aware and in
    UTC.

    Attributes:
        id: A 64-bit number, as text.
        status: Open to words this version does not know; those stay text.
        total_workers: How many were asked for; ``running_workers`` are up.
        workers: How many were asked for, where the server repeats the request.
        service_mode: ``"ALB"``, ``"QUEUE"`` or ``"CUSTOM"``; the list is open.
        webhook: Where the server tells of its workers; hidden, as a URL may hold a token.
        domain: The host of an ALB endpoint, such as ``"39q67x443xvy.yottadeos.com"``.
        environment: The containers' variables. They may be secrets, so the repr hides their values.
        initialization_command: What runs at a container's start; hidden, as it may hold a token.
        extra: What else the server said, by its wire names; hidden.
    """

    id: Id
    name: str = ""
    status: EndpointStatus | str
    image: str | None = None
    image_registry: str | None = None
    resources: tuple[EndpointResource, ...] = ()
    total_workers: int | None = None
    running_workers: int | None = None
    workers: int | None = None
    service_mode: str | None = None
    webhook: str | None = field(default=None, repr=False)
    cost: Decimal | None = None
    per_hour_price: Decimal | None = None
    per_second_price: Decimal | None = None
    domain: str | None = None
    container_volume_in_gb: int | None = None
    environment: Environment = field(
        factory=HiddenMapping,
        converter=HiddenMapping,
        metadata=wire("environmentVars", "envVars"),
    )
    expose: ExposedPort | None = None
    credential_id: Id | None = field(
        default=None, metadata=wire("credentialId", "containerRegistryAuthId")
    )
    initialization_command: str | None = field(default=None, repr=False)
    min_single_card_vram_in_gb: int | None = None
    min_single_card_ram_in_gb: int | None = None
    min_single_card_vcpu: int | None = None
    creator: Opaque | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
