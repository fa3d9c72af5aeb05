"""The command as users start it, in a process of its own, and in virtual time on a cloud."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

from yotta_async import AsyncYotta, PodSpec
from yotta_async.cli._commands import run
from yotta_async.cli._session import World
from yotta_async.simulator import PodLife, SimulatedYotta
from yotta_async.testing import VirtualTimeLoop


GPU = "NVIDIA_RTX_5090_32G"
LIFE = PodLife(start_median=40.0, ports=(5.0, 5.0))

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `yotta-async` with arguments and, as keywords, variables of its environment."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("YOTTA_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "yotta_async", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=kept | environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


class Bench:
    """
    Runs commands on a simulated cloud, one after the other in one virtual time.

    Attributes:
        signals: The seconds after a command's start at which this process gets SIGINT.
    """

    spec = PodSpec(image="a", gpu_type=GPU, regions="us-east-1", environment={"TOKEN": "hush"})

    def __init__(self, capsys: pytest.CaptureFixture[str], **options: Any) -> None:
        self.cloud = SimulatedYotta(**{"life": LIFE, **options})
        self.signals: tuple[float, ...] = ()
        self._capsys = capsys
        self._runner = asyncio.Runner(loop_factory=VirtualTimeLoop)

    def __call__(self, *arguments: str, client: object = None) -> tuple[int, str, str]:
        """Return the exit code of a command, its data and its words."""
        world = World(client=client or self._client, run=self.do)  # type: ignore[arg-type]
        code = run(list(arguments), world)
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def do(self, work: Callable[..., Any], *arguments: object) -> Any:
        """Run an asynchronous function in the cloud's time."""
        return self._runner.run(self._signalled(work, arguments))

    def up(self, name: str, number: int) -> None:
        """Make a fleet, and leave it."""
        words = ("--name", name, "--count", str(number), "--image", "a", "--gpu-type", GPU)
        code, _out, err = self("fleet", "up", *words, "--detach", "--yes")
        assert code == 0, err

    def make(self, *names: str) -> None:
        """Make pods under names, as another program would."""

        async def work() -> None:
            async with self._client() as client:
                for name in names:
                    await client.pods.create(self.spec.evolve(name=name))

        self.do(work)

    def pass_time(self, seconds: float) -> None:
        self.do(anyio.sleep, seconds)

    def close(self) -> None:
        self._runner.close()

    @property
    def names(self) -> list[str]:
        """The names of the pods that are there, and not on their way out."""
        return sorted(pod.name for pod in self.cloud.pods if pod.status != "TERMINATING")

    async def _signalled(self, work: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
        loop = asyncio.get_running_loop()
        timers = [
            loop.call_later(each, os.kill, os.getpid(), signal.SIGINT) for each in self.signals
        ]
        try:
            return await work(*arguments)
        finally:
            for timer in timers:
                timer.cancel()

    def _client(self, **options: Any) -> AsyncYotta:
        network = httpx.AsyncClient(transport=self.cloud.transport())
        return AsyncYotta("a-key", base_url="http://localhost", http_client=network, **options)


@pytest.fixture
def make_bench(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(**options: Any) -> Bench:
        benches.append(Bench(capsys, **options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YOTTA_API_KEY", "YOTTA_BASE_URL", "YOTTA_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
