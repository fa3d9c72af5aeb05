"""The examples as modules, and what is left on the clouds that they ran on."""

import runpy
from pathlib import Path
from typing import Any

from tests.lab import ENDING
from yotta_async import AsyncYotta
from yotta_async.simulator import SimulatedYotta


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def program(name: str) -> dict[str, Any]:
    """Return the names of an example, which is imported and not run."""
    return runpy.run_path(str(EXAMPLES / name), run_name="example")


def cloud_of(client: AsyncYotta) -> SimulatedYotta:
    assert client.simulator is not None
    return client.simulator


def alive(client: AsyncYotta) -> list[str]:
    return [pod.name for pod in cloud_of(client).pods if pod.status not in ENDING]
