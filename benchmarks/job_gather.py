"""
The asynchronous rival: ``asyncio.gather``, aiolimiter, a semaphore, and a poller for each pod.

Every request waits for the limiter, a create inside of the semaphore, so that it is sent in the
instant in which it is let go.
"""

import asyncio
from typing import Any

import anyio
import httpx
from aiolimiter import AsyncLimiter
from attrs import define, field

from benchmarks.job_books import Books, Ledger, books_of
from benchmarks.job_tries import (
    POLL,
    TIMEOUT,
    NoStockError,
    Places,
    Seat,
    State,
    TroubleError,
    body_of,
    data_of,
    state_of,
)
from benchmarks.job_world import KEY, POD_OPERATIONS, Job
from yotta_async.testing import run_virtual


__all__ = ["run_gather"]


@define(eq=False)
class GatheringUser:
    """A program of one coroutine for each pod."""

    http: httpx.AsyncClient
    limiter: AsyncLimiter
    ledger: Ledger
    _slots: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(POD_OPERATIONS))
    _places: Places = field(factory=Places)

    async def fill(self, seat: Seat) -> None:
        """Make a pod and ask for it until it is ready; make another one for a FAILED one."""
        pod_id = await self._create(seat)
        while pod_id is not None:
            await asyncio.sleep(POLL)
            state = await self._looked(pod_id)
            if state == "ready":
                self.ledger.note_ready(pod_id)
                return
            if state == "failed":
                pod_id = await self._create(seat) if await self._may_try_again(seat) else None

    async def _create(self, seat: Seat) -> str | None:
        while True:
            region = self._places.region_for(seat)
            try:
                async with self._slots:
                    return str(await self._call("POST", "create", json=body_of(seat, region)))
            except NoStockError:
                self._places.full.add(region)
            except TroubleError:
                if not await self._may_try_again(seat):
                    return None

    async def _may_try_again(self, seat: Seat) -> bool:
        wait = next(seat.waits, None)
        if wait is not None:
            await asyncio.sleep(wait)
        return wait is not None

    async def _looked(self, pod_id: str) -> State:
        try:
            return state_of(await self._call("GET", pod_id))
        except TroubleError:
            return "starting"

    async def _call(self, method: str, path: str, **arguments: Any) -> Any:
        await self.limiter.acquire()
        try:
            reply = await self.http.request(method, f"/openapi/v1/pods/{path}", **arguments)
            return data_of(reply.json())
        except (httpx.HTTPError, ValueError) as error:
            raise TroubleError from error


def run_gather(job: Job) -> Books:
    """Do the job as it is written today on asyncio."""
    cloud = job.cloud()

    async def main() -> Books:
        ledger = Ledger(anyio.current_time)
        async with httpx.AsyncClient(
            transport=cloud.transport(),
            base_url="https://api.yottalabs.ai",
            headers={"x-api-key": KEY},
            timeout=TIMEOUT,
        ) as http:
            user = GatheringUser(http, AsyncLimiter(job.requests, 60.0), ledger)
            await asyncio.gather(*(user.fill(Seat(number)) for number in range(job.wanted)))
            return books_of(job, cloud, ledger, anyio.current_time())

    return run_virtual(main)
