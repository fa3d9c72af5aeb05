"""A verb's docstring ends with where the verb comes from, as the rows have it."""

import pytest

from tests.house import sources
from tests.house.sources import line_of, updated
from yotta_async._api import GENERATIONS
from yotta_async._api.rows import Row, row


V1, V2 = (each.rows for each in GENERATIONS.values())

SOURCE = '''class Pods:
    """Pods."""

    async def get(self) -> None:
        """Return one pod."""

    async def list(self) -> None:
        """
        Return all pods.

        Raises:
            APIError: Any.

        Source: an old
        line.
        """

    async def wait(self) -> None:
        """Wait for a pod."""
'''
UPDATED = '''class Pods:
    """Pods."""

    async def get(self) -> None:
        """
        Return one pod.

        Source: the documentation of the first generation, ``GET /v1/pods/{pod_id}/and/further``;
        that of the second.
        """

    async def list(self) -> None:
        """
        Return all pods.

        Raises:
            APIError: Any.

        Source: a new line.
        """

    async def wait(self) -> None:
        """Wait for a pod."""
'''
LINES = {
    "Pods.get": (
        "Source: the documentation of the first generation, ``GET /v1/pods/{pod_id}/and/further``;"
        " that of the second."
    ),
    "Pods.list": "Source: a new line.",
    "Pods.wait": "",
}


def test_every_row_with_a_verb_is_the_source_of_one() -> None:
    verbs = {row.verb for each in GENERATIONS.values() for row in each.rows.values()} - {"request"}
    assert len([line for line in sources.lines().values() if line]) == len(verbs)


GET, POST = row("getPod", "GET /pods/{pod_id}"), row("getPod", "POST /pods/{pod_id}")


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ({"v1": V1["getPod"]}, "v1 ``getPodV1``, ``GET /openapi/v1/pods/{pod_id}``"),
        ({"v2": V2["getPod"]}, "v2 ``getPodById``, ``GET /v2/pods/{pod_id}``"),
        (
            {"v1": GET, "v2": POST},
            "v1 ``getPod``, ``GET /pods/{pod_id}``; v2 ``getPod``, ``POST /pods/{pod_id}``",
        ),
        ({"v1": GET, "v2": GET}, "v1 and v2 ``getPod``, ``GET /pods/{pod_id}``"),
    ],
)
def test_a_line_names_the_operation_of_each_generation(rows: dict[str, Row], line: str) -> None:
    assert line_of(rows) == f"Source: {line}."


def test_a_line_is_added_or_exchanged_and_code_in_it_is_not_wrapped() -> None:
    assert updated(SOURCE, LINES) == UPDATED


def test_an_overload_without_a_docstring_gets_none() -> None:
    source = "class Pods:\n    def get(self) -> None: ...\n"
    assert updated(source, {"Pods.get": "Source: a line."}) == source


def test_what_is_up_to_date_stays_as_it_is() -> None:
    assert updated(UPDATED, LINES) == UPDATED
    assert updated(SOURCE, {}) == SOURCE


def test_a_verb_without_a_row_loses_its_line() -> None:
    assert "Source" not in updated(SOURCE, {"Pods.list": ""})


def test_the_stub_of_an_overload_stays_as_it_is() -> None:
    stub = "class Pods:\n    @overload\n    async def get(self) -> None: ...\n"
    assert updated(stub, {"Pods.get": "Source: a line."}) == stub
