"""The end of a client in the event loop of pytest-asyncio, which runs only fixtures of its own."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import pytest_asyncio


if TYPE_CHECKING:
    from ._trial import Trial


__all__: list[str] = []


@pytest_asyncio.fixture(loop_scope="function")
async def _yotta_closed_on_asyncio(_yotta_trial: "Trial") -> AsyncGenerator[None, None]:
    yield
    await _yotta_trial.close()
