"""``__all__`` says what is public: all of it, and nothing else. Ruff keeps it sorted."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest


PUBLIC = [
    "yotta_async",
    "yotta_async.errors",
    "yotta_async.fleet",
    "yotta_async.models",
    "yotta_async.simulator",
    "yotta_async.testing",
]
LAZY = [
    "yotta_async",
    "yotta_async.fleet",
    "yotta_async.models",
    "yotta_async.testing",
    "yotta_async._api",
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
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body) if imports:
            # What type checkers see of names that are imported when they are asked for.
            for inner in body:
                yield from _bound(inner, imports=True)


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


def _homes(statements: list[ast.stmt]) -> dict[str, str]:
    """Return where names live, as the imports among some statements say."""
    return {
        alias.asname or alias.name: "." * statement.level + (statement.module or "")
        for statement in statements
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


@pytest.mark.parametrize("name", LAZY)
def test_type_checkers_are_told_where_the_names_live(name: str) -> None:
    module = importlib.import_module(name)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    (told,) = (each.body for each in tree.body if isinstance(each, ast.If))
    homes = {each: home for home, names in module._HOMES.items() for each in names.split()}
    assert homes == _homes(told)


@pytest.mark.parametrize("name", LAZY)
def test_a_name_that_is_not_there_is_missed_as_in_any_module(name: str) -> None:
    module = importlib.import_module(name)
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'Nonsense'"):
        _ = module.Nonsense
    with pytest.raises(ImportError, match="cannot import name 'Nonsense'"):
        exec(f"from {name} import Nonsense")  # noqa: S102  # our own words


@pytest.mark.parametrize("name", LAZY)
def test_dir_shows_the_names_before_they_are_imported(name: str) -> None:
    module = importlib.import_module(name)
    assert set(module.__all__) <= set(dir(module))
    assert dir(module) == sorted(set(dir(module)))


def test_what_was_asked_for_is_the_same_object_from_then_on() -> None:
    package = importlib.import_module("yotta_async")
    assert package.Pod is importlib.import_module("yotta_async.models").Pod
    assert vars(package)["Pod"] is package.Pod
