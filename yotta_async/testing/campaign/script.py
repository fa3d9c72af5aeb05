"""The story of a run as a script that fails by itself for as long as the invariant breaks."""

import json
from collections.abc import Iterator
from pprint import pformat
from textwrap import indent, wrap
from typing import Final

from .outcomes import Outcome


__all__ = ["script"]

_WIDTH: Final = 96
# Lines: with what stands around them fewer than 60.
_MOST_WHY: Final = 6
_MOST_CASE: Final = 38


def script(outcome: Outcome) -> str:
    """
    Return a script that runs a case, tells its story, and exits with 1 if an invariant breaks.

    It has fewer than 60 lines, and needs nothing but this package.

    Args:
        outcome: Of the case, best shrunk.

    Returns:
        The script's text.
    """
    return "\n".join(
        [
            *_why(outcome),
            "# This script exits with 1 while an invariant breaks, and with 0 once all hold.",
            "",
            "import sys",
            "",
            "from yotta_async.testing.campaign import Case, run",
            "",
            "case = Case.from_dict(",
            indent(_case(outcome), "    "),
            ")",
            "outcome = run(case)",
            "for told in outcome.story:",
            "    print(told)",
            'sys.exit(f"broken: {outcome.broken}" if outcome.broken else 0)',
            "",
        ]
    )


def _why(outcome: Outcome) -> Iterator[str]:
    told = "Nothing broke." if outcome.broken is None else f"Broken: {outcome.broken}"
    plain = "".join(each if each.isprintable() else " " for each in told)
    lines = wrap(plain, _WIDTH - 2)
    for line in lines[:_MOST_WHY]:
        yield f"# {line}"
    if len(lines) > _MOST_WHY:
        yield "# ..."


def _case(outcome: Outcome) -> str:
    """Return the case as a Python literal, in lines if these are few."""
    fields = json.loads(json.dumps(outcome.case.to_dict()))
    literal = pformat(fields, width=_WIDTH - 4, sort_dicts=False)
    if literal.count("\n") >= _MOST_CASE:
        literal = pformat(fields, width=_WIDTH - 4, sort_dicts=False, compact=True)
    return literal if literal.count("\n") < _MOST_CASE else repr(fields)
