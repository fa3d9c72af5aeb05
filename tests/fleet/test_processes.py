"""SIGINT, SIGTERM and `kill -9` at random instants of a launch, in real processes and over TCP."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.campaign import tries
from tests.fleet.processes import PODS
from tests.fleet.processes_campaign import Result, Trial, fork_server, outcomes, trials, world
from yotta_async.simulator import Faults


pytestmark = [
    pytest.mark.campaign,
    pytest.mark.real_time,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here"),
]

# Instants in a test, which may take a minute; tests of each kind.
BATCH = 20
BATCHES = range(tries(2))
UNANSWERED = Faults(operations={"deletePod"}, timeout_after=1.0)


@pytest.fixture(scope="module")
def forks() -> Iterator[str]:
    with fork_server() as path:
        yield path


def faulty(results: list[Result]) -> list[Result]:
    """Return the trials in which a pod was left, or was made twice."""
    return [each for each in results if each.left or each.twins]


def codes_of(trial: Trial) -> set[int]:
    """Return how a process may end by a signal: killed by it, or with the shell's code for that."""
    return {-trial.number, 128 + trial.number}


@pytest.mark.parametrize("batch", BATCHES)
async def test_no_pod_is_left_by_a_program_that_is_asked_to_end(forks: str, batch: int) -> None:
    results = await outcomes(forks, trials(1000 + batch, BATCH, (signal.SIGINT, signal.SIGTERM)))
    assert faulty(results) == []
    others = [each for each in results if each.first.code not in codes_of(each.trial)]
    # A pod that was made and is gone before any list shows it is named: it may exist.
    assert [each for each in others if "exist all the same" not in each.first.complaints] == []


@pytest.mark.parametrize("batch", BATCHES)
async def test_no_pod_is_left_when_a_killed_program_has_run_again(forks: str, batch: int) -> None:
    """Or when what it made was deleted by name; in half of the trials each."""
    plan = trials(2000 + batch, BATCH, (signal.SIGKILL,), ("run to the end", "down"))
    results = await outcomes(forks, plan)
    assert faulty(results) == []
    assert [each for each in results if each.first.code != -signal.SIGKILL] == []
    assert [each for each in results if each.second is None or each.second.code] == []
    again = [each for each in results if each.trial.then == "run to the end"]
    assert [each for each in again if each.adopted != each.adoptable] == []
    assert any(each.adoptable for each in again)


async def test_a_second_sigint_leaves_at_once_and_says_what_to_run(forks: str) -> None:
    async with world(forks, faults=UNANSWERED) as here:
        async with here.started("run") as program:
            await here.asked_for("createPod", PODS)
            program.send(signal.SIGINT)
            await here.asked_for("deletePod", 1)
            program.send(signal.SIGINT)
            ended = await program.end()
        left = here.living()
        here.cloud._server.faults = Faults()
        down = await here.completed("down")
        assert left != []
        assert ended.code == 130
        assert ended.complaints.endswith("Run: yotta-async fleet down job --yes\n")
        assert (down.code, here.living()) == (0, [])
