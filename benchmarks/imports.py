"""How long ``import yotta_async`` takes, over importing what it depends on and nothing else."""

import subprocess
import sys

from benchmarks.report import OURS, Case, Sample, Table, compared


__all__ = ["run"]

DEPENDENCIES = "its five dependencies"
PROGRAMS = {
    OURS: "import yotta_async",
    DEPENDENCIES: "import aiolimiter, anyio, attrs, cattrs, httpx",
}
REPETITIONS = 9


def run() -> tuple[Table, list[Case]]:
    _import_seconds(PROGRAMS[OURS])  # whatever is not compiled yet is compiled now
    seconds: dict[str, list[float]] = {subject: [] for subject in PROGRAMS}
    for _ in range(REPETITIONS):
        # In turns, so that a busy spell of the machine strikes all of them.
        for subject, program in PROGRAMS.items():
            seconds[subject].append(_import_seconds(program))
    samples = {subject: Sample(1e3 * each for each in found) for subject, found in seconds.items()}
    cases = [Case(name="import", unit="ms", samples=samples)]
    note = f"Fresh interpreters, {REPETITIONS} of each in turns; their own start is not counted."
    return compared("Import", cases, [note]), cases


def _import_seconds(program: str) -> float:
    timed = (
        f"import time; began = time.perf_counter(); {program}; print(time.perf_counter() - began)"
    )
    shown = subprocess.check_output([sys.executable, "-c", timed], text=True)  # noqa: S603  # ours
    return float(shown)
