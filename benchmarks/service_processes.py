"""A web service, and a simulated cloud, each in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
from anyio.abc import Process
from attrs import frozen


__all__ = ["PYTHON", "ROOT", "SQUEEZED", "Service", "free_port", "simulated", "started"]

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHON: Final = (sys.executable, "-m")
# The services of the examples with their times squeezed (`service_squeezed`); PORT is filled in.
SQUEEZED: Final = {
    kind: ("benchmarks.service_squeezed", kind, "PORT")
    for kind in ("fastapi", "aiohttp", "fastapi-bare", "aiohttp-bare")
}


@frozen
class Service:
    """
    A service that runs.

    Attributes:
        http: A client of it.
    """

    process: Process
    http: httpx.AsyncClient
    log: Path

    async def ended(self, number: signal.Signals) -> int:
        """Send it a signal; return how it ended."""
        self.process.send_signal(number)
        return await self.process.wait()

    async def fleet(self) -> dict[str, Any]:
        """Return what it says of its fleet."""
        answer = await self.http.get("/fleet")
        assert answer.status_code == 200, answer.text
        fleet: dict[str, Any] = answer.json()
        return fleet

    async def has_ready(self, number: int) -> dict[str, Any]:
        """Wait until so many of its pods are ready; return what it says of the fleet."""
        while (fleet := await self.fleet())["ready"] != number:
            await anyio.sleep(0.05)
        return fleet


@asynccontextmanager
async def started(
    command: tuple[str, ...], port: int, folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[Service, None]:
    """Start a service, which answers then; kill it in the end, if it still lives."""
    arguments = [str(port) if word == "PORT" else word for word in command]
    log = folder / "log"
    with log.open("ab") as out:
        process = await anyio.open_process(
            [*PYTHON, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=600.0) as http:
            service = Service(process, http, log)
            await _answers(service)
            yield service
    finally:
        await _killed(process)


@asynccontextmanager
async def simulated(*options: str) -> AsyncGenerator[str, None]:
    """Serve a simulated cloud; return its URL."""
    command = [*PYTHON, "yotta_async", "simulate", "--port", "0", *options]
    process = await anyio.open_process(command, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        yield (await process.stdout.receive()).decode().splitlines()[0].strip()
    finally:
        await _killed(process)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def _answers(service: Service) -> None:
    while service.process.returncode is None:
        try:
            await service.http.get("/")
        except httpx.TransportError:
            await anyio.sleep(0.05)
        else:
            return
    raise AssertionError(service.log.read_text())


async def _killed(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
