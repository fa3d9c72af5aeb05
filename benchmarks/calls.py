"""
What one call costs the processor, over the same request with httpx and its peers alone.

The server is the smallest there can be, in the same process and counted for both. Ours does more:
it keeps the limits, bounds time and size of the answer, opens the envelope, and gives a `Pod`.
"""

import asyncio
import gc
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import aiohttp
import httpx
import httpx2

from benchmarks.report import OURS, Case, Sample, Table, compared
from yotta_async import AsyncYotta, Limits


__all__ = ["run"]

HTTPX, HTTPX2, AIOHTTP = "httpx", "httpx2", "aiohttp"
REPETITIONS = 11
CALLS = 200
LARGEST = 1.25
KEY = "a-key-of-no-account"
PATH = "/openapi/v1/pods/1"
POD = {
    "id": 419430400000001985,
    "podName": "ya-86bd96d9f508b623",
    "status": "RUNNING",
    "region": "us-east-1",
    "gpuType": "NVIDIA_RTX_5090_32G",
    "gpuCount": 1,
    "containerVolumeInGb": 0,
    "environmentVars": [{"key": "HF_HOME", "value": "/data/hf"}],
    "expose": [
        {
            "port": 22,
            "protocol": "SSH",
            "proxyPort": 47939,
            "host": "203.0.113.10",
            "healthy": True,
            "ingressUrl": "ssh root@203.0.113.10 -p 47939",
            "serviceName": "SSH Port",
        }
    ],
    "createdAt": 1767225600000,
}
BODY = json.dumps({"message": "success", "code": 10000, "data": POD}).encode()

Once = Callable[[], Awaitable[object]]


class Server(asyncio.Protocol):
    """Answers whatever ends a request's headers."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        *requests, self.received = (self.received + data).split(b"\r\n\r\n")
        head = (
            f"HTTP/1.1 200 OK\r\ndate: {formatdate(usegmt=True)}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
        )
        self.transport.write((head.encode() + BODY) * len(requests))


def run() -> tuple[Table, list[Case]]:
    samples = asyncio.run(_samples())
    cases = [
        Case(name="pods.get", unit="us", samples=samples, target=LARGEST, against=HTTPX),
    ]
    notes = [
        f"Processor time of client and server; {REPETITIONS} repetitions, the subjects in turns.",
        "The same request over one kept connection; the others are a get and `json.loads`.",
        "Ours is over httpx, which is most of it; it takes an `httpx2.AsyncClient`, too.",
    ]
    return compared("One call over loopback", cases, notes), cases


async def _samples() -> dict[str, Sample]:
    found: dict[str, list[float]] = {OURS: [], HTTPX: [], HTTPX2: [], AIOHTTP: []}
    key = {"x-api-key": KEY}
    async with (
        _served() as url,
        AsyncYotta(KEY, base_url=url, limits=Limits(requests=1_000_000)) as client,
        httpx.AsyncClient(base_url=url, headers=key) as http,
        httpx2.AsyncClient(base_url=url, headers=key) as http2,
        aiohttp.ClientSession(url, headers=key) as session,
    ):

        async def with_aiohttp() -> object:
            async with session.get(PATH) as reply:
                return json.loads(await reply.read())["data"]

        subjects: dict[str, Once] = {
            OURS: lambda: client.pods.get("1"),
            HTTPX: lambda: _get(http),
            HTTPX2: lambda: _get(http2),
            AIOHTTP: with_aiohttp,
        }
        for repetition in range(REPETITIONS + 1):
            for name, once in subjects.items():
                taken = await _microseconds(once)
                if repetition:  # the first one connects
                    found[name].append(taken)
    return {name: Sample(values) for name, values in found.items()}


async def _get(http: httpx.AsyncClient | httpx2.AsyncClient) -> object:
    return json.loads((await http.get(PATH)).content)["data"]


async def _microseconds(once: Once) -> float:
    gc.collect()
    began = time.process_time_ns()
    for _ in range(CALLS):
        await once()
    return (time.process_time_ns() - began) / 1e3 / CALLS


@asynccontextmanager
async def _served() -> AsyncGenerator[str]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
