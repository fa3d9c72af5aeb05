"""The workers of an endpoint: hired out of the stock, started one by one, dismissed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from random import Random

from attrs import define, evolve, field, frozen

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.catalog import DEFAULT_PRICE
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.pod import DISK_PRICE, FREE_DISK, PodStatus
from yotta_async.simulator.cloud.serverless_life import EndpointLife
from yotta_async.simulator.cloud.serverless_worker import EndpointResource, Worker
from yotta_async.simulator.cloud.stock import Stock
from yotta_async.simulator.cloud.tasks import TaskQueue


__all__ = ["Means", "WorkerPool"]


@frozen(kw_only=True)
class Means:
    """What all endpoints share."""

    life: EndpointLife
    stock: Stock
    prices: Mapping[str, Decimal]
    dice: Random
    agenda: Agenda
    ids: Ids

    def draw(self, span: tuple[float, float]) -> float:
        return self.dice.uniform(*span)


@define(eq=False, kw_only=True)
class WorkerPool:
    """
    Every worker that an endpoint ever had.

    Attributes:
        queue: Who hands out work to those that run.
        all: By id, in the order of their hiring.
    """

    means: Means
    queue: TaskQueue
    all: dict[int, Worker] = field(factory=dict[int, Worker])

    @property
    def living(self) -> list[Worker]:
        """The workers that run or are to, oldest first."""
        return [worker for worker in self.all.values() if worker.living]

    @property
    def running(self) -> list[Worker]:
        return [worker for worker in self.all.values() if worker.running]

    def grow(
        self,
        number: int,
        resources: Iterable[EndpointResource],
        disk: int,
        now: float,
        *,
        first: float,
    ) -> None:
        """
        Hire until there are so many, or no GPU is free for another.

        Args:
            number: How many are to live.
            resources: What one may take, the best first.
            disk: GB of each one's container volume.
            first: Seconds until the first of them runs; the others follow one by one.
        """
        runs_at = now + first
        for _ in range(len(self.living), number):
            place = self._find_room(resources)
            if place is None:
                return
            self._hire(place, disk, now, runs_at)
            runs_at += self.means.draw(self.means.life.worker)

    def shrink(self, number: int, takes: float, now: float) -> None:
        """Dismiss the youngest, until so many are left; their GPUs are free after `takes`."""
        dismissed = self.living[number:]
        for worker in dismissed:
            worker.stop(now)
            self.means.agenda.at(now + takes, partial(self._release, worker))
        self.queue.leave([worker.id for worker in dismissed], now)

    def close(self, now: float) -> None:
        """Give back all GPUs in this instant."""
        self.shrink(0, 0.0, now)
        for worker in self.all.values():
            self._release(worker, now)

    def _find_room(self, resources: Iterable[EndpointResource]) -> EndpointResource | None:
        stock = self.means.stock
        for resource in resources:
            regions = _regions(resource.region, stock)
            found = stock.find(resource.gpu_type, resource.gpu_count, regions) if regions else None
            if found is not None:
                return evolve(resource, region=found)
        return None

    def _hire(self, place: EndpointResource, disk: int, now: float, runs_at: float) -> None:
        self.means.stock.take(place.region, place.gpu_type, place.gpu_count)
        price = self.means.prices.get(place.gpu_type, DEFAULT_PRICE) * place.gpu_count
        worker = Worker(
            id=self.means.ids.new(now),
            resource=place,
            hourly=price + DISK_PRICE * max(0, disk - FREE_DISK),
            created_at=now,
        )
        self.all[worker.id] = worker
        self.means.agenda.at(runs_at, partial(self._start, worker))

    def _start(self, worker: Worker, now: float) -> None:
        if worker.living:
            worker.start(now)
            self.queue.join(worker.id, now)

    def _release(self, worker: Worker, now: float) -> None:
        if not worker.gone:
            worker.status = PodStatus.TERMINATED
            place = worker.resource
            self.means.stock.give_back(place.region, place.gpu_type, place.gpu_count)


def _regions(name: str, stock: Stock) -> list[str]:
    # Endpoints are placed by coarse names, too: us-east stands for us-east-1, us-east-2 and so on.
    return [region for region in stock.free if region == name or region.startswith(f"{name}-")]
