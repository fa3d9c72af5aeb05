"""What the simulated cloud rents out when nothing else is asked for: GPU types, prices, stock."""

from collections.abc import Mapping
from decimal import Decimal


__all__ = ["DEFAULT_PRICE", "DEFAULT_STOCK", "GPU_TYPES", "PRICES"]


# The codes printed in Yotta's documentation, of both generations. Case matters.
GPU_TYPES = frozenset(
    {
        "AMD_MI300X_192G",
        "AWS_Trainium_32G",
        "NVIDIA_A100_40G",
        "NVIDIA_A100_80G",
        "NVIDIA_A100_PCIe_40G",
        "NVIDIA_A100_PCIe_80G",
        "NVIDIA_B200_180G",
        "NVIDIA_B300_262G",
        "NVIDIA_GeForce_RTX_4090_24G",
        "NVIDIA_GeForce_RTX_5090_32G",
        "NVIDIA_H100_80G",
        "NVIDIA_H100_80GB_HBM3_80G",
        "NVIDIA_H100_PCIe_80G",
        "NVIDIA_H200_141G",
        "NVIDIA_L4_24G",
        "NVIDIA_RTX_4090_24G",
        "NVIDIA_RTX_5090_32G",
        "NVIDIA_RTX_6000_Ada_48G",
        "NVIDIA_RTX_A6000_48G",
        "NVIDIA_RTX_PRO_6000_96G",
    }
)

# USD per GPU and hour, as far as they were ever printed; the rest costs DEFAULT_PRICE.
PRICES: Mapping[str, Decimal] = {
    "NVIDIA_GeForce_RTX_5090_32G": Decimal("0.65"),
    "NVIDIA_RTX_5090_32G": Decimal("0.65"),
    "NVIDIA_H100_80G": Decimal("1.85"),
    "NVIDIA_H100_80GB_HBM3_80G": Decimal("1.85"),
}
DEFAULT_PRICE = Decimal("0.38")

_PLENTY = {
    "NVIDIA_L4_24G": 512,
    "NVIDIA_GeForce_RTX_5090_32G": 512,
    "NVIDIA_RTX_5090_32G": 512,
    "NVIDIA_H100_80GB_HBM3_80G": 64,
    "NVIDIA_H100_80G": 64,
}
DEFAULT_STOCK: Mapping[str, Mapping[str, int]] = {
    "us-east-1": _PLENTY,
    "us-east-2": _PLENTY,
    "us-west-1": _PLENTY,
    "us-central-2": _PLENTY,
    "eu-1": _PLENTY,
}
