"""What a map shows people of how far it is: nothing unless asked, else lines, or a bar."""

import io
import logging
import sys

import anyio
import pytest

from tests.fleet.fleets import make_fleet_lab
from tests.fleet.words import without_logging
from tests.lab import SPEC
from yotta_async import Pod


async def work(_pod: Pod, _item: int) -> None:
    await anyio.sleep(20.0)


async def mapped(*, progress: bool) -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep", exit_timeout=100.0) as fleet:
        await fleet.up([SPEC] * 2)
        async for _ in fleet.map(work, range(6), progress=progress):
            pass


async def test_without_being_asked_a_map_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_logging(monkeypatch)
    await mapped(progress=False)
    assert "map on fleet" not in capsys.readouterr().err


async def test_lines_say_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_logging(monkeypatch)
    await mapped(progress=True)
    lines = [line for line in capsys.readouterr().err.splitlines() if "map on fleet" in line]
    assert lines[0].startswith("map on fleet sweep: 0 of 6 items done, 0 failed, 2 at work; $")
    assert any("2 of 6 items done" in line for line in lines)
    assert "6 of 6 items done, 0 failed, 0 at work" in lines[-1]


async def test_lines_are_records_where_logging_is_configured(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "yotta_async.progress"):
        await mapped(progress=True)
    assert any("map on fleet sweep" in record.getMessage() for record in caplog.records)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_on_a_terminal_with_rich_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    without_logging(monkeypatch)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "200")
    await mapped(progress=True)
    assert "100%" in terminal.getvalue()
    assert "6 of 6 items done" in terminal.getvalue()


async def test_on_a_terminal_without_rich_there_are_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_logging(monkeypatch)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    await mapped(progress=True)
    assert "\nmap on fleet sweep: 2 of 6 items done" in terminal.getvalue()
