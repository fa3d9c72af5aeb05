"""All generations of the API, by name."""

from typing import Final

from .v1 import V1
from .v2 import V2


__all__ = ["GENERATIONS"]

GENERATIONS: Final = {each.name: each for each in (V1, V2)}
