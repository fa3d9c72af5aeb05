"""
What may be a slip in the names of a fleet's places.

It is a doubt and no refusal: the lists of regions and GPU types are open, and the server's word is
final.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from ...errors._arguments import did_you_mean
from ...models import PodSpec
from ...models._gpu_types import GPU_TYPES
from ...models._regions import REGIONS
from .places import Placement


__all__ = ["doubted_regions", "doubts"]


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
    doubted = _unknown("GPU type", named, kinds, whence)
    return (*doubted, *doubted_regions(places, offered))


def doubted_regions(names: Iterable[str], offers: Iterable[Offered] = ()) -> list[str]:
    """Return which names of regions may be a slip, in words, as `doubts` does."""
    offered = {each.region for each in offers if each.region}
    whence = "is on offer" if offered else "is known here"
    return _unknown("region", names, offered or REGIONS, whence)


def _unknown(thing: str, names: Iterable[str], known: Collection[str], whence: str) -> list[str]:
    return [
        f"no {thing} {name} {whence}. {did_you_mean(name, known)}".strip()
        for name in dict.fromkeys(names)
        if name not in known
    ]
