"""What the create of a virtual machine takes."""

from attrs import field, frozen

from ..errors._arguments import explains
from ._checks import LONGEST_TEXT, flag, size, text
from ._frozen import FrozenMapping
from ._spec_json import as_mounts
from ._values import Flag, Labels
from ._wire import wire


__all__ = ["VMSpec"]


@explains
@frozen(kw_only=True)
class VMSpec:
    """
    A virtual machine to be made. It is checked when it is built, so that nothing impossible is ever
    sent.

    Attributes:
        name: The machine's name, 1 to 255 characters.
        vm_type_id: The type of machine in a region, as `VMs.types` lists it.
        region: The code of the region.
        spot: Whether to rent at the spot price; such a machine may be taken away.
        volume_mounts: The directories where volumes are mounted, by the volumes' ids.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and what is
            allowed.
    """

    name: str = field(validator=text(longest=LONGEST_TEXT), metadata=wire("name", "nickName"))
    vm_type_id: int = field(validator=size)
    region: str = field(validator=text(spaces=False))
    spot: Flag = field(default=False, validator=flag, metadata=wire("isSpot"))
    volume_mounts: Labels = field(
        factory=FrozenMapping[str], converter=as_mounts, metadata=wire("volumeMountPaths")
    )
