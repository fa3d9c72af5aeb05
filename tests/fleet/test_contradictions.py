"""[L3] Lists that say of one pod that it has ended, or is paused, and that it runs: for good."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import make_fleet_lab
from tests.fleet.strange import estranged
from tests.lab import SPEC
from yotta_async.fleet import OnExit


Telling = Callable[[dict[str, Any]], list[dict[str, Any]]]
ALIVE = ("RUNNING", "INITIALIZING")


def both(*words: str) -> Telling:
    """Return what shows each pod once as it is, and once with each of these words."""
    return lambda pod: [pod, *(pod | {"status": word} for word in words)]


def first(*words: str) -> Telling:
    return lambda pod: [*(pod | {"status": word} for word in words), pod]


def in_turn(word: str) -> Telling:
    """Return what shows each pod as it is in every other list."""
    shown: dict[object, int] = {}

    def tell(pod: dict[str, Any]) -> list[dict[str, Any]]:
        shown[pod["id"]] = shown.get(pod["id"], 0) + 1
        return [pod if shown[pod["id"]] % 2 else pod | {"status": word}]

    return tell


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(both("TERMINATED"), id="true, ended"),
        pytest.param(first("TERMINATED"), id="ended, true"),
        pytest.param(both("TERMINATING"), id="true, ending"),
        pytest.param(both("RUNNING"), id="true, running"),
        pytest.param(both("RUNNING", "TERMINATED", "PAUSED"), id="all"),
        pytest.param(both("PAUSED"), id="true, paused"),
        pytest.param(in_turn("TERMINATED"), id="ended in every other list"),
        pytest.param(in_turn("RUNNING"), id="running in every other list"),
    ],
)
@pytest.mark.parametrize("on_exit", ["delete", "pause"])
async def test_nothing_bills_after_an_end_that_told_of_nothing(
    told: Telling, on_exit: OnExit
) -> None:
    lab = make_fleet_lab()
    client, between = estranged(lab)
    async with client, client.fleet("sweep", on_exit=on_exit) as fleet:
        await fleet.up([SPEC] * 3)
        between.told = told
        await anyio.sleep(300.0)
    assert [pod.status for pod in lab.cloud.pods if pod.status in ALIVE] == []
