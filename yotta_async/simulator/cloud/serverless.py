"""Endpoints and their lives. Pure: every method takes `now`."""

import string
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Self

from attrs import define, evolve, field

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.catalog import GPU_TYPES
from yotta_async.simulator.cloud.dice import dice
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.cloud.serverless_endpoint import (
    Endpoint,
    EndpointRequest,
    EndpointStatus,
    ServiceMode,
)
from yotta_async.simulator.cloud.serverless_life import EndpointLife
from yotta_async.simulator.cloud.serverless_pool import Means, WorkerPool
from yotta_async.simulator.cloud.stock import Stock
from yotta_async.simulator.cloud.tasks import TaskDesk, TaskQueue
from yotta_async.simulator.cloud.tasks_delivery import Courier
from yotta_async.simulator.cloud.tasks_life import TaskLife


__all__ = ["Serverless"]

NOT_ALLOWED = 24002
NOT_A_QUEUE = 10001

_AT_WORK = frozenset({EndpointStatus.INITIALIZING, EndpointStatus.RUNNING})
_AT_REST = frozenset({EndpointStatus.STOPPED, EndpointStatus.FAILED})
# A FAILED endpoint is stopped before it is changed or deleted, which only a STOPPED one can be.
_STOPPABLE = _AT_WORK | {EndpointStatus.FAILED}
_STOPPED = frozenset({EndpointStatus.STOPPED})


@define(eq=False, kw_only=True)
class Serverless:
    """
    Every endpoint that ever was.

    Attributes:
        means: What they share.
        desk: What their task queues share.
        all: By id, in the order of their creation, the deleted ones too.
    """

    means: Means
    desk: TaskDesk
    all: dict[int, Endpoint] = field(factory=dict[int, Endpoint])

    @classmethod
    def open(
        cls,
        *,
        life: EndpointLife,
        task_life: TaskLife,
        run: Callable[[Any], object],
        stock: Stock,
        prices: Mapping[str, Decimal],
        seed: int,
        agenda: Agenda,
        ids: Ids,
    ) -> Self:
        """Return it without an endpoint; endpoints, tasks and callbacks have dice of their own."""
        courier = Courier(life=task_life, agenda=agenda, dice=dice(seed, "callbacks"))
        return cls(
            means=Means(
                life=life,
                stock=stock,
                prices=prices,
                dice=dice(seed, "endpoints"),
                agenda=agenda,
                ids=ids,
            ),
            desk=TaskDesk(
                life=task_life,
                run=run,
                dice=dice(seed, "tasks"),
                agenda=agenda,
                ids=ids,
                courier=courier,
            ),
        )

    def create(self, request: EndpointRequest, now: float) -> Endpoint:
        """Commit an endpoint; one that finds no GPU is committed too, and FAILED later."""
        self.means.agenda.advance(now)
        self._check_gpu_types(request)
        endpoint_id = self.means.ids.new(now)
        queue = TaskQueue(endpoint_id=endpoint_id, desk=self.desk)
        endpoint = Endpoint(
            id=endpoint_id,
            request=request,
            pool=WorkerPool(means=self.means, queue=queue),
            domain=f"{self._draw_label()}.yottadeos.com",
            created_at=now,
            updated_at=now,
        )
        self.all[endpoint_id] = endpoint
        self._start(endpoint, now)
        return endpoint

    def get(self, endpoint_id: int, now: float) -> Endpoint:
        """Return the endpoint; raise CloudError when there is none, or none any more."""
        self.means.agenda.advance(now)
        endpoint = self.all.get(endpoint_id)
        if endpoint is None or endpoint.deleted:
            raise CloudError(Problem.NOT_FOUND, f"endpoint [{endpoint_id}] not found")
        return endpoint

    def list(
        self, now: float, *, statuses: Collection[EndpointStatus] = (), lag: float = 0.0
    ) -> tuple[Endpoint, ...]:
        """Return the endpoints committed `lag` seconds ago or earlier, newest first."""
        self.means.agenda.advance(now)
        return tuple(
            endpoint
            for endpoint in reversed(self.all.values())
            if not endpoint.deleted
            and endpoint.created_at + lag <= now
            and (not statuses or endpoint.status in statuses)
        )

    def update(self, endpoint_id: int, request: EndpointRequest, now: float) -> Endpoint:
        endpoint = self._in_state(endpoint_id, now, _STOPPED, "updated")
        self._check_gpu_types(request)
        endpoint.request = request
        endpoint.updated_at = now
        return endpoint

    def start(self, endpoint_id: int, now: float) -> Endpoint:
        endpoint = self._in_state(endpoint_id, now, _AT_REST, "started")
        endpoint.become(EndpointStatus.INITIALIZING, now)
        self._start(endpoint, now)
        return endpoint

    def stop(self, endpoint_id: int, now: float) -> Endpoint:
        endpoint = self._in_state(endpoint_id, now, _STOPPABLE, "stopped")
        endpoint.become(EndpointStatus.STOPPING, now)
        takes = self.means.draw(self.means.life.stop)
        endpoint.pool.shrink(0, takes, now)
        self._move(endpoint, takes, EndpointStatus.STOPPED)
        return endpoint

    def delete(self, endpoint_id: int, now: float) -> Endpoint:
        endpoint = self._in_state(endpoint_id, now, _STOPPED, "deleted")
        endpoint.deleted = True
        endpoint.updated_at = now
        return endpoint

    def scale(self, endpoint_id: int, workers: int, now: float) -> Endpoint:
        """Want so many workers; raise CloudError unless it runs or is to."""
        endpoint = self._in_state(endpoint_id, now, _AT_WORK, "scaled")
        endpoint.request = evolve(endpoint.request, workers=workers)
        endpoint.updated_at = now
        life = self.means.life
        endpoint.pool.shrink(workers, self.means.draw(life.stop), now)
        # No worker runs before its endpoint does.
        first = max(now, endpoint.moves_at or now) - now + self.means.draw(life.worker)
        self._hire(endpoint, now, first)
        return endpoint

    def queue(self, endpoint_id: int, now: float) -> TaskQueue:
        """Return the tasks of a QUEUE endpoint; raise CloudError for another."""
        endpoint = self.get(endpoint_id, now)
        if endpoint.request.mode is not ServiceMode.QUEUE:
            message = f"endpoint [{endpoint_id}] is not in QUEUE mode"
            raise CloudError(Problem.INVALID, message, code=NOT_A_QUEUE)
        return endpoint.queue

    def using(self, credential_id: int) -> tuple[Endpoint, ...]:
        """Return the endpoints that pull their image with a credential."""
        return tuple(
            endpoint
            for endpoint in self.all.values()
            if not endpoint.deleted and endpoint.request.credential_id == credential_id
        )

    def cost(self, now: float) -> Decimal:
        """Return what all endpoints that ever were have cost until `now`, in USD."""
        self.means.agenda.advance(now)
        return sum((endpoint.cost(now) for endpoint in self.all.values()), Decimal(0))

    def _in_state(
        self, endpoint_id: int, now: float, allowed: Collection[EndpointStatus], verb: str
    ) -> Endpoint:
        endpoint = self.get(endpoint_id, now)
        if endpoint.status not in allowed:
            message = f"endpoint [{endpoint_id}] is {endpoint.status} and cannot be {verb}"
            raise CloudError(Problem.WRONG_STATE, message, code=NOT_ALLOWED)
        return endpoint

    def _check_gpu_types(self, request: EndpointRequest) -> None:
        for gpu_type in (resource.gpu_type for resource in request.resources):
            if gpu_type not in GPU_TYPES and not self.means.stock.knows(gpu_type):
                raise CloudError(Problem.INVALID, f"gpu type [{gpu_type}] not supported")

    def _start(self, endpoint: Endpoint, now: float) -> None:
        takes = self.means.draw(self.means.life.start)
        fails = self.means.life.draw_failure(self.means.dice)
        # Before the workers' own: in the instant of both the endpoint changes first.
        self._move(endpoint, takes, EndpointStatus.FAILED if fails else EndpointStatus.RUNNING)
        self._hire(endpoint, now, takes)

    def _hire(self, endpoint: Endpoint, now: float, first: float) -> None:
        request = endpoint.request
        endpoint.pool.grow(
            request.workers, request.resources, request.container_volume, now, first=first
        )

    def _move(self, endpoint: Endpoint, takes: float, target: EndpointStatus) -> None:
        endpoint.moves_at = endpoint.updated_at + takes
        self.means.agenda.at(
            endpoint.moves_at, partial(self._finish, endpoint, endpoint.move, target)
        )

    def _finish(self, endpoint: Endpoint, move: int, target: EndpointStatus, now: float) -> None:
        if move != endpoint.move:
            return
        stranded = endpoint.request.workers > 0 and not endpoint.pool.living
        if target is EndpointStatus.RUNNING and stranded:
            target = EndpointStatus.FAILED
        endpoint.become(target, now)
        if target is not EndpointStatus.RUNNING:
            endpoint.pool.close(now)

    def _draw_label(self) -> str:
        return "".join(self.means.dice.choices(string.ascii_lowercase + string.digits, k=12))
