"""
The operations of each generation of the API, and the shapes that differ between them, as
data.
"""

from typing import TYPE_CHECKING

from .._call.rules.operation import Operation
from .._lazy import names_of as _names_of
from .rows import Generation, given


if TYPE_CHECKING:
    from .generations import GENERATIONS
else:
    _HOMES = {".generations": "GENERATIONS"}
    __getattr__, __dir__ = _names_of(__name__, _HOMES)


__all__ = ["GENERATIONS", "Generation", "find_operation", "given"]


def find_operation(method: str, path: str) -> Operation | None:
    """Return the operation, of whichever generation, that a request is; None for no known one."""
    from .generations import GENERATIONS  # noqa: PLC0415  # all of both, which few programs need

    known = (row.operation for each in GENERATIONS.values() for row in each.rows.values())
    fitting = [operation for operation in known if operation.fits(method, path)]
    # A path without placeholders is meant where one with them fits, too.
    return min(fitting, key=lambda operation: len(operation.placeholders), default=None)
