"""examples/nightly_resume.py reads each document once, whatever happens in between."""

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.examples.programs import alive, cloud_of, program
from tests.lab import client_of
from yotta_async import AsyncYotta
from yotta_async.errors import FleetExpiredError
from yotta_async.simulator import Faults, PodLife, SimulatedYotta


QUICK = PodLife(start_median=3.0, start_span=(1.0, 6.0))
NIGHT = "2026-11-24"
DOCUMENTS = tuple(f"document-{number:03}" for number in range(100))


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return program("nightly_resume.py")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


def read(results: Path) -> list[str]:
    """Return the documents that were read, in the order of their reading."""
    lines = results.read_text().splitlines() if results.exists() else []
    return [json.loads(line)["document"] for line in lines]


async def crashed(example: dict[str, Any], cloud: SimulatedYotta, results: Path) -> set[str]:
    """Leave pods and results as a run does that is killed; return the pods' ids."""
    client, name = client_of(cloud), f"nightly-{NIGHT}"
    async with client, client.fleet(name, on_exit="keep") as fleet:
        await fleet.up([example["SPEC"]] * example["PODS"])
    for document in DOCUMENTS[:30]:
        example["note"](results, document, "")
    return {pod.id for pod in cloud.pods}


async def test_each_document_is_read_once(example: dict[str, Any], results: Path) -> None:
    async with AsyncYotta.simulated(life=QUICK) as client:
        assert await example["nightly"](client, DOCUMENTS, NIGHT, results) == 0
        assert alive(client) == []
    assert sorted(read(results)) == list(DOCUMENTS)


async def test_when_all_are_read_no_pod_is_made(example: dict[str, Any], results: Path) -> None:
    for document in DOCUMENTS:
        example["note"](results, document, "")
    async with AsyncYotta.simulated(life=QUICK) as client:
        assert await example["nightly"](client, DOCUMENTS, NIGHT, results) == 0
        assert cloud_of(client).operations["createPod"] == 0


@pytest.mark.parametrize("faults", [None, Faults.everything(0.1)])
@pytest.mark.parametrize("seed", range(3))
async def test_after_a_crash_its_pods_do_what_is_left(
    example: dict[str, Any], results: Path, faults: Faults | None, seed: int
) -> None:
    async with AsyncYotta.simulated(life=QUICK, faults=faults, seed=seed) as client:
        before = await crashed(example, cloud_of(client), results)
        assert await example["nightly"](client, DOCUMENTS, NIGHT, results) == 0
        assert {pod.id for pod in cloud_of(client).all_pods} == before
    assert alive(client) == []
    assert sorted(read(results)) == list(DOCUMENTS)


async def test_when_all_was_read_before_a_crash_its_pods_are_deleted(
    example: dict[str, Any], results: Path
) -> None:
    async with AsyncYotta.simulated(life=QUICK) as client:
        await crashed(example, cloud_of(client), results)
        assert await example["nightly"](client, DOCUMENTS[:30], NIGHT, results) == 0
        assert alive(client) == []


async def test_what_a_pod_had_at_hand_when_it_was_lost_is_read_by_another(
    example: dict[str, Any], results: Path
) -> None:
    async def lose_two() -> None:
        while len(read(results)) < 20:  # noqa: ASYNC110  # a file tells nobody of its lines
            await anyio.sleep(0.1)
        for name in sorted(alive(client))[:2]:
            pod = next(pod for pod in cloud_of(client).pods if pod.name == name)
            await client.pods.delete(pod.id)

    documents = tuple(map(str, range(400)))
    async with AsyncYotta.simulated(life=QUICK) as client, anyio.create_task_group() as beside:
        beside.start_soon(lose_two)
        assert await example["nightly"](client, documents, NIGHT, results) == 0
        assert cloud_of(client).operations["createPod"] == 6
        assert alive(client) == []
    assert sorted(read(results)) == sorted(documents)


async def test_without_any_pod_it_ends_with_all_left(
    example: dict[str, Any], results: Path
) -> None:
    async with AsyncYotta.simulated(life=PodLife(failing=1.0)) as client:
        assert await example["nightly"](client, DOCUMENTS, NIGHT, results) == len(DOCUMENTS)
        assert alive(client) == []


async def test_it_ends_when_its_time_is_up(
    example: dict[str, Any], results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(example["nightly"].__globals__, "LONGEST", 15.0)
    async with AsyncYotta.simulated(life=QUICK) as client:
        with pytest.raises(FleetExpiredError):
            await example["nightly"](client, DOCUMENTS, NIGHT, results)
        assert alive(client) == []
    assert 0 < len(read(results)) < len(DOCUMENTS)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.5, 1.0, 3.0, 6.0, 9.0, 12.0])
async def test_cancelled_it_leaves_nothing_and_goes_on_the_next_time(
    example: dict[str, Any], results: Path, seconds: float
) -> None:
    async with AsyncYotta.simulated(life=QUICK, seed=3) as client:
        with anyio.move_on_after(seconds) as scope:
            await example["nightly"](client, DOCUMENTS, NIGHT, results)
        assert scope.cancelled_caught
        assert alive(client) == []
        assert await example["nightly"](client, DOCUMENTS, NIGHT, results) == 0
    assert sorted(read(results)) == list(DOCUMENTS)


async def test_as_a_program_it_begins_on_the_simulator(
    example: dict[str, Any],
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["nightly_resume.py", "--results", str(results), "--night", NIGHT]
    )
    assert await example["main"]() == 0
    assert f"nightly-{NIGHT}: 4 of 4 ready" in capsys.readouterr().out
    assert sorted(read(results)) == sorted(example["DOCUMENTS"])
