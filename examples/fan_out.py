"""Make pods over several regions at once, wait until all are ready, and leave none behind."""

import anyio

from yotta_async import AsyncYotta, Placement, PodSpec
from yotta_async.simulator import PodLife


SPEC = PodSpec(image="pytorch/pytorch:latest", gpu_type="NVIDIA_RTX_5090_32G", expose=[8888])
REGIONS = Placement(regions=["us-east-1", "us-west-1", "us-central-2", "eu-1"], strategy="spread")


async def fan_out(client: AsyncYotta, number: int) -> None:
    # Leaving the block deletes its pods: after an error, Ctrl-C and SIGTERM, too.
    async with client.fleet("fan-out") as fleet:
        print(fleet.plan([SPEC] * number, placement=REGIONS))
        async for outcome in fleet.launch([SPEC] * number, placement=REGIONS):
            if outcome.pod is not None:
                print(f"{outcome.pod.endpoint(8888)} in {outcome.pod.region} is ready")
            else:
                print(f"pod {outcome.key} was given up: {outcome.error}")
        print(fleet.status())


async def main() -> None:
    quick = PodLife(start_median=3.0, start_span=(1.0, 6.0), ports=(0.0, 1.0))
    async with AsyncYotta.simulated(life=quick) as client:  # AsyncYotta() with YOTTA_API_KEY set
        await fan_out(client, 12)


if __name__ == "__main__":
    anyio.run(main)
