"""What the simulated cloud rents out when nothing else is asked for: GPU types, prices, stock."""

from collections.abc import Mapping
from decimal import Decimal

from yotta_async.simulator.cloud.gpus import GPUS
from yotta_async.simulator.cloud.vm import VMType


__all__ = ["DEFAULT_PRICE", "DEFAULT_STOCK", "GPU_TYPES", "PRICES", "REGIONS", "VM_TYPES"]


GPU_TYPES = frozenset(GPUS)

# USD per GPU and hour, as far as they were ever printed; the rest costs DEFAULT_PRICE.
PRICES: Mapping[str, Decimal] = {
    "AWS_Trainium_32G": Decimal("1.40"),
    "NVIDIA_GeForce_RTX_5090_32G": Decimal("0.65"),
    "NVIDIA_RTX_5090_32G": Decimal("0.65"),
    "NVIDIA_H100_80G": Decimal("1.85"),
    "NVIDIA_H100_80GB_HBM3_80G": Decimal("1.85"),
}
DEFAULT_PRICE = Decimal("0.38")

# Every region that Yotta's documents name; coarse ones, as us-east, stand for those they begin.
REGIONS = (
    "ap-southeast-1",
    "eu-1",
    "eu-2",
    "eu-3",
    "mc-us-central-3",
    "sg",
    "us-central-2",
    "us-central-3",
    "us-central-5",
    "us-east-1",
    "us-east-2",
    "us-east-3",
    "us-east-4",
    "us-west-1",
    "us-west-2",
    "us-west-4",
)
_LARGE_REGIONS = frozenset({"us-east-1", "us-east-2", "us-west-1", "us-central-2", "eu-1"})

# Two full nodes of each type everywhere, and plenty of the usual ones where most is asked for.
_SOME = dict.fromkeys(GPUS, 16)
_PLENTY = {
    **_SOME,
    "NVIDIA_L4_24G": 512,
    "NVIDIA_GeForce_RTX_5090_32G": 512,
    "NVIDIA_RTX_5090_32G": 512,
    "NVIDIA_H100_80GB_HBM3_80G": 64,
    "NVIDIA_H100_80G": 64,
}
DEFAULT_STOCK: Mapping[str, Mapping[str, int]] = {
    region: _PLENTY if region in _LARGE_REGIONS else _SOME for region in REGIONS
}

# Shapes of SkyPilot's catalogue and of the documentation's answers; an A6000's price is not known.
VM_TYPES = (
    VMType(
        id=1,
        gpu_type="NVIDIA_RTX_5090_32G",
        gpu_count=1,
        cpu_cores=14,
        memory=119,
        storage=256,
        price=Decimal("0.65"),
        regions={"us-east-1": 20, "us-east-2": 20},
    ),
    VMType(
        id=2,
        gpu_type="NVIDIA_RTX_A6000_48G",
        gpu_count=1,
        cpu_cores=6,
        memory=24,
        storage=256,
        price=DEFAULT_PRICE,
        regions={"us-west-1": 20, "mc-us-central-3": 20},
    ),
    VMType(
        id=3,
        gpu_type="NVIDIA_RTX_5090_32G",
        gpu_count=8,
        cpu_cores=240,
        memory=920,
        storage=2048,
        price=Decimal("5.20"),
        regions={"us-central-2": 2},
    ),
    # What v1's guide asks for; its answer is of such a machine.
    VMType(
        id=10086,
        gpu_type="NVIDIA_RTX_A6000_48G",
        gpu_count=1,
        cpu_cores=6,
        memory=24,
        storage=256,
        price=DEFAULT_PRICE,
        regions={"sg": 20},
    ),
)
