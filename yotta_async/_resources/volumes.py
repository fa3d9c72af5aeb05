"""Storage that outlives pods."""

from functools import partial

from attrs import define

from .._api import given
from ..models import Volume, VolumeSpec, VolumeStatus, structure
from .calls import Calls
from .given import check_fields
from .pages import PAGE_SIZE, Pages


__all__ = ["Volumes"]


@define(eq=False)
class Volumes:
    """The account's volumes. Only v2 has them; a volume is billed until it is deleted."""

    _calls: Calls

    async def create(
        self,
        *,
        name: str,
        storage_type: str,
        region: str | None = None,
        size_in_gb: int | None = None,
        vendor_volume_type: str | None = None,
    ) -> Volume:
        """
        Make a volume.

        Args:
            name: Its name.
            storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``; the list is open.
            region: Needed by CEPH and VENDOR.
            size_in_gb: 1 to 10240; needed by CEPH and VENDOR.
            vendor_volume_type: ``"NVMe"`` or ``"HDD"``; needed by VENDOR.

        Raises:
            ConfigurationError: A field that cannot be.
            UnsupportedOperationError: The client speaks v1.
            UnresolvedCreateError: It was not found out whether it was made: look for its name.
        """
        spec = VolumeSpec(
            name=name,
            storage_type=storage_type,
            region=region,
            size_in_gb=size_in_gb,
            vendor_volume_type=vendor_volume_type,
        )
        read = partial(structure, kind=Volume, operation="createVolume")
        return await self._calls.made("createVolume", read, **given(spec))

    async def get(self, volume_id: str) -> Volume:
        """
        Return one volume.

        Raises:
            NotFoundError: There is none.
        """
        return await self._calls.one(Volume, "getVolume", volume_id=volume_id)

    def list(
        self, storage_type: str, *, region: str | None = None, page_size: int = PAGE_SIZE
    ) -> Pages[Volume]:
        """
        Iterate over all volumes of one storage type, which the server wants to be told.

        Args:
            storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``.
            region: Only there.
            page_size: How many are asked for at a time.
        """
        return self._calls.pages(
            Volume, "listVolumes", size=page_size, storage_type=storage_type, region=region
        )

    async def rename(self, volume_id: str, name: str) -> Volume:
        """
        Give a volume another name.

        Raises:
            ConfigurationError: A name that cannot be.
            NotFoundError: There is none.
        """
        check_fields(VolumeSpec, name=name)
        return await self._calls.one(Volume, "renameVolume", volume_id=volume_id, name=name)

    async def resize(self, volume_id: str, size_in_gb: int) -> None:
        """
        Make a volume larger or smaller; it must be active and mounted nowhere.

        Raises:
            ConfigurationError: Not a size from 1 to 10240.
            ConflictError: It is mounted, or busy.
            NotFoundError: There is none.
        """
        check_fields(VolumeSpec, size_in_gb=size_in_gb)
        call = self._calls.api.call("resizeVolume", volume_id=volume_id, size_in_gb=size_in_gb)

        async def is_on_its_way() -> bool:
            volume = await self.get(volume_id)
            return volume.status == VolumeStatus.RESIZING or volume.size_in_gb == size_in_gb

        await self._calls.turned(call, is_on_its_way)

    async def delete(self, volume_id: str) -> None:
        """
        Delete a volume and all that is on it; it must be mounted nowhere.

        Raises:
            ConflictError: It is mounted.
            NotFoundError: There is none.
        """

        async def is_ending() -> bool:
            return (await self.get(volume_id)).status == VolumeStatus.DELETING

        await self._calls.gone("deleteVolume", is_ending=is_ending, volume_id=volume_id)
