"""
Read a night's documents on a few pods; run it again after a crash, and it reads what is left.

With ``--base-url`` it does so on what ``yotta-async simulate`` serves, or on the real service.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import anyio

from yotta_async import AsyncYotta, Pod, PodSpec
from yotta_async.simulator import PodLife


DOCUMENTS = tuple(f"document-{number:02}" for number in range(40))
PODS = 4
SPEC = PodSpec(image="you/reader:5", gpu_type="NVIDIA_RTX_5090_32G", regions=["us-east-1", "eu-1"])
LONGEST = 6 * 3600.0  # seconds; at night nobody sees that it hangs


async def nightly(client: AsyncYotta, documents: Iterable[str], night: str, results: Path) -> int:
    """Return how many documents are left."""
    done = finished(results)
    todo = [document for document in documents if document not in done]
    print(f"{len(done)} documents are read, {len(todo)} are not")
    # By its name the next run finds the pods that a crash has left. SIGTERM and Ctrl-C delete them.
    async with client.fleet(f"nightly-{night}", on_exit="delete", max_lifetime=LONGEST) as fleet:
        fleet.launch([SPEC] * PODS)
        # A document whose pod is lost is given to another pod.
        async for outcome in fleet.map(read, todo):
            if outcome.error is None:
                note(results, outcome.item, outcome.result or "")
            else:
                print(f"{outcome.item}: {outcome.error}")
        print(fleet.status())
    return len(set(todo) - finished(results))


async def read(pod: Pod, document: str) -> str:
    await anyio.sleep(0.5)  # it stands for a request to the pod
    return f"{len(document)} characters, read in {pod.region}"


def finished(results: Path) -> set[str]:
    lines = results.read_text().splitlines() if results.exists() else ()
    return {json.loads(line)["document"] for line in lines}


def note(results: Path, document: str, result: str) -> None:
    with results.open("a") as file:
        # One write: a program that is killed leaves a whole line, or none.
        file.write(json.dumps({"document": document, "result": result}) + "\n")


def client_of(base_url: str | None) -> AsyncYotta:
    if base_url is not None:
        return AsyncYotta(base_url=base_url)
    life = PodLife(start_median=3.0, start_span=(1.0, 6.0))
    return AsyncYotta.simulated(life=life)  # AsyncYotta(): the real service


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url")
    # What is run again after midnight belongs to the evening.
    parser.add_argument("--night", default=f"{datetime.now(UTC):%Y-%m-%d}")
    parser.add_argument("--results", type=Path, default=Path("nightly.jsonl"))
    asked = parser.parse_args()
    async with client_of(asked.base_url) as client:
        left = await nightly(client, DOCUMENTS, asked.night, asked.results)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(anyio.run(main))
