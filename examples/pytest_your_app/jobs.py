"""Your code: it rents a pod for each job, where there is one, and gives it back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import anyio

from yotta_async import AsyncYotta, Pod, PodSpec
from yotta_async.errors import OutOfCapacityError


Job = Callable[[Pod], Awaitable[float]]

SPEC = PodSpec(image="you/trainer:7", gpu_type="NVIDIA_RTX_5090_32G", expose=[8000])
REGIONS = ("us-east-1", "us-west-1", "eu-1")


async def run_all(
    client: AsyncYotta, jobs: Mapping[str, Job], *, longest: float
) -> dict[str, float]:
    """
    Run each job on a pod of its own; return the results of those that were done in time.

    Args:
        longest: Seconds, from when the pod is ready.
    """
    results: dict[str, float] = {}

    async def run(name: str, job: Job) -> None:
        async with rented(client) as pod:
            with anyio.move_on_after(longest):
                results[name] = await job(pod)

    async with anyio.create_task_group() as tasks:
        for name, job in jobs.items():
            tasks.start_soon(run, name, job)
    return results


@asynccontextmanager
async def rented(client: AsyncYotta, regions: Sequence[str] = REGIONS) -> AsyncIterator[Pod]:
    """Rent a pod while the block lasts; it is ready."""
    pod = await first_free(client, regions)
    try:
        yield await client.pods.wait(pod.id)
    finally:
        with anyio.CancelScope(shield=True):  # it bills, whatever the block ended by
            await client.pods.delete(pod.id)


async def first_free(client: AsyncYotta, regions: Sequence[str]) -> Pod:
    """Make a pod in the first of some regions that has a GPU for it."""
    for region in regions[:-1]:
        try:
            return await client.pods.create(SPEC.evolve(regions=[region]))
        except OutOfCapacityError:
            continue
    return await client.pods.create(SPEC.evolve(regions=[regions[-1]]))
