"""Crowds before a limiter alone: an exchange takes no time, so that only who goes when is seen."""

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

import anyio
from attrs import frozen

from benchmarks import turns, windows
from benchmarks.fairness_crowds import Queue
from benchmarks.late_loop import LateLoop
from yotta_async import Lane
from yotta_async.testing import run_virtual


__all__ = [
    "CROWD",
    "LATEST",
    "PER",
    "PHASES",
    "REQUESTS",
    "TWO_WINDOWS",
    "WAITING",
    "Limiter",
    "Measures",
    "at_once",
    "in_bad_phases",
    "last_through",
    "send_all",
    "with_leavers",
    "with_newcomers",
]

REQUESTS, PER = 120, 60.0
LATEST = 0.01  # seconds by which a timer may be late
CROWD, TWO_WINDOWS = 600, 2 * REQUESTS
# How many seconds after its first call the limiter meets the crowd: the last is just before the
# turn of a window that began with that call, or with the minute.
PHASES = (20.0, 40.0, 59.9)
TRICKLE = 150.0  # seconds, as long as half of the crowd needs at the even rate
WAITING = 50
# Seconds for which those who leave have waited: long enough for any limiter to have queued them.
PATIENCE = 0.1

Measures = tuple[float, ...]


@frozen
class Limiter:
    """
    A limiter of `REQUESTS` in `PER` seconds.

    Attributes:
        make: Makes one that has not been at work.
        even: Whether by design one goes after the other; its ideal is the even rate, not a log.
    """

    make: Callable[[], Queue]
    even: bool = False


def at_once(limiter: Limiter, seed: int) -> Measures:
    """
    Return the most grants in a window, the seconds by which one came too early, the callers
    overtaken, the most places lost, and the median and the longest lateness in seconds.
    """
    went = _went(limiter, seed, [0.0] * CROWD)
    order, grants = list(went), list(went.values())
    due = windows.due_one_by_one if limiter.even else windows.due_in_windows
    late = windows.lateness(grants, due(CROWD, REQUESTS, PER))
    return (
        windows.most_in_a_window(grants, PER),
        windows.earliest_reuse(grants, REQUESTS, PER),
        turns.overtaken(order),
        turns.places_lost(order),
        statistics.median(late),
        max(late),
    )


def in_bad_phases(limiter: Limiter, seed: int) -> Measures:
    """Return the most grants in a window, in the phase in which they are the most."""
    crowds = ([0.0, *[phase] * TWO_WINDOWS] for phase in PHASES)
    grants = (list(_went(limiter, seed, came).values()) for came in crowds)
    return (max(windows.most_in_a_window(each, PER) for each in grants),)


def with_newcomers(limiter: Limiter, seed: int) -> Measures:
    """Return how many of the half that came later went before one who was there from the first."""
    half, dice = CROWD // 2, Random(seed)
    later = sorted(dice.uniform(0.0, TRICKLE) for _ in range(half))
    went = _went(limiter, seed, [0.0] * half + later)
    return (turns.newcomers_ahead(list(went), half),)


def with_leavers(limiter: Limiter, _seed: int) -> Measures:
    """
    Return how many seconds longer the half that stays waits than if the other had never come.

    The timers are on time: the difference is the limiter's alone.
    """
    half = WAITING // 2

    def through(stay: Sequence[bool]) -> float:
        return run_virtual(last_through, limiter.make(), REQUESTS, stay)

    return (max(0.0, through([True, False] * half) - through([True] * half)),)


async def send_all(
    queue: Queue, came: Sequence[float], lane: Lane = Lane.NORMAL
) -> dict[int, float]:
    """
    Send one request for each caller.

    Args:
        came: The instant at which each caller comes, by number.

    Returns:
        The instant at which each went, by number, in the order of going.
    """
    went: dict[int, float] = {}

    async def go(caller: int) -> bool:
        went[caller] = anyio.current_time()
        return True

    async def call(caller: int, instant: float) -> None:
        await anyio.sleep_until(instant)
        await queue.send(lane, partial(go, caller))

    async with anyio.create_task_group() as tasks:
        for caller, instant in enumerate(came):
            tasks.start_soon(call, caller, instant)
    return went


async def last_through(queue: Queue, taken: int, stay: Sequence[bool]) -> float:
    """
    Return the instant at which all are through who wait behind a window that is taken, and stay.

    Args:
        taken: How many take the window. They are urgent: of the other lanes ours keeps a reserve.
        stay: Of each who waits, whether he does; the others are cancelled after a moment.
    """
    await send_all(queue, [0.0] * taken, Lane.URGENT)
    async with anyio.create_task_group() as staying, anyio.create_task_group() as leaving:
        for stays in stay:
            (staying if stays else leaving).start_soon(queue.send, Lane.NORMAL, _admitted)
        await anyio.sleep(PATIENCE)
        leaving.cancel_scope.cancel()
    return anyio.current_time()


async def _admitted() -> bool:
    return True


def _went(limiter: Limiter, seed: int, came: Sequence[float]) -> dict[int, float]:
    late = {"loop_factory": partial(LateLoop, LATEST, Random(seed))}
    return anyio.run(send_all, limiter.make(), came, backend_options=late)
