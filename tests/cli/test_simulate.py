"""`yotta-async simulate`, and `demo --live` against it: a loopback service."""

import re
import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest


if TYPE_CHECKING:
    import subprocess


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

Start = Callable[..., "subprocess.Popen[str]"]


def served(start: Start, *arguments: str) -> "tuple[subprocess.Popen[str], str, str]":
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
    _out, err = process.communicate(timeout=20)
    return process.returncode, err


def test_it_answers_until_ctrl_c_and_tells_each_request(start: Start) -> None:
    process, url, said = served(start, "--verbose", "--speed", "20")
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
        process, url, _ = served(start)
    finally:
        signal.signal(signal.SIGINT, before)
    for number in (0, signal.SIGINT, 0):  # a cloud that is about to end may still answer once
        process.send_signal(number)
        assert httpx.get(f"{url}/openapi/v1/pods/list", headers={"x-api-key": "any"}).is_success
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=20)
    assert (process.returncode, "3 requests" in err) == (0, True), err


def test_a_port_that_is_taken_is_told_in_a_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("simulate", "--port", str(taken.getsockname()[1]))
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "in use" in err
    assert "Traceback" not in err


def test_live_makes_two_pods_and_deletes_them(start: Start) -> None:
    service, url, _said = served(start, "--speed", "120", "-v")
    demo = start("demo", "--live", "--yes", YOTTA_API_KEY="a-secret-key", YOTTA_BASE_URL=url)
    out, err = demo.communicate(timeout=30)
    assert demo.returncode == 0, err
    assert out.startswith("2 of 2 pods ready; 0 pods left")
    assert "makes 2 real pods" in err
    assert "$1.30 an hour" in err
    assert "a-secret-key" not in out + err
    _code, log = stopped(service)
    assert (log.count("createPod"), log.count("deletePod")) == (2, 2)


def test_live_makes_nothing_unless_it_is_agreed_to(start: Start) -> None:
    service, url, _said = served(start, "-v")
    arguments = ("demo", "--live", "--gpu-type", "NVIDIA_L4_24G")
    demo = start(*arguments, YOTTA_API_KEY="k", YOTTA_BASE_URL=url)
    out, err = demo.communicate(timeout=20)
    assert (demo.returncode, out.strip()) == (1, "")  # older clicks end a prompt with a blank
    assert "price of this GPU type is not known" in err
    assert "nothing was made" in err
    assert "0 requests" in stopped(service)[1]


def test_live_without_a_service_ends_with_an_error(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        port = unheard.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    demo = start("demo", "--live", "--yes", YOTTA_API_KEY="k", YOTTA_BASE_URL=url)
    out, _err = demo.communicate(timeout=40)
    assert demo.returncode == 1
    assert "no connection" in out
    assert "0 pods left" in out
