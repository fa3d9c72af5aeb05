"""
The job: pods made ready over five regions, by this package and by what is written today.

Virtual time, the same seeds for all, on the simulator with a sliding log of requests and five pod
operations. The two worlds, and what a pod's fate hangs on, are described in `job_world`; the least
possible, which nobody can undercut who makes all the pods and none to spare, in `job_least`; what
the rivals do about failures in `job_tries`. A makespan lasts until the contender itself knows that
all are ready that it will ever get: it is put over the least only where these are all.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from attrs import evolve

from benchmarks.job_blocking import run_script, run_sdk
from benchmarks.job_books import Books
from benchmarks.job_gather import run_gather
from benchmarks.job_least import least_seconds
from benchmarks.job_ours import run_ours
from benchmarks.job_results import HEAD, Results
from benchmarks.job_world import BAD_DAY, FAIR_WEATHER, Job
from benchmarks.report import OURS, Case, Sample, Table


__all__ = ["CONTENDERS", "run", "run_quick"]

SEEDS = range(3)
MANY = 1000
FEW_SEEDS = range(1)
WORLDS = (FAIR_WEATHER, BAD_DAY)
PLANS = (60, 120)
COUNTS = (50, 200, 1000)
QUICK_PLANS = (60,)
QUICK_COUNTS = (50, 200)

CONTENDERS: dict[str, Callable[[Job], Books]] = {
    OURS: run_ours,
    "gather + aiolimiter": run_gather,
    "vendor's SDK, 5 threads": run_sdk,
    "API page's script": run_script,
}


def run() -> tuple[Table, list[Case]]:
    """Run it in every size."""
    return _compare(PLANS, COUNTS)


def run_quick() -> tuple[Table, list[Case]]:
    """Run it in the sizes that take seconds."""
    return _compare(QUICK_PLANS, QUICK_COUNTS)


def _compare(plans: Sequence[int], counts: Sequence[int]) -> tuple[Table, list[Case]]:
    jobs = [
        Job(world=world, requests=plan, wanted=count)
        for world, plan, count in product(WORLDS, plans, counts)
    ]
    results = _measure(jobs)
    notes = [
        f"Medians of {len(SEEDS)} seeds, of {len(FEW_SEEDS)} from {MANY} pods on.",
        "Given up: the most in one run; who gave up has no makespan to compare.",
        "Leaked pods bill, and nobody holds them; idle ones were ready before anybody knew it.",
        "Promised of ours: nothing refused, given up or leaked; 1.05 x the least in fair weather,",
        "where the pods fill two windows of requests; 1.10 x on a bad day, of 200 at 60/min.",
    ]
    rows = [row for each in results for row in each.rows()]
    table = Table(title="Pods made ready", head=HEAD, rows=rows, notes=notes)
    return table, [case for each in results for case in each.cases()]


def _measure(jobs: Sequence[Job]) -> list[Results]:
    tasks = [(job, who, seed) for job in jobs for who in CONTENDERS for seed in _seeds(job)]
    # Virtual time does not mind company on the processor.
    with ProcessPoolExecutor(initializer=_be_quiet) as pool:
        books = dict(zip(tasks, pool.map(_books, *zip(*tasks, strict=True)), strict=True))
    return [
        Results(
            job=job,
            least=Sample(least_seconds(evolve(job, seed=seed)) for seed in _seeds(job)),
            books={who: [books[job, who, seed] for seed in _seeds(job)] for who in CONTENDERS},
        )
        for job in jobs
    ]


def _seeds(job: Job) -> range:
    return FEW_SEEDS if job.wanted >= MANY else SEEDS


def _books(job: Job, who: str, seed: int) -> Books:
    return CONTENDERS[who](evolve(job, seed=seed))


def _be_quiet() -> None:
    logging.getLogger(OURS).setLevel(logging.ERROR)  # what it says is in the table
