"""Our own part in the benchmarks of limiters: a whole client, and its scheduler alone."""

import anyio
import httpx
from attrs import define, evolve, frozen

from benchmarks.limiters_server import Exchange, Server
from yotta_async import AsyncYotta, Lane, Limits, PodSpec
from yotta_async._scheduling.scheduler import Scheduler


__all__ = ["Load", "Ours", "send_with_client", "send_with_scheduler"]

PAUSE = 1.0  # seconds, what the documentation of the service advises after a first refusal
SPEC = PodSpec(image="yottalabsai/pytorch:2.9.0", gpu_type="NVIDIA_RTX_5090_32G")
ADMITTED = {"code": 10000, "message": "success", "data": 1}
REFUSED = {"code": 429, "message": "too many requests", "data": None}


@frozen(kw_only=True)
class Load:
    """
    So many requests, all there at once.

    Attributes:
        slots: How many may be on the wire at once; None for any number.
    """

    count: int
    slots: int | None


async def send_with_client(server: Server, load: Load) -> None:
    """Create pods, or read; a refusal says no more than that, to us as to the rivals."""

    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=ADMITTED if await server.request() else REFUSED)

    url = "http://localhost"
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http,
        AsyncYotta("key", base_url=url, limits=_limits(server), http_client=http) as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(load.count):
            if load.slots is None:
                tasks.start_soon(client.request, "GET", "/v1/anything")
            else:
                tasks.start_soon(client.pods.create, SPEC)


async def send_with_scheduler(server: Server, load: Load, burst: int | None = None) -> None:
    scheduler = Scheduler(evolve(_limits(server), burst=burst))

    async def send() -> None:
        operation = load.slots is not None
        admission = await scheduler.admit(Lane.NORMAL, pod_operation=operation)
        while True:
            scheduler.note_sent(admission)
            admitted = await server.request()
            admission.answered()
            if admitted:
                break
            scheduler.learn_refusal(admission)
            scheduler.close(PAUSE)
            admission = await scheduler.readmit(admission)
        scheduler.learn_success()

    async with anyio.create_task_group() as tasks:
        for _ in range(load.count):
            tasks.start_soon(send)


@define(eq=False)
class Ours:
    """The scheduler as a queue for calls of different urgency."""

    _scheduler: Scheduler

    @classmethod
    def of(cls, requests: int, per: float) -> "Ours":
        return cls(Scheduler(Limits(requests=requests, per=per)))

    async def send(self, lane: Lane, exchange: Exchange) -> None:
        await self._send(lane, exchange, pod_operation=False)

    async def operate(self, lane: Lane, exchange: Exchange) -> None:
        await self._send(lane, exchange, pod_operation=True)

    async def _send(self, lane: Lane, exchange: Exchange, *, pod_operation: bool) -> None:
        admission = await self._scheduler.admit(lane, pod_operation=pod_operation)
        self._scheduler.note_sent(admission)
        await exchange()
        admission.answered()


def _limits(server: Server) -> Limits:
    return Limits(requests=server.limits.requests or 1, per=server.limits.per)
