"""Every operation of both documents has its row, its verb, its model, its route, and is called."""

import inspect
import json
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from tests.contract.contract import CONTRACT, Documented
from tests.contract.exercises import EXERCISES, prepare
from tests.contract.operations_page import nouns, verb_of
from yotta_async import AsyncYotta
from yotta_async._api import GENERATIONS
from yotta_async._api.rows import Row
from yotta_async.simulator.api import ROUTES


DOCUMENTS = Path(__file__).parents[3] / "shared" / "yotta-api"
EACH = pytest.mark.parametrize("documented", CONTRACT, ids=str)


def row_of(documented: Documented) -> Row:
    rows = GENERATIONS[documented.generation].rows.values()
    (row,) = (row for row in rows if row.reference == documented.reference)
    return row


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the OpenAPI documents are not beside this tree")
@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_contract_is_that_of_the_documents(generation: str) -> None:
    document = json.loads((DOCUMENTS / f"openapi_{generation}.json").read_text())
    found = {
        (each["operationId"], method.upper(), path)
        for path, methods in document["paths"].items()
        for method, each in methods.items()
        if "operationId" in each
    }
    ours = [each for each in CONTRACT if each.generation == generation]
    assert {(each.reference, each.method, each.path) for each in ours} == found


@EACH
def test_it_has_its_row(documented: Documented) -> None:
    operation = row_of(documented).operation
    assert (operation.method, shape(operation.path)) == (documented.method, shape(documented.path))


@EACH
def test_its_route_is_in_the_simulator(documented: Documented) -> None:
    operation = row_of(documented).operation
    assert [
        route.operation
        for route in ROUTES
        if (route.method, shape(route.template)) == (operation.method, shape(operation.path))
    ] == [operation.id]


@EACH
def test_pod_operations_are_the_same_for_both_sides(documented: Documented) -> None:
    operation = row_of(documented).operation
    (route,) = (
        route
        for route in ROUTES
        if (route.method, shape(route.template)) == (operation.method, shape(operation.path))
    )
    assert route.pod_operation == operation.pod_operation


@EACH
def test_its_verb_returns_a_model(documented: Documented) -> None:
    verb = verb_of(row_of(documented))
    returned = typing.get_type_hints(verb)["return"]
    untyped = row_of(documented).verb == "request"
    assert (returned is Any) == untyped
    assert verb.__doc__


@EACH
async def test_it_can_be_called(documented: Documented) -> None:
    operation = row_of(documented).operation.id
    yotta = AsyncYotta.simulated(api_version=documented.generation)
    assert yotta.simulator is not None
    async with yotta:
        world = await prepare(yotta, documented.generation)
        before = yotta.simulator.operations[operation]
        await EXERCISES[operation](yotta, world)
        assert yotta.simulator.operations[operation] > before


def test_no_row_is_without_its_document() -> None:
    documented = {(each.generation, each.reference) for each in CONTRACT}
    known = {
        (name, row.reference) for name, each in GENERATIONS.items() for row in each.rows.values()
    }
    # The path of the key's check bears no version, so it serves the second generation as well.
    assert known - documented == {("v2", "checkKey")}


def test_no_public_verb_is_without_a_row() -> None:
    verbs = {row.verb for each in GENERATIONS.values() for row in each.rows.values()}
    public = {
        f"{noun}.{name}"
        for noun, kind in nouns().items()
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }
    made_of_others = {
        "pods.wait",
        "pods.watch",
        "serverless.wait",
        "tasks.wait",
        "tasks.map",
        "vms.wait",
    }
    assert public - made_of_others == verbs - {"request", "check_key"}
