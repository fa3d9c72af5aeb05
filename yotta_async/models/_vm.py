"""Virtual machines, and the types there are of them."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._statuses import VMStatus
from ._values import Flag, Id
from ._wire import wire


__all__ = ["VM", "VMType", "VMTypeRegion"]


@frozen(kw_only=True)
class VM:
    """
    A virtual machine as the server last told of it.

    What the server left out is None, or empty. Sizes are in GB, times aware and in UTC.

    Attributes:
        id: A 64-bit number, as text.
        status: Open to words this version does not know; those stay text.
        spot: Whether it runs at the spot price, and may be taken away.
        ssh_template: The command for a shell, with a placeholder for the key; hidden.
        notebook_url: The notebook, with its token; hidden.
        extra: What else the server said, by its wire names; hidden.
    """

    id: Id
    name: str = field(default="", metadata=wire("name", "nickname", "nickName"))
    status: VMStatus | str
    org_id: Id | None = None
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: int | None = None
    gpu_memory_in_gb: float | None = None
    cpu_cores: int | None = None
    memory_in_gb: float | None = None
    storage_in_gb: float | None = None
    spot: Flag | None = field(default=None, metadata=wire("isSpot"))
    os_info: str | None = None
    ip_address: str | None = None
    domain_name: str | None = None
    ssh_template: str | None = field(default=None, repr=False)
    notebook_url: str | None = field(default=None, repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    terminated_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class VMTypeRegion:
    """
    A region in which a type of machine is offered.

    Attributes:
        region: The region's code.
        region_name: The region's name for people.
        available: Whether one can be had now; None where the server does not say.
        vm_type_id: What a create asks for; None where the server gives the region alone.
        extra: What else the server said, by its wire names; hidden.
    """

    region: str
    region_name: str | None = None
    available: bool | None = None
    vm_type_id: int | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class VMType:
    """
    A type of machine, and where it is offered.

    Attributes:
        gpu_type: The GPU's code, case-sensitive.
        extra: What else the server said, by its wire names; hidden.
    """

    gpu_type: str
    gpu_display_name: str | None = None
    regions: tuple[VMTypeRegion, ...] = ()
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
