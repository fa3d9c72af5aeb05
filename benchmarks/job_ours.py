"""This package at the job: one fleet of one client."""

from collections.abc import Callable

import anyio
import httpx

from benchmarks.job_books import Books, Ledger, books_of
from benchmarks.job_world import EXPOSED, GPU_TYPE, IMAGE, KEY, REGIONS, Job
from yotta_async import AsyncYotta, Limits, Placement, PodSpec, RetryPolicy
from yotta_async.testing import run_virtual


__all__ = ["run_ours"]

_SPEC = PodSpec(image=IMAGE, gpu_type=GPU_TYPE, expose=(EXPOSED,))


async def make_ready(client: AsyncYotta, wanted: int, note_ready: Callable[[str], None]) -> float:
    """Make so many pods, tell of each when it is known to be ready; return when that is over."""
    placement = Placement(regions=REGIONS)
    async with client.fleet("job", on_exit="keep") as fleet:
        async for outcome in fleet.launch([_SPEC] * wanted, placement=placement):
            if outcome.pod is not None:
                note_ready(outcome.pod.id)
        return anyio.current_time()


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
                ended = await make_ready(client, job.wanted, ledger.note_ready)
            # Only now: closing deletes what nobody holds.
            return books_of(job, cloud, ledger, ended)

    return run_virtual(main)
