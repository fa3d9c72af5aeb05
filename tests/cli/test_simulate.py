"""`yotta-async simulate`, a loopback service; and `demo --live` against one."""

import io
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
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


CREATE = {"image": "a", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}
ANY = {"x-api-key": "any"}


def test_v2_what_is_set_is_what_is_begun(start: Start, tmp_path: Path) -> None:
    """V2: switches, stock, list lag, limits and lives, by options and by a file."""
    config = tmp_path / "cloud.toml"
    config.write_text("speed = 2\n[limits]\nrequests = 600\n[wire]\nids = 'string'\n")
    process, url, said = begun(
        start,
        "--config", str(config),
        "--wire", "v1_pod_not_found_code=13000",
        "--stock", "sg:NVIDIA_L4_24G=1",
        "--faults", "list_lag=3600",
        "--latency", "low=0",
        "--life", "start_span=0",
        "--refusing", "status=451",
        "--refusing", "operations=listPods",
        "--refusing", "answers=2",
    )  # fmt: skip
    assert "600 requests a minute, 5 pod operations at once, 2 simulated seconds a second" in said
    assert "limits=Limits(requests=600, per=30)" in said
    with httpx.Client(base_url=f"{url}/openapi/v1/pods", headers=ANY) as http:
        made = http.post("/create", json=CREATE).json()["data"]
        shown = http.get(f"/{made}").json()["data"]
        assert (shown["id"], shown["region"], shown["status"]) == (made, "sg", "RUNNING")
        assert [http.get("/list").status_code for _ in range(3)] == [451, 451, 200]
        assert http.get("/list").json()["data"] == []
        assert http.post("/create", json=CREATE).json()["code"] == 12002
        assert http.get("/7").json()["code"] == 13000
    assert stopped(process)[0] == 0


def test_w8_its_clock_starts_where_the_hosts_is(start: Start) -> None:
    """W8: so that a pod's age is the time since it was made."""
    process, url, _said = begun(start, "--latency", "low=0")
    answer = httpx.post(f"{url}/openapi/v1/pods/create", headers=ANY, json=CREATE)
    pods = start("pods", YOTTA_API_KEY="k", YOTTA_BASE_URL=url)
    out, err = pods.communicate(timeout=300)
    assert pods.returncode == 0, err
    head, row = out.splitlines()
    age = row[head.index("AGE") :].split()[0]
    assert re.fullmatch(r"[0-9]{1,2}s", age)
    date = parsedate_to_datetime(answer.headers["date"])
    assert abs((datetime.now(UTC) - date).total_seconds()) < 60
    stopped(process)


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
