"""A job's results by everybody, as cases and as rows of a table."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from benchmarks.job_books import Books
from benchmarks.job_world import FAIR_WEATHER, Job
from benchmarks.report import OURS, Case, Sample


__all__ = ["HEAD", "LEAST", "Results", "promised"]

LEAST = "least"
# The fields of the books beside the seconds: as a unit, and what is promised of each.
_COUNTED = {
    "requests": ("requests", None),
    "refusals": ("refusals", 0.0),
    "missing": ("pods missing", 0.0),
    "leaked": ("pods leaked", 0.0),
    "idle": ("idle pod-seconds", None),
}
HEAD = (
    "world, limit, pods",
    "least s",
    "contender",
    "makespan s",
    "x least",
    "requests",
    "refused",
    "given up",
    "leaked",
    "idle pod-s",
)


def promised(job: Job) -> float | None:
    """Return what is promised of our makespan over the least, or None where nothing is."""
    if job.world == FAIR_WEATHER:
        return 1.05 if job.wanted >= 2 * job.requests else None
    return 1.10 if (job.wanted, job.requests) == (200, 60) else None


@frozen(kw_only=True)
class Results:
    """
    What came of one job.

    Attributes:
        least: The least possible seconds, one for each seed.
        books: By contender, one for each seed.
    """

    job: Job
    least: Sample
    books: Mapping[str, Sequence[Books]]

    def cases(self) -> Iterator[Case]:
        """Yield the makespans of those who made all pods, and the rest of everybody."""
        comparable = [who for who in self.books if who == OURS or self._made_all(who)]
        times = {who: self._sample(who, "seconds") for who in comparable}
        samples = {LEAST: self.least, **times}
        yield Case(name=str(self.job), unit="s", samples=samples, target=promised(self.job))
        for field, (unit, target) in _COUNTED.items():
            samples = {who: self._sample(who, field) for who in self.books}
            yield Case(name=str(self.job), unit=unit, samples=samples, target=target)

    def rows(self) -> Iterator[list[str]]:
        """Yield a row for each contender, in medians of the seeds."""
        for who in self.books:
            seconds = self._sample(who, "seconds")
            counts = {field: self._sample(who, field) for field in _COUNTED}
            cells = {field: f"{count.median:.0f}" for field, count in counts.items()}
            cells["missing"] = f"{max(counts['missing'].values):.0f}"
            yield [
                str(self.job),
                f"{self.least.median:.0f}",
                who,
                f"{seconds.median:.0f}",
                str(seconds.over(self.least)) if self._made_all(who) else "",
                *cells.values(),
            ]

    def _sample(self, who: str, field: str) -> Sample:
        return Sample(getattr(books, field) for books in self.books[who])

    def _made_all(self, who: str) -> bool:
        return not any(books.missing for books in self.books[who])
