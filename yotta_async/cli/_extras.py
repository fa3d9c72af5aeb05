"""What the command needs beyond the package's own dependencies, and what to say without it."""

import importlib.util
import sys

from ._exits import Exit


__all__ = ["absent", "told_how_to_install"]


def absent(*modules: str) -> list[str]:
    """Return those of the modules that are not installed."""
    return [name for name in modules if importlib.util.find_spec(name) is None]


def told_how_to_install(missing: list[str]) -> Exit:
    """Say on stderr what is missing and how to get it; return the exit code for that."""
    needs = " and ".join(missing)
    # Not by its name: it is on no index yet, and a stranger may claim it there.
    remedy = "in a clone, pip install '.[cli,simulator]'"
    print(f"yotta-async: this command needs {needs}: {remedy}", file=sys.stderr)
    return Exit.CONFIGURATION
