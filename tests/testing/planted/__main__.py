"""
Plants the bugs one by one and catches each: ``python -m tests.testing.planted [NAME ...]``.

What has caught each is written to `caught.json`, from which the suite and the documentation have
it. The exit code is 1 if one is not caught.
"""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import Any

from tests.testing.planted.hunting import MOST_RUNS, Caught, hunt
from tests.testing.planted.planting import CAUGHT, names


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.testing.planted", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the bugs; all by default")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; 1 by default")
    parser.add_argument("--runs", type=int, default=MOST_RUNS, help="the most for each bug")
    parser.add_argument("--jobs", type=int, default=2, help="how many are hunted at once")
    parser.add_argument("--again", action="store_true", help="begin where it was caught before")
    parser.add_argument("--write", action="store_true", help="keep what was found")
    asked = parser.parse_args()
    chosen = asked.names or names()
    found = 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        known = _known() if asked.again else {}
        hunts = {
            pool.submit(
                partial(hunt, first=asked.seed, runs=asked.runs),
                name,
                begin=known.get(name, {}).get("seed", asked.seed),
            ): name
            for name in chosen
        }
        for done in as_completed(hunts):
            name, caught = hunts[done], done.result()
            print(f"{name:<40} {_told(caught)}", flush=True)
            found += caught is not None
            if asked.write and caught is not None:
                _write(name, caught)
    return int(found < len(chosen))


def _told(caught: Caught | None) -> str:
    if caught is None:
        return "not caught"
    return f"{caught.invariant:<24} run {caught.runs:>4}, {caught.events:>3} events"


def _known() -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    return json.loads(CAUGHT.read_text("utf-8")) if CAUGHT.exists() else known


def _write(name: str, caught: Caught) -> None:
    known = _known() | {name: caught.to_dict()}
    CAUGHT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
