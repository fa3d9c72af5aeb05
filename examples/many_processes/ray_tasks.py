"""
Tasks for Ray: ``python -m examples.many_processes.ray_tasks 20``.

A task runs in any process on any machine of the cluster, and has a client for its time. Where Ray
is not installed, a pool of processes stands in for it.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import anyio

from examples.many_processes.shared import make_client


def count_pods(_number: int) -> int:
    return anyio.run(_count)


async def _count() -> int:
    async with make_client() as client:
        return len(await client.pods.list())


def run(numbers: Sequence[int]) -> list[int]:
    try:
        import ray  # noqa: PLC0415  # there may be none
    except ModuleNotFoundError:
        with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
            return list(processes.map(count_pods, numbers))
    remote = ray.remote(count_pods)
    counts: list[int] = ray.get([remote.remote(number) for number in numbers])
    return counts


if __name__ == "__main__":
    print(len(run(range(int(sys.argv[1])))))
