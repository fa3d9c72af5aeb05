"""Real processes that share a key's budget in a file, on a server that counts."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio.abc import SocketStream
from attrs import define

from tests.services.sharing import GRACE, OPERATIONS, PER, REQUESTS
from tests.steps import until
from tests.wire_servers import reply, request_from, served
from yotta_async._scheduling.turnstile import LIFETIME
from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).resolve().parents[2]
BRIEF = 3.0
LATENCY = Latency(low=0.2, high=1.0)


@define
class Sharer:
    process: "subprocess.Popen[str]"

    def tell(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()

    async def done(self) -> None:
        assert self.process.stdout is not None
        line = await anyio.to_thread.run_sync(self.process.stdout.readline)
        assert line == "done\n", line

    async def ended(self) -> dict[str, int]:
        """Let it end by itself; return its statistics."""
        out, _ = await anyio.to_thread.run_sync(self.process.communicate)
        told: dict[str, int] = json.loads(out)
        return told


@contextmanager
def sharer(url: str, shared: str, *, timeout: float = 600.0) -> Generator[Sharer]:
    arguments = [sys.executable, "-m", "tests.services.sharing", url, shared, str(timeout)]
    with subprocess.Popen(
        arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Sharer(process)
        finally:
            process.kill()


async def test_four_processes_are_never_refused(tmp_path: Path) -> None:
    limits = ServerLimits(requests=REQUESTS, kind="sliding-strict")
    cloud = SimulatedYotta(limits=limits, latency=LATENCY)
    async with cloud.serve(speed=60.0 / PER) as server:
        with ExitStack() as stack:
            shared = f"file://{tmp_path}/budget"
            sharers = [stack.enter_context(sharer(server.url, shared)) for _ in range(4)]
            for each in sharers:
                each.tell("read 10")
            for each in sharers:
                await each.done()
            told = [await each.ended() for each in sharers]
    assert cloud.refusals == 0
    assert [each["refused"] for each in told] == [0, 0, 0, 0]
    assert cloud.worst_window <= REQUESTS


async def test_a_process_that_is_killed_with_all_slots_gives_them_back_after_its_lease(
    tmp_path: Path,
) -> None:
    """Never six at once: the server may be at work on the five until then."""
    arrivals: list[float] = []
    held: list[SocketStream] = []

    async def holding(stream: SocketStream) -> None:
        while True:
            await request_from(stream)
            arrivals.append(anyio.current_time())
            if len(arrivals) <= OPERATIONS:
                held.append(stream)
                await anyio.sleep_forever()  # a create without an answer
            await stream.send(reply(b'{"code": 10000, "data": "7"}'))

    shared = f"file://{tmp_path}/budget"
    async with served(holding) as url:
        with sharer(url, shared, timeout=BRIEF) as dead, sharer(url, shared) as other:
            dead.tell(f"create {OPERATIONS}")
            await until(lambda: len(held) == OPERATIONS)
            dead.process.send_signal(signal.SIGKILL)
            other.tell("create 1")
            await other.done()
            assert await other.ended() == {"sent": 1, "refused": 0}
    # The lease is as much longer than this as the first arrival may be later than its grant.
    assert arrivals[-1] - arrivals[0] > LIFETIME + GRACE
