"""examples/fleet.ipynb runs from its first cell to its last, and leaves nothing."""

import ast
import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest


NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "fleet.ipynb"


def cells(kind: str) -> list[str]:
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == kind]


async def run_all() -> dict[str, Any]:
    """Run the cells as a kernel does: in one namespace, each in a task of its own."""
    names: dict[str, Any] = {"__name__": "notebook"}
    for number, source in enumerate(cells("code")):
        code = compile(source, f"cell {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        done = eval(code, names)  # noqa: S307  # the notebook's own code
        if inspect.iscoroutine(done):
            await asyncio.create_task(done)
    return names


@pytest.mark.asyncio_only
async def test_it_runs_from_top_to_bottom_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = await run_all()
    told = capsys.readouterr().out
    assert told.count("203.0.113.10:") == 6
    assert names["squares"] == {number: number**2 for number in range(20)}
    pods = names["client"].simulator.pods
    assert [pod for pod in pods if pod.status not in ("TERMINATING", "TERMINATED")] == []


def test_it_is_committed_without_outputs() -> None:
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_it_says_which_line_changes_for_the_real_service() -> None:
    assert "AsyncYotta(): the real service" in cells("code")[0]
