"""
Carries out one order in a copy of the package: ``python -m tests.testing.planted.worker``.

The order is JSON on the standard input, the answer JSON on the standard output.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, Final

import yotta_async
from yotta_async.testing.campaign import Case, Outcome, run
from yotta_async.testing.campaign.page import events
from yotta_async.testing.campaign.shrink import shrink


Fields = dict[str, Any]


def _told(outcome: Outcome) -> Fields:
    broken = outcome.broken
    return {
        "case": outcome.case.to_dict(),
        "invariant": None if broken is None else broken.invariant,
        "text": None if broken is None else broken.text,
        "events": events(outcome),
    }


def _run(order: Fields) -> Fields:
    """Run one case."""
    return _told(run(Case.from_dict(order["case"])))


def _hunt(order: Fields) -> Fields:
    """Run one seed after the other until an invariant breaks."""
    for seed in range(order["first"], order["last"] + 1):
        outcome = run(Case.random(seed, order.get("hours")))
        if outcome.broken is not None:
            return {"seed": seed, **_told(outcome)}
    return {"seed": None}


def _shrink(order: Fields) -> Fields:
    """Shrink a case that breaks an invariant."""
    shrunk = shrink(run(Case.from_dict(order["case"])), run, tries=order["tries"])
    return {"tries": shrunk.tries, **_told(shrunk.outcome)}


ORDERS: Final[dict[str, Callable[[Fields], Fields]]] = {
    "run": _run,
    "hunt": _hunt,
    "shrink": _shrink,
}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    answer = ORDERS[given["do"]](given)
    json.dump({"package": yotta_async.__file__, **answer}, sys.stdout)
