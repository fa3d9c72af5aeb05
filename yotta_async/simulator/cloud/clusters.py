"""
Clusters as SkyPilot asks for them: a name for pods of one shape. Pure: methods take `now`.

They are known from SkyPilot's own client alone; the documentation has nothing about them.
"""

from enum import StrEnum
from random import Random

from attrs import define, field

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.pod import Pod, PodStatus
from yotta_async.simulator.cloud.pods import DELETABLE, Pods
from yotta_async.simulator.cloud.problems import CloudError, Problem


__all__ = ["Cluster", "ClusterStatus", "Clusters"]

_NOT_FOUND = 44003


class ClusterStatus(StrEnum):
    INITIALIZE = "INITIALIZE"
    RUNNING = "RUNNING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"


@define(eq=False, kw_only=True)
class Cluster:
    """
    A name for some pods.

    Attributes:
        container_volume: Of each pod, in GB.
        ready_at: Instant from which it is RUNNING; whether pods have to wait for that is not known,
            and they need not here.
    """

    id: int
    name: str
    region: str
    gpu_type: str
    gpu_count: int
    container_volume: int
    ready_at: float
    pods: list[Pod] = field(factory=list[Pod])
    released: bool = False

    def status(self, now: float) -> ClusterStatus:
        if not self.released:
            return ClusterStatus.RUNNING if self.ready_at <= now else ClusterStatus.INITIALIZE
        ended = all(pod.status is PodStatus.TERMINATED for pod in self.pods)
        return ClusterStatus.TERMINATED if ended else ClusterStatus.TERMINATING


@define(eq=False, kw_only=True)
class Clusters:
    """
    Every cluster that ever was.

    Attributes:
        pods: Where theirs live.
        all: By id, in the order of their creation.
    """

    pods: Pods
    dice: Random
    agenda: Agenda
    ids: Ids
    all: dict[int, Cluster] = field(factory=dict[int, Cluster])

    def create(
        self,
        name: str,
        now: float,
        *,
        region: str,
        gpu_type: str,
        gpu_count: int,
        container_volume: int,
    ) -> Cluster:
        """Commit a cluster; raise CloudError while another has the name."""
        self.agenda.advance(now)
        if any(cluster.name == name and not cluster.released for cluster in self.all.values()):
            raise CloudError(Problem.WRONG_STATE, f"cluster [{name}] exists")
        cluster = Cluster(
            id=self.ids.new(now),
            name=name,
            region=region,
            gpu_type=gpu_type,
            gpu_count=gpu_count,
            container_volume=container_volume,
            # No time is known; a port's is as good as any.
            ready_at=now + self.dice.uniform(*self.pods.life.ports),
        )
        self.all[cluster.id] = cluster
        return cluster

    def get(self, cluster_id: int, now: float) -> Cluster:
        """Return the cluster; raise CloudError when there never was one."""
        self.agenda.advance(now)
        if cluster_id not in self.all:
            raise _not_found(str(cluster_id))
        return self.all[cluster_id]

    def named(self, name: str, now: float) -> Cluster:
        """Return the latest cluster of a name; raise CloudError when there never was one."""
        self.agenda.advance(now)
        for cluster in reversed(self.all.values()):
            if cluster.name == name:
                return cluster
        raise _not_found(name)

    def listed(self, name: str, now: float) -> tuple[Pod, ...]:
        """Return a cluster's pods, the terminated ones too; raise CloudError if it has none."""
        pods = tuple(self.named(name, now).pods)
        if not pods:
            raise _not_found(name)
        return pods

    def release(self, name: str, now: float) -> Cluster:
        """Delete a cluster's pods and let its name go; once more does nothing."""
        cluster = self.named(name, now)
        cluster.released = True
        for pod in cluster.pods:
            if pod.status in DELETABLE:
                self.pods.delete(pod.id, now)
        return cluster


def _not_found(name: str) -> CloudError:
    return CloudError(Problem.NOT_FOUND, f"cluster [{name[:40]}] not found", code=_NOT_FOUND)
