"""`yotta-async demo`: the main job on a simulated cloud over real sockets, or on the real one."""

import logging
import secrets
from collections.abc import Generator
from contextlib import contextmanager

import anyio
from attrs import frozen
from rich.console import Console

from ..._client import AsyncYotta
from ..._scheduling.rules.limits import Limits
from ...simulator import SimulatedYotta
from .._failures import exit_code_of
from .._tables import print_lines
from .board import Board
from .cloud import demo_cloud
from .event_log import EventLog
from .job import Job
from .plan import Pace, Plan
from .report import show
from .results import summary_of
from .run import DemoRun
from .screen import Screen
from .view import Moment


__all__ = ["Settings", "run_live", "run_simulated"]


@frozen(kw_only=True)
class Settings:
    """
    What was asked for on the command line.

    Attributes:
        requests: The plan's requests a minute.
        faults: The probability that a request goes wrong.
    """

    plan: Plan
    pace: Pace
    requests: int
    faults: float = 0.0
    seed: int = 0
    as_json: bool = False

    @property
    def limits(self) -> Limits:
        return self.pace.limits(self.requests)

    @property
    def title(self) -> str:
        number = len(self.plan.regions)
        where = "one region" if number == 1 else f"{number} regions"
        return f"{self.plan.pods} pods, {where}, {self.requests} requests a minute"


def run_simulated(settings: Settings) -> int:
    """Serve a cloud on loopback, do the job there, and return the exit code."""
    return anyio.run(_on_a_simulated_cloud, settings)


def run_live(settings: Settings, log: EventLog, client: AsyncYotta) -> int:
    """Do the job with a client on the real service, and return the exit code."""
    return anyio.run(_perform, settings, log, client, None)


async def _on_a_simulated_cloud(settings: Settings) -> int:
    key, log = secrets.token_urlsafe(24), EventLog()
    cloud = demo_cloud(
        settings.plan,
        requests=settings.requests,
        faults=settings.faults,
        seed=settings.seed,
        key=key,
    )
    async with cloud.serve(speed=settings.pace.speed) as server:
        client = AsyncYotta(
            key,
            base_url=server.url,
            api_version="v1",
            limits=settings.limits,
            retry=settings.pace.retry(),
            timeout=settings.pace.timeout,
            on_event=log,
        )
        return await _perform(settings, log, client, cloud)


@contextmanager
def _terminal_alone() -> Generator[None]:
    """Leave the terminal to the demo, which shows how far its end has come."""
    logger, handler = logging.getLogger("yotta_async.progress"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


async def _perform(
    settings: Settings, log: EventLog, client: AsyncYotta, cloud: SimulatedYotta | None
) -> int:
    plan = settings.plan
    board = Board(plan.pods, began=anyio.current_time())
    job = Job(client, plan, settings.pace, board, log, cloud)

    def look() -> Moment:
        return Moment(
            title=settings.title,
            regions=plan.regions,
            board=board,
            statistics=client.statistics(),
            requests=settings.requests,
            pod_operations=settings.limits.pod_operations,
            pace=settings.pace,
            log=log,
            now=anyio.current_time(),
        )

    demo_run = DemoRun(job, Screen(Console(stderr=True), look))
    with _terminal_alone():
        await demo_run.play()
    return _told(demo_run, settings)


def _told(demo_run: DemoRun, settings: Settings) -> int:
    summary = summary_of(
        demo_run,
        requests=settings.requests,
        pod_operations=settings.limits.pod_operations,
    )
    if settings.as_json:
        print_lines(*summary.to_json().splitlines())
    else:
        show(summary, Console())
    hopeless = demo_run.job.hopeless
    if hopeless is not None and summary.signal is None:
        return exit_code_of(hopeless)
    return summary.exit_code
