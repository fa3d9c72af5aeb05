"""What can be rented, and what a pod's meters show."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import anyio
import pytest

from tests.lab import SPEC, Lab, make_lab
from yotta_async import AsyncYotta, GpuOffer, PodSpec
from yotta_async._resources.metrics import Step
from yotta_async.errors import BadRequestError, ConfigurationError, NotFoundError
from yotta_async.models import Metric
from yotta_async.simulator import WireStyle


NOBODY = "100000000000000001"
STOCK = {"us-east-1": {"NVIDIA_L4_24G": 3, "NVIDIA_H100_80G": 1}, "eu-1": {"NVIDIA_H100_80G": 7}}


def codes(offers: list[GpuOffer]) -> list[tuple[str | None, str]]:
    return sorted((offer.region or "", offer.gpu_type) for offer in offers)


async def test_the_gpus_on_offer_are_told_with_their_price() -> None:
    lab = make_lab(api_version="v1", stock=STOCK)
    offers = await lab.client.gpus.list()
    assert codes(offers) == [
        ("eu-1", "NVIDIA_H100_80G"),
        ("us-east-1", "NVIDIA_H100_80G"),
        ("us-east-1", "NVIDIA_L4_24G"),
    ]
    here = next(offer for offer in offers if offer.region == "eu-1")
    assert (here.gpu_count, here.single_card_vram_in_gb) == (7, 80)
    assert here.single_card_price == Decimal("1.85")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"regions": "eu-1"}, 1),
        ({"regions": ["eu-1", "us-east-1"]}, 3),
        ({"regions": "mars"}, 0),
        ({"max_vram": 24}, 1),
        ({"min_vram": 25}, 2),
        ({"min_vram": 80, "max_vram": 80}, 2),
        ({"min_ram": 1000}, 0),
        ({"max_ram": 1000}, 3),
    ],
)
async def test_offers_can_be_narrowed(asked: dict[str, Any], found: int) -> None:
    lab = make_lab(api_version="v1", stock=STOCK)
    assert len(await lab.client.gpus.list(**asked)) == found


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"min_vram": -1}, "min_vram"),
        ({"max_vram": 1537}, "max_vram"),
        ({"max_vram": 1.5}, "max_vram"),
        ({"min_ram": -1}, "min_ram"),
        ({"max_ram": "64"}, "max_ram"),
        ({"regions": 7}, "regions"),
        ({"regions": [""]}, "regions"),
    ],
)
async def test_a_bound_that_cannot_be_is_refused_before_anything_is_sent(
    asked: dict[str, Any], named: str
) -> None:
    lab = make_lab(api_version="v1")
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.gpus.list(**asked)
    assert caught.value.field == named
    assert lab.cloud.requests == ()


Meter = Callable[..., Awaitable[Metric]]
METERS: dict[str, tuple[str, Callable[[AsyncYotta], Meter]]] = {
    "getPodCpuMetrics": ("cpu_usage", lambda client: client.metrics.cpu),
    "getPodGpuMetrics": ("gpu_utilization", lambda client: client.metrics.gpu),
    "getPodGpuMemoryMetrics": ("gpu_memory_usage", lambda client: client.metrics.gpu_memory),
    "getPodMemoryMetrics": ("memory_usage", lambda client: client.metrics.memory),
    "getPodStorageMetrics": ("storage_usage", lambda client: client.metrics.storage),
}


def make(**options: Any) -> Lab:
    return make_lab(api_version="v2", **options)


def spec() -> PodSpec:
    return SPEC.evolve(gpu_count=2, container_volume_in_gb=50)


@pytest.mark.parametrize("operation", METERS)
async def test_a_meter_shows_the_last_hour(operation: str) -> None:
    lab = make()
    pod = await lab.client.pods.create(spec())
    await anyio.sleep(600.0)
    name, meter = METERS[operation]
    metric = await meter(lab.client)(pod.id)
    assert metric.name == name
    assert len(metric.series) == (2 if "Gpu" in operation else 1)
    for series in metric.series:
        assert len(series.points) == pytest.approx(20, abs=1)
        assert all(point.value is not None and point.value >= 0 for point in series.points)
        assert series.points[0].timestamp.tzinfo is not None
    assert lab.cloud.operations[operation] == 1
    assert lab.cloud.operations.total() == 2


@pytest.mark.parametrize("place", ["series", "metric"])
async def test_the_capacity_stands_in_either_place(place: Any) -> None:
    lab = make(wire=WireStyle(latest_total=place))
    pod = await lab.client.pods.create(spec())
    metric = await lab.client.metrics.gpu_memory(pod.id)
    card = 32 * 1024**3
    totals = [series.latest_total for series in metric.series]
    assert (totals, metric.latest_total) == (
        ([card, card], None) if place == "series" else ([None, None], 2 * card)
    )


async def test_a_window_and_its_step_can_be_chosen() -> None:
    lab = make()
    pod = await lab.client.pods.create(spec())
    await anyio.sleep(3600.0)
    start = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
    metric = await lab.client.metrics.cpu(
        pod.id, start=start, end=start + timedelta(minutes=20), step="5m"
    )
    stamps = [point.timestamp for point in metric.series[0].points]
    assert stamps == [start + timedelta(minutes=5 * number) for number in range(5)]
    hour = await lab.client.metrics.cpu(pod.id, start=start, step="15m")
    assert len(hour.series[0].points) == 4


async def test_a_window_too_long_for_its_step_is_the_servers_to_refuse() -> None:
    lab = make()
    pod = await lab.client.pods.create(spec())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(BadRequestError, match="step"):
        await lab.client.metrics.cpu(
            pod.id, start=start, end=start + timedelta(hours=4), step="30s"
        )


AWARE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("operation", METERS)
@pytest.mark.parametrize(
    ("pod_id", "given", "named"),
    [
        ("", {}, "pod_id"),
        (NOBODY, {"start": datetime(2026, 1, 1)}, "start"),  # noqa: DTZ001  # it is about naive ones
        (NOBODY, {"end": 7}, "end"),
        (NOBODY, {"start": AWARE, "end": AWARE}, "end"),
        (NOBODY, {"start": AWARE, "end": AWARE - timedelta(seconds=1)}, "end"),
    ],
    ids=["id", "naive", "number", "empty", "backwards"],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    operation: str, pod_id: str, given: dict[str, Any], named: str
) -> None:
    lab = make()
    with pytest.raises(ConfigurationError) as caught:
        await METERS[operation][1](lab.client)(pod_id, **given)
    assert caught.value.field == named
    assert lab.cloud.requests == ()


@pytest.mark.parametrize("operation", METERS)
async def test_a_pod_that_is_not_there_has_no_meters(operation: str) -> None:
    lab = make()
    with pytest.raises(NotFoundError) as caught:
        await METERS[operation][1](lab.client)(NOBODY)
    assert caught.value.operation == operation


async def test_another_step_is_refused_before_anything_is_sent() -> None:
    lab = make_lab(api_version="v2")
    with pytest.raises(ConfigurationError, match="30s") as caught:
        await lab.client.metrics.cpu("1", step="7m")  # type: ignore[arg-type]  # what an untyped caller does
    assert caught.value.field == "step"
    assert lab.cloud.requests == ()


async def test_every_documented_step_is_taken() -> None:
    lab = make()
    pod = await lab.client.pods.create(spec())
    for step in get_args(Step):
        assert (await lab.client.metrics.memory(pod.id, step=step)).name == "memory_usage"
