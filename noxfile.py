# /// script
# requires-python = ">=3.11"
# dependencies = ["nox[uv]"]
# ///
"""
Everything one does with this repository: ``python3 noxfile.py -s tests``.

Python 3.11 or later with pip and a package index is all it takes. The first run puts nox and uv
into ``.nox``; nothing is installed outside this folder. ``--list`` shows what else there is.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


ROOT = Path(__file__).resolve().parent


def bootstrap() -> None:
    """
    Put nox on the path of this process, and of no other.

    ``pip --target`` also works where the system's Python is "externally managed". PYTHONPATH would
    leak nox's own dependencies into the sessions.
    """
    home = ROOT / ".nox" / f"bootstrap-{sys.implementation.cache_tag}-{sys.platform}"
    complete = home / "complete"  # written last: an interrupted first run repairs itself
    if not complete.exists():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", "--upgrade", "--target", home, "nox[uv]"], check=True)
        complete.touch()
    sys.path.insert(0, str(home))


try:
    import nox
except ModuleNotFoundError:
    bootstrap()
    import nox

os.environ.setdefault("UV_CACHE_DIR", str(ROOT / ".nox" / "cache"))
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]

PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13"]
TEST, EXPLORATION, SERVICES, LINT, TYPES, CHANGELOG, BENCH, DOCS = (
    nox.project.dependency_groups(PROJECT, group)
    for group in (
        "test",
        "exploration",
        "services",
        "lint",
        "types",
        "changelog",
        "bench",
        "docs",
    )
)
# One more than there are cores: some tests wait for processes.
PYTEST = ("pytest", "-n", str(1 + (os.cpu_count() or 1)), "--dist", "worksteal")
# Tests start processes that import it all again; compiled modules are kept for them, in here.
COMPILED = {"PYTHONDONTWRITEBYTECODE": None, "PYTHONPYCACHEPREFIX": str(ROOT / ".nox" / "pycache")}


@nox.session
def demo(session: nox.Session) -> None:
    """Show the main job on the embedded simulator: no API key, no account."""
    session.install("-e", ".[cli,simulator]")
    # Ctrl-C reaches the demo too, which then deletes its pods: nox must not kill it meanwhile.
    patience: dict[str, Any] = {"interrupt_timeout": None, "terminate_timeout": None}
    session.run("yotta-async", "demo", *session.posargs, **patience)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite; with COVERAGE=1 report the lines and branches that it misses."""
    session.install("-e", ".", *TEST, *SERVICES)
    session.env.update(COMPILED)
    if os.environ.get("COVERAGE"):
        session.run("coverage", "erase")
        session.run("coverage", "run", "-m", *PYTEST, *session.posargs)
        session.run("coverage", "combine", "--quiet")
        session.run("coverage", "report")
    else:
        session.run(*PYTEST, *session.posargs)


@nox.session(python=PYTHONS)
def matrix(session: nox.Session) -> None:
    """Run the test suite on each Python."""
    tests(session)


@nox.session(python=PYTHONS[0], venv_backend="uv", reuse_venv=False)
def lowest(session: nox.Session) -> None:
    """Run the test suite with the oldest dependencies that are allowed."""
    extras = ".[cli,httpx2,simulator,trio]"
    session.install("--resolution=lowest-direct", "-e", extras, *TEST, *SERVICES)
    session.run(*PYTEST, *session.posargs, env=COMPILED)


@nox.session
def campaign(session: nox.Session) -> None:
    """Try chance five times as often as the suite does: cancellations, kills, faults, bodies."""
    session.install("-e", ".", *TEST, *SERVICES)
    several = {"YOTTA_CAMPAIGN": "5"}
    session.run(*PYTEST, "-m", "campaign", *session.posargs, env=COMPILED | several)


@nox.session(python="3.13")
def exploration(session: nox.Session) -> None:
    """Explore the orders in which tasks run; with arguments, as `python -m tests.exploration`."""
    session.install("-e", ".", *EXPLORATION)
    session.env.update(COMPILED | {"PYTHONHASHSEED": "0"})
    if session.posargs:
        session.run("python", "-m", "tests.exploration", *session.posargs)
    else:
        # Most of it runs several processes of its own.
        session.run("pytest", "tests/exploration")


@nox.session
def disasters(session: nox.Session) -> None:
    """Run real clients in random worlds and check what must hold; --runs, --seed, --replay."""
    session.install("-e", ".[cli]")
    given = session.posargs or ("--runs", "2000", "--seed", "1")
    session.run("python", "-m", "yotta_async.testing.campaign", *given)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, spelling and that imports point down; with --fix mend what ruff can."""
    session.install("-e", ".", *LINT)
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *(() if "--fix" in session.posargs else ("--check",)))
    session.run("lint-imports")
    session.run("codespell")
    session.run("codespell", "--check-hidden", ".changes")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, and that every public name has them."""
    session.install("-e", ".", *TEST, *SERVICES, *TYPES, *BENCH)
    session.run("mypy")
    session.run("basedpyright")
    session.run("basedpyright", "--ignoreexternal", "--verifytypes", "yotta_async")


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog's fragments and show what they give; with --yes release them."""
    session.install(*CHANGELOG)
    session.run("python", "-m", "tests.house.fragments")
    session.run("towncrier", "build", *(session.posargs or ("--draft",)))


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks, in short or with --full; tables, and JSON and a page in build/."""
    session.install("-e", ".[cli,simulator]", *BENCH)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def structure(session: nox.Session) -> None:
    """Print rooms, arrows between them, and what a call passes through; JSON with --json."""
    session.install("-e", ".", *TEST)
    session.run("python", "-m", "tests.house.structure", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into build/site; a warning is an error."""
    session.install("-e", ".", *DOCS)
    session.run("zensical", "build", "--clean", "--strict", *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Write the generated pages and `Source:` lines; with --check only say which are stale."""
    session.install("-e", ".")
    session.run("python", "-m", "tests.house.pages", *session.posargs)


if __name__ == "__main__":
    nox.main()
