"""One launch of a fleet: when its pods were ready, when that was known, and the least possible."""

import logging
from heapq import heapreplace
from typing import TYPE_CHECKING

import anyio
import httpx
from attrs import frozen

from benchmarks.job_books import Ledger
from benchmarks.job_ours import make_ready
from benchmarks.job_world import KEY, LATENCY, POD_OPERATIONS, Job, World
from benchmarks.report import OURS
from yotta_async import AsyncYotta, Limits, RetryPolicy
from yotta_async._scheduling.rules.outlook import Outlook
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async.simulator import PodLife
from yotta_async.simulator.cloud.dice import dice
from yotta_async.testing import run_virtual


if TYPE_CHECKING:
    from yotta_async._scheduling.rules.budget import Budget


__all__ = ["Launch", "Outcome", "be_quiet", "run_launch"]

WORLD = World(name="log-normal boots", life=PodLife(start_span=(30.0, 3600.0)))
WINDOW, HOUR = 60.0, 3600.0
PRICE = 1.0  # USD an hour of a pod


@frozen(kw_only=True)
class Launch:
    """
    What is launched.

    Attributes:
        requests: The plan's limit a minute.
        lists: How many lists each window has while creates wait. None for the rule's.
    """

    requests: int
    pods: int
    seed: int
    lists: int | None = None

    def __str__(self) -> str:
        looks = "" if self.lists is None else f", {self.lists} lists"
        return f"{self.requests}/min, {self.pods}{looks}"

    @property
    def job(self) -> Job:
        return Job(world=WORLD, wanted=self.pods, requests=self.requests, seed=self.seed)


@frozen(kw_only=True)
class Outcome:
    """
    What came of it.

    Attributes:
        seconds: From the beginning until all were known to be ready.
        least: The same at the least, see `least_of`.
        lags: Seconds from each pod's being ready until that was known.
        later: Seconds by which the creates arrived later than at the least, in all.
    """

    seconds: float
    least: float
    refusals: int
    lags: tuple[float, ...]
    later: float

    @property
    def idle(self) -> float:
        """Hours of pods that were ready, and not known to be."""
        return sum(self.lags) / HOUR

    @property
    def wasted(self) -> float:
        """
        USD: of pods that are ready and not known to be; of all pods, until the last one is known;
        and half of that for each that is made later, as it costs no money meanwhile.
        """
        gang = (self.seconds - self.least) * len(self.lags) / HOUR
        return (self.idle + gang + self.later / HOUR / 2.0) * PRICE


class FixedOutlook(Outlook):
    """Looks so many times a window while creates wait, evenly spread."""

    lists: int = 0

    def looks(self, budget: "Budget", waiting: int, now: float) -> tuple[float, ...]:
        """Return the next looks."""
        del waiting
        if not self.lists or not self.starting:
            return ()
        gap = budget.limits.per / self.lists
        first = max(now, self.looked_at + gap)
        return tuple(first + n * gap for n in range(self.lists))


def be_quiet() -> None:
    logging.getLogger(OURS).setLevel(logging.ERROR)  # what it says is in the table


def least_of(launch: Launch) -> tuple[float, float]:
    """
    Return the seconds until the last pod is known, and the creates' arrivals added up, at the
    least: with the latencies of this seed in the order of sending, in any window of the limit, and
    with the list that finds out what there is already.
    """
    network, known = dice(launch.seed, "network"), 0.0
    first = LATENCY.draw(network)
    arrivals, slots = [first / 2], [first] * POD_OPERATIONS
    for _, fate in zip(range(launch.pods), launch.job.fates(), strict=False):
        exchange = LATENCY.draw(network)
        arrival = slots[0] + exchange / 2
        if len(arrivals) >= launch.requests:
            arrival = max(arrival, arrivals[-launch.requests] + WINDOW)
        arrivals.append(arrival)
        heapreplace(slots, arrival + exchange / 2)
        known = max(known, arrival + fate.seconds + LATENCY.low / 2)
    return known, sum(arrivals[1:])


def run_launch(launch: Launch) -> Outcome:
    """Launch a fleet in virtual time."""
    cloud = launch.job.cloud()

    async def main() -> tuple[Ledger, list[float]]:
        ledger = Ledger(anyio.current_time)
        async with httpx.AsyncClient(transport=cloud.transport()) as http:
            limits, retry = Limits(requests=launch.requests), RetryPolicy(jitter=False)
            async with AsyncYotta(KEY, limits=limits, retry=retry, http_client=http) as client:
                if launch.lists is not None:
                    _fix(client, launch.lists)
                await make_ready(client, launch.pods, ledger.note_ready)
        return ledger, [each.instant for each in cloud.requests if each.operation == "createPod"]

    ledger, arrivals = run_virtual(main)
    least, least_arrivals = least_of(launch)
    pods = cloud.transport().server.cloud.pods.all.values()
    return Outcome(
        seconds=max(ledger.noticed.values()),
        least=least,
        refusals=cloud.refusals,
        lags=tuple(ledger.noticed[str(pod.id)] - max(pod.healthy_at) for pod in pods),
        later=max(0.0, sum(arrivals) - least_arrivals),
    )


def _fix(client: AsyncYotta, lists: int) -> None:
    scheduler = client._account.caller.scheduler  # noqa: SLF001  # no user can fix what is weighed
    assert isinstance(scheduler, Scheduler)
    outlook = FixedOutlook(is_watched=scheduler.outlook.is_watched)
    outlook.lists, scheduler.outlook = lists, outlook
