"""``python -m benchmarks [--json FILE] [NAME ...]``: run them all, or some, and print tables."""

import argparse
import time
from pathlib import Path

from benchmarks import admit, calls, decode, imports, job, makespan
from benchmarks.report import Benchmark, Case, environment, write_json


BENCHMARKS: dict[str, Benchmark] = {
    "imports": imports.run,
    "decode": decode.run,
    "admit": admit.run,
    "calls": calls.run,
    "makespan": makespan.run,
    "job": job.run,
    "job-quick": job.run_quick,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every value measured")
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(BENCHMARKS))
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(BENCHMARKS):
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    print(", ".join(f"{name} {what}" for name, what in environment().items()))
    print("Cells are median [least, most]; `x name` is ours as a multiple of that baseline.")
    results = {name: _run(name) for name in chosen.names or BENCHMARKS}
    if chosen.json:
        write_json(chosen.json, results)


def _run(name: str) -> list[Case]:
    began = time.perf_counter()
    table, cases = BENCHMARKS[name]()
    print(table)
    print(f"({name}: {time.perf_counter() - began:.1f} s)", flush=True)
    return cases


if __name__ == "__main__":
    main()
