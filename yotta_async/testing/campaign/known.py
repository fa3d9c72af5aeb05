"""Gaps of this package that are known, by name, and are not judged until they are closed."""

from collections.abc import Callable, Mapping
from typing import Final

from .cases import Case


__all__ = ["KNOWN"]


def _settled_one_name(case: Case) -> bool:
    """
    Where operations last until pods are at rest, a slot is kept by the name of its create.

    So creates of one chosen name that are under way together keep one slot between them (seed
    20151), and the server may refuse the next one.
    """
    names = [step.arguments.get("name") for step in case.steps if step.verb == "create"]
    chosen = [name for name in names if name is not None]
    return case.world.settled and len(chosen) > len(set(chosen))


KNOWN: Final[Mapping[str, Callable[[Case], bool]]] = {"settled-one-name": _settled_one_name}
