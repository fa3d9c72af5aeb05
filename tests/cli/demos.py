"""The demo in virtual time: what its command does, on a simulated cloud without sockets."""

import asyncio
import os
import signal
from collections.abc import Sequence

import httpx
from attrs import frozen

from yotta_async import AsyncYotta
from yotta_async.cli.demo.cloud import demo_cloud
from yotta_async.cli.demo.command import Settings, _perform
from yotta_async.cli.demo.event_log import EventLog
from yotta_async.cli.demo.plan import Pace, Plan, regions_from
from yotta_async.testing import VirtualTimeLoop


KEY = "a-key"


@frozen
class Interrupt:
    """A signal that comes so many seconds after the demo's beginning."""

    number: signal.Signals
    after: float

    def __str__(self) -> str:
        return f"{self.number.name} after {self.after:g} s"


def settings_of(*, pods: int, requests: int = 60, faults: float = 0.0) -> Settings:
    plan = Plan(pods=pods, regions=regions_from("4"), image="image", gpu_type="NVIDIA_RTX_5090_32G")
    return Settings(plan=plan, pace=Pace(1.0), requests=requests, faults=faults, as_json=True)


def performed(settings: Settings, interrupts: Sequence[Interrupt] = ()) -> int:
    """Have it perform, and return its exit code; what it prints is its own."""

    async def work() -> int:
        loop, log = asyncio.get_running_loop(), EventLog()
        for each in interrupts:
            loop.call_later(each.after, os.kill, os.getpid(), each.number)
        cloud = demo_cloud(
            settings.plan,
            requests=settings.requests,
            faults=settings.faults,
            seed=settings.seed,
            key=KEY,
        )
        client = AsyncYotta(
            KEY,
            base_url="http://localhost",
            limits=settings.limits,
            on_event=log,
            http_client=httpx.AsyncClient(transport=cloud.transport()),
        )
        return await _perform(settings, log, client, cloud)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work())
