"""The same over TCP, in processes of their own: what signals and pipes do."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

Start = Callable[..., "subprocess.Popen[str]"]
GPU = "NVIDIA_RTX_5090_32G"
UP = ("fleet", "up", "--name", "sweep", "--image", "a", "--gpu-type", GPU, "--count", "3")


@pytest.fixture
def url(start: Start) -> str:
    service = start("simulate", "--port", "0")
    assert service.stdout is not None
    return service.stdout.readline().strip()


@pytest.fixture
def command(start: Start, url: str) -> Start:
    """Start a command against a service of its own."""
    return lambda *words: start(*words, YOTTA_API_KEY="a-key", YOTTA_BASE_URL=url)


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=50)
    return process.returncode, out, err


def seen(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return
    raise AssertionError(f"the command ended without {word!r}")


def statuses(command: Start) -> set[str]:
    code, out, _err = finished(command("fleet", "ps", "sweep", "--json"))
    assert code == 0
    return {each["status"] for each in json.loads(out)}


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_deletes_the_fleet(command: Start, name: str) -> None:
    up = command(*UP)
    seen(up, "starts")
    up.send_signal(signal.Signals[name])
    code, _out, err = finished(up)
    assert code == 128 + signal.Signals[name]
    assert "all of its pods are deleted" in err
    assert statuses(command) <= {"TERMINATING"}


def test_what_a_second_ctrl_c_leaves_is_brought_down_by_the_command_that_it_names(
    command: Start,
) -> None:
    up = command(*UP, "--on-exit", "pause")  # which waits until they run
    seen(up, "starts")
    up.send_signal(signal.SIGINT)
    seen(up, "once more to leave at once")
    up.send_signal(signal.SIGINT)
    code, _out, err = finished(up)
    [line] = [line for line in err.splitlines() if "Run: " in line]
    assert code == 130
    words = line.split("Run: yotta-async ")[1].split()
    assert words == ["fleet", "down", "sweep", "--yes"]
    code, out, err = finished(command(*words))
    assert (code, out) == (0, "")
    assert re.search(r"\d pods deleted; a list shows that none is left", err)
    assert statuses(command) <= {"TERMINATING"}


def test_without_a_service_the_address_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
    code, out, err = finished(start("gpus", YOTTA_API_KEY="k", YOTTA_BASE_URL=url))
    assert (code, out) == (1, "")
    assert f"no connection (ConnectError) ({url})." in err
    assert "Traceback" not in err


def test_a_pipe_that_nobody_reads_is_no_error(command: Start) -> None:
    gpus = command("gpus")
    assert gpus.stdout is not None
    gpus.stdout.close()
    gpus.stdout = None
    code, _out, err = finished(gpus)
    assert (code, err) == (141, "")


def test_a_terminal_gets_a_table(url: str) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    service = {"YOTTA_API_KEY": "a-key", "YOTTA_BASE_URL": url}
    process = subprocess.Popen(
        [sys.executable, "-m", "yotta_async", "gpus"],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=os.environ | service | {"TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(theirs)
    picture = _all_of(ours)
    assert process.communicate(timeout=20)[1] == b""
    assert b"\x1b[1m" in picture  # its head is bold
    assert GPU.encode() in picture


def _all_of(terminal: int) -> bytes:
    read = b""
    try:
        while piece := os.read(terminal, 65536):
            read += piece
    except OSError:  # the other side is closed
        pass
    os.close(terminal)
    return read
