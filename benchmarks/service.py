"""
What 200 users of a web service feel while it launches 200 pods.

The services of the examples, the cloud and the users are a process each, and speak over TCP. Beside
each service stands the same one with nothing behind it: what the web alone costs. Time is squeezed,
so the service makes and reads ten times as many pods and lists a second as in life.
"""

import math
import os
import signal
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import anyio
from attrs import frozen

from benchmarks.profiles import Profile
from benchmarks.report import OURS, Case, Sample, Table, compared
from benchmarks.service_processes import SQUEEZED, Service, free_port, simulated, started
from benchmarks.service_squeezed import REQUESTS
from benchmarks.service_users import OWN_LAG, READ, Books, users_of


__all__ = ["run"]

BARE = "nothing behind it"
KINDS = {Profile.QUICK: ("fastapi",), Profile.FULL: ("fastapi", "aiohttp")}
PODS = 200
SPEED = 10
LONGEST = 300.0
BARE_SECONDS = 15.0
# Seconds that are not counted: at first everybody connects at once, and modules are loaded.
WARM_UP = 5.0
# Seconds of which each quantile is one value.
SLICE = 5.0
PROMISED = 20.0  # milliseconds
ENDED = ("TERMINATING", "TERMINATED", 5, 6)  # as words, or as v1's numbers


@frozen
class Stay:
    """
    What one service showed its users.

    Attributes:
        missing: How many of the pods of its fleet did not become ready.
        left: How many pods were left in the cloud when it had ended.
        load: The machine's, of a minute.
    """

    books: Books
    missing: int = 0
    left: int = 0
    load: float = 0.0

    @property
    def flaws(self) -> int:
        return sum(self.books.undocumented.values()) + self.missing + self.left

    def quantile(self, what: str, share: float) -> Sample:
        """Return milliseconds, a value a slice of time."""
        return Sample(1e3 * _quantile(each, share) for each in self._slices(what))

    def _slices(self, what: str) -> Iterator[list[float]]:
        seconds = self.books.seconds[what]
        counted = seconds[0][0] + WARM_UP
        slices: dict[int, list[float]] = {}
        for began, taken in seconds:
            slices.setdefault(math.floor((began - counted) / SLICE), []).append(taken)
        last = max(slices)  # it may be short
        return (each for number, each in slices.items() if 0 <= number < max(1, last))


def run(profile: Profile = Profile.QUICK) -> tuple[Table, list[Case]]:
    cases: list[Case] = []
    notes = [
        f"{PODS} pods at {REQUESTS} requests a minute, time {SPEED} x as fast; 200 users read at",
        "random, about once a second each, make and delete a pod each, and keep a stream open.",
        f"A value is the quantile of {SLICE:g} s; the first {WARM_UP:g} s are not counted.",
    ]
    for kind in KINDS[profile]:
        ours, bare = anyio.run(_of_service, kind), anyio.run(_of_bare, kind)
        cases += _cases(kind, ours, bare)
        lag = ours.quantile(OWN_LAG, 0.99)
        notes.append(f"{kind}: the users' own lag, p99, {lag} ms; load {ours.load:.1f}.")
    return compared("A service amid a launch", cases, notes), cases


def _cases(kind: str, ours: Stay, bare: Stay) -> list[Case]:
    stays = {OURS: ours, BARE: bare}
    flaws = {who: Sample([stay.flaws]) for who, stay in stays.items()}
    name = f"{kind}, status reads"
    return [
        Case(name=name, unit="ms, p50", samples=_quantiles(stays, 0.5)),
        Case(name=name, unit="ms, p99", samples=_quantiles(stays, 0.99), target=PROMISED),
        Case(
            name=f"{kind}, unknown errors, pods not ready, pods left",
            unit="flaws",
            samples=flaws,
            target=0,
        ),
    ]


def _quantiles(stays: dict[str, Stay], share: float) -> dict[str, Sample]:
    return {who: stay.quantile(READ, share) for who, stay in stays.items()}


async def _of_service(kind: str) -> Stay:
    options = ("--requests", str(REQUESTS), "--speed", str(SPEED))
    async with simulated(*options) as cloud, _started(kind, YOTTA_BASE_URL=cloud) as service:
        async with users_of(str(service.http.base_url)) as users:
            await users.begin(PODS)
            ready = await users.until_ready(PODS, LONGEST)
        load = os.getloadavg()[0]
        await service.ended(signal.SIGTERM)
        return Stay(users.books, PODS - ready, await _left(cloud), load)


async def _of_bare(kind: str) -> Stay:
    async with (
        _started(f"{kind}-bare") as service,
        users_of(str(service.http.base_url)) as users,
    ):
        await users.begin(PODS)
        await anyio.sleep(WARM_UP + BARE_SECONDS)
        return Stay(users.books)


@asynccontextmanager
async def _started(kind: str, **environment: str) -> AsyncGenerator[Service, None]:
    with tempfile.TemporaryDirectory() as name:
        environment |= {"FLEET_FILE": f"{name}/wanted", "YOTTA_SPEED": str(SPEED)}
        async with started(SQUEEZED[kind], free_port(), Path(name), environment) as service:
            yield service


async def _left(cloud: str) -> int:
    """Return how many pods bill."""
    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as http:
        while (answer := await http.get(f"{cloud}/openapi/v1/pods/list")).status == 429:
            await anyio.sleep(1.0)
        pods = (await answer.json())["data"]
    return sum(pod["status"] not in ENDED for pod in pods)


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
