"""
200 users of one service at once, while it launches 200 pods: ``python -m tests.services.load``.

Each makes a pod, watches it and the fleet by reads and a stream, and deletes it when it is ready.
Run by hand: how long a read takes is the machine's business, too, so nothing is asserted about it.
The cloud, the service and the users are a process each. Simulated time is squeezed, and with it the
time between two lists: ``YOTTA_SPEED=5`` is nearer to what a service has to do than 30 is.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import anyio
from attrs import define, field

from tests.services.processes import SQUEEZED, Service, free_port, started
from tests.services.squeezed import REQUESTS, SPEED


# What a user of the service may be told besides success, and is: the cloud is full, or busy.
DOCUMENTED = {503}
OWN_LAG = "(own lag)"
# Seconds after which durations count: at first everybody connects at once, and modules are loaded.
WARM_UP = 5.0


@define
class Books:
    """What the users met."""

    seconds: dict[str, list[float]] = field(factory=dict)
    statuses: Counter[tuple[str, int]] = field(factory=Counter)
    events: int = 0
    _counts_from: float = field(factory=lambda: time.perf_counter() + WARM_UP)

    def note(self, what: str, seconds: float, status: int | None = None) -> None:
        durations = self.seconds.setdefault(what, [])
        if status is not None:
            self.statuses[what, status] += 1
        if time.perf_counter() > self._counts_from:
            durations.append(seconds)


@define
class Users:
    """
    All users.

    Attributes:
        pause: Seconds between two reads of one user, on average.
    """

    http: aiohttp.ClientSession
    pause: float
    streams: int
    books: Books = field(factory=Books)
    over: bool = False
    _dice: Random = field(factory=lambda: Random(1))

    async def ask(self, what: str, method: str, path: str, body: object = None) -> Any:
        began = time.perf_counter()
        async with self.http.request(method, path, json=body) as answer:
            content = await answer.read()
        self.books.note(what, time.perf_counter() - began, answer.status)
        if answer.status >= 400:
            return None
        return await answer.json() if content else {}

    async def use(self) -> None:
        """Make a pod, watch it, delete it, and watch on."""
        await asyncio.sleep(self._dice.random() * 3)
        pod = await self.ask("POST /pods", "POST", "/pods", {})
        while pod is not None and not pod["ready"] and not self.over:
            await self.look()
            pod = await self.ask("GET /pods/{id}", "GET", f"/pods/{pod['id']}")
        if pod is not None:
            await self.ask("DELETE /pods/{id}", "DELETE", f"/pods/{pod['id']}")
        while not self.over:
            await self.look()

    async def look(self) -> None:
        await self.ask("GET /fleet", "GET", "/fleet")
        await asyncio.sleep(self.pause * self._dice.uniform(0.5, 1.5))

    async def follow(self) -> None:
        """Keep a stream open, as the page does."""
        while not self.over:
            async with self.http.get("/events") as answer:
                async for line in answer.content:
                    self.books.events += line.startswith(b"event")
            await asyncio.sleep(0.3)

    async def watch_myself(self) -> None:
        """Note how late this process itself is: that much of what is measured is its own."""
        while not self.over:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            self.books.note(OWN_LAG, time.perf_counter() - began - 0.01)

    async def until_ready(self, pods: int, longest: float) -> str:
        began, ready = time.perf_counter(), 0
        while ready < pods and time.perf_counter() - began < longest:
            await asyncio.sleep(0.5)
            ready = (await self.ask("GET /fleet", "GET", "/fleet"))["ready"]
        return f"{ready} of {pods} pods ready in {time.perf_counter() - began:.1f} s of real time"


@contextlib.asynccontextmanager
async def simulated() -> AsyncIterator[str]:
    """Serve a simulated cloud in a process of its own; return its URL."""
    command = (sys.executable, "-m", "yotta_async", "simulate", "--port", "0")
    options = ("--requests", str(REQUESTS), "--speed", f"{SPEED:g}")
    process = await asyncio.create_subprocess_exec(
        *command, *options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        async with simulated() as cloud:
            environment = {"YOTTA_BASE_URL": cloud, "FLEET_FILE": f"{name}/wanted"}
            command = SQUEEZED[options.service]
            async with started(command, free_port(), Path(name), environment) as service:
                await crowd(service, options)
                await end(service, cloud)


async def crowd(service: Service, options: argparse.Namespace) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    url = str(service.http.base_url)
    async with aiohttp.ClientSession(url, connector=connector) as http:
        users = Users(http, options.pause, options.streams)
        began = cpu_seconds(service)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(users.watch_myself)
            for number in range(options.users):
                tasks.start_soon(users.use)
                if number < users.streams:
                    tasks.start_soon(users.follow)
            await asyncio.sleep(1.0)
            await users.ask("POST /fleet", "POST", "/fleet", {"pods": options.pods})
            came = await users.until_ready(options.pods, options.seconds)
            users.over = True
    used = cpu_seconds(service) - began
    print(f"{options.users} users, {users.streams} streams; {came}")
    print(f"the service took {used:.1f} s of a processor; load {os.getloadavg()[0]:.1f}\n")
    tell(users.books)


def cpu_seconds(service: Service) -> float:
    stat = Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def tell(books: Books) -> None:
    print(f"{'milliseconds':<18} {'number':>7} {'p50':>9} {'p90':>9} {'p99':>9} {'longest':>9}")
    for what, seconds in sorted(books.seconds.items()):
        if not seconds:
            continue
        row = (1000 * quantile(seconds, share) for share in (0.5, 0.9, 0.99, 1.0))
        print(f"{what:<18} {len(seconds):>7}", *(f"{each:>9.1f}" for each in row))
    print(f"\n{books.events} events")
    for (what, status), number in sorted(books.statuses.items()):
        if status >= 400:
            known = "documented" if status in DOCUMENTED else "NOT DOCUMENTED"
            print(f"{what}: {number} times {status}, {known}")


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def end(service: Service, cloud: str) -> None:
    began = time.perf_counter()
    code = await service.ended(signal.SIGTERM)
    took = time.perf_counter() - began
    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as http:
        while (answer := await http.get(f"{cloud}/openapi/v1/pods/list")).status == 429:
            await asyncio.sleep(1.0)
        pods = (await answer.json())["data"]
    left = [pod for pod in pods if pod["status"] not in ("TERMINATING", "TERMINATED", 5, 6)]
    print(f"after SIGTERM it ended in {took:.1f} s, code {code}; {len(left)} pods left")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", choices=SQUEEZED, default="fastapi")
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--pods", type=int, default=200)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two reads")
    parser.add_argument("--seconds", type=float, default=300.0, help="the longest")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
