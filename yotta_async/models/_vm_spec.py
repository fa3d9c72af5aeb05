"""What the create of a virtual machine takes."""

from attrs import field, frozen

from ._checks import LONGEST_TEXT, flag, size, text
from ._frozen import FrozenMapping
from ._spec_json import as_mounts
from ._values import Flag, Labels
from ._wire import wire


__all__ = ["VMSpec"]


@frozen(kw_only=True)
class VMSpec:
    """
    A virtual machine to be made. Checked when it is built, so that nothing impossible is ever sent.

    Attributes:
        name: 1 to 255 characters.
        vm_type_id: The type of machine in a region, as the list of types has it.
        region: The region's code.
        spot: Whether to rent at the spot price; such a machine may be taken away.
        volume_mounts: Directories by the ids of the volumes to mount there.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and the remedy.
    """

    name: str = field(validator=text(longest=LONGEST_TEXT), metadata=wire("name", "nickName"))
    vm_type_id: int = field(validator=size)
    region: str = field(validator=text(spaces=False))
    spot: Flag = field(default=False, validator=flag, metadata=wire("isSpot"))
    volume_mounts: Labels = field(
        factory=FrozenMapping[str], converter=as_mounts, metadata=wire("volumeMountPaths")
    )
