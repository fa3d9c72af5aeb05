"""Checked by the type checkers, never run: what an editor knows of the public API."""

from collections.abc import Mapping
from decimal import Decimal
from typing import assert_type

import httpx
import httpx2

from yotta_async import (
    AsyncYotta,
    Event,
    ExposedPort,
    Lane,
    Limits,
    Pod,
    PodChange,
    PodSpec,
    PodStatus,
    RetryPolicy,
    Statistics,
)
from yotta_async.simulator import SimulatedYotta


def hook(event: Event) -> None:
    assert_type(event.at, float)


async def calls(client: AsyncYotta, spec: PodSpec) -> None:
    assert_type(await client.pods.create(spec), Pod)
    assert_type(await client.pods.create(image="a", gpu_type="b", expose=[22, (80, "HTTP")]), Pod)
    assert_type(await client.pods.list(regions=["us-east-1"]), list[Pod])
    assert_type(await client.pods.get("1"), Pod)
    assert_type(await client.pods.delete("1"), None)
    assert_type(await client.pods.wait("1", until=lambda pod: pod.is_ready), Pod)
    async for change in client.pods.watch():
        assert_type(change, PodChange)
    assert_type(client.statistics(), Statistics)
    assert_type(client.with_options(timeout=3.0, lane=Lane.URGENT), AsyncYotta)
    assert_type(client.left_behind, Mapping[str, str | None])


def values(pod: Pod) -> None:
    assert_type(pod.status, PodStatus | str)
    assert_type(pod.price_per_hour, Decimal | None)
    assert_type(pod.expose, tuple[ExposedPort, ...])


def construction() -> None:
    assert_type(AsyncYotta(), AsyncYotta)
    AsyncYotta(http_client=httpx.AsyncClient(), timeout=httpx.Timeout(5.0))
    AsyncYotta(http_client=httpx2.AsyncClient(), limits=Limits(requests=120), on_event=hook)
    assert_type(AsyncYotta.simulated(seed=1), AsyncYotta)
    assert_type(AsyncYotta.simulated(retry=RetryPolicy.none()).simulator, SimulatedYotta | None)
