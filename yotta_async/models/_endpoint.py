"""A serverless endpoint: workers of one image behind one name."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, HiddenMapping, freeze
from ._model import Model
from ._pod import ExposedPort
from ._statuses import EndpointStatus
from ._values import Environment, Id, Opaque
from ._wire import wire


__all__ = ["Endpoint", "EndpointResource"]


@frozen
class EndpointResource(Model):
    """
    A region where an endpoint's workers may run, and the GPUs of each worker there.

    Attributes:
        region: The region's code, often a coarse one such as ``"us-east"``.
        gpu_type: The GPU's code, case-sensitive.
        gpu_count: How many GPUs one worker has.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    region: str
    gpu_type: str
    gpu_count: int = 1
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=freeze, kw_only=True, repr=False
    )


@frozen(kw_only=True)
class Endpoint(Model):
    """
    A serverless endpoint as the server last described it.

    An answer may leave out every field but ``id`` and ``status``.

    Attributes:
        id: The endpoint's id, a 64-bit number as text.
        name: The endpoint's name; empty if the server did not say.
        status: Where it stands in its life. A word that this version does not know stays text.
        image: The workers' container image. None if the server did not say.
        image_registry: The URL of the image's registry. None if the server did not say.
        resources: The regions and GPUs that workers may use; empty if the server did not say.
        total_workers: How many workers were asked for. None if the server did not say.
        running_workers: How many workers run now. None if the server did not say.
        workers: How many workers were asked for, where the server repeats the request. None if the
            server did not say.
        service_mode: ``"ALB"``, ``"QUEUE"`` or ``"CUSTOM"``; the list is open. None if the server
            did not say.
        webhook: The URL that is told of changes of the workers; hidden in the repr, as it may hold
            a token. None if the server did not say.
        cost: USD; for which time is not documented. None if the server did not say.
        per_hour_price: USD per hour. None if the server did not say.
        per_second_price: USD per second. None if the server did not say.
        domain: The host of an ALB endpoint, such as ``"39q67x443xvy.yottadeos.com"``. None if the
            server did not say.
        container_volume_in_gb: The size of each worker's own disk in GB. None if the server did not
            say.
        environment: The containers' variables. They may be secrets, so the repr hides their values.
        expose: The port that serves, or that is asked whether a worker is healthy. None if the
            server did not say.
        credential_id: The id of the stored registry credential, a 64-bit number as text. None if
            the server did not say.
        initialization_command: What runs at a container's start; hidden in the repr, as it may hold
            a token. None if the server did not say.
        min_single_card_vram_in_gb: The least memory in GB that a GPU must have. None if the server
            did not say.
        min_single_card_ram_in_gb: The least RAM in GB that a GPU must come with. None if the server
            did not say.
        min_single_card_vcpu: The least virtual CPUs that a GPU must come with. None if the server
            did not say.
        creator: Who created it, as the server writes it. None if the server did not say.
        created_at: When it was created, aware and in UTC. None if the server did not say.
        updated_at: When it last changed, aware and in UTC. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
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
