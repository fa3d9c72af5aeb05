"""A network volume of the simulated cloud: what was asked for, and where it stands."""

from decimal import Decimal
from enum import StrEnum

from attrs import define, field, frozen

from yotta_async.simulator.cloud.meter import HOURS_A_MONTH, Meter


__all__ = ["Storage", "Volume", "VolumeRequest", "VolumeStatus", "VolumeView"]

# USD per GB and hour of network storage. Cloud storage (S3, R2) costs by what lies in it, and
# nothing ever does here.
_PRICE = Decimal("0.0698") / HOURS_A_MONTH


class Storage(StrEnum):
    """
    The kinds of storage.

    Attributes:
        S3: Cloud storage, billed by what is stored.
        CEPH: Network storage of a size that is rented.
        VENDOR: A partner's network storage of a size that is rented.
        R2: Cloud storage, billed by what is stored.
    """

    S3 = "S3"
    CEPH = "CEPH"
    VENDOR = "VENDOR"
    R2 = "R2"

    @property
    def sized(self) -> bool:
        """Whether a volume of the kind has a size that is rented."""
        return self in {Storage.CEPH, Storage.VENDOR}


class VolumeStatus(StrEnum):
    """
    The statuses of a network volume.

    Attributes:
        CREATING: It is being made.
        ACTIVE: It can be mounted, resized or deleted.
        DELETING: It is being deleted.
        RESIZING: Its size is being changed.
        ERROR: It could not be made.
    """

    CREATING = "creating"
    ACTIVE = "active"
    DELETING = "deleting"
    RESIZING = "resizing"
    ERROR = "error"


@frozen(kw_only=True)
class VolumeRequest:
    """
    What a create asks for.

    Attributes:
        size: In GB; None where the storage has none.
        vendor_type: ``"NVMe"`` or ``"HDD"`` of VENDOR storage, else None.
    """

    name: str
    storage: Storage
    region: str | None = None
    size: int | None = None
    vendor_type: str | None = None


@frozen(kw_only=True)
class VolumeView:
    """
    A network volume as it stood at one instant.

    Attributes:
        id: Its id, in digits.
        name: Its name.
        storage: The kind of storage.
        region: The code of the region that it is in. None for storage without a region.
        size: Its size in GB. None for storage without a size.
        status: Its status.
        created_at: The instant at which it was created, in seconds on the simulator's clock.
        cost: USD that it has cost so far.
    """

    id: str
    name: str
    storage: Storage
    region: str | None
    size: int | None
    status: VolumeStatus
    created_at: float
    cost: Decimal


@define(eq=False, kw_only=True)
class Volume:
    """
    A volume that lives; `Volumes` moves it.

    Attributes:
        size: In GB, or None; what it will be while it is resized.
        move: Counts the changes begun; a change that was overtaken does not happen.
        gone: Whether it is deleted.
    """

    id: int
    request: VolumeRequest
    name: str
    size: int | None
    created_at: float
    status: VolumeStatus = VolumeStatus.CREATING
    move: int = 0
    gone: bool = False
    meter: Meter = field(factory=Meter)

    def become(self, status: VolumeStatus, now: float) -> None:
        self.status = status
        if status is VolumeStatus.ACTIVE:
            self.meter.turn(_PRICE * (self.size or 0), now)

    def end(self, now: float) -> None:
        self.gone = True
        self.meter.turn(Decimal(0), now)

    def view(self, now: float) -> VolumeView:
        return VolumeView(
            id=str(self.id),
            name=self.name,
            storage=self.request.storage,
            region=self.request.region,
            size=self.size,
            status=self.status,
            created_at=self.created_at,
            cost=self.meter.cost(now),
        )
