"""`yotta-async simulate`: a simulated cloud on a port."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import anyio
from attrs import frozen

from ...simulator import RequestRecord, ServerLimits, SimulatedYotta
from .._exits import Exit
from .._interrupts import Interrupts
from .._tables import print_lines
from .._words import say
from .settings import Refusal


__all__ = ["Service", "run_service"]

# Seconds between two looks at the log.
_LOOK = 0.1


@frozen(kw_only=True)
class Service:
    """
    What is to be served.

    Attributes:
        cloud: The arguments of `SimulatedYotta` but for the seed.
        refusals: What it refuses, and when.
        port: A free one for 0.
        speed: Simulated seconds in a real one.
    """

    cloud: Mapping[str, Any]
    refusals: Sequence[Refusal] = ()
    host: str
    port: int
    seed: int
    speed: float
    verbose: bool


def run_service(service: Service) -> int:
    """Serve until a signal comes, which is the usual end."""
    anyio.run(_serve, service)
    return Exit.OK


async def _serve(service: Service) -> None:
    cloud = SimulatedYotta(seed=service.seed, **service.cloud)
    for refusing, when in service.refusals:
        cloud.refuse(refusing, **when)
    async with cloud.serve(service.port, service.host, speed=service.speed) as server:
        await Interrupts("the cloud ends", "left").run(partial(_attend, cloud, server.url, service))
    count, refused = len(cloud.requests), cloud.refusals
    say(f"{count} requests, {refused} of them refused for a limit")


async def _attend(cloud: SimulatedYotta, url: str, service: Service) -> None:
    print_lines(*_welcome(url, cloud.limits, service.speed))
    await (_tell_requests(cloud) if service.verbose else anyio.sleep_forever())


def _welcome(url: str, kept: ServerLimits, speed: float) -> tuple[str, ...]:
    limits = ""
    if kept.requests is not None and (speed != 1 or (kept.requests, kept.per) != (60, 60.0)):
        limits = f", limits=Limits(requests={kept.requests}, per={kept.per / speed:g})"
    return (
        url,
        "",
        f"curl -H 'x-api-key: any' {url}/openapi/v1/pods/list",
        "",
        f'client = AsyncYotta("any", base_url="{url}"{limits})',
        "",
        f"{_told_limits(kept)}, {speed:g} simulated seconds a second. Ctrl-C ends it.",
    )


def _told_limits(kept: ServerLimits) -> str:
    span = "a minute" if kept.per == 60 else f"in {kept.per:g} s"
    requests = "any number of requests" if kept.requests is None else f"{kept.requests} requests"
    operations = "any number of" if kept.pod_operations is None else f"{kept.pod_operations}"
    return f"{requests} {span}, {operations} pod operations at once"


async def _tell_requests(cloud: SimulatedYotta) -> None:
    told = 0
    try:
        while True:
            told = _told(cloud.requests, told)
            await anyio.sleep(_LOOK)
    finally:
        _told(cloud.requests, told)


def _told(records: tuple[RequestRecord, ...], already: int) -> int:
    for record in records[already:]:
        say(_line(record))
    return len(records)


def _line(record: RequestRecord) -> str:
    fault = f"  fault {record.fault}" if record.fault else ""
    status = "no answer" if record.status is None else f"{record.status} {record.code or ''}"
    return f"{record.instant:10.2f}  {record.operation:<14} {status.strip()}{fault}"
