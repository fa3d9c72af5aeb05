"""`yotta-async simulate`, a loopback service; and `demo --live` against one."""

import io
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.contract.served import Served, serving
from yotta_async.cli._commands import run


if TYPE_CHECKING:
    import subprocess


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

KEY = "a-secret-key"
Start = Callable[..., "subprocess.Popen[str]"]


def begun(start: Start, *arguments: str) -> "tuple[subprocess.Popen[str], str, str]":
    """Return the service, its URL and all that it says at first."""
    process = start("simulate", "--port", "0", *arguments)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], "it has ended"
    return process, lines[0].strip(), "".join(lines)


def stopped(process: "subprocess.Popen[str]") -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=300)
    return process.returncode, err


def test_it_answers_until_ctrl_c_and_tells_each_request(start: Start) -> None:
    process, url, said = begun(start, "--verbose", "--speed", "20")
    answer = httpx.get(f"{url}/openapi/v1/pods/list", headers={"x-api-key": "any"})
    assert answer.json() == {"message": "success", "code": 10000, "data": []}
    code, err = stopped(process)
    assert code == 0
    assert f"curl -H 'x-api-key: any' {url}/openapi/v1/pods/list" in said
    assert f'AsyncYotta("any", base_url="{url}", limits=Limits(requests=60, per=3))' in said
    assert re.search(r"listPods +200 10000", err)
    assert "1 requests, 0 of them refused" in err


def test_in_the_background_where_ctrl_c_is_ignored_it_goes_on_until_sigterm(start: Start) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process, url, _ = begun(start)
    finally:
        signal.signal(signal.SIGINT, before)
    for number in (0, signal.SIGINT, 0):  # a cloud that is about to end may still answer once
        process.send_signal(number)
        assert httpx.get(f"{url}/openapi/v1/pods/list", headers={"x-api-key": "any"}).is_success
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=300)
    assert (process.returncode, "3 requests" in err) == (0, True), err


def test_a_port_that_is_taken_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["simulate", "--port", str(taken.getsockname()[1])]) == 1
    told = capsys.readouterr()
    assert "in use" in told.err
    assert "Traceback" not in told.err


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Serve a cloud, to which the environment leads."""
    with serving(speed=120.0, api_key=KEY) as served:
        monkeypatch.setenv("YOTTA_API_KEY", KEY)
        monkeypatch.setenv("YOTTA_BASE_URL", served.url)
        yield served


def test_live_makes_two_pods_and_deletes_them(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["demo", "--live", "--yes"])
    out, err = capsys.readouterr()
    assert code == 0, err
    assert out.startswith("2 of 2 pods ready; 0 pods left")
    assert "makes 2 real pods" in err
    assert "$1.30 an hour" in err
    assert KEY not in out + err
    asked = served.look(lambda cloud: cloud.operations)
    assert (asked["createPod"], asked["deletePod"]) == (2, 2)


def test_live_makes_nothing_unless_it_is_agreed_to(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code = run(["demo", "--live", "--gpu-type", "NVIDIA_L4_24G"])
    out, err = capsys.readouterr()
    assert (code, out.strip()) == (1, "")  # older clicks end a prompt with a blank
    assert "price of this GPU type is not known" in err
    assert "nothing was made" in err
    assert served.look(lambda cloud: cloud.requests) == ()


def test_live_without_a_service_ends_with_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        port = unheard.getsockname()[1]
    monkeypatch.setenv("YOTTA_API_KEY", "k")
    monkeypatch.setenv("YOTTA_BASE_URL", f"http://127.0.0.1:{port}")
    assert run(["demo", "--live", "--yes"]) == 1
    out = capsys.readouterr().out
    assert "no connection" in out
    assert "0 pods left" in out
