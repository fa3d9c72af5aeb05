"""A worker of an endpoint: where it runs, and since when."""

from decimal import Decimal

from attrs import define, frozen

from yotta_async.simulator.cloud.pod import PodStatus


__all__ = ["EndpointResource", "Worker", "WorkerView"]

_HOUR = 3600


@frozen(kw_only=True)
class EndpointResource:
    """What one worker takes; a region may be a coarse one, as ``us-east`` is."""

    region: str
    gpu_type: str
    gpu_count: int


@frozen(kw_only=True)
class WorkerView:
    """
    A worker of an endpoint as it stood at one instant.

    Attributes:
        id: Its id, in digits.
        region: The code of the region that it is in.
        gpu_type: The GPU's code.
        gpu_count: How many GPUs it has.
        status: A pod's status, by its v1 name.
        created_at: The instant at which its GPUs were taken, in seconds on the simulator's clock.
        cost: USD that it has cost so far.
    """

    id: str
    region: str
    gpu_type: str
    gpu_count: int
    status: PodStatus
    created_at: float
    cost: Decimal


@define(eq=False, kw_only=True)
class Worker:
    """
    A worker that lives; its pool moves it.

    Attributes:
        resource: What it took out of the stock, in the region where it was found.
        hourly: USD an hour while RUNNING.
        started_at: Instant at which it came to run, or None.
        stopped_at: Instant at which it ceased to, or never will; None while it may run.
    """

    id: int
    resource: EndpointResource
    hourly: Decimal
    created_at: float
    status: PodStatus = PodStatus.INITIALIZE
    started_at: float | None = None
    stopped_at: float | None = None

    @property
    def living(self) -> bool:
        return self.stopped_at is None

    @property
    def running(self) -> bool:
        return self.status is PodStatus.RUNNING

    @property
    def gone(self) -> bool:
        return self.status is PodStatus.TERMINATED

    def start(self, now: float) -> None:
        self.status = PodStatus.RUNNING
        self.started_at = now

    def stop(self, now: float) -> None:
        self.status = PodStatus.TERMINATING
        self.stopped_at = now

    def uptime(self, now: float) -> float:
        """Return the seconds it has run."""
        if self.started_at is None:
            return 0.0
        return (now if self.stopped_at is None else self.stopped_at) - self.started_at

    def cost(self, now: float) -> Decimal:
        return Decimal(str(self.uptime(now))) / _HOUR * self.hourly

    def view(self, now: float) -> WorkerView:
        return WorkerView(
            id=str(self.id),
            region=self.resource.region,
            gpu_type=self.resource.gpu_type,
            gpu_count=self.resource.gpu_count,
            status=self.status,
            created_at=self.created_at,
            cost=self.cost(now),
        )
