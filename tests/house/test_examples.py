"""The example does what it says, and leaves nothing whatever ends it."""

import runpy
from pathlib import Path
from typing import Any

import anyio
import pytest

from yotta_async import AsyncYotta
from yotta_async.simulator import Faults


EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "fan_out.py"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE), run_name="example")


def alive(client: AsyncYotta) -> list[str]:
    assert client.simulator is not None
    return [pod.name for pod in client.simulator.pods if pod.status != "TERMINATING"]


def test_it_fits_on_a_screen() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) < 40


async def test_it_has_all_pods_ready_and_deletes_them(
    example: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncYotta.simulated() as client:
        await example["fan_out"](client, 12)
        assert alive(client) == []
        assert client.simulator is not None
        assert len(client.simulator.all_pods) == 12
    told = capsys.readouterr().out
    assert told.count("is ready") == 12
    assert "12 of 12 ready" in told


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3, 0.8, 1.5, 30.0, 90.0])
async def test_it_leaves_nothing_when_it_is_cancelled(
    example: dict[str, Any], seconds: float
) -> None:
    async with AsyncYotta.simulated(seed=3) as client:
        with anyio.move_on_after(seconds) as scope:
            await example["fan_out"](client, 12)
        assert scope.cancelled_caught
    assert alive(client) == []


async def test_it_leaves_nothing_when_requests_go_wrong(example: dict[str, Any]) -> None:
    faults = Faults.everything(0.05)
    async with AsyncYotta.simulated(faults=faults, seed=5) as client:
        await example["fan_out"](client, 30)
        assert client.simulator is not None
        assert client.simulator.faults_fired.total() > 0
    assert alive(client) == []
