"""
Explore the orders in which tasks run: ``python -m tests.exploration --schedules 100000 --jobs 2``.

It needs the packages of the group ``exploration``, and Python 3.12 or later. A failure ends it with
status 1: its schedule is shrunk, and told with what replays it.
"""

import argparse
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.exploration.batches import Account, campaign, divided
from tests.exploration.exploring import SIMLOOM, Outcome, Schedule, Story, explore, shrunk
from tests.exploration.orders import ORDERS
from tests.exploration.scenarios import SCENARIOS


# Seconds between two lines of progress.
TELLING = 5.0
HASH_SEED = "PYTHONHASHSEED"


def main(arguments: list[str]) -> int:
    """Run the command, and return its exit status."""
    options = _parser().parse_args(arguments)
    if importlib.util.find_spec(SIMLOOM) is None:
        print(f"{SIMLOOM} is not installed: pip install --group exploration (Python 3.12 or later)")
        return 2
    if options.replay is not None:
        return _replay(options.replay, options.shrinking)
    began, last = time.perf_counter(), [0.0]

    def progress(account: Account, seconds: float) -> None:
        if seconds - last[0] >= TELLING or account.schedules == options.schedules:
            last[0] = seconds
            print(_line(account, seconds, options.schedules), file=sys.stderr, flush=True)

    batches = divided(
        options.scenario or list(SCENARIOS),
        options.order or list(ORDERS),
        options.schedules,
        options.seed,
    )
    account = campaign(batches, options.jobs, progress)
    stories = [_tell_failure(each, options.shrinking) for each in account.failures[:1]]
    if options.json is not None:
        report = account.told() | _circumstances(options, time.perf_counter() - began)
        report["stories"] = stories
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if account.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.exploration", description=__doc__)
    parser.add_argument("--schedules", type=int, default=2000, metavar="N", help="how many")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed of each")
    jobs = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=jobs, metavar="J", help="processes")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one")
    parser.add_argument("--order", action="append", choices=ORDERS, help="only this one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write what was done")
    told = "SCENARIO/ORDER/SEED of a failure, which is run, and shrunk"
    parser.add_argument("--replay", type=Schedule.parse, metavar="SCHEDULE", help=told)
    parser.add_argument(
        "--shrinking",
        type=int,
        default=1500,
        metavar="N",
        help="runs to shrink a failure",
    )
    return parser


def _line(account: Account, seconds: float, of: int) -> str:
    rate = account.schedules / seconds
    left = (of - account.schedules) / rate
    return (
        f"{account.schedules:,} of {of:,} schedules, {account.failed} failed, "
        f"{rate:.0f} a second, {left:.0f} s to go"
    )


def _replay(schedule: Schedule, most: int) -> int:
    outcome = explore(schedule)
    if outcome.error is None:
        print(f"{schedule}: did not fail ({outcome.steps} steps)")
        return 0
    _tell_failure(outcome, most)
    return 1


def _tell_failure(outcome: Outcome, most: int) -> dict[str, Any]:
    """Shrink a failure in so many runs, print its story, and return it as JSON's values."""
    schedule = outcome.schedule
    print(f"FAILED {schedule}: {outcome.error}")
    print(f"  replay: python -m tests.exploration --replay {schedule}", flush=True)
    story = shrunk(schedule, most)
    print("\n".join(f"  {line}" for line in _lines(story)))
    return {
        "replay": str(schedule),
        "error": story.error,
        "chosen": story.chosen,
        "deviations": story.deviations,
        "runs": story.runs,
        "tape": story.tape,
    }


def _lines(story: Story) -> list[str]:
    number = len(story.deviations)
    return [
        f"shrunk in {story.runs} runs to {number} deviations from asyncio's own order:",
        *(f"  {each}" for each in story.deviations),
        "what the scenario drew:",
        *(f"  {each}" for each in story.chosen),
        f"as shrunk: {story.error}",
    ]


def _circumstances(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    from importlib.metadata import version  # for a report only

    return {
        "seed": options.seed,
        "jobs": options.jobs,
        "seconds": round(seconds, 1),
        "per_second": round(options.schedules / seconds, 1),
        "python": sys.version.partition(" ")[0],
        **{name: version(name) for name in (SIMLOOM, "anyio", "httpx")},
    }


if __name__ == "__main__":
    if os.environ.get(HASH_SEED) != "0":
        # The order of a set of strings would be another one in each process.
        again = [sys.executable, "-m", "tests.exploration", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {HASH_SEED: "0"})
    sys.exit(main(sys.argv[1:]))
