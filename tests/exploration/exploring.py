"""One schedule of a scenario under simloom: run, replayed, shrunk, told."""

import asyncio
import gc
import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from tests.exploration.bench import Chance, run_trial
from tests.exploration.orders import ORDERS
from tests.exploration.scenarios import SCENARIOS


__all__ = ["SIMLOOM", "Outcome", "Schedule", "Story", "explore", "shrunk"]

# Absent where Python is older than 3.12.
SIMLOOM = "simloom"
# Steps within one instant; a trial has a thousandth of it.
LIVELOCK = 20_000
# What chooses the order, among the labels of a tape's draws.
_OF_ORDER = ("order", "arrival", "priority", "span", "change")
_SEED = "entropy.seed"


@frozen
class Schedule:
    """
    What names one run: with it and the code, the run is the same on each machine.

    Attributes:
        scenario: One of `SCENARIOS`.
        order: One of `ORDERS`.
        seed: That of all draws.
    """

    scenario: str
    order: str
    seed: int

    def __str__(self) -> str:
        return f"{self.scenario}/{self.order}/{self.seed}"

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Return the schedule of a text; ValueError if it names none."""
        scenario, order, seed = text.split("/")
        if scenario not in SCENARIOS or order not in ORDERS:
            raise ValueError(f"{text!r}: must be SCENARIO/ORDER/SEED, of those that there are")
        return cls(scenario, order, int(seed))


@frozen(kw_only=True)
class Outcome:
    """
    What became of one schedule.

    Attributes:
        error: Why it failed; None if it did not.
        notes: What happened in it.
        steps: How many callbacks ran.
        print: Of the choices that were made: two schedules with the same one are the same.
    """

    schedule: Schedule
    error: str | None
    notes: Counter[str]
    steps: int
    print: int


@frozen(kw_only=True)
class Story:
    """
    The shortest schedule that was found to fail as the first one did.

    Attributes:
        error: Why it fails.
        chosen: What the scenario drew.
        deviations: Which callbacks did not wait for those that were ready before them.
        runs: How many schedules were tried.
        tape: All draws, each with its label and bound.
    """

    error: str
    chosen: tuple[str, ...]
    deviations: tuple[str, ...]
    runs: int
    tape: tuple[tuple[str, int, int], ...]


@define
class _Drawn:
    def draw(self, what: str, bound: int) -> int:
        drawn: int = _simloom().draw(what, bound)
        return drawn


@define(eq=False)
class _Universe:
    """
    One trial, as simloom wants it: a function that may be called again.

    Attributes:
        notes: What happened.
        draws: How many draws it took; simloom makes more while it clears up.
        events: How long simloom's log was at its end.
    """

    scenario: str
    notes: Counter[str] = field(factory=Counter[str])
    draws: int = 0
    events: int = 0

    async def __call__(self) -> None:
        loop: Any = asyncio.get_running_loop()
        chance = Chance(_Drawn())
        self.notes = chance.notes
        try:
            await run_trial(SCENARIOS[self.scenario], chance)
        finally:
            self.draws, self.events = len(loop.tape), len(loop.log)


def explore(schedule: Schedule) -> Outcome:
    """Run one schedule."""
    outcome, _ = _explored(schedule)
    return outcome


def shrunk(schedule: Schedule, most: int) -> Story:
    """
    Return the story of a schedule that fails, with as few deviations as were found.

    Args:
        most: How many other schedules to try.
    """
    _, failure = _explored(schedule)
    kind = _kind(failure.error)

    def fails_so(result: Any) -> bool:
        return result.error is not None and _kind(result.error) == kind

    found = _simloom().shrink(
        _Universe(schedule.scenario),
        replace(failure, scheduler=ORDERS[schedule.order]),  # its name tells simloom nothing
        max_runs=most,
        interesting=fails_so,
        **_settings(),
    )
    return Story(
        error=_told(found.result.error),
        chosen=tuple(
            f"{draw.label} = {draw.value} of {draw.bound}"
            for draw in found.tape
            if draw.label not in (*_OF_ORDER, _SEED)
        ),
        deviations=tuple(_deviations(found.result)),
        runs=found.runs_used,
        tape=tuple((draw.label, draw.value, draw.bound) for draw in found.tape),
    )


def _explored(schedule: Schedule) -> tuple[Outcome, Any]:
    universe = _Universe(schedule.scenario)
    result = _simloom().run(
        universe,
        seed=schedule.seed,
        raise_on_error=False,
        scheduler=ORDERS[schedule.order],
        **_settings(),
    )
    outcome = Outcome(
        schedule=schedule,
        error=None if result.error is None else _told(result.error),
        notes=universe.notes,
        steps=sum(event["kind"] == "step" for event in islice(result.log, universe.events)),
        print=hash(
            tuple(
                (draw.value, draw.bound)
                for draw in islice(result.tape, universe.draws)
                if draw.label != _SEED
            )
        ),
    )
    _keep_what_is_loaded()
    return outcome, result


def _settings() -> dict[str, Any]:
    """Return how each run is made: without a network, with random names drawn from the tape."""
    return {
        "seed_randomness": True,
        "world": False,
        "gc_interval": 0,
        "max_steps_per_instant": LIVELOCK,
    }


@cache
def _keep_what_is_loaded() -> None:
    # Simloom collects garbage after each run, and need not look at all modules each time.
    gc.collect()
    gc.freeze()


@cache
def _simloom() -> Any:
    return importlib.import_module(SIMLOOM)


def _kind(error: BaseException) -> str:
    """Return what tells one failure from another, without the ids in its text."""
    text = str(error).partition(":")[0] if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} {text}"


def _told(error: BaseException) -> str:
    cause = f" ({error.__cause__!r})" if error.__cause__ is not None else ""
    return f"{type(error).__name__}: {error}{cause}"


def _deviations(result: Any) -> Iterator[str]:
    for event in result.log:
        if event["kind"] == "step" and event["choice"]:
            yield f"{event['t']:7.2f} s: {event['ran']}, before {event['choice']} that were ready"
