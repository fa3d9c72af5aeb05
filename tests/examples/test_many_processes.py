"""The examples of many processes: all on one key, one budget and one simulated cloud."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryDirectory

import anyio
import anyio.to_thread
import httpx
import pytest
from attrs import define

from benchmarks.service_processes import free_port
from tests.wire_servers import NO_TLS
from yotta_async.simulator import Latency, PodLife, ServerLimits, SimulatedYotta


if sys.platform == "win32":
    pytest.skip("locks of files and signals are POSIX's", allow_module_level=True)

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "examples.many_processes"
# Real seconds of the server's minute.
PER = 3.0
LIFE = PodLife(start_median=4.0, start_span=(2.0, 8.0), ports=(0.0, 1.0), delete=(1.0, 2.0))


@define
class World:
    """A simulated cloud on a port, and what its programs have in their environment."""

    cloud: SimulatedYotta
    environment: dict[str, str]

    @contextmanager
    def started(self, *arguments: str) -> Generator["subprocess.Popen[str]"]:
        """Start a program; end it, and all that it has started, at the end."""
        with subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):  # all of them have ended
                    os.killpg(process.pid, signal.SIGKILL)

    async def said(self, *arguments: str) -> str:
        """Return what a program prints that ends well."""
        with self.started(*arguments) as process:
            out, _ = await anyio.to_thread.run_sync(process.communicate)
            assert process.returncode == 0
        return out


@asynccontextmanager
async def world(folder: Path) -> AsyncGenerator[World, None]:
    limits = ServerLimits(requests=60, kind="sliding-strict")
    cloud = SimulatedYotta(limits=limits, latency=Latency(low=0.2, high=1.0), life=LIFE)
    async with cloud.serve(speed=60.0 / PER) as server:
        environment = {
            "YOTTA_API_KEY": "key",
            "YOTTA_BASE_URL": server.url,
            "YOTTA_SHARED": f"file://{folder}/budget",
            "YOTTA_PER": str(PER),
        }
        yield World(cloud, environment)
    assert cloud.refusals == 0
    assert cloud.worst_window <= 60


async def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return await anyio.to_thread.run_sync(process.stdout.readline)


async def test_a_web_service_of_four_workers_beside_tasks_and_a_cron_job(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/pods"
    uvicorn = ("uvicorn", f"{EXAMPLES}.web:app", "--port", str(port), "--workers", "4")
    seen: Counter[int] = Counter()

    async def use(number: int) -> None:
        for _ in range(number):
            async with httpx.AsyncClient(verify=NO_TLS, timeout=600.0) as http:
                answer = await http.get(url)
            assert answer.status_code == 200
            seen[answer.json()["worker"]] += 1

    async with world(tmp_path) as here:
        with here.started(*uvicorn):
            await answering(url)
            async with anyio.create_task_group() as tasks:
                for _ in range(8):
                    tasks.start_soon(use, 3)
                cron = await here.said(f"{EXAMPLES}.cron")
                ray = await here.said(f"{EXAMPLES}.ray_tasks", "8")
            while len(seen) < 2:  # the kernel deals the connections out as it likes
                await use(1)
    assert (cron, ray) == ("", "8\n")
    assert here.cloud.operations["listPods"] >= 24 + 1 + 8


async def answering(url: str) -> None:
    while True:
        try:
            async with httpx.AsyncClient(verify=NO_TLS, timeout=600.0) as http:
                await http.get(url)
        except httpx.TransportError:
            await anyio.sleep(0.05)
        else:
            return


async def test_of_many_one_drives_a_fleet_and_the_next_takes_over_when_it_is_killed(
    tmp_path: Path,
) -> None:
    driver = (f"{EXAMPLES}.driver", str(tmp_path / "lock"), "3")
    async with world(tmp_path) as here:
        with here.started(*driver) as first, here.started(*driver) as second:
            driving = await anyio.to_thread.run_sync(first_to_speak, first, second)
            waiting = second if driving is first else first
            assert await line_of(driving) == "drives, with 0 pods\n"
            for _ in range(3):
                assert "is ready" in await line_of(driving)
            driving.kill()
            assert await line_of(waiting) == "drives, with 3 pods\n"
            for _ in range(3):
                assert "is ready" in await line_of(waiting)
            waiting.communicate()
            assert waiting.returncode == 0
        assert len(here.cloud.all_pods) == 3


def first_to_speak(*processes: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
    with DefaultSelector() as selector:
        for process in processes:
            assert process.stdout is not None
            selector.register(process.stdout, EVENT_READ, process)
        ((key, _), *_) = selector.select()
    found: subprocess.Popen[str] = key.data
    return found


async def test_celery_tasks_of_four_forked_workers(tmp_path: Path) -> None:
    pytest.importorskip("celery")
    from tests.scheduling.book.servers import redis_server

    # A socket's path has at most 107 bytes, which pytest's own directories exceed.
    with TemporaryDirectory(prefix="celery") as folder, redis_server(Path(folder)) as redis:
        async with world(tmp_path) as here:
            here.environment |= {"BROKER": f"redis+socket://{redis.socket}"}
            here.environment |= {"YOTTA_SHARED": redis.url}
            app = f"{EXAMPLES}.celery_tasks"
            ask = f"from {app} import count_pods as it;"
            ask += "asked = [it.delay() for _ in range(20)];"
            ask += "print([each.get(timeout=600) for each in asked])"
            with here.started("celery", "-A", app, "worker", "--concurrency", "4"):
                process = await anyio.run_process(
                    [sys.executable, "-c", ask], cwd=ROOT, env={**os.environ, **here.environment}
                )
            assert process.stdout.decode().strip() == str([0] * 20)
            assert here.cloud.operations["listPods"] == 20
