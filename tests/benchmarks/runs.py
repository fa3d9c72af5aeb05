"""Runs that nobody has made."""

from benchmarks.profiles import Profile
from benchmarks.report import OURS, Case, Sample
from benchmarks.results import Result, Results


def case(ours: list[float], peer: list[float], **more: float | str | None) -> Case:
    samples = {OURS: Sample(ours), "peer": Sample(peer)}
    given = {"name": "one", "unit": "s"} | more
    return Case(samples=samples, **given)  # type: ignore[arg-type]  # whatever a test says


def run(*cases: Case, benchmark: str = "bench") -> Results:
    result = Result(title="A <title>", notes=("a & b",), seconds=1.0, cases=cases)
    return Results(
        profile=Profile.QUICK, environment={"python": "3"}, benchmarks={benchmark: result}
    )
