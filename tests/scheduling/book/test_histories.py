"""
Any history of processes that share a budget stays within it: 320 here, ten times as many with
``YOTTA_CAMPAIGN=10``.

What no one can know is not tried: a clock that jumps, or a store that forgets, when all who could
tell are dead or stopped. So where things happen together one process lives on, and no older copy of
the book comes back while the only one that knows a later one may be stopped.
"""

from random import Random

import pytest

from tests.campaign import tries
from tests.scheduling.book.worlds import World, settings, worst


pytestmark = pytest.mark.campaign

DURATION = 60.0
# Seconds between two mishaps, on average.
BETWEEN = 8.0
TOGETHER = (
    ("crash", "stop", "jump", "join", "flush", "empty"),
    ("jump", "join", "flush", "empty", "stale"),
)
KINDS = ("crash", "stop", "jump", "join", "flush", "empty", "stale")


def history(seed: int, kinds: tuple[str, ...], *, gated: bool = True) -> World:
    """Let some processes live for a while, with mishaps of these kinds."""
    dice = Random(seed)
    world = World(
        dice,
        settings(dice.choice([4, 6, 12]), dice.choice([4.0, 10.0])),
        gated=gated,
        drift=dice.uniform(-1e-4, 1e-4),
        way=dice.choice([0.0, 0.02, 0.2]),
        lossy=dice.choice([0.0, 0.02, 0.05]),
        freezing=0.05 if kinds == ("stop",) else 0.0,
    )
    world.add("witness")
    for number in range(dice.choice([0, 1, 3])):
        world.add(f"p{number}")

    def mishap() -> None:
        happen(world, dice.choice(kinds), spare="" if len(kinds) == 1 else "witness")
        world.after(dice.expovariate(1 / BETWEEN), mishap)

    if kinds:
        world.after(dice.uniform(5.0, 20.0), mishap)
    world.run_until(DURATION)
    return world


def join(world: World) -> None:
    world.add(f"j{len(world.processes)}")


def happen(world: World, kind: str, *, spare: str) -> None:
    dice = world.dice
    living = [each for each in world.processes.values() if each.alive and each.name != spare]
    match kind:
        case "crash" if living:
            dice.choice(living).crash()
            world.after(dice.uniform(0.0, 5.0), lambda: join(world))
        case "stop" if living:
            dice.choice(living).stop(dice.choice([0.5, 6.0, 12.0, 30.0]))
        case "jump":
            world.jump(dice.choice([-1, 1]) * dice.choice([3.0, 10.0, 60.0, 3600.0]))
        case "join" if len(living) < 8:
            join(world)
        case "flush":
            world.flush()
        case "empty":
            world.restart_empty()
        case "stale":
            world.restart_stale()
        case _:
            pass


def breaches(world: World) -> int:
    plan = world.settings
    return max(0, worst(world.arrivals, plan.per / 1000) - plan.requests)


@pytest.mark.parametrize("kind", KINDS)
def test_no_history_with_one_kind_of_mishap_goes_over_the_limit(kind: str) -> None:
    over = [seed for seed in range(tries(24)) if breaches(history(seed, (kind,)))]
    assert over == []


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kinds", TOGETHER, ids="-".join)
def test_no_history_with_many_kinds_goes_over_the_limit(kinds: tuple[str, ...], part: int) -> None:
    seeds = range(part, tries(80), 4)
    assert [seed for seed in seeds if breaches(history(seed, kinds))] == []


def test_a_witness_whose_request_hangs_while_the_store_forgets_tells_when_it_is_woken() -> None:
    """Seed 103: a newcomer is the first after a FLUSHALL."""
    assert breaches(history(103, TOGETHER[1])) == 0


def test_no_more_pod_operations_are_at_work_than_there_are_slots() -> None:
    worlds = [history(seed, kinds) for seed in range(10) for kinds in TOGETHER]
    assert max(each.most_operations for each in worlds) == settings().pod_operations


def test_without_the_gate_a_process_that_was_stopped_goes_over_the_limit() -> None:
    """So these histories can fail."""
    assert any(breaches(history(seed, ("stop",), gated=False)) for seed in range(20))


def test_what_is_stopped_between_grant_and_write_meets_the_gate() -> None:
    """And what the gate is for does happen."""
    assert sum(history(seed, ("stop",)).late for seed in range(20)) > 0


def test_an_undisturbed_history_uses_the_whole_limit() -> None:
    world = World(Random(1), settings(60, 60.0, reserve=2, pod_operations=5), lossy=0.0, way=0.02)
    world.forgets = False
    for number in range(4):
        world.add(f"p{number}", slotted=0.0, most=200)
    world.run_until(301.0)
    counts = [each.sent for each in world.processes.values()]
    sent = sum(at < 300.0 for at in world.arrivals)
    assert sent >= 0.97 * 300
    assert min(counts) >= 0.8 * sum(counts) / 4
    assert world.steps <= 2 * sum(counts)
