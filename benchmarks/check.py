"""
Whether a run is worse than the baseline.

The rule. What the processor takes is compared as a ratio, ours over a peer's of the same run, so
that a slower machine makes no difference. It has got worse when its median has risen by more than
the noise: half of the range of the repetitions in the baseline, plus half of that in the run, plus
a fiftieth of the old median. What passes in virtual time is compared itself, in the same way: it is
the same on every machine, and a peer that has got better makes ours no worse. So is ours where a
peer's value is 0, as counts can be.
"""

from collections.abc import Iterator

from attrs import frozen

from benchmarks.profiles import IN_VIRTUAL_TIME
from benchmarks.report import OURS, Case, Sample
from benchmarks.results import Results


__all__ = ["Worse", "compared_cases", "still_worse", "worse"]

FLOOR = 0.02

Pair = tuple[str, Case, Case]


@frozen(kw_only=True)
class Worse:
    """
    A ratio that has risen by more than its noise.

    Attributes:
        peer: What ours is a multiple of; None where ours was compared itself.
        noise: By how much it may rise.
    """

    benchmark: str
    case: str
    unit: str
    peer: str | None
    before: float
    after: float
    noise: float

    @property
    def what(self) -> tuple[str, str, str, str | None]:
        """Which ratio it is."""
        return self.benchmark, self.case, self.unit, self.peer

    def __str__(self) -> str:
        over = "" if self.peer is None else f" over {self.peer}"
        rise = f"{self.before:.3g} -> {self.after:.3g}, noise {self.noise:.2g}"
        return f"{self.benchmark}: {self.case}, {self.unit}{over}: {rise}"


def compared_cases(baseline: Results, run: Results) -> list[Pair]:
    """Return the cases that are in both, each with its benchmark's name, the baseline's first."""
    return [
        (name, old, new)
        for name, result in run.benchmarks.items()
        if name in baseline.benchmarks
        for new in result.cases
        for old in baseline.benchmarks[name].cases
        if (old.name, old.unit) == (new.name, new.unit)
    ]


def worse(baseline: Results, run: Results) -> list[Worse]:
    """Return every ratio that has got worse."""
    pairs = compared_cases(baseline, run)
    return [each for name, old, new in pairs for each in _worse_ratios(name, old, new)]


def still_worse(before: list[Worse], again: list[Worse]) -> list[Worse]:
    """Return which of the ratios that had got worse have done so in another run, too."""
    known = {each.what for each in before}
    return [each for each in again if each.what in known]


def _worse_ratios(benchmark: str, old: Case, new: Case) -> Iterator[Worse]:
    for peer, before, after in _comparisons(benchmark, old, new):
        noise = _half_range(before) + _half_range(after) + FLOOR * before.median
        if after.median - before.median > noise:
            yield Worse(
                benchmark=benchmark,
                case=new.name,
                unit=new.unit,
                peer=peer,
                before=before.median,
                after=after.median,
                noise=noise,
            )


def _comparisons(
    benchmark: str, old: Case, new: Case
) -> Iterator[tuple[str | None, Sample, Sample]]:
    """Yield each peer with our ratios to it before and now; without a peer, ours itself."""
    peers = [name for name in new.samples if name != OURS and name in old.samples]
    if benchmark in IN_VIRTUAL_TIME:
        peers = []
    dividing = [peer for peer in peers if _divides(old, peer) and _divides(new, peer)]
    for peer in dividing:
        yield peer, _ratios(old, peer), _ratios(new, peer)
    if len(dividing) < len(peers) or not peers:
        yield None, old.samples[OURS], new.samples[OURS]


def _divides(case: Case, peer: str) -> bool:
    return min(case.samples[peer].values) > 0.0


def _ratios(case: Case, peer: str) -> Sample:
    ours, theirs = case.samples[OURS], case.samples[peer]
    if len(ours.values) == len(theirs.values):
        return ours.over(theirs)
    return Sample(value / theirs.median for value in ours.values)


def _half_range(sample: Sample) -> float:
    return (max(sample.values) - min(sample.values)) / 2
