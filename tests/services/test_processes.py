"""
Each service as a process, used over HTTP, ended and killed: what is left in the cloud then.

After SIGTERM nothing is; after ``kill -9`` the next start takes over what there is.
"""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from benchmarks.service_processes import Service, free_port, started
from tests.services.processes import CODES, LOSING, SHIPPED, world


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)
pytest.importorskip("aiohttp")
pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

pytestmark = pytest.mark.real_time

both_services = pytest.mark.parametrize("kind", ["fastapi", "aiohttp"])
PODS = 20


@both_services
async def test_the_endpoints_do_what_they_say(kind: str, tmp_path: Path) -> None:
    async with world(tmp_path) as here, here.service(kind) as service:
        await use_a_fleet(service)
        await use_a_pod(service)
        await meet_errors(service)
        assert await service.ended(signal.SIGTERM) == CODES[kind], service.log.read_text()
        assert await here.flaws() == []


async def use_a_fleet(service: Service) -> None:
    http = service.http
    begun = await http.post("/fleet", json={"pods": 4})
    assert (begun.status_code, begun.json()["wanted"]) == (202, 4)
    fleet = await service.has_ready(4)
    assert [pod["stage"] for pod in fleet["pods"]] == ["ready"] * 4
    assert float(fleet["cost_per_hour"]) == pytest.approx(4 * 0.65)
    assert (await http.post("/fleet", json={"pods": 9})).status_code == 409
    scaled = await http.post("/fleet/scale", json={"pods": 2})
    assert (scaled.status_code, scaled.json()["wanted"]) == (202, 2)
    await follow_to(http, ready=2)
    assert (await http.delete("/fleet")).status_code == 204
    await service.has_ready(0)
    assert (await http.post("/fleet/scale", json={"pods": 2})).status_code == 409


async def follow_to(http: httpx.AsyncClient, *, ready: int) -> None:
    """Follow the stream until it has told that so many pods are ready."""
    async with http.stream("GET", "/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events: list[str] = []
        async for line in stream.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                events.append(value)
            if field == "data" and json.loads(value)["ready"] == ready:
                break
        assert events[0] == "all"


async def use_a_pod(service: Service) -> None:
    http = service.http
    made = await http.post("/pods", json={"gpu_type": "NVIDIA_L4_24G", "regions": ["us-east-1"]})
    assert made.status_code == 201, made.text
    path = f"/pods/{made.json()['id']}"
    while not (pod := (await http.get(path)).json())["ready"]:
        await anyio.sleep(0.05)
    assert (pod["status"], pod["region"]) == ("RUNNING", "us-east-1")
    assert pod["endpoint"]
    assert (await http.delete(path)).status_code == 204
    while (await http.get(path)).status_code != 404:  # the last lists show it on its way out
        await anyio.sleep(0.05)
    assert (await http.delete(path)).status_code == 404


ERRORS: list[tuple[str, str, Any, int]] = [
    ("POST", "/pods", {"gpu_count": 1024}, 503),
    ("POST", "/pods", {"gpu_count": -1}, 422),
    ("POST", "/pods", [], 422),
    ("POST", "/fleet", {"pods": 0}, 422),
    ("POST", "/fleet", {"pods": 1001}, 422),
    ("POST", "/fleet", {"pods": True}, 422),
    ("POST", "/fleet", {"pods": "5"}, 422),
    ("POST", "/pods", {"environment": {"A": "1"}}, 422),
    ("POST", "/fleet", {}, 422),
    ("GET", "/pods/1", None, 404),
]


# What a page of any other site may send without being asked.
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def meet_errors(service: Service) -> None:
    for method, path, body, status in ERRORS:
        answer = await service.http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
        assert ("retry-after" in answer.headers) == (status == 503)
    form = await service.http.post("/fleet", content=b'{"pods": 3}', headers=FORM)
    assert form.status_code in (415, 422)


@both_services
async def test_nothing_is_left_by_a_service_that_is_asked_to_end_in_the_middle_of_a_launch(
    kind: str, tmp_path: Path
) -> None:
    async with world(tmp_path, faults=LOSING) as here, here.service(kind) as service:
        await service.http.post("/pods", json={})
        await service.http.post("/fleet", json={"pods": PODS})
        await here.created(PODS // 2)
        assert await service.ended(signal.SIGTERM) == CODES[kind], service.log.read_text()
        assert here.cloud.operations["createPod"] < 2 * PODS
        assert await here.flaws() == []
        assert not (tmp_path / "wanted").exists()


@both_services
async def test_the_service_that_follows_a_killed_one_takes_over(kind: str, tmp_path: Path) -> None:
    async with world(tmp_path, faults=LOSING) as here:
        async with here.service(kind) as service:
            single = (await service.http.post("/pods", json={})).json()
            await service.http.post("/fleet", json={"pods": PODS})
            await here.created(PODS // 2)
            await service.ended(signal.SIGKILL)
            before = {pod.id for pod in here.living()}
        assert len(before) > 1
        async with here.service(kind) as service:
            fleet = await service.has_ready(PODS)
            assert fleet["wanted"] == PODS
            assert sorted(here.keys()) == sorted(map(str, range(PODS)))
            assert here.keys().total() == PODS
            assert before < {pod.id for pod in here.living()}
            assert (await service.http.get(f"/pods/{single['id']}")).json()["ready"]
            assert await service.ended(signal.SIGTERM) == CODES[kind], service.log.read_text()
        assert await here.flaws() == []


@both_services
async def test_as_shipped_it_runs_on_a_simulator_of_its_own(kind: str, tmp_path: Path) -> None:
    environment = {"FLEET_FILE": str(tmp_path / "wanted")}
    async with started(SHIPPED[kind], free_port(), tmp_path, environment) as service:
        assert "<title>Fleet</title>" in (await service.http.get("/")).text
        assert (await service.http.post("/fleet", json={"pods": 2})).status_code == 202
        while (await service.fleet())["pods"][0]["stage"] == "wanted":
            await anyio.sleep(0.1)
        assert await service.ended(signal.SIGTERM) == CODES[kind], service.log.read_text()
        assert "Traceback" not in service.log.read_text()
