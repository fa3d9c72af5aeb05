"""How a simulated cloud is furnished, with the usual things where nothing is said."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Self

from attrs import frozen

from yotta_async.errors import ConfigurationError
from yotta_async.simulator.cloud.catalog import DEFAULT_STOCK, PRICES, VM_TYPES
from yotta_async.simulator.cloud.life import PodLife, VMLife, VolumeLife
from yotta_async.simulator.cloud.serverless_life import EndpointLife
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.vm import VMType


__all__ = ["Lives", "Wares"]


@frozen
class Lives:
    """How long everything takes for its changes."""

    pods: PodLife
    endpoints: EndpointLife
    tasks: TaskLife
    vms: VMLife
    volumes: VolumeLife

    @classmethod
    def of(
        cls,
        pods: PodLife | None,
        endpoints: EndpointLife | None,
        tasks: TaskLife | None,
        vms: VMLife | None,
        volumes: VolumeLife | None,
    ) -> Self:
        return cls(
            pods or PodLife(),
            endpoints or EndpointLife(),
            tasks or TaskLife(),
            vms or VMLife(),
            volumes or VolumeLife(),
        )


@frozen
class Wares:
    """What is to be had: GPUs by region and type, their prices, and VMs by the id of their type."""

    stock: Mapping[str, Mapping[str, int]]
    prices: Mapping[str, Decimal]
    vm_types: Mapping[int, VMType]

    @classmethod
    def of(
        cls,
        stock: Mapping[str, Mapping[str, int]] | None,
        prices: Mapping[str, Decimal] | None,
        vm_types: Iterable[VMType] | None,
    ) -> Self:
        return cls(
            DEFAULT_STOCK if stock is None else stock,
            {**PRICES, **(prices or {})},
            _by_id(VM_TYPES if vm_types is None else vm_types),
        )


def _by_id(vm_types: Iterable[VMType]) -> dict[int, VMType]:
    kinds: dict[int, VMType] = {}
    for kind in vm_types:
        if kind.id in kinds:
            raise ConfigurationError(
                "vm_types", kind.id, "must have ids that differ", hint="Give each one of its own."
            )
        kinds[kind.id] = kind
    return kinds
