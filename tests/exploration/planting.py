"""
Races that are planted: does exploration find what it is for?

A race is a patch, `planted/<name>.patch`, with what is wrong at its top. It is applied to a copy of
the package, which another process explores.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from attrs import frozen

import yotta_async


__all__ = ["Found", "find", "names"]

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PACKAGE = Path(yotta_async.__file__).parent


@frozen(kw_only=True)
class Found:
    """
    How a planted race was found.

    Attributes:
        schedules: How many were run until then.
        replay: The first one that failed.
        error: Why, once it was shrunk.
        deviations: From asyncio's own order, that are left of it.
        chosen: What the scenario drew, that is not its first choice.
    """

    schedules: int
    replay: str
    error: str
    deviations: tuple[str, ...]
    chosen: tuple[str, ...]


def names() -> list[str]:
    """Return the names of all planted races."""
    return sorted(path.stem for path in (_HERE / "planted").glob("*.patch"))


def find(name: str, folder: Path, *arguments: str) -> Found | None:
    """
    Explore a copy of the package with a race in it; return how it was found, or None.

    Args:
        folder: An empty one, outside of any repository.
        arguments: Of the command.
    """
    shutil.copytree(_PACKAGE, folder / _PACKAGE.name)
    _plant(_HERE / "planted" / f"{name}.patch", folder)
    report = folder / "report.json"
    command = [sys.executable, "-m", "tests.exploration", "--json", str(report), *arguments]
    # The current folder is the first place that is searched for modules.
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    told = json.loads(report.read_text(encoding="utf-8"))
    return _found(told) if done.returncode else None


def _plant(patch: Path, folder: Path) -> None:
    # Outside of a repository git patches what it is told to.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    subprocess.run(["git", "apply", str(patch)], cwd=folder, env=environment, check=True)


def _found(told: dict[str, Any]) -> Found:
    story = told["stories"][0]
    return Found(
        schedules=told["schedules"],
        replay=story["replay"],
        error=story["error"],
        deviations=tuple(story["deviations"]),
        chosen=tuple(each for each in story["chosen"] if " = 0 of " not in each),
    )
