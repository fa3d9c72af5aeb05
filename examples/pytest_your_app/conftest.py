"""What your tests share: virtual time, and a simulated cloud in which nothing may be left."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from yotta_async import AsyncYotta
from yotta_async.testing import virtual_backend


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cloud(...): options of the simulated cloud")


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    # Waiting costs nothing: the clock jumps. For trio: virtual_backend("trio").
    return virtual_backend("asyncio")


@pytest.fixture
async def client(request: pytest.FixtureRequest) -> AsyncIterator[AsyncYotta]:
    """A client on a cloud of its own; ``@pytest.mark.cloud(...)`` has its options."""
    mark = request.node.get_closest_marker("cloud")
    async with AsyncYotta.simulated(**(mark.kwargs if mark else {})) as client:
        yield client
    cloud = client.simulator
    assert cloud is not None
    assert [pod for pod in cloud.pods if pod.status != "TERMINATING"] == []  # nothing bills
    assert cloud.violations == ()  # no limit was broken
