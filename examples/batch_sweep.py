"""Train a model for each learning rate and seed, each on its own pod, wherever there is room."""

from collections import Counter
from itertools import product

import anyio
from attrs import frozen

from yotta_async import AsyncYotta, Budget, Fleet, FleetReport, Place, Placement, Pod, PodSpec
from yotta_async.simulator import PodLife


RATES, SEEDS = (0.1, 0.03, 0.01, 0.003), (1, 2, 3)
CHEAP, DEAR = "NVIDIA_RTX_5090_32G", "NVIDIA_H100_80G"
# The cheap GPU in either region, and only then the dear one.
PLACEMENT = Placement(regions=["us-east-1", "eu-1"], gpu_types=[CHEAP, DEAR])
BUDGET = Budget(max_per_hour=12)  # USD


@frozen
class Trained:
    loss: float
    place: Place


def grid() -> dict[str, PodSpec]:
    return {f"lr{rate}_seed{seed}": spec(rate, seed) for rate, seed in product(RATES, SEEDS)}


def spec(rate: float, seed: int) -> PodSpec:
    variables = {"LEARNING_RATE": str(rate), "SEED": str(seed)}
    return PodSpec(image="you/trainer:7", gpu_type=CHEAP, environment=variables)


async def sweep(client: AsyncYotta, specs: dict[str, PodSpec]) -> dict[str, Trained]:
    async with client.fleet("sweep", budget=BUDGET) as fleet:  # Ctrl-C and errors delete all pods
        print(fleet.plan(specs, placement=PLACEMENT))
        results = await train_all(fleet, specs)
    print_costs(results, fleet.status())
    return results


async def train_all(fleet: Fleet, specs: dict[str, PodSpec]) -> dict[str, Trained]:
    results: dict[str, Trained] = {}

    async def follow(key: str, pod: Pod) -> None:
        results[key] = await trained(pod)
        fleet.release(key)  # its pod is deleted now, and not replaced
        print(f"{key}: loss {results[key].loss:.3f}; {len(specs) - len(results)} to go")

    launch = fleet.launch(specs, placement=PLACEMENT)  # raises if the budget does not allow it
    async with anyio.create_task_group() as runs:
        async for outcome in launch:
            if outcome.pod is not None:
                print(f"{outcome.key}: training in {outcome.pod.region}")
                runs.start_soon(follow, outcome.key, outcome.pod)
            else:
                print(f"{outcome.key}: given up: {outcome.error}")
    return results


async def trained(pod: Pod) -> Trained:
    # It stands for watching the bucket that the trainer writes to. A pod that fails meanwhile is
    # replaced, and what replaces it begins anew by itself, as it has the same environment.
    await anyio.sleep(2.0)
    rate, seed = (float(pod.environment[name]) for name in ("LEARNING_RATE", "SEED"))
    return Trained(abs(rate - 0.01) + seed / 100, Place(pod.region, pod.gpu_type or ""))


def print_costs(results: dict[str, Trained], report: FleetReport) -> None:
    runs = Counter(each.place for each in results.values())
    print(f"\n{'':<34} runs     USD")
    for place, spent in report.spent.items():
        print(f"{place!s:<34} {runs[place]:>4} {spent:>7.4f}")
    print(f"{'all':<34} {len(results):>4} {report.total_spent:>7.4f}")
    if results:
        print("best:", min(results, key=lambda key: results[key].loss))


async def main() -> None:
    life = PodLife(start_median=3.0, start_span=(1.0, 6.0))
    stock = {"us-east-1": {CHEAP: 6}, "eu-1": {CHEAP: 4, DEAR: 8}}
    simulated = AsyncYotta.simulated(life=life, stock=stock)  # AsyncYotta(): the real service
    async with simulated as client:
        await sweep(client, grid())


if __name__ == "__main__":
    anyio.run(main)
