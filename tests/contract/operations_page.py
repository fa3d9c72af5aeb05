"""
The page of the documentation that lists every operation.

``python3 noxfile.py -s pages`` writes it.
"""

import inspect
import operator
import re
from collections.abc import Iterable
from functools import cache, cached_property
from itertools import groupby
from typing import Any, Final

from yotta_async import AsyncYotta
from yotta_async._api import GENERATIONS
from yotta_async._api.operations import OPERATIONS
from yotta_async._api.rows import Row
from yotta_async._resources.nouns import Nouns


__all__ = ["nouns", "operations_page", "verb_of"]

_HEAD: Final = """---
hide:
  - toc
---

# Every operation

Each operation of the two API generations, and the method of the client that calls it. A client
speaks one of them, chosen by `AsyncYotta(api_version=...)`; where the column of a generation is
empty, its clients raise `UnsupportedOperationError` before anything is sent. `client.request`
reaches what has no documented shape, through the same limits and retries, and returns it untyped.
"""
_TABLE: Final = """
## {}

| method | returns | v1 | v2 |
|---|---|---|---|
"""


@cache
def nouns() -> dict[str, type[Any]]:
    """Return the classes of the client's nouns, which it imports when it is asked for them."""
    client = AsyncYotta("key")
    names = [name for name, each in vars(Nouns).items() if isinstance(each, cached_property)]
    return {name: type(getattr(client, name)) for name in names}


def verb_of(row: Row) -> Any:
    """Return the method of the client that a row serves."""
    noun, _, name = row.verb.rpartition(".")
    kind = nouns()[noun] if noun else AsyncYotta
    return operator.attrgetter(name)(kind)


def operations_page() -> str:
    """Return the page."""
    grouped = groupby(OPERATIONS, lambda each: OPERATIONS[each].verb.rpartition(".")[0])
    return _HEAD + "".join(_table(noun, operations) for noun, operations in grouped)


def _table(noun: str, operations: Iterable[str]) -> str:
    title = f"client.{noun}" if noun else "client"
    return _TABLE.format(title) + "".join(map(_line, operations))


def _line(operation: str) -> str:
    rows = [each.rows.get(operation) for each in GENERATIONS.values()]
    known = next(row for row in rows if row is not None)
    name = known.verb.rpartition(".")[2]
    cells = [f"`{name}`", _returned(known), *map(_target, rows)]
    return f"| {' | '.join(cells)} |\n"


def _target(row: Row | None) -> str:
    return f"`{row.operation.method} {row.operation.path}`" if row else ""


def _returned(row: Row) -> str:
    returned = inspect.signature(verb_of(row)).return_annotation
    text = returned if isinstance(returned, str) else inspect.formatannotation(returned)
    plain = re.sub(r"\w+[.]", "", text)
    return f"`{plain}`".replace("|", "\\|")
