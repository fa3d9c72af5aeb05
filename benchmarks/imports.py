"""How long importing takes, over importing what this package depends on and nothing else."""

import subprocess
import sys

from benchmarks.report import OURS, Case, Sample, Table, compared


__all__ = ["run"]

DEPENDENCIES = "its five dependencies"
BASELINE = "import aiolimiter, anyio, attrs, cattrs, httpx"
PROGRAMS = ("import yotta_async", "from yotta_async import AsyncYotta")
REPETITIONS = 9
LARGEST = 1.15


def run() -> tuple[Table, list[Case]]:
    cases = [_case(program) for program in PROGRAMS]
    notes = [
        f"Fresh interpreters, {REPETITIONS} of each in turns; their own start is not counted.",
        (
            "The package imports nothing before it is asked for a name; httpx and cattrs come with"
            " the first call."
        ),
    ]
    return compared("Import", cases, notes), cases


def _case(program: str) -> Case:
    _import_seconds(program)  # whatever is not compiled yet is compiled now
    seconds: dict[str, list[float]] = {OURS: [], DEPENDENCIES: []}
    for _ in range(REPETITIONS):
        # In turns, so that a busy spell of the machine strikes both.
        seconds[OURS].append(_import_seconds(program))
        seconds[DEPENDENCIES].append(_import_seconds(BASELINE))
    samples = {subject: Sample(1e3 * each for each in found) for subject, found in seconds.items()}
    return Case(name=program, unit="ms", samples=samples, target=LARGEST, against=DEPENDENCIES)


def _import_seconds(program: str) -> float:
    timed = (
        f"import time; began = time.perf_counter(); {program}; print(time.perf_counter() - began)"
    )
    shown = subprocess.check_output([sys.executable, "-c", timed], text=True)  # noqa: S603  # ours
    return float(shown)
