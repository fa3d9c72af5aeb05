"""Virtual machines: whole machines with GPUs."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from attrs import define, evolve

from .._api import given
from ..errors import VMFailedError
from ..errors._arguments import explained
from ..models import VM, Listing, VMSpec, VMStatus, VMType, structure
from .calls import Calls, Noun
from .given import check_fields
from .pages import PAGE_SIZE, Pages
from .polling import wait_by_id
from .waiting import Awaited


__all__ = ["VMs"]


def _gone(vm_id: str, seen: VM | None) -> VM:
    terminated = VMStatus.TERMINATED
    return evolve(seen or VM(id=vm_id, status=terminated), status=terminated)


_VM: Final = Awaited[VM](
    name="VM",
    statuses=VMStatus,
    is_lost=lambda status, _: status == VMStatus.TERMINATED,
    gone=_gone,
    terminated=VMStatus.TERMINATED,
    failed=VMFailedError,
    vanished=VMFailedError,
    failed_hint="Create another, perhaps in another region.",
    late_hint="It exists still, and may bill: wait longer, or terminate it.",
)


@define(eq=False, repr=False)
class VMs(Noun):
    """The virtual machines of the account. They can be terminated, not stopped."""

    _calls: Calls

    async def create(
        self,
        *,
        name: str,
        vm_type_id: int,
        region: str,
        spot: bool = False,
        volume_mounts: Mapping[str | int, str] | None = None,
    ) -> VM:
        """
        Make a machine; it bills from when it runs until it is terminated.

        Args:
            name: The machine's name, 1 to 255 characters.
            vm_type_id: The id of a type, as `types` lists it.
            region: The code of a region of that type.
            spot: Whether to rent at the spot price; such a machine may be taken away.
            volume_mounts: The directories where volumes are mounted, by the volumes' ids. None for
                none.

        Returns:
            The machine, which is starting.

        Raises:
            ConfigurationError: A field that cannot work; nothing was sent.
            UnresolvedCreateError: It could not be found out whether it was made: look for its name.
            OutOfCapacityError: No such machine is free in this region.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``create_2``, ``POST /openapi/v1/vms/create``; v2 ``createVM``, ``POST /v2/vms``.
        """
        spec = VMSpec(
            name=name,
            vm_type_id=vm_type_id,
            region=region,
            spot=spot,
            volume_mounts=volume_mounts or {},
        )
        read = partial(structure, kind=VM, operation="createVM")
        return await self._calls.create("createVM", read, **given(spec))

    async def get(self, vm_id: str) -> VM:
        """
        Return one machine.

        Args:
            vm_id: The machine's id.

        Returns:
            The machine as it is now.

        Raises:
            NotFoundError: There is no such machine.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``getVmV1``, ``GET /openapi/v1/vms/{vm_id}``; v2 ``getVMById``,
        ``GET /v2/vms/{vm_id}``.
        """
        return await self._calls.fetch(VM, "getVM", vm_id=vm_id)

    @explained
    def list(self, *, status: str | None = None, page_size: int = PAGE_SIZE) -> Pages[VM]:
        """
        Iterate over all machines, or those in a status: ``async for vm in client.vms.list()``.

        Args:
            status: Only machines in this status, such as ``"running"``. None for all.
            page_size: How many machines are asked for at a time.

        Returns:
            The machines.

        Raises:
            APIError: While iterating: any refusal, and failures after all attempts.

        Source: v1 ``listVmsV1``, ``POST /openapi/v1/vms/list``; v2 ``listVMs``, ``GET /v2/vms``.
        """
        return self._calls.pages(VM, "listVMs", size=page_size, status=status)

    async def types(self) -> Listing[VMType]:
        """
        Return the types of machines, and where each is available.

        Returns:
            The types, in one list without pages, and beside it what cannot be read.

        Raises:
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``vmTypesV1``, ``GET /openapi/v1/vms/type``; v2 ``getVMTypes``,
        ``GET /v2/vms/types``.
        """
        return await self._calls.fetch_list(VMType, "listVMTypes")

    async def rename(self, vm_id: str, name: str) -> VM:
        """
        Give a machine another name.

        Args:
            vm_id: The machine's id.
            name: The new name, 1 to 255 characters.

        Returns:
            The machine with its new name.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A name that cannot work; nothing was sent.
            NotFoundError: There is no such machine.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``updateVM``, ``PATCH /v2/vms/{vm_id}``.
        """
        check_fields(VMSpec, name=name)
        return await self._calls.fetch(VM, "renameVM", vm_id=vm_id, name=name)

    async def terminate(self, vm_id: str) -> None:
        """
        Terminate a machine, which cannot come back; one that is being terminated already counts as
        done.

        Args:
            vm_id: The machine's id.

        Raises:
            NotFoundError: There is no such machine.
            PermissionDeniedError: The key may not terminate it.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``terminateVmV1``, ``DELETE /openapi/v1/vms/{vm_id}/terminate``; v2
        ``terminateVM``, ``DELETE /v2/vms/{vm_id}``.
        """

        async def is_ending() -> bool:
            return (await self.get(vm_id)).status in (VMStatus.STOPPED, VMStatus.TERMINATED)

        await self._calls.delete("terminateVM", is_ending=is_ending, vm_id=vm_id)

    async def wait(
        self,
        vm_id: str,
        until: str | Callable[[VM], bool] = VMStatus.RUNNING,
        *,
        timeout: float | None = 900.0,  # noqa: ASYNC109  # the error tells what was last seen
    ) -> VM:
        """
        Wait for a machine; each waiter looks for itself.

        Args:
            vm_id: The machine's id.
            until: A status, or a function of a `VM`.
            timeout: Seconds, or None for as long as it takes.

        Returns:
            The machine as it was when it got there.

        Raises:
            ConfigurationError: An argument is not allowed; nothing was sent.
            VMFailedError: It ended, or can no longer get there.
            NotFoundError: There is no such machine, for as long as an answer may lag behind a
                create.
            WaitTimeoutError: It did not get there in time.
        """
        wait = wait_by_id(self._calls, "getVM", VM, _VM, until, vm_id=vm_id)
        return await wait.reach(timeout)
