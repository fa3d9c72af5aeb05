"""A virtual machine of the simulated cloud: its type, what was asked for, where it stands."""

import math
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from attrs import define, field, frozen

from yotta_async.errors import ConfigurationError
from yotta_async.simulator.cloud.meter import Meter
from yotta_async.simulator.cloud.pod import Mount


__all__ = ["VM", "VMRequest", "VMStatus", "VMType", "VMView"]


class VMStatus(StrEnum):
    """
    The statuses of a VM, as the guide names them.

    Attributes:
        INITIALIZING: It is starting.
        RUNNING: It runs and is billed.
        STOPPED: It is being terminated.
        TERMINATED: It is gone.
    """

    INITIALIZING = "initializing"
    RUNNING = "running"
    STOPPED = "stopped"
    TERMINATED = "terminated"


@frozen(kw_only=True)
class VMType:
    """
    A type of VM that can be rented.

    Attributes:
        id: What a create names it by.
        gpu_type: The GPU's code.
        gpu_count: How many GPUs it has.
        cpu_cores: How many CPU cores it has.
        memory: Its RAM in GB.
        storage: The size of its disk in GB.
        price: USD an hour, on demand and spot alike.
        regions: How many are free, by region.

    Raises:
        ConfigurationError: A number of free machines below 0.
    """

    id: int
    gpu_type: str
    gpu_count: int
    cpu_cores: int
    memory: int
    storage: int
    price: Decimal
    regions: Mapping[str, int] = field(factory=dict[str, int])

    def __attrs_post_init__(self) -> None:
        for region, number in self.regions.items():
            if not 0 <= number < math.inf:
                raise ConfigurationError(
                    f"regions[{region!r}]",
                    number,
                    "must be a number of free machines, 0 or more",
                    hint="0 is for a region that is sold out.",
                )


@frozen(kw_only=True)
class VMRequest:
    """What a create asks for, free of either generation's field names."""

    type_id: int
    region: str
    name: str
    spot: bool = False
    mounts: tuple[Mount, ...] = ()


@frozen(kw_only=True)
class VMView:
    """
    A VM as it stood at one instant.

    Attributes:
        id: Its id, in digits.
        name: Its name.
        region: The code of the region that it is in.
        gpu_type: The GPU's code.
        gpu_count: How many GPUs it has.
        spot: Whether it runs at the spot price.
        status: Its status.
        created_at: The instant at which it was created, in seconds on the simulator's clock.
        updated_at: The instant of its last change of status or name, in seconds on the simulator's
            clock.
        terminated_at: The instant at which it was gone, in seconds on the simulator's clock. None
            if it is not.
        cost: USD that it has cost so far.
    """

    id: str
    name: str
    region: str
    gpu_type: str
    gpu_count: int
    spot: bool
    status: VMStatus
    created_at: float
    updated_at: float
    terminated_at: float | None
    cost: Decimal


@define(eq=False, kw_only=True)
class VM:
    """
    A VM that lives; `VMs` moves it.

    Attributes:
        token: What opens its notebook.
    """

    id: int
    request: VMRequest
    kind: VMType
    name: str
    token: str = field(repr=False)
    created_at: float
    updated_at: float
    status: VMStatus = VMStatus.INITIALIZING
    terminated_at: float | None = None
    meter: Meter = field(factory=Meter)

    def become(self, status: VMStatus, now: float) -> None:
        self.status = status
        self.updated_at = now
        self.meter.turn(self.kind.price if status is VMStatus.RUNNING else Decimal(0), now)
        if status is VMStatus.TERMINATED:
            self.terminated_at = now

    def view(self, now: float) -> VMView:
        return VMView(
            id=str(self.id),
            name=self.name,
            region=self.request.region,
            gpu_type=self.kind.gpu_type,
            gpu_count=self.kind.gpu_count,
            spot=self.request.spot,
            status=self.status,
            created_at=self.created_at,
            updated_at=self.updated_at,
            terminated_at=self.terminated_at,
            cost=self.meter.cost(now),
        )
