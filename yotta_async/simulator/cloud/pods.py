"""Pods and their lives. Pure: every method takes `now`."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import partial
from random import Random

from attrs import define, field

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.catalog import DEFAULT_PRICE, GPU_TYPES
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.life import PodLife
from yotta_async.simulator.cloud.pod import Pod, PodRequest, PodStatus
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.cloud.stock import Stock


__all__ = ["DELETABLE", "Pods"]


_PAUSABLE = frozenset({PodStatus.RUNNING})
_RESUMABLE = frozenset({PodStatus.PAUSED})
DELETABLE = frozenset(PodStatus) - {PodStatus.TERMINATING, PodStatus.TERMINATED}
_OVER = frozenset({PodStatus.TERMINATED, PodStatus.FAILED})


@define(eq=False, kw_only=True)
class Pods:
    """
    Every pod that ever was.

    Attributes:
        agenda: What is to happen, here and to all else that shares it.
        stock: What they take their GPUs out of.
        dice: For how each pod starts, in the order of their creation.
        moves: For all else that happens to them, so that it leaves the later starts alone.
        all: By id, in the order of their creation.
    """

    life: PodLife
    stock: Stock
    prices: Mapping[str, Decimal]
    dice: Random
    moves: Random
    agenda: Agenda = field(factory=Agenda)
    ids: Ids = field(factory=Ids)
    all: dict[int, Pod] = field(factory=dict[int, Pod])

    def create(self, request: PodRequest, now: float) -> Pod:
        """Commit a pod; raise CloudError for an unknown GPU type or for lack of stock."""
        self.agenda.advance(now)
        self._check_gpu_type(request.gpu_type)
        region = self._find_room(request)
        pod = Pod(
            id=self.ids.new(now),
            request=request,
            region=region or next(iter(request.regions), ""),
            price=self.prices.get(request.gpu_type, DEFAULT_PRICE),
            created_at=now,
            updated_at=now,
        )
        self.all[pod.id] = pod
        self._start(pod, self.life.draw_start(self.dice), self.dice, room=region is not None)
        return pod

    def get(self, pod_id: int, now: float) -> Pod:
        """Return the pod; raise CloudError when there is none, or none any more."""
        self.agenda.advance(now)
        pod = self.all.get(pod_id)
        if pod is None or not self._visible(pod):
            raise CloudError(Problem.NOT_FOUND, f"pod [{pod_id}] not found")
        return pod

    def list(
        self,
        now: float,
        *,
        regions: Collection[str] = (),
        statuses: Collection[PodStatus] = (),
        lag: float = 0.0,
    ) -> tuple[Pod, ...]:
        """Return the pods committed `lag` seconds ago or earlier, newest update first."""
        self.agenda.advance(now)
        found = (
            pod
            for pod in self.all.values()
            if self._visible(pod)
            and pod.created_at + lag <= now
            and (not regions or pod.region in regions)
            and (not statuses or pod.status in statuses)
        )
        return tuple(sorted(found, key=lambda pod: (-pod.updated_at, -pod.id)))

    def pause(self, pod_id: int, now: float) -> Pod:
        pod = self._in_state(pod_id, now, _PAUSABLE, "paused")
        pod.become(PodStatus.PAUSING, now)
        self._move(pod, self._draw(self.life.pause), PodStatus.PAUSED)
        return pod

    def resume(self, pod_id: int, now: float) -> Pod:
        pod = self._in_state(pod_id, now, _RESUMABLE, "resumed")
        room = self._find_room(pod.request, only=pod.region) is not None
        pod.become(PodStatus.INITIALIZE, now)
        self._start(pod, self._draw(self.life.resume), self.moves, room=room)
        return pod

    def delete(self, pod_id: int, now: float) -> Pod:
        pod = self._in_state(pod_id, now, DELETABLE, "deleted")
        pod.become(PodStatus.TERMINATING, now)
        self._move(pod, self._draw(self.life.delete), PodStatus.TERMINATED)
        return pod

    def lose(self, region: str, now: float, *, vanish: bool) -> None:
        """Have a region break down: its stock is gone, and its pods are FAILED, or no more."""
        self.agenda.advance(now)
        for pod in self.all.values():
            if pod.region == region and pod.status not in _OVER:
                pod.move += 1
                pod.holds_gpus = False
                pod.become(PodStatus.TERMINATED if vanish else PodStatus.FAILED, now)
        self.stock.empty(region)

    @property
    def living(self) -> int:
        """How many pods there are that are neither over nor ending."""
        ended = _OVER | {PodStatus.TERMINATING}
        return sum(pod.status not in ended for pod in self.all.values())

    def using(self, credential_id: int) -> tuple[Pod, ...]:
        """Return the pods that pull their image with a credential."""
        return self._living(lambda request: request.credential_id == credential_id)

    def mounting(self, volume_id: int) -> tuple[Pod, ...]:
        """Return the pods that a network volume is mounted in."""
        return self._living(
            lambda request: any(mount.volume_id == volume_id for mount in request.mounts)
        )

    def cost(self, now: float) -> Decimal:
        """Return what all pods that ever were have cost until `now`, in USD."""
        self.agenda.advance(now)
        return sum((pod.cost(now) for pod in self.all.values()), Decimal(0))

    def _living(self, asks: Callable[[PodRequest], bool]) -> tuple[Pod, ...]:
        return tuple(
            pod for pod in self.all.values() if pod.status not in _OVER and asks(pod.request)
        )

    def _visible(self, pod: Pod) -> bool:
        return self.life.shows_terminated or pod.status is not PodStatus.TERMINATED

    def _in_state(self, pod_id: int, now: float, allowed: Collection[PodStatus], verb: str) -> Pod:
        pod = self.get(pod_id, now)
        if pod.status not in allowed:
            raise CloudError(
                Problem.WRONG_STATE, f"pod [{pod_id}] is {pod.status} and cannot be {verb}"
            )
        return pod

    def _check_gpu_type(self, gpu_type: str) -> None:
        if gpu_type not in GPU_TYPES and not self.stock.knows(gpu_type):
            raise CloudError(Problem.INVALID, f"gpu type [{gpu_type}] not supported")

    def _find_room(self, request: PodRequest, *, only: str | None = None) -> str | None:
        regions = request.regions if only is None else (only,)
        region = self.stock.find(request.gpu_type, request.gpu_count, regions)
        if region is None and self.life.when_full == "refuse":
            where = ", ".join(regions) or "any region"
            raise CloudError(
                Problem.NO_CAPACITY,
                f"no capacity: {request.gpu_count} x {request.gpu_type} is not free in {where}",
            )
        return region

    def _start(self, pod: Pod, takes: float, dice: Random, *, room: bool) -> None:
        if room:
            self.stock.take(pod.region, pod.request.gpu_type, pod.request.gpu_count)
            pod.holds_gpus = True
        runs_at = pod.updated_at + takes
        pod.healthy_at = tuple(runs_at + dice.uniform(*self.life.ports) for _ in pod.request.ports)
        fails = self.life.draw_failure(dice) or not room
        self._move(pod, takes, PodStatus.FAILED if fails else PodStatus.RUNNING)

    def _move(self, pod: Pod, takes: float, target: PodStatus) -> None:
        pod.move += 1
        pod.moves_at = pod.updated_at + takes
        self.agenda.at(pod.moves_at, partial(self._finish, pod, pod.move, target))

    def _finish(self, pod: Pod, move: int, target: PodStatus, now: float) -> None:
        if move != pod.move:
            return
        pod.become(target, now)
        if target is not PodStatus.RUNNING and pod.holds_gpus:
            self.stock.give_back(pod.region, pod.request.gpu_type, pod.request.gpu_count)
            pod.holds_gpus = False

    def _draw(self, span: tuple[float, float]) -> float:
        return self.moves.uniform(*span)
