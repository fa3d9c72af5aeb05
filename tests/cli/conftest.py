"""The command as users start it: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `yotta-async` with arguments and, as keywords, variables of its environment."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("YOTTA_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "yotta_async", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=kept | environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
