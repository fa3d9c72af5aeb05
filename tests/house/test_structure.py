"""The figures of the package's structure, and the limits that they keep to."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.house import structure
from tests.house.structure import MOST_FILES, Room, Structure
from tests.house.traces import Trace, Tracer, get
from yotta_async.testing import run_virtual


PACKAGE = Path(__file__).resolve().parents[2] / "yotta_async"


@pytest.fixture(scope="module")
def found() -> Structure:
    return structure.measured()


def test_no_call_passes_through_more_files_than_it_may(found: Structure) -> None:
    assert structure.excess(found) == {}


def test_a_file_too_many_is_told_by_name(found: Structure) -> None:
    files = ("file.py",) * (MOST_FILES["pods.get"] + 2)
    longer = evolve(found.traces["pods.get"], files=files)
    assert structure.excess(evolve(found, traces=found.traces | {"pods.get": longer})) == {
        "pods.get": 2
    }


def test_every_module_of_the_package_is_in_one_room(found: Structure) -> None:
    modules = sum(room.modules for room in found.rooms.values())
    assert modules == len(list(PACKAGE.rglob("*.py")))


def test_an_import_that_leaves_a_room_enters_another(found: Structure) -> None:
    rooms = found.rooms.values()
    assert sum(room.leaving for room in rooms) == found.crossing
    assert sum(room.entering for room in rooms) == found.crossing
    assert sum(room.inside for room in rooms) == found.imports - found.crossing


def test_cohesion_is_the_share_of_imports_that_stay_inside() -> None:
    assert Room(modules=2, inside=1, leaving=2, entering=1).cohesion == 0.25
    assert Room(modules=1, inside=0, leaving=2, entering=1).cohesion is None


def test_the_report_and_the_json_have_every_room_and_trace(found: Structure) -> None:
    names = {*found.rooms, *found.traces}
    lines = structure.report(found).splitlines()
    assert {name for name in names if any(line.startswith(f"{name}  ") for line in lines)} == names
    whole = json.loads(json.dumps(structure.figures(found)))
    assert whole["rooms"].keys() | whole["traces"].keys() == names


def test_a_call_is_traced_alike_each_time(found: Structure) -> None:
    assert run_virtual(get) == run_virtual(get) == found.traces["pods.get"]


def test_a_trace_has_the_clients_files_alone(found: Structure) -> None:
    files = {file for trace in found.traces.values() for file in trace.files}
    assert [file for file in files if not (PACKAGE / file).is_file()] == []
    assert {file for file in files if file.startswith(("simulator", "testing"))} == set()


def traced(**sources: str) -> Trace:
    """Trace a call of ``main``, with each of some sources in a file of its own."""
    names: dict[str, Any] = {}
    for file, source in sources.items():
        exec(compile(source, f"package/{file}.py", "exec"), names)  # noqa: S102  # our own words
    with Tracer("package/") as tracer:
        names["main"]()
    return tracer.trace()


def test_a_call_through_a_library_changes_the_file() -> None:
    trace = traced(
        a="def main(): return sorted([2, 1], key=second)",
        b="def second(item): return item",
    )
    assert trace == Trace(functions=2, files=("a.py", "b.py"), calls=3, changes=2)


def test_a_call_within_a_file_does_not_change_it() -> None:
    trace = traced(a="def main(): return (lambda: 1)()")
    assert trace == Trace(functions=2, files=("a.py",), calls=2, changes=0)


def test_a_comprehension_belongs_to_the_function_around_it() -> None:
    trace = traced(
        a="def main(): return [second() for _ in range(3)], sum(second() for _ in range(4))",
        b="def second(): return 1",
    )
    assert trace == Trace(functions=2, files=("a.py", "b.py"), calls=8, changes=7)


def test_a_function_that_waits_is_called_once() -> None:
    trace = traced(a="def main(): return list(steps())\ndef steps(): yield from (1, 2, 3)")
    assert trace == Trace(functions=2, files=("a.py",), calls=2, changes=0)
