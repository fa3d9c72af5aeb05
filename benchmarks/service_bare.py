"""
The services of the examples with nothing behind them: what the web alone costs.

The same routes and streams; a board of so many pods of which some change at each pace. A single pod
is ready at once.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import count
from typing import Any, cast

import anyio
import uvicorn
from aiohttp import web
from attrs import evolve
from fastapi import FastAPI

from examples.aiohttp_app.app import SERVICE, routes, stop_streams
from examples.fastapi_app.app import router
from examples.fastapi_app.board import PACE, Board
from examples.fastapi_app.service import Service, make_collections_rare
from yotta_async import FleetMember, FleetReport, Pod, PodSpec
from yotta_async.fleet import FleetChange


__all__ = ["run_aiohttp", "run_fastapi"]

PODS, CHANGING = 200, 15
POD = Pod(id="419430400000001985", status="RUNNING", region="us-east-1")


class NothingBehind:
    """What the routes ask of a `Service`."""

    longest_stream = 5.0

    def __init__(self) -> None:
        self.board = Board()

    def begin(self, number: int) -> None:
        """Nothing begins."""

    def single(self, _pod_id: str) -> Pod:
        return POD

    async def create(self, _spec: PodSpec) -> Pod:
        return POD

    async def delete(self, _pod_id: str) -> None:
        """Nothing is deleted."""

    def stop_streams(self) -> None:
        self.board.close()

    async def change(self) -> None:
        """Show that some pods have changed, again and again."""
        members = [_member(key) for key in range(PODS)]
        for turn in count():
            for step in range(CHANGING):
                key = (turn * CHANGING + step) % PODS
                members[key] = evolve(members[key], generation=turn)
            changed = [each for each in members if each.generation == turn]
            self.board.show(_report(members), map(_change, changed))
            await anyio.sleep(PACE)


@asynccontextmanager
async def changing() -> AsyncIterator[Service]:
    service = NothingBehind()
    async with anyio.create_task_group() as beside:
        beside.start_soon(service.change)
        make_collections_rare()
        yield cast("Service", service)
        service.stop_streams()
        beside.cancel_scope.cancel()


def run_fastapi(port: int) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with changing() as app.state.service:
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    uvicorn.run(app, port=port)


def run_aiohttp(port: int) -> None:
    async def run_service(app: web.Application) -> AsyncIterator[None]:
        async with changing() as app[SERVICE]:
            yield

    app = web.Application()
    app.cleanup_ctx.append(run_service)
    app.on_shutdown.append(stop_streams)
    app.add_routes(routes)
    web.run_app(app, host="127.0.0.1", port=port)


def _member(key: int) -> FleetMember:
    return FleetMember(key=str(key), stage="ready", since=0.0, generation=0, pod=POD)


def _change(member: FleetMember) -> FleetChange:
    return FleetChange(key=member.key, stage=member.stage, previous="starting", member=member)


def _report(members: list[FleetMember]) -> FleetReport:
    facts: dict[str, Any] = {"name": "bare", "at": 0.0, "listed_at": 0.0, "failed": ()}
    return FleetReport(
        members=tuple(members), cost_per_hour=Decimal(0), spent={}, unpriced=0, **facts
    )
