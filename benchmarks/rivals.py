"""
The baselines: what is written today against this API, with a limiter of one's choice.

All of them are ``asyncio.gather`` over creates, a semaphore of 5 for the pod operations, and a
refused create again after 1, 2, 4 ... seconds. A create waits for the limiter inside of the
semaphore, so that it is sent in the instant in which it is let go.
"""

import asyncio
from collections import deque
from typing import Protocol

import anyio
import httpx


__all__ = [
    "GPU_TYPE",
    "IMAGE",
    "LONGEST_WAIT",
    "POD_OPERATIONS",
    "Limiter",
    "SendTimeLog",
    "Unlimited",
    "create_all",
]

POD_OPERATIONS = 5
LONGEST_WAIT = 32.0
IMAGE = "yottalabsai/pytorch:2.9.0"
GPU_TYPE = "NVIDIA_RTX_5090_32G"
BODY = {
    "podName": "benchmark",
    "image": IMAGE,
    "gpuType": GPU_TYPE,
    "gpuCount": 1,
}


class Limiter(Protocol):
    async def acquire(self) -> None: ...


class Unlimited:
    async def acquire(self) -> None:
        """Nobody waits."""


class SendTimeLog:
    """At most ``requests`` sendings in any ``per`` seconds, oldest caller first."""

    def __init__(self, requests: int, per: float) -> None:
        self._sent = deque[float](maxlen=requests)
        self._per = per
        self._turn = anyio.Lock()

    async def acquire(self) -> None:
        async with self._turn:
            if len(self._sent) == self._sent.maxlen:
                await anyio.sleep_until(self._sent[0] + self._per)
            self._sent.append(anyio.current_time())


async def create_all(http: httpx.AsyncClient, limiter: Limiter, count: int) -> list[float]:
    """Create so many pods; return each one's seconds on the wire, in the order of sending."""
    slots = asyncio.Semaphore(POD_OPERATIONS)
    on_the_wire: list[tuple[float, float]] = []

    async def create() -> None:
        wait = 1.0
        while True:
            async with slots:
                await limiter.acquire()
                sent_at = anyio.current_time()
                reply = await http.post("/openapi/v1/pods/create", json=BODY)
                on_the_wire.append((sent_at, anyio.current_time() - sent_at))
            if reply.json()["code"] == 10000:
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    await asyncio.gather(*(create() for _ in range(count)))
    return [seconds for _, seconds in sorted(on_the_wire)]
