"""Virtual machines, and the types there are of them."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._model import Model
from ._statuses import VMStatus
from ._values import Count, Flag, Id
from ._wire import bare, wire


__all__ = ["VM", "VMType", "VMTypeRegion"]


@frozen(kw_only=True)
class VM(Model):
    """
    A virtual machine as the server last described it.

    An answer may leave out every field but ``id`` and ``status``.

    Attributes:
        id: The machine's id, a 64-bit number as text.
        name: The machine's name; empty if the server did not say.
        status: Where it stands in its life. A word that this version does not know stays text.
        org_id: The id of the organisation that it belongs to, a 64-bit number as text. None if the
            server did not say.
        region: The code of the region that it is in. None if the server did not say.
        gpu_type: The GPU's code, case-sensitive, or its name, as in v1's answers: ``"RTX A6000"``.
            None if the server did not say.
        gpu_display_name: The GPU's name for people. None if the server did not say.
        gpu_count: How many GPUs it has. None if the server did not say.
        gpu_memory_in_gb: The GPUs' memory in GB; whether of one or of all is not documented. None
            if the server did not say.
        cpu_cores: How many CPU cores it has. None if the server did not say.
        memory_in_gb: Its RAM in GB. None if the server did not say.
        storage_in_gb: The size of its disk in GB. None if the server did not say.
        spot: Whether it runs at the spot price, and may be taken away. None if the server did not
            say.
        os_info: Its operating system, for people. None if the server did not say.
        ip_address: Its public address. None until it has one, or if the server did not say.
        domain_name: Its public host name. None if the server did not say.
        ssh_template: The command that gives a shell, with a placeholder for the key; hidden in the
            repr. None if the server did not say.
        notebook_url: The URL of its notebook, with the notebook's token; hidden in the repr. None
            if the server did not say.
        created_at: When it was created, aware and in UTC. None if the server did not say.
        updated_at: When it last changed, aware and in UTC. None if the server did not say.
        terminated_at: When it was terminated, aware and in UTC. None if it was not, or the server
            did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    id: Id
    name: str = field(default="", metadata=wire("name", "nickname", "nickName"))
    status: VMStatus | str
    org_id: Id | None = None
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: Count | None = None
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
class VMTypeRegion(Model):
    """
    A region in which a type of machine is offered.

    Attributes:
        region: The region's code.
        region_name: The region's name for people. None if the server did not say.
        available: Whether a machine can be had there now. None if the server did not say.
        vm_type_id: What a create asks for. None if the server sent the region's code alone.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    # One of the vendor's mocks has the bare code where the reference has an object.
    region: str = field(metadata=bare())
    region_name: str | None = None
    available: bool | None = None
    vm_type_id: int | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)


@frozen(kw_only=True)
class VMType(Model):
    """
    A type of machine, and where it is offered.

    Attributes:
        gpu_type: The GPU's code, case-sensitive.
        gpu_display_name: The GPU's name for people. None if the server did not say.
        regions: The regions in which it is offered.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    gpu_type: str
    gpu_display_name: str | None = None
    regions: tuple[VMTypeRegion, ...] = ()
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
