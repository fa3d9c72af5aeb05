"""
Each conflict of the documentation is a switch of the simulator: the client takes either side.

A tour goes through a life of everything and returns what the user has seen; whatever the wire looks
like, it must be the same.
"""

from datetime import datetime
from typing import Any, get_type_hints

import attrs
import pytest

from tests.contract.exercises import ENDPOINT, REGION, WORK
from tests.contract.switches import words_of
from tests.lab import SPEC
from yotta_async import AsyncYotta, Endpoint, Metric, Pod, PodStatus, Task, TaskStatus, Volume
from yotta_async._api import GENERATIONS
from yotta_async.errors import (
    ConflictError,
    NotFoundError,
    OutOfCapacityError,
    UnsupportedOperationError,
)
from yotta_async.simulator import Latency, WireStyle


# What the client cannot be right about on its own, with the reason.
NOT_TAKEN = {
    "scaling": "sends the query; a server that takes another form alone says so",
    "credential_type_required": "sends a type only if one is given, as the newer document has it",
    "r2_region_required": "the region is the caller's to give",
}
CODES = {
    "not_found_code": 12000,
    "capacity_code": 31337,
    "bad_key_status": 400,
    "bad_key_code": 40001,
    "refusal_status": 200,
    "v1_endpoint_not_found_code": 24001,
    "v2_endpoint_not_found_code": 14000,
    "v1_pod_not_found_code": 13000,
    "delivered": True,
    "pod_name_required": True,
    "variables_by_name": False,
    "gpu_aliases": False,
    "date_offset": -3600.0,
}


def sides() -> list[tuple[str, str, Any]]:
    """Return every switch with each value that is not its default, in the generations it is of."""
    found: list[tuple[str, str, Any]] = []
    kinds = get_type_hints(WireStyle)
    for each in attrs.fields(WireStyle):
        if each.name in NOT_TAKEN:
            continue
        values = words_of(kinds[each.name]) or (CODES[each.name],)
        found += [
            (generation, each.name, value)
            for value in values
            if value != each.default
            for generation in generations_of(each.name)
        ]
    return found


def generations_of(switch: str) -> list[str]:
    alone = switch.partition("_")[0]
    return [alone] if alone in GENERATIONS else list(GENERATIONS)


async def tour(yotta: AsyncYotta, generation: str) -> list[object]:
    """Go through a life of everything; return what a user has seen of it."""
    seen = [*await pods(yotta), *await serverless(yotta), *await credentials(yotta)]
    seen += await machines(yotta)
    return [*seen, *await volumes_and_metrics(yotta)] if generation == "v2" else seen


async def pods(yotta: AsyncYotta) -> list[object]:
    made = await yotta.pods.create(SPEC.evolve(expose=[22], regions=REGION, environment={"A": "1"}))
    ready = await yotta.pods.wait(made.id)
    await yotta.pods.pause(made.id)
    paused = await yotta.pods.wait(made.id, PodStatus.PAUSED)
    with pytest.raises(ConflictError):
        await yotta.pods.pause(made.id)
    with pytest.raises(OutOfCapacityError):
        await yotta.pods.create(SPEC.evolve(gpu_count=2**20))
    with pytest.raises(NotFoundError):
        await yotta.pods.get("1")
    listed = await yotta.pods.list(regions=[REGION], statuses=[PodStatus.PAUSED])
    assert [pod.environment for pod in listed] == [{"A": "1"}]
    await yotta.pods.delete(made.id)
    same = [made.id] == [ready.id] == [paused.id] == [pod.id for pod in listed]
    shell = ready.ssh_command is not None
    return [same, made.status, ready.status, shell, paused.status, *map(facts, listed)]


def facts(pod: Pod) -> object:
    return pod.status, pod.gpu_type, day(pod.created_at), pod.environment


async def serverless(yotta: AsyncYotta) -> list[object]:
    endpoint = await yotta.serverless.create(ENDPOINT)
    running = await yotta.serverless.wait(endpoint.id)
    done = await yotta.tasks.submit(endpoint.id, {"n": 1}, task_id="one", **WORK)
    task = await yotta.tasks.wait(endpoint.id, done)
    mapped = [each async for each in yotta.tasks.map(endpoint.id, range(1, 8), run="r", **WORK)]
    listed = await yotta.tasks.list(endpoint.id, page_size=3).all()
    workers = await yotta.serverless.workers(endpoint.id, statuses="RUNNING")
    with pytest.raises(ConflictError):
        await yotta.serverless.delete(endpoint.id)
    with pytest.raises(NotFoundError):
        await yotta.serverless.get("1")
    return [
        endpoint.id == running.id,
        *told(running),
        *result(task),
        sorted(each.output["echo"] for each in mapped),
        sorted(each.id for each in listed),
        [worker.id.isdigit() for worker in workers],
        await yotta.tasks.count(endpoint.id),
    ]


def told(endpoint: Endpoint) -> list[object]:
    return [endpoint.status, endpoint.resources, day(endpoint.created_at)]


def result(task: Task) -> list[object]:
    return [task.id, task.input, task.output, day(task.created_at), task.is_done]


async def credentials(yotta: AsyncYotta) -> list[object]:
    made = await yotta.credentials.create(name="registry", username="u", password="p")
    pod = await yotta.pods.create(SPEC.evolve(credential_id=made.id))
    with pytest.raises(ConflictError) as caught:
        await yotta.credentials.delete(made.id)
    return [made.name, caught.value.code, pod.id in str(caught.value.data)]


async def machines(yotta: AsyncYotta) -> list[object]:
    (kind, *_) = await yotta.vms.types()
    number = next(each.vm_type_id for each in kind.regions if each.region == REGION)
    made = await yotta.vms.create(name="machine", vm_type_id=number or 0, region=REGION)
    running = await yotta.vms.wait(made.id)
    listed = await yotta.vms.list(status="running").all()
    await yotta.vms.terminate(made.id)
    same = [running.id] == [vm.id for vm in listed]
    return [same, running.status, running.memory_in_gb, day(running.created_at)]


async def volumes_and_metrics(yotta: AsyncYotta) -> list[object]:
    volume = await yotta.volumes.create(name="disk", storage_type="S3")
    listed = await yotta.volumes.list("S3").all()
    pod = await yotta.pods.create(SPEC)
    await yotta.pods.wait(pod.id)
    metric = await yotta.metrics.memory(pod.id)
    return [disk(volume), *map(disk, listed), *shape(metric)]


def disk(volume: Volume) -> object:
    return volume.id.isdigit(), volume.name, volume.storage_type


def shape(metric: Metric) -> list[object]:
    return [metric.name, [(sorted(each.labels), len(each.points) > 0) for each in metric.series]]


def day(instant: datetime | None) -> object:
    """Return what two tours have in common of an instant."""
    return instant and (instant.date(), instant.tzinfo)


async def toured(generation: str, style: WireStyle) -> list[object]:
    latency = Latency(low=0.2, high=0.2, cold=(0.0, 0.0))
    async with AsyncYotta.simulated(api_version=generation, wire=style, latency=latency) as yotta:
        return await tour(yotta, generation)


# What was seen on the usual side, by generation.
usual: dict[str, list[object]] = {}


@pytest.mark.parametrize(("generation", "switch", "value"), sides(), ids=str)
@pytest.mark.asyncio_only
async def test_the_client_sees_the_same_on_either_side(
    generation: str, switch: str, value: Any
) -> None:
    if generation not in usual:
        usual[generation] = await toured(generation, WireStyle())
    assert await toured(generation, WireStyle(**{switch: value})) == usual[generation]


def test_what_is_not_taken_is_a_switch() -> None:
    assert NOT_TAKEN.keys() <= {each.name for each in attrs.fields(WireStyle)}


@pytest.mark.parametrize("scaling", ["path", "body"])
async def test_another_form_of_scaling_is_refused_and_told(scaling: Any) -> None:
    yotta = AsyncYotta.simulated(api_version="v2", wire=WireStyle(scaling=scaling))
    async with yotta:
        endpoint = await yotta.serverless.create(ENDPOINT)
        with pytest.raises(NotFoundError):
            await yotta.serverless.scale(endpoint.id, 2)


async def test_a_type_that_is_required_can_be_given() -> None:
    yotta = AsyncYotta.simulated(api_version="v2", wire=WireStyle(credential_type_required=True))
    async with yotta:
        made = await yotta.credentials.create(name="r", username="u", password="p", type="GCR")
        assert made.type == "GCR"


async def test_a_region_that_is_required_can_be_given() -> None:
    yotta = AsyncYotta.simulated(api_version="v2", wire=WireStyle(r2_region_required=True))
    async with yotta:
        assert (
            await yotta.volumes.create(name="v", storage_type="R2", region=REGION)
        ).region == REGION


async def test_delivered_is_no_end_in_v1() -> None:
    yotta = AsyncYotta.simulated(api_version="v1", wire=WireStyle(delivered=True))
    async with yotta:
        endpoint = await yotta.serverless.create(ENDPOINT)
        await yotta.serverless.wait(endpoint.id)
        task = await yotta.tasks.submit(endpoint.id, {"n": 1}, **WORK)
        assert (await yotta.tasks.wait(endpoint.id, task)).status is TaskStatus.SUCCESS


async def test_a_generation_that_lacks_an_operation_sends_nothing() -> None:
    async with AsyncYotta.simulated(api_version="v1") as yotta:
        assert yotta.simulator is not None
        with pytest.raises(UnsupportedOperationError):
            await yotta.volumes.get("1")
        assert yotta.simulator.requests == ()
