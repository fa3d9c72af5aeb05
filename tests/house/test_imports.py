"""What imports what. The floors themselves are import-linter's (pyproject.toml)."""

import graphlib
import subprocess
import sys
import textwrap

import grimp
import pytest


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("yotta_async", cache_dir=None)


def test_no_module_needs_itself_even_for_type_checking(graph: grimp.ImportGraph) -> None:
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(needs).prepare()  # raises CycleError, which names the circle


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


def test_importing_the_package_loads_no_simulator_and_no_command_line() -> None:
    program = """
        import sys, yotta_async
        rooms = {name.split(".")[1] for name in sys.modules if name.startswith("yotta_async.")}
        assert not rooms & {"cli", "simulator", "testing"}, rooms
    """
    _run(program)


def _run(program: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
