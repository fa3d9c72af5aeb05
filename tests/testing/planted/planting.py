"""
Copies of the package in which one bug is planted, and processes that run cases there.

A bug is a patch, `<name>.patch`, which says at its top what is wrong. Nothing is replaced in a
package that runs: the patch is applied to a copy, and another process imports that.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, cast

from attrs import define

import yotta_async


__all__ = ["CAUGHT", "Worker", "fits", "names", "planted", "worker_in", "wrong_with"]

_HERE: Final = Path(__file__).parent
CAUGHT: Final = _HERE / "caught.json"
_ROOT: Final = _HERE.parents[2]
_PACKAGE: Final = Path(yotta_async.__file__).parent


def names() -> list[str]:
    """Return the names of all bugs."""
    return sorted(path.stem for path in _HERE.glob("*.patch"))


def wrong_with(name: str) -> str:
    """Return what a bug is, in words."""
    text = (_HERE / f"{name}.patch").read_text("utf-8")
    return " ".join(text.partition("--- a/")[0].split())


@contextmanager
def planted(name: str | None) -> Iterator[Path]:
    """
    Yield a folder that holds the package with a bug in it, while the block lasts.

    Args:
        name: The bug's. None for the package as it is.

    Raises:
        CalledProcessError: The patch does not fit the package any more.
    """
    with TemporaryDirectory(prefix="planted-") as folder:
        # With its bytecode: what is not patched need not be compiled again.
        shutil.copytree(_PACKAGE, Path(folder, _PACKAGE.name))
        if name is not None:
            _apply(name, Path(folder)).check_returncode()
        yield Path(folder)


def fits(name: str) -> bool:
    """Return whether a patch fits the package as it is now."""
    return _apply(name, _PACKAGE.parent, "--check").returncode == 0


def _apply(name: str, folder: Path, *options: str) -> "subprocess.CompletedProcess[bytes]":
    # Outside of a repository git patches what it is told to.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    apply = ["git", "apply", *options, str(_HERE / f"{name}.patch")]
    return subprocess.run(apply, cwd=folder, env=environment, check=False, capture_output=True)


@define
class Worker:
    """A process that imports a package with a bug, and carries out what it is told."""

    _process: "subprocess.Popen[str]"

    def tell(self, do: str, **order: Any) -> dict[str, Any]:
        """
        Have an order carried out, and return the answer; `worker` has what there is to order.

        Raises:
            RuntimeError: It could not be.
        """
        orders, answers = cast(
            "tuple[IO[str], IO[str]]", (self._process.stdin, self._process.stdout)
        )
        print(json.dumps({"do": do, **order}), file=orders, flush=True)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"the worker has failed: {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def worker_in(name: str | None) -> Iterator[Worker]:
    """Yield a process with a bug, while the block lasts; None for one without any."""
    with ExitStack() as stack:
        folder = stack.enter_context(planted(name))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.testing.planted.worker"],
            cwd=folder,  # the first place that is searched for modules
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.enter_context(process)
        stack.callback(process.kill)
        yield Worker(process)
