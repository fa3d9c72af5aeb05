"""What the v1 API's GPU query offers."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze
from ._model import Model
from ._values import Count


__all__ = ["GpuOffer"]


@frozen(kw_only=True)
class GpuOffer(Model):
    """
    GPUs of one type that can be had, as the v1 API offers them.

    The reference shows little of it: only the type and the count are documented.

    Attributes:
        gpu_type: The GPU's code, case-sensitive.
        gpu_count: How many GPUs one pod can have. None if the server did not say.
        region: The code of the region. None if the server did not say.
        gpu_display_name: The GPU's name for people. None if the server did not say.
        resource_type: ``"GPU"`` or ``"CPU"``; the list is open. None if the server did not say.
        cloud_type: ``"SECURE"`` or ``"COMMUNITY"``; the list is open. None if the server did not
            say.
        single_card_vram_in_gb: The memory of one GPU in GB. None if the server did not say.
        single_card_ram_in_gb: The RAM for one GPU in GB. None if the server did not say.
        single_card_vcpu: The virtual CPUs for one GPU. None if the server did not say.
        single_card_price: USD per GPU and hour. None if the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    gpu_type: str
    gpu_count: Count | None = None
    region: str | None = None
    gpu_display_name: str | None = None
    resource_type: str | None = None
    cloud_type: str | None = None
    single_card_vram_in_gb: int | None = None
    single_card_ram_in_gb: int | None = None
    single_card_vcpu: int | None = None
    single_card_price: Decimal | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
