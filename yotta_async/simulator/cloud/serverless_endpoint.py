"""An endpoint of the simulated cloud: what was asked for, and where it stands."""

from decimal import Decimal
from enum import StrEnum

from attrs import define, field, frozen

from yotta_async.simulator.cloud.pod import Port
from yotta_async.simulator.cloud.serverless_pool import WorkerPool
from yotta_async.simulator.cloud.serverless_worker import EndpointResource, Worker, WorkerView
from yotta_async.simulator.cloud.tasks import TaskQueue


__all__ = ["Endpoint", "EndpointRequest", "EndpointStatus", "EndpointView", "ServiceMode"]


class EndpointStatus(StrEnum):
    """
    The statuses of an endpoint in the order of their numbers, 0 to 4.

    Attributes:
        INITIALIZING: Its first worker is starting.
        RUNNING: At least one worker runs.
        STOPPING: Its workers are ending.
        STOPPED: It has no workers.
        FAILED: It could not start.
    """

    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


class ServiceMode(StrEnum):
    """
    How an endpoint's workers are reached.

    Attributes:
        ALB: By HTTP, through a load balancer.
        QUEUE: By tasks.
        CUSTOM: Not from outside.
    """

    ALB = "ALB"
    QUEUE = "QUEUE"
    CUSTOM = "CUSTOM"


@frozen(kw_only=True)
class EndpointRequest:
    """What a create or an update asks for, free of either generation's field names."""

    name: str
    image: str
    resources: tuple[EndpointResource, ...]
    workers: int
    mode: ServiceMode
    container_volume: int
    registry: str = ""
    credential_id: int | None = None
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    port: Port | None = None
    webhook: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class EndpointView:
    """
    An endpoint as it stood at one instant.

    Attributes:
        id: Its id, in digits.
        name: Its name.
        status: Its status.
        mode: How its workers are reached.
        total_workers: How many workers are wanted, whether there are GPUs for them or not.
        running_workers: How many workers run.
        workers: Those that are not TERMINATED, oldest first.
        created_at: The instant at which it was created, in seconds on the simulator's clock.
        updated_at: The instant of its last change, in seconds on the simulator's clock.
        cost: USD that all its workers have cost so far.
    """

    id: str
    name: str
    status: EndpointStatus
    mode: ServiceMode
    total_workers: int
    running_workers: int
    workers: tuple[WorkerView, ...]
    created_at: float
    updated_at: float
    cost: Decimal


@define(eq=False, kw_only=True)
class Endpoint:
    """
    An endpoint that lives; `Serverless` moves it.

    Attributes:
        domain: The host under which an ALB endpoint is reached.
        moves_at: Instant at which the change under way is done, or None when it stands still.
        move: Counts the changes begun; a change that was overtaken does not happen.
        deleted: Whether it is gone, and only its bill is left.
    """

    id: int
    request: EndpointRequest
    pool: WorkerPool
    domain: str
    created_at: float
    updated_at: float
    status: EndpointStatus = EndpointStatus.INITIALIZING
    moves_at: float | None = None
    move: int = 0
    deleted: bool = False

    @property
    def queue(self) -> TaskQueue:
        return self.pool.queue

    @property
    def hourly(self) -> Decimal:
        """USD an hour for the workers that run now."""
        return sum((worker.hourly for worker in self.pool.running), Decimal(0))

    def become(self, status: EndpointStatus, now: float) -> None:
        self.status = status
        self.updated_at = now
        self.moves_at = None
        self.move += 1

    def worker(self, worker_id: int) -> Worker | None:
        return self.pool.all.get(worker_id)

    def cost(self, now: float) -> Decimal:
        return sum((worker.cost(now) for worker in self.pool.all.values()), Decimal(0))

    def view(self, now: float) -> EndpointView:
        workers = [worker for worker in self.pool.all.values() if not worker.gone]
        return EndpointView(
            id=str(self.id),
            name=self.request.name,
            status=self.status,
            mode=self.request.mode,
            total_workers=self.request.workers,
            running_workers=len(self.pool.running),
            workers=tuple(worker.view(now) for worker in workers),
            created_at=self.created_at,
            updated_at=self.updated_at,
            cost=self.cost(now),
        )
