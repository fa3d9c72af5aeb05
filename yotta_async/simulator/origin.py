"""Who asks: words of a test kit, so that a thing which is left over tells where it came from."""

from contextvars import ContextVar
from typing import Final


__all__ = ["ORIGIN"]

# Of the task that sends; the work that is carried in a task of its own inherits it.
ORIGIN: Final[ContextVar[str]] = ContextVar("yotta_async.simulator.origin", default="")
