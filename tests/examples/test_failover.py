"""examples/failover.py serves, heals after a disaster, scales, and leaves nothing."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest

from tests.examples.programs import alive, cloud_of, program
from yotta_async import AsyncYotta
from yotta_async.errors import FleetError
from yotta_async.simulator import Faults, PodLife
from yotta_async.simulator.cloud.pod import PodStatus


QUICK = PodLife(start_median=3.0, start_span=(1.0, 6.0), ports=(0.0, 2.0))


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return program("failover.py")


def vanish(client: AsyncYotta, example: dict[str, Any]) -> Callable[[], None]:
    return partial(example["burn_down"], cloud_of(client), example["REGIONS"][0])


def fail(client: AsyncYotta, example: dict[str, Any]) -> Callable[[], None]:
    """Return what lets the pods of a region fail, instead of vanish."""

    def disaster() -> None:
        region, pods, now = (
            example["REGIONS"][0],
            cloud_of(client)._cloud.pods,
            cloud_of(client)._now(),
        )
        pods.stock.free[region] = dict.fromkeys(pods.stock.free[region], 0)
        for pod in pods.all.values():
            if pod.region == region:
                pod.holds_gpus = False
                pod.become(PodStatus.FAILED, now)

    return disaster


def by_region(told: str) -> list[Counter[str]]:
    """Return how many endpoints each region had, each time they were printed."""
    lines = [line.split() for line in told.splitlines() if line.startswith("  ") and ":" in line]
    counts = [(region, sum(word != "none" for word in words)) for region, *words in lines]
    return [Counter(dict(counts[at : at + 3])) for at in range(0, len(counts), 3)]


@pytest.mark.parametrize("disaster", [vanish, fail])
@pytest.mark.parametrize("seed", range(3))
async def test_the_other_regions_take_over(
    example: dict[str, Any], disaster: Any, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncYotta.simulated(life=QUICK, seed=seed) as client:
        await example["serve"](client, disaster(client, example))
        assert alive(client) == []
        assert cloud_of(client).violations == ()
    burnt, *_ = example["REGIONS"]
    before, healed, more, less = by_region(capsys.readouterr().out)
    assert set(before.values()) == {3}
    assert (healed.total(), more.total(), less.total()) == (9, 12, 6)
    assert healed[f"{burnt}:"] == more[f"{burnt}:"] == less[f"{burnt}:"] == 0
    assert max(more.values()) == 6


async def test_changes_are_told(
    example: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncYotta.simulated(life=QUICK) as client:
        await example["serve"](client, vanish(client, example))
    told = capsys.readouterr().out
    assert told.count("is missing") == 3
    assert "is unwanted" in told


async def test_it_serves_without_a_disaster(example: dict[str, Any]) -> None:
    async with AsyncYotta.simulated(life=QUICK) as client:
        await example["serve"](client)
        assert alive(client) == []


async def test_with_fewer_than_six_it_does_not_serve(example: dict[str, Any]) -> None:
    stock = {region: {example["SPEC"].gpu_type: 1} for region in example["REGIONS"]}
    async with AsyncYotta.simulated(life=QUICK, stock=stock) as client:
        with pytest.raises(FleetError, match="6 were needed"):
            await example["serve"](client)
        assert alive(client) == []


@pytest.mark.parametrize("seconds", [0.0, 0.3, 2.0, 8.0, 20.0, 40.0])
async def test_nothing_is_left_when_it_is_cancelled(
    example: dict[str, Any], seconds: float
) -> None:
    async with AsyncYotta.simulated(life=QUICK, seed=3) as client:
        with anyio.move_on_after(seconds) as scope:
            await example["serve"](client, vanish(client, example))
            await anyio.sleep(100.0)
        assert scope.cancelled_caught
        assert alive(client) == []


@pytest.mark.parametrize("seed", range(1, 4))
async def test_it_heals_when_requests_go_wrong(
    example: dict[str, Any], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = Faults.everything(0.2)
    async with AsyncYotta.simulated(life=QUICK, faults=faults, seed=seed) as client:
        await example["serve"](client, vanish(client, example))
        assert cloud_of(client).faults_fired.total() > 0
    assert alive(client) == []
    assert [each.total() for each in by_region(capsys.readouterr().out)] == [9, 9, 12, 6]
