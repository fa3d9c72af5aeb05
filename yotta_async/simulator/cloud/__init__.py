"""The cloud behind the API: all that can be rented, on one agenda. Pure: it takes `now`."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, Self

from attrs import define, frozen

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.clusters import Clusters
from yotta_async.simulator.cloud.credentials import Credentials
from yotta_async.simulator.cloud.dice import dice
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.pods import Pods
from yotta_async.simulator.cloud.serverless import Serverless
from yotta_async.simulator.cloud.settings import Lives, Wares
from yotta_async.simulator.cloud.stock import Stock
from yotta_async.simulator.cloud.vms import VMs
from yotta_async.simulator.cloud.volumes import Volumes


__all__ = ["Cloud"]


@frozen
class Commons:
    """
    What everything in a cloud shares.

    Attributes:
        agenda: What is to happen, to anything in the cloud.
        ids: One source for everything, so that an id is one thing's alone.
        stock: The GPUs that pods and endpoints take theirs from.
        seed: Of every kind's own dice.
    """

    agenda: Agenda
    ids: Ids
    stock: Stock
    seed: int

    def dice(self, purpose: str) -> Random:
        return dice(self.seed, purpose)


@define(eq=False, kw_only=True)
class Cloud:
    """
    What one account rents, of every kind.

    Attributes:
        commons: What all of it shares.
    """

    commons: Commons
    pods: Pods
    serverless: Serverless
    vms: VMs
    volumes: Volumes
    credentials: Credentials
    clusters: Clusters

    @classmethod
    def open(cls, lives: Lives, wares: Wares, run: Callable[[Any], object], seed: int) -> Self:
        """Return a cloud in which nothing is rented yet; `run` does the tasks."""
        commons = Commons(Agenda(), Ids(), Stock(wares.stock), seed)
        pods, vms = _pods(lives, wares, commons), _vms(lives, wares, commons)
        return cls(
            commons=commons,
            pods=pods,
            serverless=_serverless(lives, wares, commons, run),
            vms=vms,
            volumes=_volumes(lives, commons, partial(_count_mounts, pods, vms)),
            credentials=Credentials(agenda=commons.agenda, ids=commons.ids),
            clusters=Clusters(
                pods=pods, dice=commons.dice("clusters"), agenda=commons.agenda, ids=commons.ids
            ),
        )

    @property
    def agenda(self) -> Agenda:
        return self.commons.agenda

    @property
    def stock(self) -> Stock:
        return self.commons.stock

    @property
    def now(self) -> float:
        """The latest instant it was asked at."""
        return self.agenda.now

    def advance(self, now: float) -> None:
        """Let everything happen that is due until `now`."""
        self.agenda.advance(now)

    def cost(self, now: float) -> Decimal:
        """Return what everything that ever was has cost until `now`, in USD."""
        self.advance(now)
        nouns = (self.pods, self.serverless, self.vms, self.volumes)
        return sum((noun.cost(now) for noun in nouns), Decimal(0))


def _pods(lives: Lives, wares: Wares, commons: Commons) -> Pods:
    return Pods(
        life=lives.pods,
        stock=commons.stock,
        prices=wares.prices,
        dice=commons.dice("life"),
        moves=commons.dice("moves"),
        agenda=commons.agenda,
        ids=commons.ids,
    )


def _serverless(
    lives: Lives, wares: Wares, commons: Commons, run: Callable[[Any], object]
) -> Serverless:
    return Serverless.open(
        life=lives.endpoints,
        task_life=lives.tasks,
        run=run,
        stock=commons.stock,
        prices=wares.prices,
        seed=commons.seed,
        agenda=commons.agenda,
        ids=commons.ids,
    )


def _vms(lives: Lives, wares: Wares, commons: Commons) -> VMs:
    return VMs(
        life=lives.vms,
        types=wares.vm_types,
        dice=commons.dice("vms"),
        agenda=commons.agenda,
        ids=commons.ids,
    )


def _volumes(lives: Lives, commons: Commons, count_mounts: Callable[[int], int]) -> Volumes:
    return Volumes(
        life=lives.volumes,
        dice=commons.dice("volumes"),
        agenda=commons.agenda,
        ids=commons.ids,
        count_mounts=count_mounts,
    )


def _count_mounts(pods: Pods, vms: VMs, volume_id: int) -> int:
    return len(pods.mounting(volume_id)) + len(vms.mounting(volume_id))
