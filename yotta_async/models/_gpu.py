"""What the v1 API's GPU query offers."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze


__all__ = ["GpuOffer"]


@frozen(kw_only=True)
class GpuOffer:
    """
    GPUs of one type that can be had.

    The reference shows little of it: only the type and the count are certain, all else may be None.

    Attributes:
        gpu_type: The GPU's code, case-sensitive.
        gpu_count: How many, in one pod.
        single_card_vram_in_gb: The memory of one GPU; the machine's share of RAM and CPUs likewise.
        single_card_price: USD per GPU and hour.
        extra: What else the server said, by its wire names.
    """

    gpu_type: str
    gpu_count: int | None = None
    region: str | None = None
    gpu_display_name: str | None = None
    resource_type: str | None = None
    cloud_type: str | None = None
    single_card_vram_in_gb: int | None = None
    single_card_ram_in_gb: int | None = None
    single_card_vcpu: int | None = None
    single_card_price: Decimal | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
