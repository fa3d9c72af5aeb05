"""
A case that breaks an invariant, made as small as it can be and still break the same one.

What is tried is read off the case's JSON, so no field has to be known here: lists and objects lose
parts, as what a world does not have is calm, and numbers become less. A part is what delta
debugging takes (Zeller and Hildebrandt, 2002): all of it, halves, quarters, down to single items.
Each gain begins the search anew, until nothing smaller breaks the invariant or the tries are used
up.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

from attrs import define, field, frozen

from ...errors import ConfigurationError
from ..worlds import CHANCES, World
from .cases import Case
from .outcomes import Outcome


__all__ = ["TRIES", "Shrunk", "shrink"]

Run: TypeAlias = Callable[[Case], Outcome]
Tree: TypeAlias = Any  # what a JSON decoder returns
# The keys and places that lead to a part of a tree.
Path: TypeAlias = tuple[str | int, ...]

TRIES: Final = 600
# Seconds: for the first answer, for the first exchange that times out, and for both of two.
_STORMS: Final = (1.0, 20.0, 45.0)


@frozen
class Shrunk:
    """
    What came of it.

    Attributes:
        outcome: That of the smallest case that was found.
        tries: How many cases were run.
    """

    outcome: Outcome
    tries: int


def shrink(outcome: Outcome, run: Run, *, tries: int = TRIES) -> Shrunk:
    """
    Return the smallest case that was found to break the invariant that a case has broken.

    Args:
        outcome: Of the case to begin with. If that broke nothing it is returned as it is.
        run: Runs a case, always with the same outcome.
        tries: How many cases are run at the most.

    Returns:
        The outcome of the smallest case, and the number of cases that were run.
    """
    search = _Search(outcome, run, tries)
    if outcome.broken is not None:
        while any(list(map(search.gains, _PASSES))):
            pass
    return Shrunk(search.best, tries - search.left)


@define(eq=False)
class _Search:
    """
    A search for a smaller case.

    Attributes:
        best: The outcome of the smallest case so far.
        left: How many cases may still be run.
    """

    best: Outcome
    _run: Run
    left: int
    _tried: set[str] = field(factory=set[str])

    def gains(self, smaller: Callable[[Tree], Iterator[Tree]]) -> bool:
        """Make the best case smaller in one way, again and again; return whether it ever was."""
        gained = False
        while any(map(self._breaks, smaller(self.best.case.to_dict()))):
            gained = True
        return gained

    def _breaks(self, tree: Tree) -> bool:
        """Try a tree, if it is that of a case; return whether it breaks the same."""
        try:
            outcome = self._outcome_of(Case.from_dict(tree))
        except (ConfigurationError, ValueError, TypeError, LookupError):
            return False  # no such case, or no such world
        if outcome is None or _invariant(outcome) != _invariant(self.best):
            return False
        self.best = outcome
        return True

    def _outcome_of(self, case: Case) -> Outcome | None:
        """Run a case, unless it was tried before, or there are no tries left."""
        text = json.dumps(case.to_dict(), sort_keys=True)
        if self.left < 1 or text in self._tried:
            return None
        self._tried.add(text)
        self.left -= 1
        return self._run(case)


def _invariant(outcome: Outcome) -> str | None:
    return None if outcome.broken is None else outcome.broken.invariant


# What is tried, the greatest gains first. Each yields trees that are smaller in one way.


def _with_less(tree: Tree) -> Iterator[Tree]:
    """Take parts out of what holds the most."""
    holders = [path for path, part in _parts(tree) if isinstance(part, list | dict)]
    for path in sorted(holders, key=lambda path: len(_at(tree, path)), reverse=True):
        for part in _rests(_at(tree, path)):
            yield _with(tree, path, part)


def _with_smaller_numbers(tree: Tree) -> Iterator[Tree]:
    """Bring numbers nearer to what they are in a calm world, and elsewhere to nothing."""
    for path, part in _parts(tree):
        is_certain = path[-1] in CHANCES and part == 1
        if isinstance(part, int | float) and not isinstance(part, bool) and not is_certain:
            for number in _nearer(part, _calm(path)):
                yield _with(tree, path, number)


def _with_certainties(tree: Tree) -> Iterator[Tree]:
    """Let what happens by chance happen each time, from the beginning and for a while."""
    world = tree["world"]
    for name in CHANCES:
        if 0 < world.get(name, 0) < 1:
            for storm in _STORMS:
                yield _with(tree, ("world",), {**world, name: 1.0, "storm": storm})


def _with_simpler_steps(tree: Tree) -> Iterator[Tree]:
    """Let one step be a look, or the making of one pod."""
    for index, step in enumerate(tree["steps"]):
        if step["verb"] not in ("list", "create"):
            at, client = step["at"], step.get("client", 0)
            for plain in ({"verb": "list"}, {"verb": "create", "arguments": {"pod": "a"}}):
                yield _with(tree, ("steps", index), {"at": at, "client": client, **plain})


_PASSES: Final = (_with_less, _with_simpler_steps, _with_certainties, _with_smaller_numbers)


def _rests(part: Tree) -> Iterator[Tree]:
    """Yield what is left of a list or an object without all of it, one half, the other, and so on.

    What is further back goes first: in a story what comes later depends on what came before.
    """
    is_object = isinstance(part, dict)
    items: list[Any] = [*(cast("dict[str, Tree]", part).items() if is_object else part)]
    width = len(items)
    while width:
        for last in range(len(items), 0, -width):
            rest = items[: max(0, last - width)] + items[last:]
            yield dict(rest) if is_object else rest
        width //= 2


def _nearer(number: float, aim: float) -> Iterator[float]:
    """Yield numbers between an aim and a number, the nearest to the aim first."""
    kind, distance = type(number), number - aim
    for each in (aim, aim + distance / 4, aim + distance / 2, float(round(number))):
        nearer = kind(round(each, 3))
        if abs(nearer - aim) < abs(distance):
            yield nearer


_CALM: Final = World()


def _calm(path: Path) -> float:
    value = getattr(_CALM, str(path[1]), 0) if path[0] == "world" and len(path) == 2 else 0
    return value if isinstance(value, int | float) else 0


# Trees.


def _parts(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Yield all parts of a tree, each with its path; a seed has no size."""
    if isinstance(tree, dict):
        items: list[tuple[Any, Tree]] = [*cast("dict[str, Tree]", tree).items()]
    else:
        items = [*enumerate(_elements(tree))]
    for key, part in items:
        if key != "seed":
            yield (*path, key), part
            yield from _parts(part, (*path, key))


def _elements(tree: Tree) -> list[Any]:
    return tree if isinstance(tree, list) else []  # pyright: ignore[reportUnknownVariableType]


def _at(tree: Tree, path: Path) -> Tree:
    for key in path:
        tree = tree[key]
    return tree


def _with(tree: Tree, path: Path, part: Tree) -> Tree:
    """Return a tree with another part at a path."""
    if not path:
        return part
    copy: Any = dict(cast("dict[str, Tree]", tree)) if isinstance(tree, dict) else [*tree]
    copy[path[0]] = _with(copy[path[0]], path[1:], part)
    return copy
