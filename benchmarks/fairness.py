"""
Who is served in turn, and who is kept waiting; virtual time, and no server that refuses.

Overload: callers arrive at one and a half times the rate at which they are served, for three
minutes. First come, first served is the measure: a caller is overtaken when somebody who came later
goes earlier. A delete: a thousand creates are queued, ten pods are polled or none, and once a
minute somebody wants to delete a pod.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from random import Random

import anyio

from benchmarks.fairness_crowds import Deletes, Overload
from benchmarks.fairness_queues import QUEUES
from benchmarks.late_loop import LateLoop
from benchmarks.profiles import Profile
from benchmarks.report import Case, Sample, Table, by_subject
from yotta_async.testing import run_virtual


__all__ = ["run"]

REQUESTS, PER = 120, 60.0
LATEST = 0.01  # seconds
CREATES = 1000
SEEDS = {Profile.QUICK: range(2), Profile.FULL: range(4)}
# By name, each measure's unit, and what of ours the project promises.
SCENES: dict[str, dict[str, float | None]] = {
    "overload": {"callers overtaken": 0, "places lost at worst": 0, "s lost at worst": 0},
    f"a delete behind {CREATES} creates": {"s, the median": None, "s, the worst": None},
    f"a delete behind {CREATES} creates and polls": {"s, the median": None, "s, the worst": None},
}

Measures = tuple[float, ...]


def run(profile: Profile = Profile.QUICK) -> tuple[Table, list[Case]]:
    seeds = SEEDS[profile]
    jobs = list(product(SCENES, QUEUES, seeds))
    # Virtual time does not mind company on the processor.
    with ProcessPoolExecutor() as pool:
        found = dict(zip(jobs, pool.map(_measure, *zip(*jobs, strict=True)), strict=True))
    cases = [
        Case(name=scene, unit=unit, samples=_samples(scene, seeds, index, found), target=target)
        for scene, units in SCENES.items()
        for index, (unit, target) in enumerate(units.items())
    ]
    return by_subject("Fairness", cases, _notes(len(seeds))), cases


def _notes(seeds: int) -> list[str]:
    return [
        f"Virtual time, {seeds} seeds; the limit is {REQUESTS} in {PER:g} s.",
        "Lost: against first come, first served with the same grants.",
        f"Overload: reads at 1.5 times the limit for 180 s; timers up to {1e3 * LATEST:g} ms late.",
        f"A delete: one a minute, behind {CREATES} creates through 5 slots; 10 polls each 10 s.",
        "The rivals have no lanes; their deletes queue for the 5 slots like the creates.",
        "aiometer is not among them: it is given all its tasks at once, so none arrives later.",
    ]


def _samples(
    scene: str, seeds: range, index: int, found: dict[tuple[str, str, int], Measures]
) -> dict[str, Sample]:
    return {name: Sample(found[scene, name, seed][index] for seed in seeds) for name in QUEUES}


def _measure(scene: str, name: str, seed: int) -> Measures:
    queue, dice = QUEUES[name](REQUESTS, PER), Random(seed)
    if scene == "overload":
        late = {"loop_factory": partial(LateLoop, LATEST, Random(seed))}
        overload = Overload(dice, rate=REQUESTS / PER)
        return anyio.run(overload.of, queue, backend_options=late)
    deletes = Deletes(dice, creates=CREATES, pollers=10 if scene.endswith("polls") else 0)
    return run_virtual(deletes.of, queue)
