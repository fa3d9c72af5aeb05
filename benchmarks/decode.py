"""Turning a list of pods into models, over ``json.loads`` of the same bytes."""

import json
import timeit

import anyio
import httpx

from benchmarks.report import OURS, Case, Sample, Table, compared
from yotta_async import AsyncYotta, Limits, Pod, PodSpec
from yotta_async.models import structure
from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta


__all__ = ["run"]

JSON = "json.loads"
SIZES = (10, 100, 1000)
REPETITIONS = 7
MINUTES = 10  # after which the pods run, and their ports are healthy
SPEC = PodSpec(
    image="yottalabsai/pytorch:2.9.0",
    gpu_type="NVIDIA_RTX_5090_32G",
    environment={"HF_HOME": "/data/hf", "WANDB_MODE": "offline"},
    expose=(22, 8888),
)


def run() -> tuple[Table, list[Case]]:
    bodies = anyio.run(_list_bodies)
    cases = [_case(size, body) for size, body in bodies.items()]
    notes = [
        f"The simulator's own answers; {REPETITIONS} repetitions.",
        "Decoding is `structure(json.loads(body)['data'], list[Pod])`, the JSON included.",
    ]
    return compared("Decoding a list of pods", cases, notes), cases


def _case(size: int, body: bytes) -> Case:
    def decode() -> list[Pod]:
        return structure(json.loads(body)["data"], list[Pod])

    assert len(decode()) == size
    loops = max(1, 2000 // size)
    ours = timeit.repeat(decode, number=loops, repeat=REPETITIONS)
    plain = timeit.repeat(lambda: json.loads(body), number=loops, repeat=REPETITIONS)
    samples = {
        OURS: Sample(1e6 * seconds / loops / size for seconds in ours),
        JSON: Sample(1e6 * seconds / loops / size for seconds in plain),
    }
    return Case(name=f"{size} pods, {len(body) / 1e3:.0f} kB", unit="us a pod", samples=samples)


async def _list_bodies() -> dict[int, bytes]:
    """Return the answers to ``GET /pods/list`` by how many pods are in them."""
    return {size: await _list_body(size) for size in SIZES}


async def _list_body(size: int) -> bytes:
    now = anyio.current_time()
    cloud = SimulatedYotta(
        limits=ServerLimits.none(),
        latency=Latency.none(),
        stock={"us-east-1": {SPEC.gpu_type: size}},
        clock=lambda: now,
    )
    async with httpx.AsyncClient(transport=cloud.transport(), base_url="http://localhost") as http:
        limits = Limits(requests=2 * size, pod_operations=size)
        async with AsyncYotta(
            "key", limits=limits, http_client=http, base_url=str(http.base_url)
        ) as client:
            for _ in range(size):
                await client.pods.create(SPEC)
        now += 60.0 * MINUTES
        reply = await http.get("/openapi/v1/pods/list", headers={"X-API-Key": "key"})
        return reply.content
