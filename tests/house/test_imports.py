"""What imports what. The floors themselves are import-linter's (pyproject.toml)."""

import ast
import graphlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("yotta_async", cache_dir=None)


def test_no_module_needs_itself_even_for_type_checking(graph: grimp.ImportGraph) -> None:
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(needs).prepare()  # raises CycleError, which names the circle


ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = [*ROOT.glob("yotta_async/cli/**/*.py"), *ROOT.glob("examples/**/*.py")]


def _imported(path: Path) -> Iterator[str]:
    """Yield what a file imports, from the root of the package or its own names for it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}".removeprefix("yotta_async").lstrip(".")
        elif isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("yotta_async.") for alias in node.names)


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_command_line_and_the_examples_use_public_names_of_fleets(path: Path) -> None:
    """But for the command line's own room of that name."""
    own = {"fleet.commands"}
    assert {name for name in _imported(path) if name.startswith("fleet.")} - own == set()


@pytest.mark.parametrize(
    "module", ["yotta_async", "yotta_async.models", "yotta_async.simulator", "yotta_async.testing"]
)
def test_the_package_imports_without_the_extras(module: str) -> None:
    # None in sys.modules makes an import fail; httpx itself imports some of these when it can.
    program = f"""
        import sys
        sys.modules |= dict.fromkeys(["click", "h11", "httpx2", "rich", "trio"])
        import {module}
    """
    _run(program)


def test_importing_the_package_loads_nothing_else() -> None:
    program = """
        import sys, yotta_async
        loaded = {name for name in sys.modules if name.startswith("yotta_async.")}
        assert loaded == {"yotta_async._lazy", "yotta_async._version"}, loaded
        assert not sys.modules.keys() & {"anyio", "asyncio", "attr", "cattrs", "httpx"}
    """
    _run(program)


def test_a_client_loads_what_it_is_asked_for_and_no_simulator() -> None:
    program = """
        import sys
        from yotta_async import AsyncYotta
        client = AsyncYotta("key")
        assert not sys.modules.keys() & {"cattrs", "httpx"}
        def nouns():
            verbs = {"gpus", "metrics", "pods.verbs", "serverless.verbs", "tasks.verbs", "vms"}
            return verbs & {name.partition("._resources.")[2] for name in sys.modules}
        assert nouns() == set(), nouns()
        assert client.gpus is client.gpus
        assert nouns() == {"gpus"}, nouns()
        assert client.with_options(timeout=1.0).gpus is not client.gpus
        rooms = {name.split(".")[1] for name in sys.modules if name.startswith("yotta_async.")}
        assert not rooms & {"cli", "simulator", "testing"}, rooms
    """
    _run(program)


def test_the_public_modules_are_there_without_an_import_of_their_own() -> None:
    program = """
        import yotta_async
        assert yotta_async.errors.YottaError is yotta_async.YottaError
        assert yotta_async.models.Pod is yotta_async.Pod
        assert yotta_async.simulator.SimulatedYotta.__name__ == "SimulatedYotta"
        names = {}
        exec("from yotta_async import *", names)
        assert set(yotta_async.__all__) <= names.keys()
    """
    _run(program)


def test_a_pod_pickles_from_a_process_that_has_imported_no_more_than_it() -> None:
    program = """
        import pickle, sys
        from yotta_async import Pod
        pod = pickle.loads(pickle.dumps(Pod(id="1", status="RUNNING")))
        assert type(pod) is Pod and pod.id == "1"
        assert not sys.modules.keys() & {"anyio", "asyncio", "cattrs", "httpx"}
    """
    _run(program)


def _run(program: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
