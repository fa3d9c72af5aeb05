"""
One of many drives a fleet: ``python -m examples.many_processes.driver LOCK COUNT``.

Start it in every worker: the one that has the lock drives, the others wait for it, and the next one
takes over the pods when that one ends, however it ends. A lock is freed by the kernel when its
holder dies. On several machines let Kubernetes keep one replica of it (a Deployment of one,
strategy "Recreate"). A key of Redis (``SET lock me NX PX 30000``, renewed) is no fence: a holder
that was stopped and wakes up goes on for a moment beside its successor, and the fleet then says so
(`FleetConflictError`).
"""

import fcntl
import sys
from pathlib import Path
from typing import TextIO

import anyio
import anyio.to_thread

from examples.many_processes.shared import make_client
from yotta_async import PodSpec


SPEC = PodSpec(image="you/worker:1", gpu_type="NVIDIA_RTX_5090_32G")


async def locked(path: Path) -> TextIO:
    """Wait until the lock is this process's; it is until the file is closed."""
    file = path.open("a")
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await anyio.sleep(0.5)
        else:
            return file


async def main(lock: Path, count: int) -> None:
    with await locked(lock):
        # "keep": the one that takes over goes on with the pods that there are.
        async with make_client() as client, client.fleet("shared", on_exit="keep") as fleet:
            print(f"drives, with {len(fleet.inherited)} pods", flush=True)
            async for outcome in fleet.launch([SPEC] * count):
                print(f"{outcome.key} {'is ready' if outcome.pod else outcome.error}", flush=True)
            await anyio.to_thread.run_sync(sys.stdin.read)  # until it is told to end


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]), int(sys.argv[2]))
