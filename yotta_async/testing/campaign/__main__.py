"""The command: ``python -m yotta_async.testing.campaign --runs 2000 --seed 1``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from ...errors import YottaError
from .bars import bar
from .cases import Case
from .outcomes import Outcome
from .pool import Order, campaign
from .run import run
from .shrink import TRIES
from .stories import write_story
from .tally import Tally


__all__ = ["main"]

# What a shell makes of SIGINT.
_INTERRUPTED: Final = 130
_SAVED_EVERY: Final = 200
_MOST_SHOWN: Final = 20
# Of so many failures the stories are written: to shrink one takes as long as hundreds of runs.
_MOST_STORIES: Final = 3
_STORIES: Final = Path("campaign-stories")


def main(arguments: list[str] | None = None) -> int:
    """
    Run the command.

    Args:
        arguments: Those of the command line. None for the process's own.

    Returns:
        The exit code: 0 if all held, 1 if something broke, 2 for a wrong argument, 130 after
        Ctrl-C.
    """
    asked = _parser().parse_args(arguments)
    try:
        if asked.replay is not None:
            return _replay(asked)
        return _campaign(asked)
    except (YottaError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m yotta_async.testing.campaign",
        description="Real clients in random worlds, and what must hold whatever happens.",
    )
    parser.add_argument("--runs", type=int, default=200, help="how many runs (200)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first (0)")
    parser.add_argument("--hours", type=float, help="virtual hours of each; else drawn")
    parser.add_argument("--jobs", type=int, default=0, help="processes; else one a core")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="go on from this file, if any")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was done")
    parser.add_argument("--replay", type=int, metavar="SEED", help="run one case, tell its story")
    parser.add_argument("--case", action="store_true", help="with --replay: print the case as JSON")
    parser.add_argument(
        "--story",
        type=Path,
        metavar="DIR",
        default=_STORIES,
        help=f"where the stories of what broke are written ({_STORIES})",
    )
    parser.add_argument(
        "--tries", type=int, default=TRIES, help=f"runs to shrink what broke ({TRIES}); 0 for none"
    )
    return parser


def _replay(asked: argparse.Namespace) -> int:
    case = Case.random(asked.replay, asked.hours)
    if asked.case:
        print(json.dumps(case.to_dict(), indent=1))
        return 0
    outcome = run(case)
    _tell(outcome)
    if outcome.broken is None:
        return 0
    _write_story(outcome, asked)
    return 1


def _write_story(outcome: Outcome, asked: argparse.Namespace) -> None:
    for file in write_story(outcome, asked.story, tries=asked.tries):
        print(f"  {file}")


def _tell(outcome: Outcome) -> None:
    for told in outcome.story:
        print(told)
    print(json.dumps(dict(outcome.figures), indent=1))
    print(f"broken: {outcome.broken}" if outcome.broken else "all held")


def _campaign(asked: argparse.Namespace) -> int:
    order = Order(runs=asked.runs, jobs=asked.jobs, hours=asked.hours)
    tally = _begun(asked)
    files = {path for path in (asked.resume, asked.json) if path is not None}

    def save() -> None:
        for path in files:
            tally.write(path)

    with bar(order.runs, tally.done) as show:

        def progress(so_far: Tally) -> None:
            show(so_far.done, len(so_far.failures), so_far.totals["seconds"] / 3600)
            if so_far.done % _SAVED_EVERY == 0:
                save()

        is_whole = campaign(order, tally, progress)
    save()
    _sum_up(tally, asked.hours)
    if not is_whole:
        return _INTERRUPTED
    for seed, broken in list(tally.failures.items())[:_MOST_STORIES]:
        if not broken.startswith("crash "):  # of which there is no outcome
            _write_story(run(Case.random(int(seed), asked.hours)), asked)
    return int(bool(tally.failures))


def _begun(asked: argparse.Namespace) -> Tally:
    if asked.resume is None or not asked.resume.exists():
        return Tally.start(asked.seed, asked.hours)
    tally = Tally.read(asked.resume)
    if (tally.seed, tally.hours) != (asked.seed, asked.hours):
        raise ValueError(
            f"--resume {asked.resume}: must be of --seed {asked.seed} and the same --hours; "
            f"it is of --seed {tally.seed}, --hours {tally.hours}."
        )
    return tally


def _sum_up(tally: Tally, hours: float | None) -> None:
    summary = tally.to_dict()["summary"]
    print(", ".join(f"{name} {value}" for name, value in summary.items()))
    length = "" if hours is None else f" --hours {hours:g}"
    for seed, broken in list(tally.failures.items())[:_MOST_SHOWN]:
        print(f"seed {seed}: {broken}")
        print(f"  python -m yotta_async.testing.campaign --replay {seed}{length}")


if __name__ == "__main__":
    sys.exit(main())
