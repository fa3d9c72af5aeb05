"""Virtual machines: whole machines with GPUs."""

import builtins
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from attrs import define, evolve

from .._api import given
from ..errors import VMFailedError
from ..models import VM, VMSpec, VMStatus, VMType, structure
from .calls import Calls
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


@define(eq=False)
class VMs:
    """The account's virtual machines. They can be ended, not stopped."""

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
            name: 1 to 255 characters.
            vm_type_id: One of `types`.
            region: One of the type's.
            spot: Cheaper, and may be taken away.
            volume_mounts: Where volumes are mounted, by their ids.

        Raises:
            ConfigurationError: A field that cannot be.
            UnresolvedCreateError: It was not found out whether it was made: look for its name.
            OutOfCapacityError: There is none in this region.
        """
        spec = VMSpec(
            name=name,
            vm_type_id=vm_type_id,
            region=region,
            spot=spot,
            volume_mounts=volume_mounts or {},
        )
        read = partial(structure, kind=VM, operation="createVM")
        return await self._calls.made("createVM", read, **given(spec))

    async def get(self, vm_id: str) -> VM:
        """
        Return one machine.

        Raises:
            NotFoundError: There is none.
        """
        return await self._calls.one(VM, "getVM", vm_id=vm_id)

    def list(self, *, status: str | None = None, page_size: int = PAGE_SIZE) -> Pages[VM]:
        """
        Iterate over all machines, or those in a status: ``async for vm in client.vms.list()``.

        Args:
            status: A word such as ``"running"``.
            page_size: How many are asked for at a time.
        """
        return self._calls.pages(VM, "listVMs", size=page_size, status=status)

    async def types(self) -> builtins.list[VMType]:
        """Return the types of machines, and where each is available."""
        return await self._calls.many(VMType, "listVMTypes")

    async def rename(self, vm_id: str, name: str) -> VM:
        """
        Give a machine another name.

        Raises:
            UnsupportedOperationError: The client speaks v1, which cannot.
            ConfigurationError: A name that cannot be.
            NotFoundError: There is none.
        """
        check_fields(VMSpec, name=name)
        return await self._calls.one(VM, "renameVM", vm_id=vm_id, name=name)

    async def terminate(self, vm_id: str) -> None:
        """
        End a machine; it cannot come back. One that is on its way out already is as good as ended.

        Raises:
            NotFoundError: There is none.
            PermissionDeniedError: It is not yours to end.
        """

        async def is_ending() -> bool:
            return (await self.get(vm_id)).status in (VMStatus.STOPPED, VMStatus.TERMINATED)

        await self._calls.gone("terminateVM", is_ending=is_ending, vm_id=vm_id)

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
            until: A status, or a function of a `VM`.
            timeout: Seconds, or None for as long as it takes.

        Raises:
            ConfigurationError: An argument that cannot be; nothing was sent.
            VMFailedError: It ended, or can no longer get there.
            NotFoundError: No such machine, for as long as an answer may lag behind a create.
            WaitTimeoutError: It did not get there in time.
        """
        wait = wait_by_id(self._calls, "getVM", VM, _VM, until, vm_id=vm_id)
        return await wait.reach(timeout)
