"""
This package at the job: one client, and a small loop around it that tries the regions.

The loop stands in for a fleet: whatever way leads from specs to ready pods is in `make_ready`.
"""

from collections.abc import Callable

import anyio
import httpx
from attrs import define, evolve, field

from benchmarks.job_books import Books, Ledger, books_of
from benchmarks.job_world import EXPOSED, GPU_TYPE, IMAGE, KEY, POD_OPERATIONS, REGIONS, Job
from yotta_async import AsyncYotta, Limits, PodSpec, RetryPolicy
from yotta_async.errors import APIError, OutOfCapacityError, WaitError
from yotta_async.testing import run_virtual


__all__ = ["run_ours"]

_TRIES = 6
# Twice the operations that there may be at once: some of them wait for a list to show their pod.
_CREATES = 2 * POD_OPERATIONS
_SPEC = PodSpec(image=IMAGE, gpu_type=GPU_TYPE, expose=(EXPOSED,))


async def make_ready(client: AsyncYotta, wanted: int, note_ready: Callable[[str], None]) -> None:
    """Make so many pods, and tell the id of each as soon as it is known to be ready."""
    loop = RegionLoop(client, note_ready)
    async with anyio.create_task_group() as tasks:
        for number in range(wanted):
            tasks.start_soon(loop.fill, number)


@define(eq=False)
class RegionLoop:
    """One pod after the other in each seat, until one is ready."""

    client: AsyncYotta
    note_ready: Callable[[str], None]
    _full: set[str] = field(factory=set[str])
    _turns: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(_CREATES))

    async def fill(self, number: int) -> None:
        for turn in range(_TRIES):
            pod_id = await self._created(number + turn)
            if pod_id is not None and await self._is_ready(pod_id):
                self.note_ready(pod_id)
                return

    async def _created(self, first: int) -> str | None:
        for step in range(len(REGIONS)):
            region = REGIONS[(first + step) % len(REGIONS)]
            # A region is chosen when its create may soon go, by what is known then.
            async with self._turns:
                if region in self._full:
                    continue
                try:
                    return (await self.client.pods.create(evolve(_SPEC, regions=(region,)))).id
                except OutOfCapacityError:
                    self._full.add(region)
                except APIError:
                    return None
        return None

    async def _is_ready(self, pod_id: str) -> bool:
        try:
            await self.client.pods.wait(pod_id)
        except WaitError:
            return False
        return True


def run_ours(job: Job) -> Books:
    """Do the job with this package."""
    cloud = job.cloud()

    async def main() -> Books:
        ledger = Ledger(anyio.current_time)
        async with httpx.AsyncClient(transport=cloud.transport()) as http:
            limits = Limits(requests=job.requests)
            # The jitter of its waits is the one thing that a seed does not reach.
            retry = RetryPolicy(jitter=False)
            async with AsyncYotta(KEY, limits=limits, retry=retry, http_client=http) as client:
                await make_ready(client, job.wanted, ledger.note_ready)
                ended = anyio.current_time()
            # Only now: closing deletes what nobody holds.
            return books_of(job, cloud, ledger, ended)

    return run_virtual(main)
