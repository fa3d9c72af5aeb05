"""Storage that outlives pods."""

from functools import partial

from attrs import define

from .._api import given
from ..models import Volume, VolumeSpec, VolumeStatus, structure
from .calls import Calls, Noun
from .given import check_fields
from .pages import PAGE_SIZE, Pages


__all__ = ["Volumes"]


@define(eq=False, repr=False)
class Volumes(Noun):
    """The volumes of the account. Only v2 has them; a volume is billed until it is deleted."""

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
            name: The volume's name, 1 to 255 characters.
            storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``; the list is open.
            region: The code of the region. None where the storage type needs none; CEPH and VENDOR
                need one.
            size_in_gb: The size in GB, 1 to 10240. None where the storage type needs none; CEPH and
                VENDOR need one.
            vendor_volume_type: ``"NVMe"`` or ``"HDD"``. None for other storage than VENDOR, which
                needs one.

        Returns:
            The volume, which is being made.

        Raises:
            ConfigurationError: A field that cannot work; nothing was sent.
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            UnresolvedCreateError: It could not be found out whether it was made: look for its name.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``createVolume``, ``POST /v2/volumes``.
        """
        spec = VolumeSpec(
            name=name,
            storage_type=storage_type,
            region=region,
            size_in_gb=size_in_gb,
            vendor_volume_type=vendor_volume_type,
        )
        read = partial(structure, kind=Volume, operation="createVolume")
        return await self._calls.create("createVolume", read, **given(spec))

    async def get(self, volume_id: str) -> Volume:
        """
        Return one volume.

        Args:
            volume_id: The volume's id.

        Returns:
            The volume as it is now.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            NotFoundError: There is no such volume.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``getVolumeById``, ``GET /v2/volumes/{volume_id}``.
        """
        return await self._calls.fetch(Volume, "getVolume", volume_id=volume_id)

    def list(
        self, storage_type: str, *, region: str | None = None, page_size: int = PAGE_SIZE
    ) -> Pages[Volume]:
        """
        Iterate over the volumes of one storage type, which the API requires.

        Args:
            storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``.
            region: Only volumes in this region. None for all.
            page_size: How many volumes are asked for at a time.

        Returns:
            The volumes.

        Raises:
            UnsupportedOperationError: While iterating: the client speaks v1, which has no such
                operation.
            APIError: While iterating: any refusal, and failures after all attempts.

        Source: v2 ``listVolumes``, ``GET /v2/volumes``.
        """
        return self._calls.pages(
            Volume, "listVolumes", size=page_size, storage_type=storage_type, region=region
        )

    async def rename(self, volume_id: str, name: str) -> Volume:
        """
        Give a volume another name.

        Args:
            volume_id: The volume's id.
            name: The new name, 1 to 255 characters.

        Returns:
            The volume with its new name.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A name that cannot work; nothing was sent.
            NotFoundError: There is no such volume.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``renameVolume``, ``POST /v2/volumes/{volume_id}/name``.
        """
        check_fields(VolumeSpec, name=name)
        return await self._calls.fetch(Volume, "renameVolume", volume_id=volume_id, name=name)

    async def resize(self, volume_id: str, size_in_gb: int) -> None:
        """
        Make a volume larger or smaller; it must be active and mounted nowhere.

        Args:
            volume_id: The volume's id.
            size_in_gb: The new size in GB, 1 to 10240.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: Not a size from 1 to 10240; nothing was sent.
            ConflictError: It is mounted, or not active.
            NotFoundError: There is no such volume.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``resizeVolume``, ``POST /v2/volumes/{volume_id}/resize``.
        """
        check_fields(VolumeSpec, size_in_gb=size_in_gb)

        async def is_on_its_way() -> bool:
            volume = await self.get(volume_id)
            return volume.status == VolumeStatus.RESIZING or volume.size_in_gb == size_in_gb

        await self._calls.set_in_motion(
            "resizeVolume", is_on_its_way, volume_id=volume_id, size_in_gb=size_in_gb
        )

    async def delete(self, volume_id: str) -> None:
        """
        Delete a volume and all that is stored on it; it must be mounted nowhere.

        Args:
            volume_id: The volume's id.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConflictError: It is mounted.
            NotFoundError: There is no such volume. After a lost answer this counts as done.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``deleteVolume``, ``DELETE /v2/volumes/{volume_id}``.
        """

        async def is_ending() -> bool:
            return (await self.get(volume_id)).status == VolumeStatus.DELETING

        await self._calls.delete("deleteVolume", is_ending=is_ending, volume_id=volume_id)
