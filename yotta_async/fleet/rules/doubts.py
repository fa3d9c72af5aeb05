"""
What may be a slip in the names of a fleet's places.

It is a doubt and no refusal: the lists of regions and GPU types are open, and the server's word is
final.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from ...models import PodSpec
from ...models._gpu_types import GPU_TYPES
from ...models._regions import doubted_regions, unknown
from .places import Placement


__all__ = ["doubts"]


class Offered(Protocol):
    """What is looked at of a GPU on offer."""

    @property
    def gpu_type(self) -> str: ...

    @property
    def region(self) -> str | None: ...


def doubts(
    specs: Mapping[str, PodSpec], placement: Placement, offers: Iterable[Offered] = ()
) -> tuple[str, ...]:
    """
    Return what may be a slip, in words.

    Args:
        specs: The fleet's pods, by key.
        placement: Where they may run.
        offers: What is on offer now. Empty if that was not asked for: then what has been seen in
            the service's documents is known.
    """
    offered = list(offers)
    whence = "is on offer" if offered else "is known here"
    named = placement.gpu_types or [spec.gpu_type for spec in specs.values()]
    kinds = {each.gpu_type for each in offered} or GPU_TYPES
    places = placement.regions or [name for spec in specs.values() for name in spec.regions]
    doubted = unknown("GPU type", named, kinds, whence)
    return (*doubted, *doubted_regions(places, (each.region for each in offered)))
