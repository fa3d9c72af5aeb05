"""A service in a process of its own, on a simulated cloud that the test serves."""

import signal
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import anyio
from attrs import define

from benchmarks.service_processes import SQUEEZED, Service, free_port, started
from benchmarks.service_squeezed import REQUESTS, SPEED
from tests.lab import ENDING
from tests.steps import until
from yotta_async.fleet.rules.names import FleetPodName
from yotta_async.simulator import Faults, Latency, PodLife, ServerLimits, SimulatedYotta
from yotta_async.simulator.cloud.pod import PodView


# As they are shipped; "PORT" is filled in.
SHIPPED: Final = {
    "fastapi": ("uvicorn", "examples.fastapi_app.app:app", "--port", "PORT"),
    "aiohttp": ("aiohttp.web", "-H", "127.0.0.1", "-P", "PORT", "examples.aiohttp_app.app:main"),
}
# How each ends when it is asked to: uvicorn raises the signal again when all is done.
CODES: Final = {"fastapi": -signal.SIGTERM, "aiohttp": 0}

# Four creates of a slot take half a real second: there is a middle of a launch to be killed in.
LATENCY: Final = Latency(low=2.0, high=6.0)
LIFE: Final = PodLife(
    start_median=14.0, start_span=(10.0, 20.0), ports=(0.0, 3.0), delete=(2.0, 10.0)
)
LOSING: Final = Faults(
    operations={"createPod"},
    reset_after=0.06,
    html=0.04,
    truncated=0.02,
    late_commit=(0.0, 6.0),
    list_lag=2.0,
)
# Real seconds in which whatever was on its way to the cloud has taken effect.
LATER: Final = 15.0 / SPEED
STEPS: Final = 20


@define
class World:
    """
    A simulated cloud on a port.

    Attributes:
        folder: Where services keep their files.
    """

    cloud: SimulatedYotta
    url: str
    folder: Path
    _port: int

    @asynccontextmanager
    async def service(self, kind: str) -> AsyncGenerator[Service, None]:
        """Start a service, which answers; kill it in the end, if it lives."""
        environment = {"YOTTA_BASE_URL": self.url, "FLEET_FILE": str(self.folder / "wanted")}
        async with started(SQUEEZED[kind], self._port, self.folder, environment) as service:
            yield service

    async def created(self, number: int) -> None:
        """Wait until so many creates have come, in all."""
        await until(lambda: self.cloud.operations["createPod"] >= number)

    def living(self) -> list[PodView]:
        """Return the pods that bill."""
        return [pod for pod in self.cloud.pods if pod.status not in ENDING]

    def keys(self) -> Counter[str]:
        """Return how many living pods there are for each key of the fleet."""
        names = (FleetPodName.parse(pod.name) for pod in self.living())
        return Counter(name.key for name in names if name is not None)

    def twins(self) -> list[str]:
        """Return the names under which more than one pod was ever made."""
        made = Counter(pod.name for pod in self.cloud.all_pods)
        return [name for name, number in made.items() if number > 1]

    async def flaws(self) -> list[object]:
        """
        Return, when all has settled, what bills and what was made twice.

        Whether limits are kept is seen in virtual time: on sockets a request that is late itself
        is early for the next window.
        """
        for _ in range(STEPS):  # so that a machine that stands still for a while settles nothing
            await anyio.sleep(LATER / STEPS)
        return [*self.living(), *self.twins()]


@asynccontextmanager
async def world(folder: Path, **options: Any) -> AsyncGenerator[World, None]:
    options = {"latency": LATENCY, "life": LIFE, **options}
    cloud = SimulatedYotta(limits=ServerLimits(requests=REQUESTS), **options)
    async with cloud.serve(speed=SPEED) as server:
        yield World(cloud, server.url, folder, free_port())
