"""The end of a client in the event loop of pytest-asyncio, which runs only fixtures of its own."""

import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from .trial import Trial


__all__: list[str] = []


async def _close(_yotta_trial: "Trial") -> AsyncGenerator[None, None]:
    yield
    await _yotta_trial.close()


# The plugin asks for this module once it is loaded itself; it is not installed everywhere.
_asyncio: Any = sys.modules["pytest_asyncio"]
_yotta_closed_on_asyncio = _asyncio.fixture(loop_scope="function")(_close)
