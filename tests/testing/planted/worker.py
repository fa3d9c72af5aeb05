"""
Carries out orders in a copy of the package: ``python -m tests.testing.planted.worker``.

An order is a line of JSON on the standard input, its answer one on the standard output.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, Final

import yotta_async
from yotta_async.errors import ConfigurationError
from yotta_async.testing.campaign import Case, Outcome, run
from yotta_async.testing.campaign.page import events


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
    """Run one case, if it can be run."""
    case = Case.from_dict(order["case"])
    try:
        return _told(run(case))
    except ConfigurationError as error:
        return {"invalid": str(error), "invariant": None}
    except Exception as error:  # noqa: BLE001  # a bug may do anything
        told = f"{type(error).__name__}: {error}"
        return {"case": order["case"], "invariant": "crash", "text": told, "events": 0}


def _hunt(order: Fields) -> Fields:
    """Run one seed after the other until an invariant breaks."""
    for seed in range(order["first"], order["last"] + 1):
        told = _run({"case": Case.random(seed, order["hours"]).to_dict()})
        if told["invariant"] is not None:
            return {"seed": seed, **told}
    return {"seed": None}


def _where(_order: Fields) -> Fields:
    """Say which package this is."""
    return {"package": yotta_async.__file__}


ORDERS: Final[dict[str, Callable[[Fields], Fields]]] = {"hunt": _hunt, "run": _run, "where": _where}


if __name__ == "__main__":
    for line in sys.stdin:
        given = json.loads(line)
        print(json.dumps(ORDERS[given["do"]](given)), flush=True)
