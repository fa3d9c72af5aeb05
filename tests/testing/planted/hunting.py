"""A planted bug is caught by the first seed whose case breaks with it and holds without it."""

from typing import Any, Final

from attrs import asdict, frozen

from tests.testing.planted.planting import Worker, worker_in
from yotta_async.errors import ConfigurationError
from yotta_async.testing.campaign import Broken, Case, Outcome
from yotta_async.testing.campaign.shrink import TRIES, shrink


__all__ = ["MOST_RUNS", "Caught", "hunt"]

MOST_RUNS: Final = 2000
# Of each case at the least: the shortest catch the most in the same time.
HOURS: Final = 0.0


@frozen(kw_only=True)
class Caught:
    """
    A bug that was caught.

    Attributes:
        invariant: By which.
        seed: In the case of which seed. None for a case that was written for the bug.
        runs: How many cases were run until then. None for such a case, too.
        tries: How many were run to shrink that case.
        events: How many lines its story has then.
        case: The shrunk case, as JSON has it.
    """

    invariant: str
    seed: int | None
    runs: int | None
    tries: int
    events: int
    case: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can have it."""
        return asdict(self)


def hunt(
    name: str, *, first: int = 1, runs: int = MOST_RUNS, begin: int = 1, tries: int = TRIES
) -> Caught | None:
    """
    Run cases with a bug until it is caught, and shrink the case that has caught it.

    Args:
        name: The bug's.
        first: The first seed.
        runs: How many cases are run at the most.
        begin: The first seed that is not known to catch nothing.
        tries: How many cases are run at the most to shrink the one.

    Returns:
        What has caught it, or None if nothing did.
    """
    with worker_in(name) as buggy, worker_in(None) as whole:
        seed, last = max(first, begin), first + runs - 1
        while seed <= last:
            found = buggy.tell("hunt", first=seed, last=last, hours=HOURS)
            if found["seed"] is None:
                break
            if _holds(whole, found["case"]):
                return _shrunk(buggy, whole, found, found["seed"] - first + 1, tries)
            seed = found["seed"] + 1
    return None


def _holds(whole: Worker, case: dict[str, Any]) -> bool:
    """Whether all holds in a case without a bug."""
    return whole.tell("run", case=case)["invariant"] is None


def _shrunk(buggy: Worker, whole: Worker, found: dict[str, Any], runs: int, tries: int) -> Caught:
    """Shrink a case to the smallest that breaks with a bug, and holds without it."""

    def run(case: Case) -> Outcome:
        told = buggy.tell("run", case=case.to_dict())
        if told.get("invariant") and not _holds(whole, case.to_dict()):
            told["invariant"] = None
        return _outcome(told)

    shrunk = shrink(_outcome(found), run, tries=tries)
    case = shrunk.outcome.case.to_dict()
    return Caught(
        invariant=found["invariant"],
        seed=found["seed"],
        runs=runs,
        tries=shrunk.tries,
        events=buggy.tell("run", case=case)["events"],
        case=case,
    )


def _outcome(told: dict[str, Any]) -> Outcome:
    if told.get("invalid"):
        problem, hint = "must be one that can be run", "The shrinking leaves it out."
        raise ConfigurationError("case", told["invalid"], problem, hint=hint)
    name = told["invariant"]
    broken = None if name is None else Broken(invariant=name, at=0.0, text=told["text"])
    return Outcome(case=Case.from_dict(told["case"]), broken=broken, figures={}, story=())
