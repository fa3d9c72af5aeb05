"""Serve a model from three regions; one of them burns down, and the two others take over."""

from collections.abc import Callable
from functools import partial

import anyio

from yotta_async import AsyncYotta, Fleet, Placement, PodSpec, ReplacePolicy
from yotta_async.simulator import PodLife, ServerLimits, SimulatedYotta


PORT, REGIONS = 8000, ("us-east-1", "us-west-1", "eu-1")
SPEC = PodSpec(image="you/server:3", gpu_type="NVIDIA_RTX_5090_32G", expose=[PORT])
# Any two of the regions have room for twelve.
PLACEMENT = Placement(regions=REGIONS, strategy="spread", quotas=dict.fromkeys(REGIONS, 6))
# Users wait: whatever no list shows is asked for after 5 seconds, not after 30.
IMPATIENT = ReplacePolicy(vanished=5.0, replacements=100)
WORTH_TELLING = ("ready", "missing", "lost", "unwanted")

Disaster = Callable[[], None]


async def serve(client: AsyncYotta, disaster: Disaster | None = None) -> None:
    async with client.fleet("chat", replace=IMPATIENT) as fleet:  # deletes all in the end
        # Fewer than six would be no use: then it raises.
        await fleet.up([SPEC] * 9, placement=PLACEMENT, min_ready=6)
        async with anyio.create_task_group() as beside:
            beside.start_soon(print_changes, fleet)
            await a_day(fleet, disaster)
            beside.cancel_scope.cancel()


async def a_day(fleet: Fleet, disaster: Disaster | None) -> None:
    print_endpoints(fleet)
    if disaster is not None:
        disaster()
        await fewer_ready(fleet, 9)
        await fleet.wait()
        print_endpoints(fleet)
    for pods in (12, 6):  # the evening and the night
        await fleet.scale(pods)
        print_endpoints(fleet)


async def print_changes(fleet: Fleet) -> None:
    async for change in fleet.watch():  # it begins with all pods as they are
        pod = change.member.pod
        if change.previous and change.stage in WORTH_TELLING:
            print(f"  pod {change.key}{f' in {pod.region}' if pod else ''} is {change.stage}")


def print_endpoints(fleet: Fleet) -> None:
    report = fleet.status()
    print(report)
    for region in REGIONS:
        endpoints = [pod.endpoint(PORT) for pod in report.ready if pod.region == region]
        print(f"  {region}:", *(endpoints or ["none"]))


async def fewer_ready(fleet: Fleet, number: int) -> None:
    """Wait until the fleet has noticed that fewer pods are ready."""
    async for _ in fleet.watch():
        if len(fleet.status().ready) < number:
            return


def burn_down(cloud: SimulatedYotta, region: str) -> None:
    print(f"{region} burns down")
    cloud.burn_down(region, vanish=True)


async def main() -> None:
    life = PodLife(start_median=3.0, start_span=(1.0, 6.0), ports=(0.0, 2.0))
    # For the real service: `async with AsyncYotta() as client:`, without a disaster.
    async with AsyncYotta.simulated(life=life, limits=ServerLimits(requests=120)) as client:
        cloud = client.simulator
        await serve(client, partial(burn_down, cloud, REGIONS[0]) if cloud else None)


if __name__ == "__main__":
    anyio.run(main)
