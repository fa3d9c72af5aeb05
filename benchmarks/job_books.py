"""What came of a job: what the contender knows, held against what the server did."""

from collections.abc import Callable

from attrs import define, field, frozen

from benchmarks.job_world import Job
from yotta_async.simulator import PodStatus, SimulatedYotta
from yotta_async.simulator.cloud.pod import Pod


__all__ = ["Books", "Ledger", "books_of"]

_ALIVE = frozenset({PodStatus.INITIALIZE, PodStatus.RUNNING, PodStatus.PAUSING, PodStatus.PAUSED})


@define(eq=False)
class Ledger:
    """
    What a contender knows.

    Attributes:
        clock: Of the virtual time in which it works.
        noticed: The instants at which it got to know that its pods are ready, by id.
    """

    clock: Callable[[], float]
    noticed: dict[str, float] = field(factory=dict[str, float])

    def note_ready(self, pod_id: str) -> None:
        self.noticed[pod_id] = self.clock()


@frozen(kw_only=True)
class Books:
    """
    The result.

    Attributes:
        seconds: From the beginning until the contender knew all to be ready; if it gave up some,
            until it ended.
        requests: All that arrived, refused ones too.
        refusals: Those of them refused for a limit.
        missing: Pods that are wanted and that it gave up.
        leaked: Pods that live at the server when it is done, and that it does not hold as ready.
        idle: Pod-seconds paid for pods that were ready and of which nobody knew it.
    """

    seconds: float
    requests: int
    refusals: int
    missing: int
    leaked: int
    idle: float


def books_of(job: Job, cloud: SimulatedYotta, ledger: Ledger, ended: float) -> Books:
    """Return the books of a contender who has cleaned up, and that had `ended` at that instant."""
    requests, refusals = len(cloud.requests), cloud.refusals  # and the cloud moves on until now
    pods = list(cloud.transport().server.cloud.pods.all.values())
    missing = job.wanted - len(ledger.noticed)
    return Books(
        seconds=ended if missing else max(ledger.noticed.values()),
        requests=requests,
        refusals=refusals,
        missing=missing,
        leaked=sum(pod.status in _ALIVE and str(pod.id) not in ledger.noticed for pod in pods),
        idle=sum(
            _idle_seconds(pod, ledger.noticed.get(str(pod.id), ended))
            for pod, fate in zip(pods, job.fates(), strict=False)
            if not fate.fails
        ),
    )


def _idle_seconds(pod: Pod, known_at: float) -> float:
    """Return for how long it was ready, until it was known or deleted."""
    until = known_at if pod.status in _ALIVE else min(known_at, pod.updated_at)
    return max(0.0, until - max(pod.healthy_at))
