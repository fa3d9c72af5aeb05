"""
A fleet is left at any instant, in any way: the cloud then holds what `on_exit` promises.

Instants are quantised, so that a fleet is also left on the very instants of a grant, of a commit
and of an answer; programs are killed at such instants. All of it in virtual time: real processes
are in `test_processes.py`.
"""

from collections import Counter

import anyio
import pytest

from tests.campaign import tries
from tests.fleet.leaving_killed import Kill, Succession, kills
from tests.fleet.leaving_ways import PLACEMENT, PODS, Exit, exits, fleet_of, key_of, losing_lab
from tests.lab import SPEC, Lab, client_of
from yotta_async.fleet import OnExit
from yotta_async.simulator.cloud.pod import PodView
from yotta_async.testing import run_virtual


# Instants of each of 19 ways, those of the two backends counted apart, for each of 3 ends.
TRIES = tries(2)
# Instants of a kill on each of 2 backends.
KILLS = tries(5)
# Seconds in which whatever is under way at the server has taken effect, and every credit is back.
LATER = 70.0

PAUSED = ("PAUSED", "PAUSING")

pytestmark = pytest.mark.campaign


async def leave(exit_: Exit, on_exit: OnExit) -> Lab:
    """Leave a fleet, close the client, and look some time later."""
    lab = losing_lab(exit_.seed)
    await exit_.way(lab, on_exit, exit_.delay)
    await lab.close()
    await anyio.sleep(LATER)
    assert lab.client.left_behind == {}
    assert lab.cloud.violations == ()
    assert twins(lab.cloud.all_pods) == []
    return lab


def living(lab: Lab) -> list[PodView]:
    return [pod for pod in lab.cloud.pods if pod.id in lab.living]


def twins(pods: tuple[PodView, ...]) -> list[str]:
    """Return the names under which more than one pod was made."""
    return [name for name, number in Counter(pod.name for pod in pods).items() if number > 1]


def keys_of_two(pods: list[PodView]) -> list[str]:
    return [key for key, number in Counter(map(key_of, pods)).items() if number > 1]


@pytest.mark.parametrize("exit_", exits(TRIES, seed=1), ids=str)
def test_no_pod_is_left(exit_: Exit) -> None:
    async def trial() -> None:
        assert living(await leave(exit_, "delete")) == []

    run_virtual(trial, backend=exit_.backend)


@pytest.mark.parametrize("exit_", exits(TRIES, seed=2), ids=str)
def test_no_pod_is_left_running(exit_: Exit) -> None:
    async def trial() -> None:
        left = living(await leave(exit_, "pause"))
        assert [pod for pod in left if pod.status not in PAUSED] == []
        assert keys_of_two(left) == []

    run_virtual(trial, backend=exit_.backend)


@pytest.mark.parametrize("exit_", exits(TRIES, seed=3), ids=str)
def test_what_is_kept_is_taken_over_by_the_same_fleet(exit_: Exit) -> None:
    async def trial() -> None:
        lab = await leave(exit_, "keep")
        kept = running(lab)
        await run_again(lab)
        left = living(lab)
        assert sorted(map(key_of, left)) == sorted(map(str, range(PODS)))
        assert kept <= running(lab)
        assert lab.cloud.violations == ()

    run_virtual(trial, backend=exit_.backend)


def running(lab: Lab) -> set[str]:
    return {pod.id for pod in lab.cloud.pods if pod.status == "RUNNING"}


async def run_again(lab: Lab) -> None:
    async with client_of(lab.cloud) as client, fleet_of(client, "keep") as fleet:
        await fleet.up([SPEC] * PODS, placement=PLACEMENT)
        await anyio.sleep(LATER)  # what has FAILED is deleted when there is time for it
    await anyio.sleep(LATER)


@pytest.mark.parametrize("kill", kills(KILLS, seed=4), ids=str)
def test_no_pod_is_left_when_a_killed_program_has_run_again(kill: Kill) -> None:
    async def trial() -> None:
        both = Succession.of(kill)
        await both.carry_out(kill, by_name=False)
        assert both.left == []
        assert both.running <= both.had
        assert twins(both.cloud.all_pods) == []

    run_virtual(trial, backend=kill.backend)


@pytest.mark.parametrize("kill", kills(KILLS, seed=5), ids=str)
def test_no_pod_is_left_when_a_killed_fleet_was_deleted_by_its_name(kill: Kill) -> None:
    async def trial() -> None:
        both = Succession.of(kill)
        await both.carry_out(kill, by_name=True)
        assert both.left == []

    run_virtual(trial, backend=kill.backend)
