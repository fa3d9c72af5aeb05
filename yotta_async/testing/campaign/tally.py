"""What many runs have come to: sums, extremes, and the seeds that failed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final, Self

from attrs import define, field

from .outcomes import Outcome


__all__ = ["Row", "Tally"]

# A figure of one run, by its name; what a worker sends home.
Row = dict[str, Any]

_HOUR: Final = 3600.0
# From so many hours on runs are counted apart.
_LENGTHS: Final = (("an hour", 1.0), ("a day", 24.0), ("a week", 168.0))
_MOST_FAILURES: Final = 1000


@define(eq=False)
class Tally:
    """
    The sums of a campaign, which can be written to a file and read again.

    Attributes:
        seed: The first seed.
        hours: How long each run lasts at least, in hours. None where that is drawn.
        done: How many runs were made.
        next: The seed of the next one that is not done.
        totals: The sums of each figure.
        least: The least of each figure.
        most: The most of each figure, and the seed of that run.
        faults: How often each fault struck.
        lengths: How many runs lasted that long.
        failures: What broke, by the seed.
        cpu: Seconds of processor time.
    """

    seed: int = 0
    hours: float | None = None
    done: int = 0
    next: int = 0
    totals: Counter[str] = field(factory=Counter[str])
    least: dict[str, float] = field(factory=dict[str, float])
    most: dict[str, list[float]] = field(factory=dict[str, list[float]])
    faults: Counter[str] = field(factory=Counter[str])
    lengths: Counter[str] = field(factory=Counter[str])
    failures: dict[str, str] = field(factory=dict[str, str])
    cpu: float = 0.0

    @classmethod
    def start(cls, seed: int, hours: float | None) -> Self:
        """
        Return the tally of a campaign that begins.

        Args:
            seed: The seed of its first run.
            hours: How long each run lasts at least, in hours. None where that is drawn.

        Returns:
            The tally.
        """
        return cls(seed=seed, hours=hours, next=seed)

    @classmethod
    def read(cls, path: Path) -> Self:
        """
        Read one from a file that `write` has written.

        Args:
            path: The file.

        Returns:
            The tally.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is no such file.
        """
        found = json.loads(path.read_text(encoding="utf-8"))["campaign"]
        for name in ("totals", "faults", "lengths"):
            found[name] = Counter(found[name])
        return cls(**found)

    def write(self, path: Path) -> None:
        """
        Write it to a file, at once or not at all.

        Args:
            path: The file.

        Raises:
            OSError: The file cannot be written.
        """
        draft = path.with_name(f"{path.name}.part")
        draft.write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")
        draft.replace(path)

    def to_dict(self) -> dict[str, Any]:
        """
        Return it as JSON can have it.

        Returns:
            A summary for people, and all that `read` needs.
        """
        kept = ("seed", "hours", "done", "next", "least", "most", "failures", "cpu")
        counters = ("totals", "faults", "lengths")
        state: dict[str, Any] = {name: getattr(self, name) for name in kept}
        state |= {name: dict(getattr(self, name)) for name in counters}
        summary = {
            "runs": self.done,
            "failed": len(self.failures),
            "virtual_hours": round(self.totals["seconds"] / _HOUR, 1),
            "cpu_ms_a_run": round(1000 * self.cpu / max(1, self.done), 1),
        }
        return {"summary": summary, "campaign": state}

    def add(self, seed: int, row: Row) -> None:
        """
        Add a run.

        Args:
            seed: Its seed.
            row: What `row_of` has made of it.
        """
        self.done += 1
        self.cpu += row["cpu"]
        if row["broken"] and len(self.failures) < _MOST_FAILURES:
            self.failures[str(seed)] = row["broken"]
        for name, value in row["figures"].items():
            self._add_figure(seed, name, value)
        hours = row["figures"]["seconds"] / _HOUR
        self.lengths.update(name for name, least in _LENGTHS if hours >= least)

    def _add_figure(self, seed: int, name: str, value: Any) -> None:
        if name == "faults":
            self.faults.update(value)
            return
        self.totals[name] += value
        self.least[name] = min(value, self.least.get(name, value))
        if name not in self.most or value > self.most[name][0]:
            self.most[name] = [value, seed]


def row_of(outcome: Outcome, cpu: float) -> Row:
    """
    Return what is kept of a run.

    Args:
        outcome: What came of it.
        cpu: Seconds of processor time that it took.

    Returns:
        The row.
    """
    broken = None if outcome.broken is None else str(outcome.broken)
    return {"figures": dict(outcome.figures), "broken": broken, "cpu": cpu}
