"""
The codes of regions that have been seen, for hints alone: the server knows more, and its list is
open.

Source: every region that the service's documents and examples name; coarse ones, as us-east, stand
for those they begin.
"""

from collections.abc import Collection, Iterable
from typing import Final

from ..errors._arguments import did_you_mean


__all__ = ["REGIONS", "doubted_regions", "unknown"]

REGIONS: Final = frozenset(
    {
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
    }
)


def doubted_regions(names: Iterable[str], offered: Iterable[str | None] = ()) -> list[str]:
    """Return which names of regions may be a slip, in words, by what is on offer or was seen."""
    known = {each for each in offered if each}
    return unknown("region", names, known or REGIONS, "is on offer" if known else "is known here")


def unknown(thing: str, names: Iterable[str], known: Collection[str], whence: str) -> list[str]:
    """Return which names are not known, in words, each with the one that may be meant."""
    return [
        f"no {thing} {name} {whence}. {did_you_mean(name, known)}".strip()
        for name in dict.fromkeys(names)
        if name not in known
    ]
