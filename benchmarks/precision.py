"""
How exactly a limiter keeps its limit: whether anybody goes too early, too late, or out of turn.

Virtual time, and exchanges that take none: what a wire adds is seen in the limiters' own benchmark.
The event loop comes late to its timers, as in a busy program: it is then that a limiter which makes
up for lost time lets too many go, and that a newcomer meets a queue which is not yet woken.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product

from attrs import evolve, frozen

from benchmarks.fairness_queues import QUEUES
from benchmarks.precision_scenes import (
    CROWD,
    LATEST,
    PER,
    PHASES,
    REQUESTS,
    TWO_WINDOWS,
    WAITING,
    Limiter,
    Measures,
    at_once,
    in_bad_phases,
    with_leavers,
    with_newcomers,
)
from benchmarks.profiles import Profile
from benchmarks.report import OURS, Case, Sample, Table, by_subject


__all__ = ["run"]

# Those whose ideal is the even rate.
EVEN = ("aiolimiter, even", "asynciolimiter")
# These ask for a grant some 100,000 times before all of the crowd are through.
LONG = ("throttled-py, sliding", "throttled-py, GCRA")
SUBJECTS = {Profile.QUICK: [who for who in QUEUES if who not in LONG], Profile.FULL: list(QUEUES)}
SEEDS = {Profile.QUICK: range(1), Profile.FULL: range(2)}
WORST, LATE = "in the worst window", ("s late, the median", "s late, the longest")
LEAVERS_COST = 0.1  # seconds
HALF = CROWD // 2


@frozen
class Scene:
    """
    What is done to a limiter.

    Attributes:
        measure: Does it, by the dice of a seed.
        units: By the name of each measure's unit, what of ours the project promises.
    """

    measure: Callable[[Limiter, int], Measures]
    units: dict[str, float | None]


SCENES = {
    f"{CROWD} at once": Scene(
        at_once,
        {
            WORST: REQUESTS,
            "s too early": None,  # promised with the worst window
            "callers overtaken": 0,
            "places lost at worst": 0,
            **dict.fromkeys(LATE),
        },
    ),
    "a bad phase": Scene(in_bad_phases, {WORST: REQUESTS}),
    f"{HALF}, and {HALF} later": Scene(with_newcomers, {"newcomers ahead": 0}),
    f"{WAITING // 2} of {WAITING} cancelled": Scene(with_leavers, {"s longer": LEAVERS_COST}),
}


def run(profile: Profile = Profile.QUICK) -> tuple[Table, list[Case]]:
    subjects, seeds = SUBJECTS[profile], SEEDS[profile]
    jobs = list(product(SCENES, subjects, seeds))
    # Virtual time does not mind company on the processor.
    with ProcessPoolExecutor() as pool:
        found = dict(zip(jobs, pool.map(_measure, *zip(*jobs, strict=True)), strict=True))

    def samples(scene: str, index: int) -> dict[str, Sample]:
        return {who: Sample(found[scene, who, seed][index] for seed in seeds) for who in subjects}

    cases = _lateness_of_keepers(
        [
            Case(name=name, unit=unit, samples=samples(name, index), target=target)
            for name, scene in SCENES.items()
            for index, (unit, target) in enumerate(scene.units.items())
        ]
    )
    return by_subject("Precision", cases, _notes(profile)), cases


def _lateness_of_keepers(cases: Sequence[Case]) -> list[Case]:
    """Leave out how late those are that let too many go: it says nothing of who goes too early."""
    worst = [case.samples for case in cases if case.unit == WORST]

    def keeps(who: str) -> bool:
        return who == OURS or all(max(each[who].values) <= REQUESTS for each in worst)

    def of_keepers(case: Case) -> Case:
        return evolve(case, samples={who: case.samples[who] for who in case.samples if keeps(who)})

    return [of_keepers(case) if case.unit in LATE else case for case in cases]


def _measure(scene: str, name: str, seed: int) -> Measures:
    limiter = Limiter(partial(QUEUES[name], REQUESTS, PER), even=name in EVEN)
    return SCENES[scene].measure(limiter, seed)


def _notes(profile: Profile) -> list[str]:
    phases = ", ".join(f"{phase:g}" for phase in PHASES)
    notes = [
        f"Virtual time, seeds: {len(SEEDS[profile])}; the limit is {REQUESTS} in {PER:g} s.",
        f"Timers are up to {1e3 * LATEST:g} ms late, except where some are cancelled.",
        f"A bad phase: {TWO_WINDOWS} come {phases} s after the first call; the worst of these.",
        f"Too early: less than {PER:g} s after the grant {REQUESTS} before.",
        f"Late: for a window's worth each {PER:g} s; {EVEN[0]}: for one each {PER / REQUESTS:g} s.",
        f"Whoever lets more than {REQUESTS} go in a window is not asked how late he is.",
        "Ours waits 0.1 % of a window longer than the window, for clocks that differ.",
        f"Cancelled: behind a window that is taken; longer than {WAITING // 2} wait alone.",
        "aiometer is not among them: it is given all its tasks at once, so none arrives later.",
    ]
    left_out = [f"Only in a full run: {'; '.join(LONG)}."] if profile is Profile.QUICK else []
    return notes + left_out
