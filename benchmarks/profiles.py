"""How thorough a run is: what is measured in a few minutes, or all of it."""

from collections.abc import Callable
from enum import StrEnum

from benchmarks.report import Benchmark, Case, Table


__all__ = ["IN_VIRTUAL_TIME", "Profile", "ProfiledBenchmark", "by_profile"]

# Benchmarks that give the same values on every machine.
IN_VIRTUAL_TIME = ("makespan", "limiters", "precision", "fairness", "job")


class Profile(StrEnum):
    """
    A quick run's cases and seeds are among those of a full one, so that both can be compared.

    The measurements of a profile agree on the names of their cases.
    """

    QUICK = "quick"
    FULL = "full"


ProfiledBenchmark = Callable[[Profile], tuple[Table, list[Case]]]


def by_profile(*, quick: Benchmark, full: Benchmark) -> ProfiledBenchmark:
    """Make one benchmark of two that are the same but for their length."""
    return lambda profile: full() if profile is Profile.FULL else quick()
