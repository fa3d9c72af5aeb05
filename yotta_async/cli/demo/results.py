"""From a demo to its summary: the client's books beside the server's."""

from collections import Counter
from decimal import Decimal

from ...events import CreateUnclear, PodRecovered, PodRemoved
from ...fleet import least_makespan
from ...models._lifecycle import is_ending
from ...simulator import SimulatedYotta
from .._failures import text_of
from .cloud import LATENCY
from .job import Job
from .run import DemoRun
from .summary import Served, Summary


__all__ = ["summary_of"]

_WINDOW = 60.0


def summary_of(demo_run: DemoRun, *, requests: int, pod_operations: int) -> Summary:
    """Return what came of a demo that has ended."""
    job = demo_run.job
    simulator, books = job.simulator, job.client.statistics()
    plan, log, counts = job.plan, job.log, job.log.counts
    makespan = _makespan(job)
    least = None if makespan is None else _least(job, requests, pod_operations)
    return Summary(
        pods_wanted=plan.pods,
        pods_ready=len(job.ready),
        regions=plan.regions,
        requests_per_minute=requests,
        pod_operations=pod_operations,
        speed=job.pace.speed,
        makespan=makespan,
        real_seconds=demo_run.seconds,
        requests_sent=books.sent,
        polls=books.polls,
        refused=books.refused,
        retried=books.retried,
        unclear_creates=counts[CreateUnclear],
        recovered=counts[PodRecovered],
        removed=counts[PodRemoved],
        pods_made=log.made,
        pods_failed=job.board.failed.total(),
        out_of_stock=log.out_of_stock,
        left=_left(job),
        cost_at_most=None if simulator else _cost_at_most(job),
        signal=demo_run.signal,
        error=text_of(job.hopeless) if job.hopeless else None,
        served=_served(simulator, least) if simulator else None,
    )


def _makespan(job: Job) -> float | None:
    ready_at = job.board.ready_at
    return None if ready_at is None else job.pace.simulated(ready_at - job.board.began)


def _least(job: Job, requests: int, slots: int) -> float:
    return least_makespan(
        job.boots,
        requests=requests,
        per=_WINDOW,
        slots=slots,
        exchange=LATENCY.low,
    )


def _served(simulator: SimulatedYotta, least: float | None) -> Served:
    kinds = Counter(violation.kind for violation in simulator.violations)
    struck = Counter(record.operation for record in simulator.requests if record.fault)
    return Served(
        least_possible=least,
        refusals=kinds["rate"],
        sixth_operations=kinds["concurrency"],
        worst_window=simulator.worst_window,
        worst_concurrency=simulator.worst_concurrency,
        faults=dict(simulator.faults_fired),
        faulty_operations=dict(struck),
        cost=simulator.billing(),
    )


def _left(job: Job) -> dict[str, str]:
    if job.simulator is not None:
        there = (pod for pod in job.simulator.pods if not is_ending(pod.status))
        return {pod.id: pod.name for pod in there}
    left = {**job.left, **job.client.left_behind}
    return {id_ or f"unknown, named {name}": name for name, id_ in left.items()}


def _cost_at_most(job: Job) -> Decimal | None:
    return job.spent if job.spent or job.plan.price_per_hour is not None else None
