"""What a GPU type is, beyond its code."""

from collections.abc import Mapping

from attrs import frozen


__all__ = ["ALIASES", "GPUS", "Gpu", "Share", "gpu", "share_of"]


@frozen
class Gpu:
    """
    A GPU as a person calls it.

    Attributes:
        name: What the console shows.
        memory: VRAM in GB.
    """

    name: str
    memory: int


@frozen
class Share:
    """What of its node comes with one GPU: vCPUs, and RAM in GB."""

    vcpu: int
    ram: int


# The codes printed in Yotta's documentation, of both generations. Case matters.
GPUS: Mapping[str, Gpu] = {
    "AMD_MI300X_192G": Gpu("MI300X", 192),
    "AWS_Trainium_32G": Gpu("Trainium1", 32),
    "NVIDIA_A10_24G": Gpu("A10", 24),
    "NVIDIA_A100_40G": Gpu("A100 40G", 40),
    "NVIDIA_A100_80G": Gpu("A100 80GB", 80),
    "NVIDIA_A100_PCIe_40G": Gpu("A100 PCIe 40G", 40),
    "NVIDIA_A100_PCIe_80G": Gpu("A100 PCIe 80G", 80),
    "NVIDIA_B200_180G": Gpu("B200", 180),
    "NVIDIA_B300_262G": Gpu("B300", 262),
    "NVIDIA_GeForce_RTX_4090_24G": Gpu("RTX 4090", 24),
    "NVIDIA_GeForce_RTX_5090_32G": Gpu("RTX 5090", 32),
    "NVIDIA_H100_80G": Gpu("H100", 80),
    "NVIDIA_H100_80GB_HBM3_80G": Gpu("H100", 80),
    "NVIDIA_H100_PCIe_80G": Gpu("H100 PCIe", 80),
    "NVIDIA_H200_141G": Gpu("H200", 141),
    "NVIDIA_L4_24G": Gpu("L4", 24),
    "NVIDIA_RTX_4090_24G": Gpu("RTX 4090", 24),
    "NVIDIA_RTX_5090_32G": Gpu("RTX 5090", 32),
    "NVIDIA_RTX_6000_Ada_48G": Gpu("RTX 6000 Ada", 48),
    "NVIDIA_RTX_A6000_48G": Gpu("RTX A6000", 48),
    "NVIDIA_RTX_PRO_6000_96G": Gpu("RTX PRO 6000", 96),
}

# As the vendor's MCP server writes them; two of its sizes are not those of the guide's table.
ALIASES: Mapping[str, str] = {
    "A100_80G": "NVIDIA_A100_80G",
    "B200_192G": "NVIDIA_B200_180G",
    "B300_288G": "NVIDIA_B300_262G",
    "H100_80G": "NVIDIA_H100_80G",
    "RTX_4090_24G": "NVIDIA_RTX_4090_24G",
    "RTX_5090_32G": "NVIDIA_RTX_5090_32G",
}

# A node of us-east-2 with one RTX 5090, as SkyPilot's catalogue has it; taken where none is known.
_USUAL_SHARE = Share(vcpu=14, ram=119)
_SHARES: Mapping[str, Share] = {"AWS_Trainium_32G": Share(vcpu=8, ram=32)}
_SHARES_IN: Mapping[tuple[str, str], Share] = {
    (code, "us-central-2"): Share(vcpu=30, ram=115)
    for code in ("NVIDIA_GeForce_RTX_5090_32G", "NVIDIA_RTX_5090_32G")
}


def gpu(code: str) -> Gpu:
    """Return what is known of a GPU type; of one that only a given stock knows, its code."""
    return GPUS.get(code) or Gpu(code, 0)


def share_of(code: str, region: str) -> Share:
    """Return what comes with one GPU of a type in a region."""
    return _SHARES_IN.get((code, region)) or _SHARES.get(code, _USUAL_SHARE)
