"""
The structure of the package in figures: ``python -m tests.house.structure [--json]``.

A *room* is a folder of the package, or a module that lies loose beside them; ``__init__`` is the
package's own. An *import* is one module that imports another of the package, however many names
or statements it takes; those inside functions and those for type checking count. It *crosses* when
the two are in different rooms. An *arrow* leads from one room to another if at least one import
does.

*Cohesion* is the share of a room's imports that stay inside: inside / (inside + leaving +
entering).

What code passes through at run time is defined in `traces`. The exit code is 1 if a call passes
through more files than `MOST_FILES` allows.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

import attrs
import grimp
from attrs import frozen

from tests.house.traces import Trace, traces


__all__ = ["MOST_FILES", "Room", "Structure", "excess", "figures", "measured", "report"]

MOST_FILES: Final = {"pods.get": 20, "pods.create": 22}
_PACKAGE: Final = "yotta_async"

Import = tuple[str, str]


@frozen(kw_only=True)
class Room:
    """
    One room.

    Attributes:
        modules: How many modules it has.
        inside: Imports of one of its modules by another.
        leaving: Imports of other rooms' modules by its own.
        entering: Imports of its modules by other rooms'.
    """

    modules: int
    inside: int
    leaving: int
    entering: int

    @property
    def cohesion(self) -> float | None:
        """Between 0 and 1; None for one module alone, inside of which there is nothing."""
        if self.modules == 1:
            return None
        return self.inside / (self.inside + self.leaving + self.entering)


@frozen(kw_only=True)
class Structure:
    """
    The package.

    Attributes:
        imports: How many imports there are.
        crossing: How many of them cross from one room to another.
        arrows: Between how many pairs of rooms; two that import each other have two.
        rooms: By name.
        traces: By what was traced.
    """

    imports: int
    crossing: int
    arrows: int
    rooms: dict[str, Room]
    traces: dict[str, Trace]


def measured() -> Structure:
    """Measure the package that is imported here."""
    graph = grimp.build_graph(_PACKAGE, cache_dir=None)
    imports = [(a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a)]
    between = [(a, b) for a, b in (map(_room_of, pair) for pair in imports) if a != b]
    return Structure(
        imports=len(imports),
        crossing=len(between),
        arrows=len(set(between)),
        rooms=_rooms(graph.modules, imports),
        traces=traces(),
    )


def _rooms(modules: Iterable[str], imports: Iterable[Import]) -> dict[str, Room]:
    by_room = {name: list(own) for name, own in groupby(sorted(modules, key=_room_of), _room_of)}
    pairs = [(_room_of(importer), _room_of(imported)) for importer, imported in imports]
    return {
        name: Room(
            modules=len(own),
            inside=pairs.count((name, name)),
            leaving=sum(a == name != b for a, b in pairs),
            entering=sum(a != name == b for a, b in pairs),
        )
        for name, own in by_room.items()
    }


def _room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def excess(found: Structure) -> dict[str, int]:
    """Return by how many files a trace is longer than it may be, for those that are."""
    files = {name: len(found.traces[name].files) for name in MOST_FILES}
    return {name: files[name] - most for name, most in MOST_FILES.items() if files[name] > most}


def figures(found: Structure) -> dict[str, Any]:
    """Return all figures as JSON has them."""
    whole = attrs.asdict(found)
    for name, room in found.rooms.items():
        whole["rooms"][name]["cohesion"] = room.cohesion
    return whole


def report(found: Structure) -> str:
    """Return the figures as text: a head and two tables."""
    folders = sum(room.modules > 1 for room in found.rooms.values())
    share = found.crossing / found.imports
    head = (
        f"{len(found.rooms)} rooms: {folders} folders, {len(found.rooms) - folders} loose modules\n"
        f"{found.arrows} arrows between them\n"
        f"{found.imports:,} imports, of which {found.crossing:,} cross ({share:.0%})"
    )
    return "\n\n".join([head, _rooms_table(found.rooms), _traces_table(found.traces)])


def _rooms_table(rooms: dict[str, Room]) -> str:
    largest_first = sorted(rooms.items(), key=lambda item: -item[1].modules)
    rows = [
        (name, *map(str, attrs.astuple(room)), _share(room.cohesion))
        for name, room in largest_first
    ]
    return _table(("room", "modules", "inside", "leaving", "entering", "cohesion"), rows)


def _share(cohesion: float | None) -> str:
    return "" if cohesion is None else f"{cohesion:.2f}"


def _traces_table(traced: dict[str, Trace]) -> str:
    rows = [
        (
            name,
            f"{each.functions}",
            f"{len(each.files)}",
            f"{MOST_FILES.get(name, '')}",
            f"{each.calls:,}",
            f"{each.changes:,}",
        )
        for name, each in traced.items()
    ]
    return _table(("trace", "functions", "files", "at most", "calls", "changes of file"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Align columns: the first to the left, figures to the right."""
    cells = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    first, *others = widths
    return "\n".join(
        "  ".join([name.ljust(first), *map(str.rjust, figures, others)]).rstrip()
        for name, *figures in cells
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.house.structure")
    parser.add_argument("--json", action="store_true", help="print JSON, with the files' names")
    options = parser.parse_args(arguments)
    found = measured()
    print(json.dumps(figures(found), indent=2) if options.json else report(found))
    return int(bool(excess(found)))


if __name__ == "__main__":
    sys.exit(main())
