"""`yotta-async simulate`: a simulated cloud on a port."""

from functools import partial

import anyio
import click
from attrs import frozen

from ..simulator import RequestRecord, SimulatedYotta
from ._exits import Exit
from ._interrupts import Interrupts
from .demo.cloud import plain_cloud


__all__ = ["Service", "run_service"]

# Seconds between two looks at the log.
_LOOK = 0.1


@frozen(kw_only=True)
class Service:
    """
    What is to be served.

    Attributes:
        port: A free one for 0.
        speed: Simulated seconds in a real one.
        faults: The probability that a request goes wrong.
    """

    host: str
    port: int
    requests: int
    seed: int
    speed: float
    faults: float
    verbose: bool


def run_service(service: Service) -> int:
    """Serve until a signal comes, which is the usual end."""
    anyio.run(_serve, service)
    return Exit.OK


async def _serve(service: Service) -> None:
    cloud = plain_cloud(requests=service.requests, faults=service.faults, seed=service.seed)
    async with cloud.serve(service.port, service.host, speed=service.speed) as server:
        await Interrupts("the cloud ends", "left").run(partial(_attend, cloud, server.url, service))
    count, refused = len(cloud.requests), cloud.refusals
    click.echo(f"{count} requests, {refused} of them refused for a limit", err=True)


async def _attend(cloud: SimulatedYotta, url: str, service: Service) -> None:
    click.echo(_welcome(url, service))
    await (_tell_requests(cloud) if service.verbose else anyio.sleep_forever())


def _welcome(url: str, service: Service) -> str:
    limits = ""
    if service.speed != 1:
        limits = f", limits=Limits(requests={service.requests}, per={60 / service.speed:g})"
    return (
        f"{url}\n\n"
        f"curl -H 'x-api-key: any' {url}/openapi/v1/pods/list\n\n"
        f'client = AsyncYotta("any", base_url="{url}"{limits})\n\n'
        f"{service.requests} requests a minute, 5 pod operations at once, "
        f"{service.speed:g} simulated seconds a second. Ctrl-C ends it."
    )


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
        click.echo(_line(record), err=True)
    return len(records)


def _line(record: RequestRecord) -> str:
    fault = f"  fault {record.fault}" if record.fault else ""
    status = "no answer" if record.status is None else f"{record.status} {record.code or ''}"
    return f"{record.instant:10.2f}  {record.operation:<14} {status.strip()}{fault}"
