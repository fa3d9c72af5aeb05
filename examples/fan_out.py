"""Make pods over several regions at once, wait until all are ready, and leave none behind."""

import anyio

from yotta_async import AsyncYotta, PodSpec, YottaError
from yotta_async.simulator import PodLife


REGIONS = ["us-east-1", "us-west-1", "us-central-2", "eu-1"]


async def fan_out(client: AsyncYotta, number: int) -> None:
    made: list[str] = []

    async def start(region: str) -> None:
        image, gpu = "pytorch/pytorch:latest", "NVIDIA_RTX_5090_32G"
        pod = await client.pods.create(PodSpec(image=image, gpu_type=gpu, regions=region))
        made.append(pod.id)
        ready = await client.pods.wait(pod.id)
        print(f"{ready.name} in {ready.region} is {ready.status}")

    async def remove(pod_id: str) -> None:
        try:
            await client.pods.delete(pod_id)
        except YottaError as error:
            print(f"{pod_id} may be left: {error}")

    try:
        async with anyio.create_task_group() as pods:
            for index in range(number):
                pods.start_soon(start, REGIONS[index % len(REGIONS)])
        print(f"all {number} are ready")
    finally:
        with anyio.CancelScope(shield=True):  # also after an error and after Ctrl-C
            async with anyio.create_task_group() as removals:
                for pod_id in made:
                    removals.start_soon(remove, pod_id)


async def main() -> None:
    quick = PodLife(start_median=3.0, start_span=(1.0, 6.0))
    async with AsyncYotta.simulated(life=quick) as client:  # AsyncYotta() with YOTTA_API_KEY set
        await fan_out(client, 12)


if __name__ == "__main__":
    anyio.run(main)
