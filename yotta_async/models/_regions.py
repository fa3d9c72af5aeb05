"""
The codes of regions that have been seen, for hints alone: the server knows more, and its list is
open.

Source: every region that the service's documents and examples name; coarse ones, as us-east, stand
for those they begin.
"""

from typing import Final


__all__ = ["REGIONS"]

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
