"""The page about maps: its Python runs, from top to bottom."""

import ast
import inspect
from pathlib import Path
from types import CodeType

import pytest

from tests.house.markdown import blocks
from yotta_async import read_journal
from yotta_async.testing import run_virtual


PAGE = Path(__file__).resolve().parents[2] / "docs" / "map.md"


def compiled(block: str) -> CodeType:
    code: CodeType = compile(block, PAGE.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


@pytest.mark.filterwarnings("ignore:.*was not closed:ResourceWarning")
def test_its_blocks_run_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "map"}

    async def run_all() -> None:
        for block in blocks(PAGE.read_text(encoding="utf-8"), "python"):
            done = eval(compiled(block), names)  # noqa: S307  # the page's own code
            if inspect.isawaitable(done):
                await done

    run_virtual(run_all)
    told = capsys.readouterr().out
    assert names["losses"] == {rate: 1 / rate for rate in range(1, 9)}
    assert names["seen"] == 10
    assert [f"{index} True" in told for index in range(4)] == [True] * 4
    assert "4 False" in told
    assert len(read_journal("sweep.jsonl")) == 5
