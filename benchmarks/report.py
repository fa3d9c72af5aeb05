"""Results: samples, the cases they belong to, and how both are printed and written as JSON."""

import math
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version

from attrs import field, frozen

from yotta_async import __version__


__all__ = [
    "LEAST",
    "OURS",
    "Benchmark",
    "Case",
    "Sample",
    "Table",
    "by_subject",
    "compared",
    "environment",
]

OURS = "yotta_async"
LIBRARIES = (
    "aiolimiter",
    "anyio",
    "attrs",
    "cattrs",
    "httpx",
    "aiometer",
    "asynciolimiter",
    "httpx-limiter",
    "limits",
    "pyrate-limiter",
    "throttled-py",
)
LEAST = "least"  # the subject that is no program but a bound


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(values)


@frozen
class Sample:
    """One thing measured several times; shown as ``median [least, most]``."""

    values: tuple[float, ...] = field(converter=_floats)

    def __str__(self) -> str:
        shown = [short(value) for value in (self.median, min(self.values), max(self.values))]
        return "{} [{}, {}]".format(*shown)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def over(self, baseline: "Sample") -> "Sample":
        """Return the ratios of the values, one by one: both were measured on the same things."""
        pairs = zip(self.values, baseline.values, strict=True)
        return Sample(_quotient(value, base) for value, base in pairs)


@frozen(kw_only=True)
class Case:
    """
    One thing measured for several subjects in the same run.

    Attributes:
        unit: Of all the samples.
        samples: By subject; what it is compared with is among them.
        target: What the project promises of its own median, as a multiple of `against`, or as it is
            where that is None; None where it promises nothing.
        against: The subject that the target is a multiple of: the least possible, if that is among
            them.
    """

    name: str
    unit: str
    samples: Mapping[str, Sample]
    target: float | None = None
    against: str | None = field()

    @against.default
    def _least(self) -> str | None:
        return LEAST if LEAST in self.samples else None

    def ratio(self, baseline: str) -> float:
        """How many times the baseline ours is; of pairs, the median of their ratios."""
        ours, base = self.samples[OURS], self.samples[baseline]
        if len(ours.values) == len(base.values):
            return ours.over(base).median
        return _quotient(ours.median, base.median)

    @property
    def reached(self) -> float:
        """What is held against the target."""
        return self.samples[OURS].median if self.against is None else self.ratio(self.against)

    @property
    def verdict(self) -> str:
        """The target, what was measured and whether that meets it; empty if there is none."""
        if self.target is None:
            return ""
        of = "" if self.against is None else f" x {self.against}"
        met = "met" if self.met else "not met"
        return f"promised at most {self.target:g}{of}, measured {self.reached:.3g}: {met}"

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        return None if self.target is None else self.reached <= self.target


@frozen(kw_only=True)
class Table:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        ruler = ["-" * width for width in widths]
        lines = [_line(cells, widths) for cells in (self.head, ruler, *self.rows)]
        return "\n".join(["", self.title, "", *lines, "", *self.notes])


Benchmark = Callable[[], tuple[Table, list[Case]]]


def compared(title: str, cases: Sequence[Case], notes: Sequence[str] = ()) -> Table:
    """Return a table with a column a subject, and ours as a multiple of each other subject."""
    subjects = list(cases[0].samples)
    others = [subject for subject in subjects if subject != OURS]
    promises = any(case.target is not None for case in cases)
    head = ["", "unit", *subjects, *(f"x {other}" for other in others)]
    rows = [
        [
            case.name,
            case.unit,
            *(str(case.samples[subject]) for subject in subjects),
            *(f"{case.ratio(other):.2f}" for other in others),
            *([case.verdict] if promises else []),
        ]
        for case in cases
    ]
    return Table(
        title=title, head=[*head, *(["target"] if promises else [])], rows=rows, notes=notes
    )


def environment() -> dict[str, str]:
    """What the numbers depend on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    return {"python": python, "machine": machine, OURS: __version__} | {
        name: version(name) for name in LIBRARIES
    }


def by_subject(title: str, cases: Sequence[Case], notes: Sequence[str] = ()) -> Table:
    """Return a table with a row a subject of the first case, and a column a case."""
    head = ["", *(f"{case.name}: {case.unit}" for case in cases)]
    rows = [[who, *(str(case.samples.get(who, "")) for case in cases)] for who in cases[0].samples]
    return Table(title=title, head=head, rows=rows, notes=notes)


def _quotient(value: float, base: float) -> float:
    if base == 0.0:
        return 1.0 if value == 0.0 else math.inf
    return value / base


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join([first, *rest]).rstrip()


def short(value: float) -> str:
    """Three figures, and no exponent."""
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
