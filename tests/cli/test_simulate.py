"""`yotta-async simulate`, and `demo --live` against it: a loopback service."""

import re
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
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


CREATE = {"image": "a", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}
KEY = {"x-api-key": "any"}


def test_v2_what_is_set_is_what_is_served(start: Start, tmp_path: Path) -> None:
    """V2: switches, stock, list lag, limits and lives, by options and by a file."""
    config = tmp_path / "cloud.toml"
    config.write_text("speed = 2\n[limits]\nrequests = 600\n[wire]\nids = 'string'\n")
    process, url, said = served(
        start,
        "--config", str(config),
        "--wire", "v1_pod_not_found_code=13000",
        "--stock", "sg:NVIDIA_L4_24G=1",
        "--faults", "list_lag=3600",
        "--latency", "low=0",
        "--life", "start_span=0",
    )  # fmt: skip
    assert "600 requests a minute, 5 pod operations at once, 2 simulated seconds a second" in said
    assert "limits=Limits(requests=600, per=30)" in said
    with httpx.Client(base_url=f"{url}/openapi/v1/pods", headers=KEY) as http:
        made = http.post("/create", json=CREATE).json()["data"]
        shown = http.get(f"/{made}").json()["data"]
        assert (shown["id"], shown["region"], shown["status"]) == (made, "sg", "RUNNING")
        assert http.get("/list").json()["data"] == []
        assert http.post("/create", json=CREATE).json()["code"] == 12002
        assert http.get("/7").json()["code"] == 13000
    assert stopped(process)[0] == 0


def test_w8_its_clock_starts_where_the_hosts_is(start: Start) -> None:
    """W8: so that a pod's age is the time since it was made."""
    process, url, _said = served(start, "--latency", "low=0")
    answer = httpx.post(f"{url}/openapi/v1/pods/create", headers=KEY, json=CREATE)
    pods = start("pods", YOTTA_API_KEY="k", YOTTA_BASE_URL=url)
    out, err = pods.communicate(timeout=20)
    assert pods.returncode == 0, err
    head, row = out.splitlines()
    age = row[head.index("AGE") :].split()[0]
    assert re.fullmatch(r"[0-9]{1,2}s", age)
    date = parsedate_to_datetime(answer.headers["date"])
    assert abs((datetime.now(UTC) - date).total_seconds()) < 60
    stopped(process)


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
