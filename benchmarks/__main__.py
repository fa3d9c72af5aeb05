"""
Run the benchmarks: ``python -m benchmarks [--full] [--virtual] [--check] [NAME ...]``.

Tables are printed; every value goes to a JSON file, and all of it to one HTML page. With
``--check`` the exit code is 1 if a ratio is worse than in the committed baseline by more than its
noise.
"""

import argparse
import sys
import time
from pathlib import Path

from benchmarks import (
    admit,
    calls,
    decode,
    fairness,
    imports,
    job,
    limiters,
    makespan,
    precision,
    reconcile,
    service,
)
from benchmarks.check import compared_cases, still_worse, worse
from benchmarks.page import page
from benchmarks.profiles import IN_VIRTUAL_TIME, Profile, ProfiledBenchmark, by_profile
from benchmarks.report import Benchmark, environment
from benchmarks.results import BASELINE, Result, Results, merged, read, write


# Those that are as quick as they can be, and those that have a shorter form.
BENCHMARKS: dict[str, Benchmark] = {
    "imports": imports.run,
    "decode": decode.run,
    "admit": admit.run,
    "calls": calls.run,
    "reconcile": reconcile.run,
}
PROFILED: dict[str, ProfiledBenchmark] = {
    "makespan": makespan.run,
    "limiters": limiters.run,
    "precision": precision.run,
    "fairness": fairness.run,
    "job": by_profile(quick=job.run_quick, full=job.run),
    "service": service.run,
}
NAMES = [*BENCHMARKS, *PROFILED]
# What is worse only once was the machine's doing.
TRIES = 3
# A minute long: quick runs have it only when it is asked for.
LONG = {"service"}
RESULTS, PAGE = Path("build/benchmarks.json"), Path("build/benchmarks.html")


def main() -> int:
    chosen = _arguments()
    profile = Profile.FULL if chosen.full else Profile.QUICK
    results = read(chosen.read) if chosen.read else _run(profile, _names(chosen))
    if not chosen.read:
        write(chosen.json, results)
    chosen.html.parent.mkdir(parents=True, exist_ok=True)
    chosen.html.write_text(page(results), encoding="utf-8")
    print(f"\nEvery value: {chosen.read or chosen.json}. A page: {chosen.html}.")
    if chosen.baseline:
        write(BASELINE, merged(read(BASELINE), results) if BASELINE.exists() else results)
    # What was read from a file cannot be measured again.
    tries = 1 if chosen.read else TRIES
    return _check(profile, results, tries) if chosen.check else 0


def _names(chosen: argparse.Namespace) -> list[str]:
    """Return which benchmarks are to be run."""
    if chosen.virtual:
        return list(IN_VIRTUAL_TIME)
    return chosen.names or [name for name in NAMES if chosen.full or name not in LONG]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    add = parser.add_argument
    add("--full", action="store_true", help="all cases and more seeds: up to 15 minutes, not 3")
    add("--virtual", action="store_true", help="only what is the same on every machine")
    add("--check", action="store_true", help="compare with the baseline; exit 1 if worse")
    add("--json", metavar="FILE", type=Path, default=RESULTS, help="where every value goes")
    add("--html", metavar="FILE", type=Path, default=PAGE, help="where the page goes")
    add("--baseline", action="store_true", help="put the results of a full run in the baseline")
    add("--read", metavar="FILE", type=Path, help="take the values from there; run nothing")
    add("names", metavar="NAME", nargs="*", help=", ".join(NAMES))
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if chosen.baseline and not (chosen.full or chosen.read):
        parser.error("only a full run belongs in the baseline")
    return chosen


def _run(profile: Profile, names: list[str]) -> Results:
    around = environment()
    print(", ".join(f"{name} {what}" for name, what in around.items()))
    print("Cells are median [least, most]; `x name` is ours as a multiple of that baseline.")
    found = {name: _measure(name, profile) for name in names}
    return Results(profile=profile, environment=around, benchmarks=found)


def _measure(name: str, profile: Profile) -> Result:
    began = time.perf_counter()
    table, cases = BENCHMARKS[name]() if name in BENCHMARKS else PROFILED[name](profile)
    took = time.perf_counter() - began
    print(table)
    for case in cases:
        if case.met is False:
            print(f"{case.name}, {case.unit}: {case.verdict}")
    targets = [case.met for case in cases if case.met is not None]
    met = f"; {sum(targets)} of {len(targets)} targets met" if targets else ""
    print(f"({name}: {took:.1f} s{met})", flush=True)
    return Result.of(table, cases, took)


def _check(profile: Profile, results: Results, tries: int) -> int:
    """Return 1 if something is worse each time that it is measured."""
    baseline = read(BASELINE)
    found = worse(baseline, results)
    print(f"\n{len(compared_cases(baseline, results))} cases compared with the baseline.")
    for _ in range(tries - 1):
        if found:
            print(f"{len(found)} seem worse; their benchmarks again.")
            names = list(dict.fromkeys(each.benchmark for each in found))
            found = still_worse(found, worse(baseline, _run(profile, names)))
    for each in found:
        print(f"worse: {each}")
    if not found:
        print("None is worse.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
