"""A storage volume that outlives the pods and machines it is mounted in."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._model import Model
from ._statuses import VolumeStatus
from ._values import Id
from ._wire import wire


__all__ = ["Volume"]


@frozen(kw_only=True)
class Volume(Model):
    """
    A storage volume as the server last described it.

    An answer may leave out every field but ``id`` and ``status``.

    Attributes:
        id: The volume's id, a 64-bit number as text.
        name: The volume's name; empty if the server did not say.
        status: Where it stands in its life. A word that this version does not know stays text.
        size_in_gb: The size that was asked for, in GB; newer answers have the used size instead,
            rounded down. None if the server did not say.
        size_bytes: The used size in bytes. None if the server did not say.
        region: The code of the region that it is in. None if the server did not say.
        storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``; the list is open. None if the
            server did not say.
        vendor_volume_type: ``"NVMe"`` or ``"HDD"``. None for other storage than VENDOR, or if the
            server did not say.
        mount_count: In how many pods and machines it is mounted. None if the server did not say.
        cost: USD; for which time is not documented. None if the server did not say.
        created_at: When it was created, aware and in UTC. None if the server did not say.
        updated_at: When it last changed, aware and in UTC. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
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
