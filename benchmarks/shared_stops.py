"""
Processes that are stopped longer than a grant is theirs: ``python -m benchmarks.shared_stops``.

Four processes read all they can while each is stopped ten times (SIGSTOP), two at a time, for
longer than lease and grace together; the others go on with what it held. What it had been granted
before it must not send when it goes on. The server is strict: one request too many in any window
is refused and counted.
"""

import os
import signal
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import anyio
from attrs import frozen

from benchmarks.report import Table
from benchmarks.shared import LATENCY, begin, read_line, server_on_path, stores, worker
from benchmarks.shared_squeezed import PER, REQUESTS, TIMEOUT, limits_for
from yotta_async.simulator import ServerLimits, SimulatedYotta


if TYPE_CHECKING:
    import subprocess


PROCESSES, STOPS = 4, 10
# Seconds that a grant is a process's own beyond the time-out of an exchange.
LIFETIME = 5.0
# Seconds for which a process runs between two stops.
RUN = 2.0


@frozen(kw_only=True)
class Outcome:
    """
    What the server saw.

    Attributes:
        worst: The most requests in any window.
        refused: How many it refused.
        requests: How many came.
    """

    worst: int
    refused: int
    requests: int


async def stopped(subject: str, store: str) -> Outcome:
    """Have processes read while they are stopped in turn."""
    cloud = SimulatedYotta(
        limits=ServerLimits(requests=REQUESTS, kind="sliding-strict"), latency=LATENCY
    )
    lengths = _lengths(store)
    async with cloud.serve(speed=60.0 / PER) as served:
        with ExitStack() as stack:
            workers = [
                stack.enter_context(worker(subject, served.url, store)) for _ in range(PROCESSES)
            ]
            for each in workers:
                await read_line(each)
                begin(each, sum(lengths) + STOPS * RUN + 2 * PER)
            await _stop_in_turn(workers, lengths)
            for each in workers:
                await read_line(each)
    return Outcome(worst=cloud.worst_window, refused=cloud.refusals, requests=len(cloud.requests))


def _lengths(store: str) -> list[float]:
    """Return how long the stops are; each ends at another place of the window."""
    shortest = TIMEOUT + LIFETIME + limits_for(store).grace + 0.5
    return [shortest + number * PER / STOPS for number in range(STOPS)]


async def _stop_in_turn(workers: "list[subprocess.Popen[str]]", lengths: list[float]) -> None:
    async with anyio.create_task_group() as tasks:
        for number, each in enumerate(workers):
            later = (number % 2) * lengths[0] / 2
            tasks.start_soon(_stop_often, each, later, lengths)


async def _stop_often(process: "subprocess.Popen[str]", later: float, lengths: list[float]) -> None:
    await anyio.sleep(later)
    for length in lengths:
        process.send_signal(signal.SIGSTOP)
        await anyio.sleep(length)
        process.send_signal(signal.SIGCONT)
        await anyio.sleep(RUN)


async def _rows(program: str | None) -> list[tuple[str, ...]]:
    rows = []
    for subject, kind in (("yotta_async, Redis", "redis"), ("yotta_async, file", "file")):
        with stores(program) as urls:
            if kind in urls:
                outcome = await stopped(subject, urls[kind])
                told = (outcome.worst, outcome.refused, outcome.requests)
                rows.append((subject, *map(str, told)))
    return rows


def main() -> None:
    rows = anyio.run(partial(_rows, server_on_path()))
    head = ("", f"worst in a window ({REQUESTS})", "refused", "requests")
    title = f"{PROCESSES * STOPS} stops of {PROCESSES} processes, windows of {PER:g} s"
    load = f"Load of the machine, one minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    print(Table(title=title, head=head, rows=rows, notes=[load]))


if __name__ == "__main__":
    main()
