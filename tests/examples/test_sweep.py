"""examples/batch_sweep.py trains all models, says what they cost, and leaves nothing."""

import signal
from typing import Any

import anyio
import pytest

from tests.examples.programs import alive, cloud_of, program
from yotta_async import AsyncYotta
from yotta_async.errors import BudgetExceededError
from yotta_async.simulator import Faults, PodLife


QUICK = PodLife(start_median=3.0, start_span=(1.0, 6.0))


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return program("batch_sweep.py")


@pytest.fixture
def stock(example: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Room for all, and not for all of them on the cheap GPU."""
    cheap, dear = example["CHEAP"], example["DEAR"]
    return {"us-east-1": {cheap: 6}, "eu-1": {cheap: 4, dear: 8}}


async def test_all_are_trained_and_what_they_cost_is_told(
    example: dict[str, Any], stock: dict[str, dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncYotta.simulated(life=QUICK, stock=stock) as client:
        results = await example["sweep"](client, example["grid"]())
        assert results.keys() == example["grid"]().keys()
        assert alive(client) == []
        cost = cloud_of(client).billing()
    plan, *told = capsys.readouterr().out.splitlines()
    assert plan.startswith("12 pods: ")
    assert "$7.80 an hour" in plan
    *_, table, best = "\n".join(told).split("\n\n")[-1].rpartition("\n")[0], told[-1]
    assert best == "best: lr0.01_seed1"
    _, _, dear, total = table.splitlines()[:1] + table.splitlines()[-3:]
    assert dear.split()[:4] == [example["DEAR"], "in", "eu-1", "2"]
    # By what the lists show, so at most a tick too much at either end.
    assert float(cost) <= float(total.split()[-1]) <= 2 * float(cost)


async def test_each_run_has_its_own_variables(example: dict[str, Any]) -> None:
    specs = example["grid"]()
    assert len(specs) == len({frozenset(spec.environment.items()) for spec in specs.values()}) == 12


async def test_a_pod_is_deleted_when_its_model_is_trained(
    example: dict[str, Any], stock: dict[str, dict[str, int]]
) -> None:
    slow = PodLife(start_median=100.0, start_spread=2.0, start_span=(1.0, 800.0))
    async with (
        AsyncYotta.simulated(life=slow, stock=stock) as client,
        anyio.create_task_group() as t,
    ):
        t.start_soon(example["sweep"], client, example["grid"]())
        await anyio.sleep(200.0)
        assert 0 < len(alive(client)) < 12


async def test_what_is_given_up_is_told_and_the_rest_is_trained(
    example: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    failing = PodLife(start_median=3.0, start_span=(1.0, 6.0), failing=0.9)
    async with AsyncYotta.simulated(life=failing, seed=1) as client:
        results = await example["sweep"](client, example["grid"]())
        assert alive(client) == []
    given_up = capsys.readouterr().out.count("given up")
    assert given_up
    assert len(results) == 12 - given_up


async def test_what_would_cost_too_much_is_not_begun(example: dict[str, Any]) -> None:
    async with AsyncYotta.simulated() as client:
        specs = {str(number): example["spec"](0.1, number) for number in range(19)}
        with pytest.raises(BudgetExceededError, match="max_per_hour"):
            await example["sweep"](client, specs)
        assert cloud_of(client).operations["createPod"] == 0


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.5, 1.0, 3.0, 5.0, 6.0, 7.0, 8.0])
async def test_nothing_is_left_when_it_is_cancelled(
    example: dict[str, Any], stock: dict[str, dict[str, int]], seconds: float
) -> None:
    async with AsyncYotta.simulated(life=QUICK, stock=stock, seed=3) as client:
        with anyio.move_on_after(seconds) as scope:
            await example["sweep"](client, example["grid"]())
        assert scope.cancelled_caught
        assert alive(client) == []


@pytest.mark.parametrize("seconds", [1.0, 4.0, 6.0, 8.0])
async def test_nothing_is_left_after_ctrl_c(
    example: dict[str, Any], stock: dict[str, dict[str, int]], seconds: float
) -> None:
    async def interrupt() -> None:
        await anyio.sleep(seconds)
        signal.raise_signal(signal.SIGINT)

    async with AsyncYotta.simulated(life=QUICK, stock=stock, seed=3) as client:
        async with anyio.create_task_group() as beside:
            beside.start_soon(interrupt)
            with pytest.raises(KeyboardInterrupt):
                await example["sweep"](client, example["grid"]())
        assert alive(client) == []


@pytest.mark.parametrize("seed", range(1, 4))
async def test_nothing_is_left_when_requests_go_wrong(
    example: dict[str, Any], stock: dict[str, dict[str, int]], seed: int
) -> None:
    faults = Faults.everything(0.2)
    async with AsyncYotta.simulated(life=QUICK, stock=stock, faults=faults, seed=seed) as client:
        results = await example["sweep"](client, example["grid"]())
        assert cloud_of(client).faults_fired.total() > 0
        assert len(results) == 12
    assert alive(client) == []
