"""Which line of a program makes a call: the nearest one that is in no library."""

from collections.abc import Iterator
from inspect import currentframe
from pathlib import Path
from types import FrameType
from typing import Final, TypeVar

from attrs import define

from ..._call.ownership import Owner, Unwanted, Work
from ...simulator.origin import ORIGIN


__all__ = ["NotingOwner", "origin_of"]

T = TypeVar("T")

# What stands between a program and the line that sends.
_LIBRARIES: Final = frozenset(
    {"anyio", "asyncio", "attr", "contextlib", "pluggy", "_pytest", "pytest_asyncio", "trio"}
)
_LOOPS: Final = ("asyncio.events", "asyncio.base_events", "trio._core.")
_PACKAGE: Final = __name__.partition(".")[0]
_FLEET: Final = f"{_PACKAGE}.fleet."


@define(eq=False)
class NotingOwner(Owner):
    """Carries what changes something, and notes which line of the program asked for it."""

    async def carry(
        self,
        work: Work[T],
        unwanted: Unwanted[T],
        *,
        patient: bool = True,
        grace: float | None = None,
    ) -> T:
        token = ORIGIN.set(origin_of(currentframe()))
        try:
            # Not super(): attrs makes the class anew, for its slots.
            return await Owner.carry(self, work, unwanted, patient=patient, grace=grace)
        finally:
            ORIGIN.reset(token)


def origin_of(frame: FrameType | None) -> str:
    """Return the nearest line of a program, or that a fleet asks; empty where neither is known."""
    modules: list[str] = []
    for each in _outwards(frame):
        module: str = each.f_globals.get("__name__", "")
        if module.startswith(_LOOPS):
            break  # what is further out started the event loop, and not this call
        if module.partition(".")[0] not in _LIBRARIES | {_PACKAGE}:
            place = f"{_shown(each.f_code.co_filename)}:{each.f_lineno}"
            return f"from {place} in {each.f_code.co_qualname}"
        modules.append(module)
    return "for a fleet" if any(module.startswith(_FLEET) for module in modules) else ""


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _shown(file: str) -> str:
    """Return a path from the working directory where it is below, as a terminal makes it a link."""
    path = Path(file)
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.name
