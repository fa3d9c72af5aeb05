"""
The GPU codes that have been seen, for hints alone: the server knows more, and its list is open.

Source: the API guide's table of GPU types, and the codes of the v1 examples.
"""

from difflib import get_close_matches
from typing import Final


_SEEN: Final = (
    "AMD_MI300X_192G",
    "AWS_Trainium_32G",
    "NVIDIA_A100_40G",
    "NVIDIA_A100_80G",
    "NVIDIA_A100_PCIe_40G",
    "NVIDIA_A100_PCIe_80G",
    "NVIDIA_A10_24G",
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
)
GPU_TYPES: Final = frozenset(_SEEN)
_BY_FOLDED: Final = {code.casefold(): code for code in _SEEN}


def misspelt(code: str) -> str | None:
    """The code that is meant, where this one differs from it only in case; else None."""
    meant = _BY_FOLDED.get(code.strip().casefold())
    return None if meant == code else meant


def likely_meant(code: str) -> str:
    """A question for the codes that are most like one that is refused; "" if it is known, or none
    is like it.
    """
    if code in _SEEN:
        return ""
    found = get_close_matches(code.casefold(), _BY_FOLDED, n=2, cutoff=0.75)
    return f"Did you mean {' or '.join(_BY_FOLDED[each] for each in found)}?" if found else ""
