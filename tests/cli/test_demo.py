"""`yotta-async demo`: real processes, real sockets, real signals; simulated pods."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

Start = Callable[..., "subprocess.Popen[str]"]


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=50)
    return process.returncode, out, err


def seen(process: "subprocess.Popen[str]", word: str) -> str:
    """Read progress up to the first line with a word."""
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return line
    raise AssertionError(f"the demo ended without {word!r}")


def test_it_makes_all_pods_keeps_the_limits_and_leaves_nothing(start: Start) -> None:
    code, out, err = finished(
        start("demo", "--json", "--pods", "8", "--speed", "120", "--faults", "0")
    )
    told: dict[str, Any] = json.loads(out)
    assert (code, told["ok"]) == (0, True)
    assert (told["pods_ready"], told["pods_left"], told["pods_made"]) == (8, 0, 8)
    served = told["served"]
    assert (served["refusals"], served["sixth_operations"], served["faults"]) == (0, 0, {})
    assert served["worst_concurrency"] <= 5
    assert 0 < served["least_possible"] <= told["makespan"]
    assert float(served["cost"]) > 0
    assert "120 x as fast" in err
    assert "\x1b" not in err


def test_it_survives_faults_full_regions_and_says_so(start: Start) -> None:
    arguments = ("--pods", "16", "--speed", "100", "--faults", "15", "--requests", "120")
    code, out, err = finished(start("demo", "--json", *arguments))
    told = json.loads(out)
    assert (code, told["pods_ready"], told["pods_left"]) == (0, 16, 0), err
    assert sum(told["served"]["faults"].values()) > 0
    assert told["out_of_stock"] > 0
    assert "is not free in" in err


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "starting 0"),  # before the first create is answered
        (signal.SIGINT, "is not free"),  # amid the creates
        (signal.SIGINT, "failed in"),  # when pods are ready
        (signal.SIGTERM, "is not free"),
    ],
)
def test_a_signal_deletes_everything(start: Start, number: signal.Signals, moment: str) -> None:
    process = start("demo", "--json", "--speed", "120")
    seen(process, moment)
    process.send_signal(number)
    code, out, err = finished(process)
    told = json.loads(out)
    assert (code, told["signal"]) == (128 + number, number)
    assert (told["pods_left"], told["left"]) == (0, {}), err
    assert told["served"]["refusals"] == 0
    assert f"{number.name}: deleting all pods" in err


def test_a_second_signal_leaves_at_once_and_tells_the_remedy(start: Start) -> None:
    process = start("demo", "--json", "--speed", "20", "--faults", "0")
    line = seen(process, "starting 5")
    process.send_signal(signal.SIGINT)
    seen(process, "once more")
    process.send_signal(signal.SIGINT)
    code, out, err = finished(process)
    assert (code, out) == (130, "")
    assert "left before everything was deleted" in err, line
    assert re.search(r"run: yotta-async fleet down demo-\w+ --yes$", err.strip())


def test_a_terminal_gets_one_frame_that_changes_in_place() -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "yotta_async", "demo", "--pods", "2", "--speed", "120"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(theirs)
    picture = _all_of(ours)
    assert process.communicate(timeout=20)[0].startswith(b"2 of 2 pods ready; 0 pods left")
    assert process.returncode == 0
    assert picture.count(b"2 pods, 4 regions") > 5
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
