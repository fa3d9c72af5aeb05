"""From a performance to its summary: the client's books beside the server's."""

from collections import Counter
from decimal import Decimal

from .._core.bounds import least_makespan
from ..events import CreateUnclear, PodRecovered, PodRemoved
from ..simulator import PodStatus, SimulatedYotta
from ..simulator.cloud.catalog import PRICES
from ._demo_board import Board, Made
from ._demo_cloud import LATENCY
from ._demo_run import Performance
from ._demo_summary import Served, Summary
from ._failures import text_of


__all__ = ["summary_of"]

_GOING = (PodStatus.TERMINATING, PodStatus.TERMINATED)
_WINDOW = 60.0


def summary_of(performance: Performance, *, requests: int, pod_operations: int) -> Summary:
    """Return what came of a performance that has ended."""
    job, simulator, books = (
        performance.fan_out,
        performance.simulator,
        performance.client.statistics(),
    )
    plan, board, counts = job.plan, job.board, job.chronicle.counts
    tally, makespan = board.tally(), _makespan(performance)
    least = None if makespan is None else _least(performance, requests, pod_operations)
    return Summary(
        pods_wanted=plan.pods,
        pods_ready=tally.ready,
        regions=plan.regions,
        requests_per_minute=requests,
        pod_operations=pod_operations,
        speed=job.pace.speed,
        makespan=makespan,
        real_seconds=performance.seconds,
        requests_sent=books.sent,
        polls=books.polls,
        refused=books.refused,
        retried=books.retried,
        unclear_creates=counts[CreateUnclear],
        recovered=counts[PodRecovered],
        removed=counts[PodRemoved],
        pods_made=len(board.made),
        pods_failed=tally.failed,
        out_of_stock=board.full.total(),
        left=_left(performance),
        cost_at_most=None if simulator else _cost_at_most(board),
        signal=performance.signal,
        error=text_of(job.hopeless) if job.hopeless else None,
        served=_served(simulator, least) if simulator else None,
    )


def _makespan(performance: Performance) -> float | None:
    board, wanted = performance.fan_out.board, performance.fan_out.plan.pods
    if board.ready_at is None or board.tally().ready < wanted:
        return None
    return performance.fan_out.pace.simulated(board.ready_at - board.began)


def _least(performance: Performance, requests: int, slots: int) -> float:
    return least_makespan(
        performance.boots,
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


def _left(performance: Performance) -> dict[str, str]:
    if performance.simulator is not None:
        there = (pod for pod in performance.simulator.pods if pod.status not in _GOING)
        return {pod.id: pod.name for pod in there}
    behind = performance.client.left_behind.items()
    named = {id_ or f"unknown, named {name}": name for name, id_ in behind}
    return performance.fan_out.board.remaining | named


def _cost_at_most(board: Board) -> Decimal | None:
    prices = [_price(made) for made in board.made.values()]
    if None in prices:
        return None
    return sum((_cost(made, _price(made)) for made in board.made.values()), Decimal(0))


def _price(made: Made) -> Decimal | None:
    if made.pod.price_per_hour is not None:
        return made.pod.price_per_hour
    known = PRICES.get(made.pod.gpu_type or "")
    return None if known is None else known * (made.pod.gpu_count or 1)


def _cost(made: Made, price: Decimal | None) -> Decimal:
    seconds = 0.0 if made.until is None else made.until - made.at
    return (price or Decimal(0)) * Decimal(str(seconds)) / 3600
