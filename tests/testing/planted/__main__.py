"""
Plants the bugs one by one and catches each: ``python -m tests.testing.planted [NAME ...]``.

What has caught each is written to `caught.json`, from which the suite and the documentation have
it. The exit code is 1 if one is not caught.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.testing.planted.hunting import MOST_RUNS, Caught, hunt
from tests.testing.planted.planting import CAUGHT, names


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.testing.planted", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the bugs; all by default")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; 1 by default")
    parser.add_argument("--runs", type=int, default=MOST_RUNS, help="the most for each bug")
    parser.add_argument("--jobs", type=int, default=2, help="how many are hunted at once")
    parser.add_argument("--write", action="store_true", help="keep what was found")
    asked = parser.parse_args()
    chosen = asked.names or names()
    found = _hunted(chosen, partial(hunt, first=asked.seed, runs=asked.runs), asked.jobs)
    if asked.write:
        _write(found)
    return int(len(found) < len(chosen))


def _hunted(chosen: Iterable[str], hunt_one: "partial[Caught | None]", jobs: int) -> dict[str, Caught]:
    found: dict[str, Caught] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for name, caught in zip(chosen, pool.map(hunt_one, chosen), strict=True):
            print(f"{name:<40} {_told(caught)}", flush=True)
            if caught is not None:
                found[name] = caught
    return found


def _told(caught: Caught | None) -> str:
    if caught is None:
        return "not caught"
    return f"{caught.invariant:<24} run {caught.runs:>4}, {caught.events:>3} events"


def _write(found: Mapping[str, Caught]) -> None:
    known = json.loads(CAUGHT.read_text("utf-8")) if CAUGHT.exists() else {}
    known |= {name: caught.to_dict() for name, caught in found.items()}
    CAUGHT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
