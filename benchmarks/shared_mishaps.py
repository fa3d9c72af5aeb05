"""
What befalls a shared budget's Redis: ``python -m benchmarks.shared_mishaps [NAME]``.

Four processes read all they can for seven windows, squeezed to a few seconds, from a strict server;
in the second something happens to Redis. What is told does not depend on the machine's speed, but
for what was used of the limit: window by window, where the windows begin with the first reads.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import redis
from anyio.abc import ByteReceiveStream, ByteSendStream, SocketStream
from attrs import define, field

from benchmarks.report import Table
from benchmarks.service_processes import free_port
from benchmarks.shared import LATENCY, begin, read_line, server_on_path, worker
from benchmarks.shared_squeezed import PER, REQUESTS
from yotta_async.simulator import ServerLimits, SimulatedYotta


__all__ = ["MISHAPS", "Server"]

PROCESSES, WINDOWS = 4, 7
SUBJECT = "yotta_async, Redis"
# Debian's package faketime; it does not go with a server that was built with jemalloc.
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@define(eq=False)
class Server:
    """
    A Redis of our own.

    Attributes:
        ahead: Seconds by which its clock is ahead when it is started.
    """

    program: str
    folder: Path
    port: int = field(factory=free_port)
    options: tuple[str, ...] = ("--save", "")
    ahead: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, protocol=2)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        self._launch()
        with anyio.fail_after(20.0):
            while True:
                try:
                    self.client.ping()
                except redis.RedisError:
                    await anyio.sleep(0.02)
                else:
                    return

    def _launch(self) -> None:
        moved = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"+{self.ahead}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        environment = {**os.environ, **moved} if self.ahead else None
        command = (self.program, "--port", str(self.port), "--dir", str(self.folder), *self.options)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, env=environment)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)


async def nothing(server: Server) -> None:
    """For comparison."""


async def restart_empty(server: Server) -> None:
    server.kill()
    await server.start()


async def flush(server: Server) -> None:
    server.client.flushall()


async def hang(server: Server) -> None:
    server.send(signal.SIGSTOP)
    await anyio.sleep(8.0)
    server.send(signal.SIGCONT)


async def away_for_two_windows(server: Server) -> None:
    server.kill()
    await anyio.sleep(2 * PER)
    await server.start()


async def fail_over(server: Server) -> None:
    """Come back, with another clock, without the writes of the last 0.4 s."""
    server.client.save()
    await anyio.sleep(0.4)
    server.kill()
    server.ahead = 3
    await server.start()


Mishap = Callable[[Server], Awaitable[None]]

MISHAPS: dict[str, tuple[Mishap, tuple[str, ...]]] = {
    "nothing": (nothing, ()),
    "200 ms away": (nothing, ()),
    "restarted, empty": (restart_empty, ()),
    "restarted, AOF": (restart_empty, ("--appendonly", "yes", "--appendfsync", "always")),
    "FLUSHALL": (flush, ()),
    "hangs for 8 s": (hang, ()),
    "away for two windows": (away_for_two_windows, ()),
    "failover, 3 s ahead": (fail_over, ("--dbfilename", "dump.rdb")),
}


async def _relay(source: ByteReceiveStream, target: ByteSendStream) -> None:
    """Pass on what comes, each part a tenth of a second later."""
    async with anyio.create_task_group() as tasks:
        parts, ready = anyio.create_memory_object_stream[tuple[float, bytes]](1000)

        async def pass_on() -> None:
            async for due, part in ready:
                await anyio.sleep_until(due)
                await target.send(part)

        tasks.start_soon(pass_on)
        async with parts:
            async for part in source:
                await parts.send((anyio.current_time() + 0.1, part))


@asynccontextmanager
async def _far_away(server: Server) -> AsyncGenerator[str]:
    async def serve(near: SocketStream) -> None:
        async with (
            near,
            await anyio.connect_tcp("127.0.0.1", server.port) as far,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(_relay, near, far)
            tasks.start_soon(_relay, far, near)

    port = free_port()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield f"redis://127.0.0.1:{port}/0"
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _reached(server: Server, name: str) -> AsyncGenerator[str]:
    if name != "200 ms away":
        yield server.url
        return
    async with _far_away(server) as url:
        yield url


async def tried(name: str, program: str) -> tuple[str, ...]:
    """Let it happen; return what came of it."""
    mishap, options = MISHAPS[name]
    limits = ServerLimits(requests=REQUESTS, kind="sliding-strict")
    cloud = SimulatedYotta(limits=limits, latency=LATENCY)
    with tempfile.TemporaryDirectory(prefix="mishap") as folder, ExitStack() as stack:
        server = Server(program, Path(folder), options=("--save", "", *options))
        stack.callback(server.kill)
        await server.start()
        async with cloud.serve(speed=60.0 / PER) as served, _reached(server, name) as url:
            workers = [
                stack.enter_context(worker(SUBJECT, served.url, url)) for _ in range(PROCESSES)
            ]
            for each in workers:
                await read_line(each)
            await anyio.sleep(PER)  # until all credits are back
            before = len(cloud.requests)
            for each in workers:
                begin(each, WINDOWS * PER)
            await anyio.sleep(1.3 * PER)
            await mishap(server)
            for each in workers:
                await read_line(each)
    return name, str(cloud.worst_window), str(cloud.refusals), _used(cloud, before)


def _used(cloud: SimulatedYotta, before: int) -> str:
    """Return what was used of the limit, window by window since the first read."""
    instants = [each.instant for each in cloud.requests[before:]]
    windows = [0] * WINDOWS
    for instant in instants:
        # A credit is back when its answer is in, so that each window begins a little later.
        number = int((instant - instants[0]) / (60.0 * 1.02))
        if number < WINDOWS:
            windows[number] += 1
    return " ".join(f"{count / REQUESTS:.2f}" for count in windows)


def _possible() -> list[str]:
    return [name for name in MISHAPS if "ahead" not in name or FAKETIME.exists()]


async def _rows(chosen: argparse.Namespace, program: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name in chosen.names or _possible():
        rows.append(await tried(name, program))
        print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shared_mishaps")
    parser.add_argument("--server", help="the redis-server or valkey-server to start")
    parser.add_argument("names", nargs="*", metavar="NAME", help="some of " + ", ".join(MISHAPS))
    chosen = parser.parse_args()
    program = chosen.server or server_on_path() or shutil.which("redis-server")
    if program is None:
        parser.error("no redis-server: name one with --server")
    head = ("", f"worst in a window ({REQUESTS})", "refused", "of the limit, window by window")
    title = f"{PROCESSES} processes, {WINDOWS} windows of {PER:g} s, {program}"
    load = f"Load of the machine, one minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    rows = anyio.run(partial(_rows, chosen, program))
    print(Table(title=title, head=head, rows=rows, notes=[load]))


if __name__ == "__main__":
    main()
