"""What the create of a volume takes."""

from typing import Final

from attrs import field, frozen
from attrs.validators import optional

from ..errors import ConfigurationError
from ._checks import LONGEST_TEXT, size_within, text


__all__ = ["VolumeSpec"]

_WORD: Final = text(spaces=False)
_LARGEST: Final = 10240  # GB; the API's bound
# What the reference asks for; whether R2 needs a region it says both ways, so that is left open.
_NEEDS: Final = {
    "CEPH": ("region", "size_in_gb"),
    "VENDOR": ("region", "size_in_gb", "vendor_volume_type"),
}


@frozen(kw_only=True)
class VolumeSpec:
    """
    A volume to be made. It is checked when it is built, so that nothing impossible is ever sent.

    Attributes:
        name: The volume's name, 1 to 255 characters.
        storage_type: ``"S3"``, ``"CEPH"``, ``"VENDOR"`` or ``"R2"``; the list is open.
        region: The code of the region. None where the storage type needs none; CEPH and VENDOR need
            one.
        size_in_gb: The size in GB, 1 to 10240. None where the storage type needs none; CEPH and
            VENDOR need one.
        vendor_volume_type: ``"NVMe"`` or ``"HDD"``. None for other storage than VENDOR, which needs
            one.

    Raises:
        ConfigurationError: A field that cannot work; it names the field, the value and what is
            allowed.
    """

    name: str = field(validator=text(longest=LONGEST_TEXT))
    storage_type: str = field(validator=_WORD)
    region: str | None = field(default=None, validator=optional(_WORD))
    size_in_gb: int | None = field(default=None, validator=optional(size_within(1, _LARGEST)))
    vendor_volume_type: str | None = field(default=None, validator=optional(_WORD))

    def __attrs_post_init__(self) -> None:
        for needed in _NEEDS.get(self.storage_type, ()):
            if getattr(self, needed) is None:
                problem = f"must be given for a {self.storage_type} volume"
                hint = f"Give {needed}, or another storage_type."
                raise ConfigurationError(needed, None, problem, hint=hint)
