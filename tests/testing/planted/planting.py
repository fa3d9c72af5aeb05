"""
Copies of the package in which one bug is planted, and processes that run cases there.

A bug is a patch: `<name>.patch`, which says at its top what is wrong. Nothing of the package is
replaced while it runs: the patch is applied to a copy, and another process imports that.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yotta_async


__all__ = ["names", "planted", "tell", "wrong_with"]

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parents[2]
_PACKAGE: Final = Path(yotta_async.__file__).parent


def names() -> list[str]:
    """Return the names of all bugs."""
    return sorted(path.stem for path in _HERE.glob("*.patch"))


def wrong_with(name: str) -> str:
    """Return what a bug is, in words."""
    text = (_HERE / f"{name}.patch").read_text("utf-8")
    return " ".join(text.partition("\n--- ")[0].split())


@contextmanager
def planted(name: str) -> Iterator[Path]:
    """
    Yield a folder that holds the package with a bug in it, while the block lasts.

    Raises:
        CalledProcessError: The patch does not fit the package any more.
    """
    with TemporaryDirectory(prefix="planted-") as folder:
        # With its bytecode: what is not patched need not be compiled again.
        shutil.copytree(_PACKAGE, Path(folder, _PACKAGE.name))
        # Outside of a repository git patches what it is told to.
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(Path(folder).parent)}
        patch = ["git", "apply", str(_HERE / f"{name}.patch")]
        subprocess.run(patch, cwd=folder, env=environment, check=True, capture_output=True)
        yield Path(folder)


def tell(folder: Path, order: dict[str, Any]) -> dict[str, Any]:
    """
    Have a process that imports the package from a folder carry out an order, and return its answer.

    Args:
        folder: As `planted` yields it.
        order: What to do, as `worker` reads it.
    """
    worker = [sys.executable, "-m", "tests.testing.planted.worker"]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        worker,
        cwd=folder,  # the first place that is searched for modules
        env=environment,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(worker)} has failed:\n{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
