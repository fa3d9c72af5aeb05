"""Turning lists of pods into models, over ``json.loads`` of the same bytes and two libraries."""

import json
import timeit
from collections.abc import Callable, Iterator
from itertools import cycle

import anyio
import httpx
from attrs import evolve

from benchmarks.decode_models import with_msgspec, with_pydantic
from benchmarks.report import OURS, Case, Sample, Table, compared
from yotta_async import AsyncYotta, Limits, Pod, PodSpec
from yotta_async._call.rules.envelope import open_envelope
from yotta_async._call.rules.operation import Call, Operation
from yotta_async._call.rules.reply import Reply
from yotta_async._call.watch import ListWatch, snapshot_of
from yotta_async._resources.pods.listing import PodList
from yotta_async.models import structure
from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta


__all__ = ["run"]

JSON, PYDANTIC, MSGSPEC = "json.loads", "pydantic", "msgspec"
SIZES = (10, 100, 1000)
REPETITIONS = 7
MINUTES = 10  # after which the pods run, and their ports are healthy
CHANGED = 5  # pods from one tick to the next
TICKS = 4  # different lists that follow each other
LARGEST_OF_PYDANTIC, LARGEST_OF_JSON = 1.6, 1.5
SPEC = PodSpec(
    image="yottalabsai/pytorch:2.9.0",
    gpu_type="NVIDIA_RTX_5090_32G",
    environment={"HF_HOME": "/data/hf", "WANDB_MODE": "offline"},
    expose=(22, 8888),
)
CALL = Call(Operation(id="listPods", method="GET", path="/"), "/")

Decode = Callable[[bytes], object]


def run() -> tuple[Table, list[Case]]:
    bodies = anyio.run(_list_bodies)
    cases = [*(_case(size, body) for size, body in bodies.items()), _tick(bodies[SIZES[-1]])]
    notes = [
        f"The simulator's own answers; {REPETITIONS} repetitions, the subjects in turns.",
        (
            "Decoding is from the bytes of an answer to a list of pods; msgspec drops what it has"
            " no field for, and leaves ids and times numbers."
        ),
        (
            f"A tick is the next list, in which {CHANGED} pods have changed, down to who waits for"
            " it; the others decode it anew."
        ),
    ]
    return compared("Decoding a list of pods", cases, notes), cases


def _case(size: int, body: bytes) -> Case:
    assert len(_decoded(body)) == len(with_pydantic(body)) == len(with_msgspec(body)) == size
    return Case(
        name=f"{size} pods, {len(body) / 1e3:.0f} kB",
        unit="us a pod",
        samples=_samples(_decoded, [body], size),
        target=LARGEST_OF_PYDANTIC if size == SIZES[-1] else None,
        against=PYDANTIC,
    )


def _tick(body: bytes) -> Case:
    size, listing = SIZES[-1], PodList()
    call = evolve(CALL, decode=listing.decode)
    watch = ListWatch[Pod](_no_fetch, lambda: 1.0, lambda pod: (pod.status, pod.is_ready))

    def tick(body: bytes) -> None:
        pods = listing.read(open_envelope(call, Reply(200, {}, body)), "listPods")
        watch._take_in(snapshot_of(pods, 0.0))  # noqa: SLF001  # what a fetch of its own would do

    return Case(
        name=f"a tick of {size} pods",
        unit="us a pod",
        samples=_samples(tick, list(_ticks(body)), size),
        target=LARGEST_OF_JSON,
        against=JSON,
    )


async def _no_fetch(_: object) -> list[Pod]:
    raise AssertionError


def _samples(ours: Decode, bodies: list[bytes], size: int) -> dict[str, Sample]:
    subjects = {OURS: ours, JSON: json.loads, PYDANTIC: with_pydantic, MSGSPEC: with_msgspec}
    loops, found = max(len(bodies), 2000 // size), dict[str, list[float]]()
    for _ in range(REPETITIONS):
        for name, decode in subjects.items():
            seconds = _seconds(decode, bodies, loops)
            found.setdefault(name, []).append(1e6 * seconds / loops / size)
    return {name: Sample(values) for name, values in found.items()}


def _seconds(decode: Decode, bodies: list[bytes], loops: int) -> float:
    turns = cycle(bodies)
    decode(next(turns))
    return timeit.timeit(lambda: decode(next(turns)), number=loops)


def _decoded(body: bytes) -> list[Pod]:
    return structure(open_envelope(CALL, Reply(200, {}, body)), list[Pod])


def _ticks(body: bytes) -> Iterator[bytes]:
    """Yield lists of which each differs from the one before it in a few pods."""
    envelope = json.loads(body)
    for tick in range(TICKS):
        for changed in range(CHANGED):
            envelope["data"][tick * CHANGED + changed]["updatedAt"] += 1000
        yield json.dumps(envelope, separators=(",", ":")).encode()


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
