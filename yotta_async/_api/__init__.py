"""
The operations of each generation of the API, and the shapes that differ between them, as
data.
"""

from typing import Final

from .._core.operation import Operation
from .generation import Generation, given
from .v1 import V1
from .v2 import V2


__all__ = ["GENERATIONS", "Generation", "find_operation", "given"]

GENERATIONS: Final = {each.name: each for each in (V1, V2)}


def find_operation(method: str, path: str) -> Operation | None:
    """Return the operation, of whichever generation, that a request is; None for no known one."""
    known = (row.operation for each in GENERATIONS.values() for row in each.rows.values())
    fitting = [operation for operation in known if operation.fits(method, path)]
    # A path without placeholders is meant where one with them fits, too.
    return min(fitting, key=lambda operation: len(operation.placeholders), default=None)
