"""A pod of the simulated cloud: what was asked for, and where it stands."""

from decimal import Decimal
from enum import StrEnum

from attrs import define, field, frozen


__all__ = ["DISK_PRICE", "FREE_DISK", "Mount", "Pod", "PodRequest", "PodStatus", "PodView", "Port"]


class PodStatus(StrEnum):
    """
    The statuses of a pod by their v1 names, in the order of their numbers, 0 to 6.

    Attributes:
        INITIALIZE: It is starting, and not billed.
        RUNNING: It runs and is billed; its ports may not answer yet.
        PAUSING: It is being paused.
        PAUSED: It can be resumed; only its volumes are billed.
        TERMINATING: It is being deleted.
        TERMINATED: It is gone.
        FAILED: It could not start, or its region has failed.
    """

    INITIALIZE = "INITIALIZE"
    RUNNING = "RUNNING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"


KEEPING_VOLUMES = frozenset(
    {PodStatus.RUNNING, PodStatus.PAUSING, PodStatus.PAUSED, PodStatus.TERMINATING}
)

# USD per GB and hour. Container disk is free up to 256 GB; a month is taken as 730 hours.
FREE_DISK = 256
DISK_PRICE = Decimal("0.00005")
VOLUME_PRICE = Decimal("0.036") / 730
_HOUR = 3600


@frozen(kw_only=True)
class Port:
    port: int
    protocol: str


@frozen
class Mount:
    """A network volume in a pod or a VM."""

    volume_id: int
    path: str


@frozen(kw_only=True)
class PodRequest:
    """
    What a create asks for, free of either generation's field names; sizes in GB.

    Attributes:
        credential_id: The registry credential that its image is pulled with, or None.
        mounts: Network volumes and where they are mounted.
    """

    image: str
    gpu_type: str
    gpu_count: int
    name: str = "My Pod"
    regions: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ports: tuple[Port, ...] = ()
    container_volume: int = 0
    persistent_volume: int = 0
    image_registry: str = "https://index.docker.io/v1/"
    credential_id: int | None = None
    resource: str = "GPU"
    cloud: str = "SECURE"
    shared_memory: int = 0
    command: str = field(default="", repr=False)
    mounts: tuple[Mount, ...] = ()


@frozen(kw_only=True)
class PodView:
    """
    A pod as it stood at one instant.

    Attributes:
        id: Its id, in digits.
        name: Its name.
        region: The code of the region that it is in.
        gpu_type: The GPU's code.
        gpu_count: How many GPUs it has.
        status: Its status by its v1 name.
        ready: Whether it is RUNNING and every exposed port is healthy.
        created_at: The instant at which it was created, in seconds on the simulator's clock.
        updated_at: The instant of its last change of status, in seconds on the simulator's clock.
        cost: USD that it has cost so far.
        price: USD an hour that it costs while it is RUNNING.
        made_by: The call that made it: the operation, the instant at which it was sent, in seconds
            on the simulator's clock, and, in the test kit, the line of the program.
    """

    id: str
    name: str
    region: str
    gpu_type: str
    gpu_count: int
    status: PodStatus
    ready: bool
    created_at: float
    updated_at: float
    cost: Decimal
    price: Decimal
    made_by: str


@define(eq=False, kw_only=True)
class Pod:
    """
    A pod that lives; the cloud moves it.

    Attributes:
        moves_at: Instant at which the change under way is done, or None when it stands still.
        move: Counts the changes begun; a change that was overtaken does not happen.
        healthy_at: Instant from which each exposed port answers.
        holds_gpus: Whether its GPUs are taken out of the stock.
        made_by: The call that made it, in words.
    """

    id: int
    request: PodRequest
    region: str
    price: Decimal
    created_at: float
    updated_at: float
    status: PodStatus = PodStatus.INITIALIZE
    moves_at: float | None = None
    move: int = 0
    healthy_at: tuple[float, ...] = ()
    holds_gpus: bool = False
    made_by: str = ""
    _spent: Decimal = Decimal(0)

    def become(self, status: PodStatus, now: float) -> None:
        self._spent = self.cost(now)
        self.status = status
        self.updated_at = now
        self.moves_at = None

    def healthy(self, index: int, now: float) -> bool:
        return self.status is PodStatus.RUNNING and self.healthy_at[index] <= now

    def ready(self, now: float) -> bool:
        return self.status is PodStatus.RUNNING and all(at <= now for at in self.healthy_at)

    def cost(self, now: float) -> Decimal:
        """Return USD spent until `now`: GPUs and disk while RUNNING, volumes until the end."""
        hours = Decimal(str(max(0.0, now - self.updated_at))) / _HOUR
        return self._spent + hours * self._hourly(self.status)

    def view(self, now: float) -> PodView:
        return PodView(
            id=str(self.id),
            name=self.request.name,
            region=self.region,
            gpu_type=self.request.gpu_type,
            gpu_count=self.request.gpu_count,
            status=self.status,
            ready=self.ready(now),
            created_at=self.created_at,
            updated_at=self.updated_at,
            cost=self.cost(now),
            price=self._hourly(PodStatus.RUNNING),
            made_by=self.made_by,
        )

    def _hourly(self, status: PodStatus) -> Decimal:
        rate = Decimal(0)
        if status is PodStatus.RUNNING:
            rate += self.price * self.request.gpu_count
            rate += DISK_PRICE * max(0, self.request.container_volume - FREE_DISK)
        if status in KEEPING_VOLUMES:
            rate += VOLUME_PRICE * self.request.persistent_volume
        return rate
