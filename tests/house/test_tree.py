"""The files of this repository: their size, and what they do not say."""

import ast
import fnmatch
import re
import tomllib
from pathlib import Path


ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "yotta_async").rglob("*.py"))
LONGEST_FILE = 450
LONGEST_FUNCTION = 45
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _texts() -> list[Path]:
    """List the files of the repository: all that .gitignore does not name."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    ignored = [".git", *(line.rstrip("/") for line in lines)]

    def belongs(path: Path) -> bool:
        parts = path.relative_to(ROOT).parts
        return not any(fnmatch.fnmatch(part, rule) for part in parts for rule in ignored)

    return [path for path in ROOT.rglob("*") if path.is_file() and belongs(path)]


def test_every_file_is_read_in_one_sitting() -> None:
    sizes = {_name(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def _code_lines(node: Function) -> int:
    """Count the lines of a function; what the reference shows of it is no code."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str())) as docstring, *_]:
            return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)
        case _:
            return lines


def test_every_function_fits_on_a_screen() -> None:
    sizes = {
        f"{_name(path)}:{node.name}": _code_lines(node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, Function)
    }
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}


def test_no_file_names_a_machine_or_a_registry() -> None:
    traces = re.compile(
        r"(?<![\w/])(?:/(?:work|farm|root)/|pypi\.org|registry\.npmjs|deb\.debian"
        r"|files\.pythonhosted)"
    )
    found = [
        f"{_name(path)}:{number}"
        for path in _texts()
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if traces.search(line.decode("utf-8", "replace"))
    ]
    assert found == []


def test_five_packages_are_needed_and_no_more() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    needed = {re.split(r"[<>=!~ ]", line)[0] for line in project["dependencies"]}
    assert needed == {"aiolimiter", "anyio", "attrs", "cattrs", "httpx"}


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "yotta_async" / "py.typed").is_file()
