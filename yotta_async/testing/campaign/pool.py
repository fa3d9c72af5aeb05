"""Many runs, in as many processes as there are cores, with all of them counted once."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final

from attrs import frozen

from ...errors import ConfigurationError
from .cases import Case
from .run import run
from .tally import Row, Tally, row_of


__all__ = ["Order", "campaign", "tried"]

# Runs that a worker makes before it says so, and before it is replaced: what a run may leave behind
# in a process must not add up over a hundred thousand.
_BATCH: Final = 4
_LIFE: Final = 500


@frozen(kw_only=True)
class Order:
    """
    What a campaign is to do.

    Attributes:
        runs: How many runs.
        jobs: In how many processes. 0 for as many as there are cores.
        hours: How long each run lasts at least, in hours. None for a time that is drawn.
    """

    runs: int
    jobs: int = 0
    hours: float | None = None

    def __attrs_post_init__(self) -> None:
        for name, least in (("runs", 1), ("jobs", 0)):
            if getattr(self, name) < least:
                problem, hint = f"must be at least {least}", "Such as --runs 2000 --jobs 2."
                raise ConfigurationError(name, getattr(self, name), problem, hint=hint)


def tried(seed: int, hours: float | None) -> Row:
    """
    Make one run.

    Args:
        seed: Of the case.
        hours: How long it lasts at least, in hours. None for a time that is drawn.

    Returns:
        What is kept of it. A run that crashes is one that failed.
    """
    began = time.process_time()
    try:
        outcome = run(Case.random(seed, hours))
    except Exception as error:  # noqa: BLE001  # whatever it is, the other runs go on
        figures = {"seconds": 0.0}
        broken = f"crash at 0 s: {type(error).__name__}: {error}"
        return {"figures": figures, "broken": broken, "cpu": time.process_time() - began}
    return row_of(outcome, time.process_time() - began)


def campaign(order: Order, tally: Tally, progress: Callable[[Tally], None]) -> bool:
    """
    Make the runs that a tally lacks.

    Args:
        order: What is to be done.
        tally: What was done already; it is added to.
        progress: Called after each run.

    Returns:
        Whether all was done; False after Ctrl-C, and then the tally has what was.
    """
    seeds = range(tally.next, tally.seed + order.runs)
    try:
        for seed, row in _rows(seeds, order):
            tally.add(seed, row)
            tally.next = seed + 1
            progress(tally)
    except KeyboardInterrupt:
        return False
    return True


def _rows(seeds: range, order: Order) -> Iterator[tuple[int, Row]]:
    jobs = min(order.jobs or os.cpu_count() or 1, len(seeds))
    if jobs <= 1:
        yield from ((seed, tried(seed, order.hours)) for seed in seeds)
        return
    with _workers(jobs) as pool:
        given = ((seed, order.hours) for seed in seeds)
        # In the order of the seeds, so that what is done is told by one number.
        yield from pool.imap(_try, given, chunksize=_BATCH)


def _try(given: tuple[int, float | None]) -> tuple[int, Row]:
    seed, hours = given
    return seed, tried(seed, hours)


@contextmanager
def _workers(jobs: int) -> Generator[Any, None, None]:
    # Spawned: a fork would have the state of this process, its threads' locks too.
    context = multiprocessing.get_context("spawn")
    pool = context.Pool(jobs, initializer=_leave_signals, maxtasksperchild=_LIFE // _BATCH)
    try:
        yield pool
    finally:
        pool.terminate()
        pool.join()


def _leave_signals() -> None:
    # Ctrl-C goes to all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
