"""Virtual machines and their lives. Pure: every method takes `now`."""

from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from random import Random

from attrs import define, field

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.life import VMLife
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid
from yotta_async.simulator.cloud.vm import VM, VMRequest, VMStatus, VMType


__all__ = ["VMs"]

_NO_RECORD = 10007
_NOT_FOUND = 11000
_STATUS_INVALID = 11001

_TERMINABLE = frozenset({VMStatus.INITIALIZING, VMStatus.RUNNING})


@define(eq=False, kw_only=True)
class VMs:
    """
    Every VM that ever was; a terminated one stays in sight.

    Attributes:
        types: What there is to rent, by id.
        all: By id, in the order of their creation.
    """

    life: VMLife
    types: Mapping[int, VMType]
    dice: Random
    agenda: Agenda
    ids: Ids
    all: dict[int, VM] = field(factory=dict[int, VM])
    _taken: Counter[tuple[int, str]] = field(factory=Counter[tuple[int, str]], init=False)

    def create(self, request: VMRequest, now: float) -> VM:
        """Commit a VM; raise CloudError for an unknown type or region, or for lack of stock."""
        self.agenda.advance(now)
        kind = self._type(request)
        if not self.free(kind, request.region):
            raise CloudError(
                Problem.NO_CAPACITY,
                f"no capacity: VM type [{kind.id}] is not free in {request.region}",
            )
        self._taken[kind.id, request.region] += 1
        vm = VM(
            id=self.ids.new(now),
            request=request,
            kind=kind,
            name=request.name,
            token=f"{self.dice.getrandbits(128):032x}",
            created_at=now,
            updated_at=now,
        )
        self.all[vm.id] = vm
        self.agenda.at(now + self.dice.uniform(*self.life.start), partial(self._run, vm))
        return vm

    def free(self, kind: VMType, region: str) -> int:
        """Return how many machines of a type are to be had in a region."""
        return kind.regions.get(region, 0) - self._taken[kind.id, region]

    def get(self, vm_id: int, now: float) -> VM:
        """Return the VM; raise CloudError when there never was one."""
        self.agenda.advance(now)
        vm = self.all.get(vm_id)
        if vm is None:
            raise CloudError(Problem.NOT_FOUND, f"VM [{vm_id}] not found", code=_NOT_FOUND)
        return vm

    def list(
        self, now: float, *, statuses: Collection[VMStatus] = (), lag: float = 0.0
    ) -> tuple[VM, ...]:
        """Return the VMs committed `lag` seconds ago or earlier, newest first."""
        self.agenda.advance(now)
        return tuple(
            vm
            for vm in reversed(self.all.values())
            if vm.created_at + lag <= now and (not statuses or vm.status in statuses)
        )

    def rename(self, vm_id: int, name: str, now: float) -> VM:
        vm = self.get(vm_id, now)
        vm.name, vm.updated_at = name, now
        return vm

    def terminate(self, vm_id: int, now: float) -> VM:
        """Stop a VM for good; its machine is free again when it is terminated."""
        vm = self.get(vm_id, now)
        if vm.status not in _TERMINABLE:
            raise CloudError(
                Problem.WRONG_STATE,
                f"VM [{vm_id}] is {vm.status} and cannot be terminated",
                code=_STATUS_INVALID,
            )
        vm.become(VMStatus.STOPPED, now)
        self.agenda.at(now + self.dice.uniform(*self.life.terminate), partial(self._end, vm))
        return vm

    def mounting(self, volume_id: int) -> tuple[VM, ...]:
        """Return the VMs that a network volume is mounted in."""
        return tuple(
            vm
            for vm in self.all.values()
            if vm.status is not VMStatus.TERMINATED
            and any(mount.volume_id == volume_id for mount in vm.request.mounts)
        )

    def cost(self, now: float) -> Decimal:
        """Return what all VMs that ever were have cost until `now`, in USD."""
        return sum((vm.meter.cost(now) for vm in self.all.values()), Decimal(0))

    def _type(self, request: VMRequest) -> VMType:
        kind = self.types.get(request.type_id)
        if kind is None:
            raise CloudError(
                Problem.NOT_FOUND, f"VM type [{request.type_id}] does not exist", code=_NO_RECORD
            )
        if request.region not in kind.regions:
            raise invalid(f"VM type [{kind.id}] is not offered in [{request.region}]")
        return kind

    def _run(self, vm: VM, now: float) -> None:
        # Unless it was terminated before it ran.
        if vm.status is VMStatus.INITIALIZING:
            vm.become(VMStatus.RUNNING, now)

    def _end(self, vm: VM, now: float) -> None:
        vm.become(VMStatus.TERMINATED, now)
        self._taken[vm.kind.id, vm.request.region] -= 1
