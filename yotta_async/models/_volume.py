"""A storage volume that outlives the pods and machines it is mounted in."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._statuses import VolumeStatus
from ._values import Id
from ._wire import wire


__all__ = ["Volume"]


@frozen(kw_only=True)
class Volume:
    """
    A volume as the server last told of it.

    Attributes:
        id: A 64-bit number, as text.
        status: Open to words this version does not know; those stay text.
        size_in_gb: What was asked for; the newest answers give what is used instead, rounded down.
        size_bytes: What is used, where the server says so.
        storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``; the list is open.
        vendor_volume_type: ``"NVMe"`` or ``"HDD"``, for VENDOR alone.
        mount_count: In how many pods and machines it is mounted.
        cost: USD.
        extra: What else the server said, by its wire names; hidden.
    """

    id: Id
    name: str = ""
    status: VolumeStatus | str
    size_in_gb: int | None = None
    size_bytes: int | None = None
    region: str | None = None
    storage_type: str | None = field(default=None, metadata=wire("storageType", "type"))
    vendor_volume_type: str | None = None
    mount_count: int | None = None
    cost: Decimal | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
