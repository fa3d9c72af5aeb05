"""Machines (VMs) made exactly once by their names, as pods are: what `Making` is told of them."""

from functools import partial
from typing import Self

from attrs import define, field, frozen

from tests.lab import Lab
from yotta_async import VM, Event
from yotta_async._api import given
from yotta_async._call.caller import CallOptions
from yotta_async._call.rules.operation import Operation
from yotta_async._call.watch import ListWatch, Snapshot
from yotta_async._resources.making.claims import Claims
from yotta_async._resources.making.creation import Making
from yotta_async._resources.making.recipe import Recipe, Request
from yotta_async._resources.making.removal import Removal
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async.models import VMSpec, structure


@frozen(kw_only=True)
class MachineEvent(Event):
    what: str
    name: str


@define(eq=False)
class MachineRecipe(Recipe):
    """How a machine is made exactly once, and terminated."""

    _lab: Lab

    @property
    def noun(self) -> str:
        return "machine"

    @property
    def operation(self) -> Operation:
        return self._lab.client._account.api["createVM"].operation

    def request(self, name: str, spec: VMSpec) -> Request[VM]:
        fields = given(spec) | {"name": name}
        call = self._lab.client._account.api.call("createVM", **fields)
        return Request(call, partial(structure, kind=VM, operation="createVM"))

    async def delete(self, thing_id: str, options: CallOptions) -> None:
        calls = self._lab.client._account.calls(options)
        await calls.delete("terminateVM", vm_id=thing_id)

    def unclear(self, name: str, *, at: float, error: str) -> Event:
        return MachineEvent(at=at, what="unclear", name=name)

    def recovered(self, name: str, thing_id: str, *, at: float) -> Event:
        return MachineEvent(at=at, what="recovered", name=name)

    def removed(self, name: str, thing_id: str, *, at: float) -> Event:
        return MachineEvent(at=at, what="removed", name=name)

    def left(self, name: str, thing_id: str | None, *, at: float, reason: str) -> Event:
        return MachineEvent(at=at, what="left", name=name)


@define(eq=False)
class Machines:
    """All that makes machines on a lab's cloud."""

    lab: Lab
    recipe: MachineRecipe
    watch: ListWatch[VM]
    removal: Removal[VM]
    making: Making[VM]
    claims: Claims = field(factory=Claims)

    @classmethod
    def of(cls, lab: Lab) -> Self:
        caller, recipe, claims = lab.client._account.caller, MachineRecipe(lab), Claims()
        removal = Removal[VM](caller, recipe, claims)

        async def fetch(_: Lane) -> list[VM]:
            return await lab.client.vms.list().all()

        async def sweep(snapshot: Snapshot[VM]) -> None:
            await removal.sweep(snapshot.items.values(), lab.client._account.options)

        interval = caller.scheduler.poll_interval
        watch = ListWatch[VM](fetch, interval, lambda machine: machine.status, sweep)
        making = Making[VM](caller, recipe, watch, claims, removal)
        return cls(lab, recipe, watch, removal, making, claims)

    async def create(self, spec: VMSpec, *, own: bool = True) -> VM:
        prepare = partial(self.recipe.request, spec=spec)
        options = self.lab.client._account.options
        return await self.making.create(None if own else spec.name, prepare, options)

    def living(self) -> set[str]:
        """Return the ids of the machines that were not asked to be terminated."""
        ended = ("stopped", "terminated")
        return {each.id for each in self.lab.cloud.vms if each.status.value not in ended}

    def told(self, what: str) -> int:
        return sum(each.what == what for each in self.lab.told(MachineEvent))
