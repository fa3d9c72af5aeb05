"""examples/nightly_resume.py as a process, over TCP: killed in the middle, it is run again."""

import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process

from tests.examples.programs import EXAMPLES
from tests.lab import ENDING
from tests.steps import until
from yotta_async.simulator import PodLife, ServerLimits, SimulatedYotta


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)

pytestmark = pytest.mark.real_time
SPEED = 60
# The example's own work, for a client that knows how fast the simulated time runs. Of 24 documents
# so many are short as is said; the others are read for ever.
RUN = f"""
import runpy, sys, anyio
from pathlib import Path
from yotta_async import AsyncYotta, Limits, RetryPolicy
example = runpy.run_path({str(EXAMPLES / "nightly_resume.py")!r})
url, results, short = sys.argv[1:]
documents = example["DOCUMENTS"][:24]
async def read(pod, document):
    if document not in documents[:int(short)]:
        await anyio.sleep_forever()
    return pod.id
async def main():
    example["nightly"].__globals__["read"] = read
    limits, retry = Limits(per=60 / {SPEED}), RetryPolicy(settle=15 / {SPEED})
    async with AsyncYotta("any", base_url=url, limits=limits, retry=retry) as client:
        return await example["nightly"](client, documents, "tonight", Path(results))
sys.exit(anyio.run(main))
"""


@asynccontextmanager
async def started(url: str, results: Path, *, short: int) -> AsyncGenerator[Process, None]:
    command = [sys.executable, "-c", RUN, url, str(results), str(short)]
    async with await anyio.open_process(command) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


def read(results: Path) -> list[str]:
    return results.read_text().splitlines() if results.exists() else []


def living(cloud: SimulatedYotta) -> set[str]:
    return {pod.id for pod in cloud.pods if pod.status not in ENDING}


def make_cloud() -> SimulatedYotta:
    life = PodLife(start_median=30.0, start_span=(10.0, 60.0))
    return SimulatedYotta(life=life, limits=ServerLimits(requests=60))


async def test_killed_in_the_middle_it_goes_on_with_the_same_pods(tmp_path: Path) -> None:
    cloud, results = make_cloud(), tmp_path / "results.jsonl"
    async with cloud.serve(speed=SPEED) as server:
        async with started(server.url, results, short=8) as process:
            await until(lambda: len(read(results)) == 8 or process.returncode is not None)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        before, done = living(cloud), read(results)
        assert len(before) == 4
        async with started(server.url, results, short=24) as process:
            assert await process.wait() == 0
        assert {pod.id for pod in cloud.all_pods} == before
        assert living(cloud) == set()
    lines = read(results)
    assert lines[:8] == done
    # What was at hand when it was killed had no line yet.
    assert set(Counter(lines).values()) == {1}
    assert len(lines) == 24


async def test_terminated_in_the_middle_it_leaves_nothing(tmp_path: Path) -> None:
    cloud, results = make_cloud(), tmp_path / "results.jsonl"
    async with cloud.serve(speed=SPEED) as server:
        async with started(server.url, results, short=8) as process:
            await until(lambda: len(read(results)) == 8 or process.returncode is not None)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 128 + signal.SIGTERM
        assert len(cloud.all_pods) == 4
        assert living(cloud) == set()
    assert len(read(results)) == 8
