"""Checked by the type checkers, never run: what an editor knows of the public API."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, assert_type

import httpx
import httpx2

from yotta_async import (
    VM,
    AsyncYotta,
    Credential,
    Endpoint,
    EndpointResource,
    EndpointStatus,
    Event,
    ExposedPort,
    Fleet,
    FleetPlan,
    GpuOffer,
    JournalEntry,
    Lane,
    Limits,
    Listing,
    LogLine,
    Metric,
    Page,
    Pod,
    PodChange,
    PodSpec,
    PodStatus,
    RawResponse,
    RetryPolicy,
    Statistics,
    Task,
    TaskCallback,
    TaskOutcome,
    TaskStatus,
    VMType,
    Volume,
    Worker,
    WorkOutcome,
    WorkReport,
    YottaError,
    read_journal,
    verify_callback,
)
from yotta_async.fleet import FleetSettings
from yotta_async.simulator import SimulatedYotta


def hook(event: Event) -> None:
    assert_type(event.at, float)


async def calls(client: AsyncYotta, spec: PodSpec) -> None:
    assert_type(await client.pods.create(spec), Pod)
    assert_type(await client.pods.create(image="a", gpu_type="b", expose=[22, (80, "HTTP")]), Pod)
    assert_type(await client.pods.list(regions=["us-east-1"]), Listing[Pod])
    assert_type(await client.pods.get("1"), Pod)
    assert_type(await client.pods.delete("1"), None)
    assert_type(await client.pods.wait("1", until=lambda pod: pod.is_ready), Pod)
    async for change in client.pods.watch():
        assert_type(change, PodChange)
    assert_type(client.statistics(), Statistics)
    assert_type(client.with_options(timeout=3.0, lane=Lane.URGENT), AsyncYotta)
    assert_type(client.left_behind, Mapping[str, str | None])


async def endpoints(client: AsyncYotta) -> None:
    made = await client.serverless.create(
        name="a",
        image="b",
        resources=[("us-east-1", "b"), EndpointResource("eu-1", "b")],
        container_volume_in_gb=20,
        service_mode="ALB",
        expose=(8000, "HTTP"),
    )
    assert_type(made, Endpoint)
    assert_type(made.status, EndpointStatus | str)
    assert_type(made.cost, Decimal | None)
    assert_type(await client.serverless.update("1", workers=2), Endpoint)
    assert_type(await client.serverless.list(statuses="RUNNING"), Listing[Endpoint])
    assert_type(await client.serverless.workers("1"), Listing[Worker])
    assert_type(await client.serverless.wait("1", lambda each: each.running_workers == 2), Endpoint)
    async for line in client.serverless.logs("1", "2", follow=True):
        assert_type(line, LogLine)


async def tasks(client: AsyncYotta) -> None:
    assert_type(await client.tasks.submit("1", {"a": 1}, worker_port=1, process_uri="/"), str)
    assert_type(await client.tasks.wait("1", "2"), Task)
    assert_type((await client.tasks.get("1", "2")).status, TaskStatus | str)
    assert_type(await client.tasks.count("1"), int)
    async for task in client.tasks.list("1", status=TaskStatus.FAILED):
        assert_type(task, Task)
    assert_type(await client.tasks.list("1").page(2), Page[Task])
    async for outcome in client.tasks.map("1", range(3), worker_port=1, process_uri="/"):
        assert_type(outcome, TaskOutcome)
        assert_type(outcome.error, YottaError | None)
    assert_type(verify_callback({}, b"", auth_key="k"), TaskCallback)


async def _length(_pod: Pod, item: str) -> int:
    return len(item)


async def maps(client: AsyncYotta, fleet: Fleet) -> None:
    spec = PodSpec(image="a", gpu_type="b")
    async for done in client.map(_length, ["a"], spec=spec, pods=2, journal="a.jsonl"):
        assert_type(done, WorkOutcome[str, int])
        assert_type(done.result, int | None)
    async for done in fleet.map(_length, iter("a"), retry_on=(OSError, KeyError)):
        assert_type(done.item, str)
        assert_type(done.cost, Decimal | None)
    assert_type(fleet.map(_length, ["a"]).status(), WorkReport)
    assert_type(read_journal("a.jsonl"), tuple[JournalEntry, ...])


def fleets(client: AsyncYotta) -> None:
    assert_type(client.fleet("sweep", on_exit="keep", max_lifetime=60.0), Fleet)
    assert_type(client.fleet(settings=FleetSettings(name="sweep")), Fleet)
    assert_type(FleetPlan.of(PodSpec(image="a", gpu_type="b")), FleetPlan)


async def the_rest(client: AsyncYotta) -> None:
    assert_type(await client.vms.create(name="a", vm_type_id=1, region="b"), VM)
    assert_type(await client.vms.types(), Listing[VMType])
    assert_type(await client.vms.list().all(), Listing[VM])
    assert_type(await client.volumes.create(name="a", storage_type="S3"), Volume)
    assert_type(await client.volumes.list("S3").page(), Page[Volume])
    assert_type(await client.credentials.create(name="a", username="b", password="c"), Credential)
    assert_type(await client.gpus.list(regions="us-east-1"), Listing[GpuOffer])
    assert_type(await client.metrics.cpu("1", step="5m"), Metric)
    assert_type(await client.check_key("1"), bool)
    assert_type(await client.request("GET", "/v2/reserves"), Any)
    raw = await client.with_raw_response(client.pods.get, "1")
    assert_type(raw, RawResponse[Pod])
    assert_type(raw.value, Pod)


def values(pod: Pod) -> None:
    assert_type(pod.status, PodStatus | str)
    assert_type(pod.price_per_hour, Decimal | None)
    assert_type(pod.expose, tuple[ExposedPort, ...])
    assert_type(pod.ssh_command, str | None)


def construction() -> None:
    assert_type(AsyncYotta(), AsyncYotta)
    AsyncYotta(http_client=httpx.AsyncClient(), timeout=httpx.Timeout(5.0))
    AsyncYotta(http_client=httpx2.AsyncClient(), limits=Limits(requests=120), on_event=hook)
    assert_type(AsyncYotta.simulated(seed=1), AsyncYotta)
    assert_type(AsyncYotta.simulated(retry=RetryPolicy.none()).simulator, SimulatedYotta | None)
