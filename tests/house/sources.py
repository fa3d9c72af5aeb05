"""The last line of a verb's docstring: where the verb comes from, by the rows of the API."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from tests.contract.operations_page import nouns
from yotta_async import AsyncYotta
from yotta_async._api import GENERATIONS
from yotta_async._api.row import Row


__all__ = ["files", "line_of", "lines", "updated"]

_WIDTH: Final = 100
_GLUE: Final = "\N{NO-BREAK SPACE}"  # keeps a method and its path on one line
_QUOTES: Final = '"""'


def line_of(rows: Mapping[str, Row]) -> str:
    """
    Return the line of a verb.

    Args:
        rows: What it serves, by generation.
    """
    told = [(name, _reference(row)) for name, row in rows.items()]
    by_reference = [
        (" and ".join(name for name, _ in group), reference)
        for reference, group in groupby(told, lambda each: each[1])
    ]
    return f"Source: {'; '.join(f'{names} {reference}' for names, reference in by_reference)}."


def _reference(row: Row) -> str:
    return f"``{row.reference}``, ``{row.operation.method} {row.operation.path}``"


def lines() -> dict[str, str]:
    """Return the line of each verb, by the qualified name of its function; empty without a row."""
    return {
        function.__qualname__: _line_of(f"{noun}.{name}".lstrip("."))
        for noun, kind in _kinds().items()
        for name, function in _functions(kind)
    }


def files() -> list[Path]:
    """Return the files in which the verbs are."""
    return [Path(inspect.getfile(kind)) for kind in _kinds().values()]


def _kinds() -> dict[str, type]:
    return {**nouns(), "": AsyncYotta}


def _line_of(verb: str) -> str:
    rows = {each.name: row for each in GENERATIONS.values() for row in _serving(verb, each)}
    return line_of(rows) if rows else ""


def _functions(kind: type) -> Iterator[tuple[str, Any]]:
    functions = ((name, each) for name, each in vars(kind).items() if inspect.isfunction(each))
    return ((name, each) for name, each in functions if name[0] != "_" and name != "request")


def _serving(verb: str, generation: Any) -> Iterator[Row]:
    return (row for row in generation.rows.values() if row.verb == verb)


def updated(source: str, wanted: Mapping[str, str]) -> str:
    """
    Return the source of a module in which some docstrings end with their lines.

    Args:
        source: The source as it is.
        wanted: The lines, by the function's qualified name; one that is empty is taken away.
    """
    text = source.splitlines()
    docstrings = [each for each in _docstrings(ast.parse(source)) if each[0] in wanted]
    for name, node in reversed(docstrings):
        start, end = node.lineno - 1, node.end_lineno or node.lineno
        inner = "\n".join(text[start:end]).strip().removeprefix(_QUOTES).removesuffix(_QUOTES)
        text[start:end] = _rewritten(inner, wanted[name], node.col_offset)
    return "\n".join(text) + "\n"


def _docstrings(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.expr]]:
    """Yield the docstrings of functions, in the order in which they stand, with their names."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name):
                yield from _docstrings(node, f"{prefix}{name}.")
            case (
                ast.FunctionDef(name=name, body=[ast.Expr(value=text), *_])
                | ast.AsyncFunctionDef(name=name, body=[ast.Expr(value=text), *_])
            ) if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield f"{prefix}{name}", text
            case _:
                pass


def _rewritten(inner: str, line: str, indentation: int) -> list[str]:
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(inner))
    kept = [block for block in blocks if not block.startswith("Source:")]
    if len(kept) == len(blocks) and not line:
        return _indented([f"{_QUOTES}{inner}{_QUOTES}"], indentation)
    glued = re.sub("``.*?``", lambda code: code[0].replace(" ", _GLUE), line)
    width = _WIDTH - indentation
    wrapped = textwrap.wrap(glued, width, break_long_words=False, break_on_hyphens=False)
    blocks = [*kept, "\n".join(wrapped).replace(_GLUE, " ")] if line else kept
    return _indented([_QUOTES, *"\n\n".join(blocks).splitlines(), _QUOTES], indentation)


def _indented(text: Iterable[str], indentation: int) -> list[str]:
    return [f"{' ' * indentation}{each}".rstrip() for each in text]
