"""Without simloom: every choice of a scenario, in asyncio's own order, in virtual time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from attrs import define, field

from tests.exploration.bench import Chance, Scenario, run_trial
from yotta_async.testing import run_virtual


__all__ = ["every_choice", "tried"]


@define(eq=False)
class Given:
    """
    Choices that were made before, and after these the first one, or one by chance.

    Attributes:
        made: All of them, each with how many there were.
    """

    values: Sequence[int] = ()
    dice: Random | None = None
    made: list[tuple[int, int]] = field(factory=list[tuple[int, int]])

    def draw(self, what: str, bound: int) -> int:
        index = len(self.made)
        later = 0 if self.dice is None else self.dice.randrange(bound)
        value = self.values[index] if index < len(self.values) else later
        self.made.append((value, bound))
        return value


def every_choice(scenario: Scenario) -> Iterator[Counter[str]]:
    """Run a scenario once for each way to make its choices; yield what happened."""
    values: list[int] | None = []
    while values is not None:
        given = Given(values)
        yield _notes(scenario, given)
        values = _next(given.made)


def tried(scenario: Scenario, number: int) -> Iterator[Counter[str]]:
    """Run a scenario so many times, each with choices by chance; yield what happened."""
    for seed in range(number):
        yield _notes(scenario, Given(dice=Random(seed)))


def _notes(scenario: Scenario, given: Given) -> Counter[str]:
    chance = Chance(given)
    try:
        run_virtual(run_trial, scenario, chance)
    except BaseException as error:
        error.add_note(f"choices: {given.made}")
        raise
    return chance.notes


def _next(made: Sequence[tuple[int, int]]) -> list[int] | None:
    """Return the choices that follow in order, as on a mileage counter; None after the last."""
    values = [value for value, _ in made]
    bounds = [bound for _, bound in made]
    while values and values[-1] == bounds[len(values) - 1] - 1:
        values.pop()
    return [*values[:-1], values[-1] + 1] if values else None
