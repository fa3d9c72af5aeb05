"""`yotta-async demo`: its job in virtual time; in real processes what signals and screens do."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.demos import Interrupt, performed, settings_of


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

Start = Callable[..., "subprocess.Popen[str]"]
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def seen(process: "subprocess.Popen[str]", words: str) -> None:
    """Read progress up to the first line with some words."""
    assert process.stderr is not None
    assert any(re.search(words, line) for line in process.stderr), f"it ended without {words!r}"


# In virtual time.


def test_it_makes_all_pods_keeps_the_limits_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = performed(settings_of(pods=8))
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (code, told["ok"]) == (0, True)
    assert (told["pods_ready"], told["pods_left"], told["pods_made"]) == (8, 0, 8)
    served = told["served"]
    assert (served["refusals"], served["sixth_operations"], served["faults"]) == (0, 0, {})
    assert served["worst_concurrency"] <= 5
    assert 0 < served["least_possible"] <= told["makespan"]
    assert float(served["cost"]) > 0


def test_it_leaves_logging_as_it_was() -> None:
    before = list(logging.getLogger("yotta_async.progress").handlers)
    performed(settings_of(pods=1))
    assert logging.getLogger("yotta_async.progress").handlers == before


def test_it_survives_faults_full_regions_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code = performed(settings_of(pods=16, requests=120, faults=0.15))
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (code, told["pods_ready"], told["pods_left"]) == (0, 16, 0), err
    assert sum(told["served"]["faults"].values()) > 0
    assert told["out_of_stock"] > 0
    assert "is not free in" in err


@pytest.mark.parametrize(
    "interrupt",
    [
        *(Interrupt(number, 0.1) for number in SIGNALS),  # before the first create is answered
        *(Interrupt(number, after) for number in SIGNALS for after in (1.0, 5.0)),  # amid creates
        *(Interrupt(number, 120.0) for number in SIGNALS),  # when pods are ready
        Interrupt(signal.SIGINT, 250.0),  # when all are deleted anyway
    ],
    ids=str,
)
def test_a_signal_deletes_everything(
    interrupt: Interrupt, capsys: pytest.CaptureFixture[str]
) -> None:
    code = performed(settings_of(pods=40, faults=0.06), [interrupt])
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (code, told["signal"]) == (128 + interrupt.number, interrupt.number)
    assert (told["pods_left"], told["left"]) == (0, {}), err
    assert told["served"]["refusals"] == 0
    assert f"{interrupt.number.name}: deleting all pods" in err


# In processes of their own, over sockets.


def test_as_a_process_it_prints_data_and_tells_how_it_goes(start: Start) -> None:
    code, out, err = finished(start("demo", "--json", "--pods", "2", "--faults", "0"))
    told = json.loads(out)
    assert (code, told["pods_ready"], told["pods_left"]) == (0, 2, 0)
    assert "30 x as fast" in err
    assert "\x1b" not in err


def test_as_a_process_it_heeds_a_signal(start: Start) -> None:
    process = start("demo", "--json", "--pods", "12", "--regions", "2")
    seen(process, "is not free")
    process.terminate()
    code, out, err = finished(process)
    told = json.loads(out)
    assert (code, told["signal"]) == (128 + signal.SIGTERM, signal.SIGTERM)
    assert (told["pods_left"], told["left"]) == (0, {}), err
    assert "SIGTERM: deleting all pods" in err


def test_a_second_signal_leaves_at_once_and_tells_the_remedy(start: Start) -> None:
    process = start("demo", "--json", "--pods", "20", "--speed", "2", "--faults", "0")
    seen(process, r"starting [1-9]")
    process.send_signal(signal.SIGINT)
    seen(process, "once more")
    process.send_signal(signal.SIGINT)
    code, out, err = finished(process)
    assert (code, out) == (130, "")
    assert "left before everything was deleted" in err
    assert re.search(r"run: yotta-async fleet down demo-\w+ --yes$", err.strip())


def test_a_terminal_gets_one_frame_that_changes_in_place() -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "yotta_async", "demo", "--pods", "2", "--speed", "60"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(theirs)
    picture = _all_of(ours)
    assert process.communicate()[0].startswith(b"2 of 2 pods ready; 0 pods left")
    assert process.returncode == 0
    assert picture.count(b"2 pods, 4 regions") > 1
    assert b"\x1b[1A" in picture
    assert picture.rstrip().endswith(b"\x1b[?25h")  # the cursor is shown again


def _all_of(terminal: int) -> bytes:
    read = b""
    try:
        while piece := os.read(terminal, 65536):
            read += piece
    except OSError:  # the other side is closed
        pass
    os.close(terminal)
    return read
