"""
How tests run: every ``async def test_...`` in virtual time, once on asyncio and once on trio.

What is drawn at random is the same each time, by the test's name.

``@pytest.mark.asyncio_only`` keeps a test on asyncio, and ``@pytest.mark.real_time`` gives it
asyncio's own clock and sockets.
"""

import functools
import gc
import inspect
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import hypothesis
import pytest

from tests.foreground import heed_signals
from yotta_async.testing import VirtualTimeLoop, virtual_backend


DAY = 86_400.0

# Seconds after which a test is stuck, however busy the machine is. On asyncio the virtual loop
# itself knows, and says where.
LIMITS = {"trio": DAY, "real": 600.0}

hypothesis.settings.register_profile("dev", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure() -> None:
    heed_signals()


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    match request.param:
        case "real":
            return "asyncio", {}
        case "asyncio":
            return "asyncio", {"loop_factory": functools.partial(VirtualTimeLoop, horizon=DAY)}
        case _:
            return virtual_backend("trio")


@pytest.fixture(autouse=True)
def _same_chance(request: pytest.FixtureRequest) -> None:
    """The jitter of back-off is the same each time that a test is run, in whatever order."""
    random.seed(request.node.nodeid)


def pytest_collectstart(collector: pytest.Collector) -> None:
    # What anyio_mode = "auto" does, which the oldest supported anyio does not know.
    if isinstance(collector, pytest.Module):
        collector.add_marker("anyio")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for marker, backend in (("asyncio_only", "asyncio"), ("real_time", "real")):
        if metafunc.definition.get_closest_marker(marker) is not None:
            # A mark and not metafunc.parametrize(): pytest lets only a mark overrule a fixture.
            only = pytest.mark.parametrize("anyio_backend", [backend], indirect=True)
            metafunc.definition.add_marker(only)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            params = item.callspec.params if hasattr(item, "callspec") else {}
            item.obj = _limited(item.obj, LIMITS.get(str(params.get("anyio_backend"))))


def pytest_collection_finish() -> None:
    # All modules and tests that there are: no collection of garbage has to look at them again.
    gc.collect()
    gc.freeze()


def _limited(
    test: Callable[..., Awaitable[None]], seconds: float | None
) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def limited(*args: Any, **kwargs: Any) -> None:
        with anyio.fail_after(seconds):
            await test(*args, **kwargs)

    return limited
