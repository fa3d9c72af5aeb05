"""``__all__`` says what is public: all of it, and nothing else. Ruff keeps it sorted."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest


PUBLIC = [
    "yotta_async",
    "yotta_async.errors",
    "yotta_async.models",
    "yotta_async.simulator",
    "yotta_async.testing",
]


def _bound(statement: ast.stmt, *, imports: bool) -> Iterator[str]:
    """Yield the names that a statement at the top of a module binds for others to use."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.ImportFrom(names=names, module=module, level=level) if imports and (
            level or (module or "").startswith("yotta_async")
        ):
            yield from (alias.asname or alias.name for alias in names)


@pytest.mark.parametrize("name", PUBLIC)
def test_all_equals_the_public_names(name: str) -> None:
    module = importlib.import_module(name)
    path = Path(str(module.__file__))
    face = path.name == "__init__.py"
    names = {
        bound
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        for bound in _bound(statement, imports=face)
        if not bound.startswith("_")
    }
    dunders = {bound for bound in module.__all__ if bound.startswith("__")}
    assert set(module.__all__) - dunders == names
    assert len(module.__all__) == len(set(module.__all__))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_in_all_exists(name: str) -> None:
    module = importlib.import_module(name)
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []
