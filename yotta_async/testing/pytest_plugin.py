"""
The pytest plugin: fixtures ``virtual_time``, ``yotta_cloud``, ``yotta_client``, and the mark
``yotta``.

pytest loads it by its entry point in every project where this package is installed, so it imports
nothing until a test asks for one of its fixtures.
"""

from typing import TYPE_CHECKING, Any

import pytest


if TYPE_CHECKING:
    from collections.abc import Generator

    from .._client import AsyncYotta
    from ..simulator import SimulatedYotta
    from ._kit.trial import Trial
    from .virtual_time import VirtualTime


__all__ = ["pytest_configure", "pytest_generate_tests", "pytest_itemcollected"]

_MARK = (
    "yotta(**options): of the simulated cloud and its client: limits=, faults=, seed=, latency=, "
    "life=, stock=, ...; and of the test's end: leaves=, refused=, spends=, check=, backend="
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARK)
    if not config.pluginmanager.has_plugin("anyio"):
        from ._kit import alone as _alone  # noqa: PLC0415  # almost always there

        config.pluginmanager.register(_alone, "yotta_async.alone")
    if config.pluginmanager.has_plugin("asyncio"):
        from ._kit import closing as _closing  # noqa: PLC0415  # of pytest-asyncio

        config.pluginmanager.register(_closing, "yotta_async.closing")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "virtual_time" in metafunc.fixturenames:
        from ._kit.engines import choose_clock  # noqa: PLC0415  # only tests that use it pay for it

        choose_clock(metafunc)


def pytest_itemcollected(item: pytest.Item) -> None:
    if "virtual_time" in getattr(item, "fixturenames", ()):
        from ._kit.engines import ask_for_clock  # noqa: PLC0415  # as above

        ask_for_clock(item)


@pytest.fixture
def virtual_time(request: pytest.FixtureRequest) -> "VirtualTime":
    """Runs the test in virtual time, in which waiting takes none; ``.now`` is the instant."""
    from ._kit.clock import clock_of  # noqa: PLC0415  # as above

    return clock_of(request)


@pytest.fixture
def yotta_cloud(request: pytest.FixtureRequest, _yotta_trial: "Trial") -> "SimulatedYotta":
    """A simulated cloud, reached by each client that the test makes; checked at its end."""
    from ._kit.ends import close_in_time  # noqa: PLC0415  # as above

    close_in_time(request, _yotta_trial)
    return _yotta_trial.cloud


@pytest.fixture
def yotta_client(request: pytest.FixtureRequest, _yotta_trial: "Trial") -> "AsyncYotta":
    """A client on ``yotta_cloud``, closed when the test is over."""
    from ._kit.ends import client_of  # noqa: PLC0415  # as above

    return client_of(request, _yotta_trial)


@pytest.fixture
def _yotta_trial(
    request: pytest.FixtureRequest, virtual_time: "VirtualTime"
) -> "Generator[Trial, None, None]":
    from ._kit.ends import trial_of  # noqa: PLC0415  # as above

    yield from trial_of(request, virtual_time)


@pytest.fixture
async def _yotta_closed(_yotta_trial: "Trial") -> Any:
    yield
    await _yotta_trial.close()
