"""A pod as the API tells of it. The v1 and v2 answers differ in spelling, not in what is meant."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ..errors._arguments import explains
from ._frozen import FrozenMapping, HiddenMapping, freeze
from ._lifecycle import PodStatus
from ._model import Model
from ._values import Count, Environment, Id
from ._wire import wire


__all__ = ["ExposedPort", "Pod", "VolumeMount"]


@explains
@frozen
class ExposedPort(Model):
    """
    A port of a pod that can be reached from outside. Only ``port`` and ``protocol`` are known right
    after a create.

    Attributes:
        port: The port inside the container, 1 to 65535.
        protocol: ``"HTTP"``, ``"SSH"``, ``"TCP"`` or ``"HTTPS"``; whether the server heeds the case
            is not documented.
        host: The public host name or address; None until one is assigned.
        proxy_port: The public port at ``host``; None until one is assigned.
        healthy: Whether the port answers. None if the server did not say.
        ingress_url: A URL, or for SSH the whole command; hidden in the repr, as it may give access.
            None until there is one.
        service_name: The server's label, such as ``"Jupyter Lab"``. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    port: int
    protocol: str = "HTTP"
    host: str | None = field(default=None, kw_only=True)
    proxy_port: int | None = field(default=None, kw_only=True)
    healthy: bool | None = field(default=None, kw_only=True)
    ingress_url: str | None = field(default=None, kw_only=True, repr=False)
    service_name: str | None = field(default=None, kw_only=True)
    extra: Mapping[str, object] = field(
        factory=FrozenMapping[object], converter=freeze, kw_only=True, repr=False
    )


@explains
@frozen
class VolumeMount(Model):
    """
    A volume and where a pod sees it.

    Attributes:
        volume_id: The volume's id, a 64-bit number as text.
        mount_path: The directory in the container.
        need_backup: Whether the server is to back it up.
    """

    volume_id: Id
    mount_path: str
    need_backup: bool = False


@frozen(kw_only=True)
class Pod(Model):
    """
    A pod as the server last described it.

    An answer may leave out every field but ``id`` and ``status``, and the two generations of the
    API leave out different ones.

    Attributes:
        id: The pod's id, a 64-bit number as text.
        name: The pod's name; empty if the server did not say.
        status: Where it stands in its life. A word that this version does not know stays text.
        region: The code of the region that it is in, such as ``"us-east-1"``. None if the server
            did not say.
        gpu_type: The GPU's code, such as ``"NVIDIA_RTX_5090_32G"``, case-sensitive. None if the
            server did not say.
        gpu_display_name: The GPU's name for people. None if the server did not say.
        gpu_count: How many GPUs it has. None if the server did not say.
        image: The container image. None if the server did not say.
        image_registry: The URL of the image's registry. None if the server did not say.
        resource_type: ``"GPU"`` or ``"CPU"``; the list is open. None if the server did not say.
        cloud_type: ``"SECURE"`` or ``"COMMUNITY"``; the list is open. None if the server did not
            say.
        container_volume_in_gb: The size of the container's own disk in GB; a pause wipes that disk.
            None if the server did not say.
        persistent_volume_in_gb: The size in GB of the volume that outlives a pause. None if the
            server did not say.
        persistent_mount_path: The directory where that volume is mounted. None if the server did
            not say.
        shm_in_gb: The size of the shared memory in GB. None if the server did not say.
        single_card_vram_in_gb: The memory of one GPU in GB. None if the server did not say.
        single_card_ram_in_gb: The RAM for one GPU in GB. None if the server did not say.
        single_card_vcpu: The virtual CPUs for one GPU. None if the server did not say.
        single_card_price: USD per GPU and hour. None if the server did not say.
        environment: The container's variables. They may be secrets, so the repr hides their values.
        expose: The ports that can be reached from outside; empty if the server did not say.
        initialization_command: What ran at the container's start; hidden in the repr, as it may
            hold a token. None if the server did not say.
        internal_ip: Its address inside the platform. None if the server did not say.
        ssh_cmd: The command that gives a shell; hidden in the repr. None if the server did not say.
        network_upload_mbps: The upload bandwidth in Mbps. None if the server did not say.
        created_at: When it was created, aware and in UTC. None if the server did not say.
        updated_at: When it last changed, aware and in UTC. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    id: Id
    name: str = field(default="", metadata=wire("name", "podName"))
    status: PodStatus | str
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: Count | None = None
    image: str | None = None
    image_registry: str | None = None
    resource_type: str | None = None
    cloud_type: str | None = None
    container_volume_in_gb: int | None = None
    persistent_volume_in_gb: int | None = None
    persistent_mount_path: str | None = None
    shm_in_gb: int | None = None
    single_card_vram_in_gb: int | None = None
    single_card_ram_in_gb: int | None = None
    single_card_vcpu: int | None = None
    single_card_price: Decimal | None = None
    environment: Environment = field(
        factory=HiddenMapping,
        converter=HiddenMapping,
        metadata=wire("environmentVars", "envVars"),
    )
    expose: tuple[ExposedPort, ...] = ()
    initialization_command: str | None = field(default=None, repr=False)
    internal_ip: str | None = None
    ssh_cmd: str | None = field(default=None, repr=False)
    network_upload_mbps: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)

    @property
    def is_ready(self) -> bool:
        """Whether it is RUNNING and every exposed port answers."""
        return self.status == PodStatus.RUNNING and all(port.healthy for port in self.expose)

    @property
    def price_per_hour(self) -> Decimal | None:
        """USD per hour for all its GPUs while it runs; None if the server did not say."""
        if self.single_card_price is None or self.gpu_count is None:
            return None
        return self.single_card_price * self.gpu_count

    @property
    def ssh_command(self) -> str | None:
        """The command that gives a shell, which is a secret; None until the pod has one."""
        for exposed in self.expose:
            if exposed.protocol.upper() == "SSH" and exposed.ingress_url:
                return exposed.ingress_url
        return self.ssh_cmd or None

    def endpoint(self, port: int) -> str | None:
        """
        Return the public address of a port of the container.

        Args:
            port: The port inside the container.

        Returns:
            ``"host:port"``, an IPv6 host in brackets; None as long as the port has no public
            address.
        """
        for exposed in self.expose:
            if exposed.port == port and exposed.host and exposed.proxy_port is not None:
                host = f"[{exposed.host}]" if ":" in exposed.host else exposed.host
                return f"{host}:{exposed.proxy_port}"
        return None
