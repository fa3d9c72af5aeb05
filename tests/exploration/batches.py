"""Many schedules, over the processors that there are: what was done, and what failed."""

import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import define, field, frozen

from tests.exploration.exploring import Outcome, Schedule, explore


__all__ = ["Account", "Batch", "Figures", "campaign", "divided"]

# Schedules that a process runs before it reports.
SIZE = 20
# Failures of one scenario and order that are kept in full.
KEPT = 3


@frozen
class Batch:
    """Schedules of one scenario and order, with seeds in a row."""

    scenario: str
    order: str
    seeds: range

    def run(self) -> list[Outcome]:
        logging.disable()  # what the package says to its users is not asked for here
        return [explore(Schedule(self.scenario, self.order, seed)) for seed in self.seeds]


@define
class Figures:
    """
    What was done of one scenario in one order.

    Attributes:
        schedules: How many.
        different: How many of them differ in a choice.
        steps: Callbacks that ran, in all.
        failed: How many failed.
        notes: What happened.
    """

    schedules: int = 0
    steps: int = 0
    failed: int = 0
    notes: Counter[str] = field(factory=Counter[str])
    _prints: set[int] = field(factory=set[int])

    @property
    def different(self) -> int:
        return len(self._prints)

    def add(self, outcome: Outcome) -> None:
        self.schedules += 1
        self.steps += outcome.steps
        self.failed += outcome.error is not None
        self.notes.update(outcome.notes)
        self._prints.add(outcome.print)

    def told(self) -> dict[str, Any]:
        return {
            "schedules": self.schedules,
            "different": self.different,
            "steps": self.steps,
            "failed": self.failed,
            "notes": dict(sorted(self.notes.items())),
        }


@define
class Account:
    """
    What a campaign has done so far.

    Attributes:
        failures: The first of each scenario and order.
    """

    figures: dict[tuple[str, str], Figures] = field(factory=dict[tuple[str, str], Figures])
    failures: list[Outcome] = field(factory=list[Outcome])

    @property
    def schedules(self) -> int:
        return sum(each.schedules for each in self.figures.values())

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.figures.values())

    def add(self, outcome: Outcome) -> None:
        key = outcome.schedule.scenario, outcome.schedule.order
        figures = self.figures.setdefault(key, Figures())
        figures.add(outcome)
        if outcome.error is not None and figures.failed <= KEPT:
            self.failures.append(outcome)

    def told(self) -> dict[str, Any]:
        """Return all of it as JSON's values."""
        return {
            "schedules": self.schedules,
            "different": sum(each.different for each in self.figures.values()),
            "failed": self.failed,
            "by_scenario": {
                f"{scenario}/{order}": figures.told()
                for (scenario, order), figures in sorted(self.figures.items())
            },
            "failures": [
                {"replay": str(each.schedule), "error": each.error} for each in self.failures
            ],
        }


def divided(
    scenarios: Sequence[str], orders: Sequence[str], schedules: int, seed: int
) -> list[Batch]:
    """Divide a number of schedules evenly among scenarios and orders, in turns."""
    pairs = [(scenario, order) for scenario in scenarios for order in orders]
    each, rest = divmod(schedules, len(pairs))
    batches: list[tuple[int, Batch]] = []
    for index, (scenario, order) in enumerate(pairs):
        last = seed + each + (index < rest)
        for turn, first in enumerate(range(seed, last, SIZE)):
            seeds = range(first, min(first + SIZE, last))
            batches.append((turn, Batch(scenario, order, seeds)))
    return [batch for _, batch in sorted(batches, key=lambda pair: pair[0])]


def campaign(
    batches: Sequence[Batch], jobs: int, progress: Callable[[Account, float], None]
) -> Account:
    """
    Run batches, and return what was done; after a failure none begins any more.

    Args:
        progress: Told after each batch, with the seconds since the beginning.
    """
    account, began = Account(), time.perf_counter()
    for outcomes in _outcomes(batches, jobs):
        for outcome in outcomes:
            account.add(outcome)
        progress(account, time.perf_counter() - began)
        if account.failed:
            break
    return account


def _outcomes(batches: Sequence[Batch], jobs: int) -> Iterator[list[Outcome]]:
    if jobs == 1:
        yield from map(Batch.run, batches)
        return
    # Each process imports all anew: what one has done before must not matter in another.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(Batch.run, batches)
