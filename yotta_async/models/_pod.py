"""A pod as the API tells of it. The v1 and v2 answers differ in spelling, not in what is meant."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, HiddenMapping, freeze
from ._lifecycle import PodStatus
from ._values import Environment, Id
from ._wire import wire


__all__ = ["ExposedPort", "Pod", "VolumeMount"]


@frozen
class ExposedPort:
    """
    A port of a pod that the outside can reach.

    Attributes:
        port: The port inside the container, 1 to 65535.
        protocol: ``"HTTP"``, ``"SSH"``, ``"TCP"``, ``"HTTPS"``; the server may not heed the case.
        host: The public host name or address, once assigned.
        proxy_port: The public port at ``host``.
        healthy: Whether the port answers; None where the server does not say.
        ingress_url: A URL, or for SSH the whole command; hidden, as it may open the door.
        service_name: The server's label, such as ``"Jupyter Lab"``.
        extra: What else the server said.
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


@frozen
class VolumeMount:
    """
    A volume and where a pod sees it.

    Attributes:
        volume_id: The volume's id.
        mount_path: The directory in the container.
        need_backup: Whether the server shall back it up.
    """

    volume_id: Id
    mount_path: str
    need_backup: bool = False


@frozen(kw_only=True)
class Pod:
    """
    A pod as the server last told of it.

    What the server left out is None, or empty. Sizes are in GB, times aware and in UTC.

    Attributes:
        id: A 64-bit number, as text.
        status: Open to words this version does not know; those stay text.
        environment: The container's variables. They may be secrets, so the repr hides their values.
        single_card_price: USD per GPU and hour.
        initialization_command: What ran at the container's start; hidden, as it may hold a token.
        ssh_cmd: How to get a shell; hidden.
        extra: What else the server said, by its wire names; hidden.
    """

    id: Id
    name: str = field(default="", metadata=wire("name", "podName"))
    status: PodStatus | str
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: int | None = None
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
        """USD per hour for all its GPUs while it runs; None where the server did not say."""
        if self.single_card_price is None or self.gpu_count is None:
            return None
        return self.single_card_price * self.gpu_count

    @property
    def ssh_command(self) -> str | None:
        """The command that gives a shell; None while, or if, there is none. A secret."""
        for exposed in self.expose:
            if exposed.protocol.upper() == "SSH" and exposed.ingress_url:
                return exposed.ingress_url
        return self.ssh_cmd or None

    def endpoint(self, port: int) -> str | None:
        """The public ``"host:port"`` of a container's port; None while, or if, there is none."""
        for exposed in self.expose:
            if exposed.port == port and exposed.host and exposed.proxy_port is not None:
                host = f"[{exposed.host}]" if ":" in exposed.host else exposed.host
                return f"{host}:{exposed.proxy_port}"
        return None
