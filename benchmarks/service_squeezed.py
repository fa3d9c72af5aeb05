"""
The services of the examples on a cloud at a URL whose time is squeezed, and without a cloud.

``python -m benchmarks.service_squeezed fastapi 8000``, likewise ``aiohttp``; ``fastapi-bare`` and
``aiohttp-bare`` are the same services with nothing behind them.
"""

import os
import sys
from collections.abc import Callable
from typing import Final

import uvicorn
from aiohttp import web

from benchmarks import service_bare
from examples.aiohttp_app import app as aiohttp_app
from examples.fastapi_app import app as fastapi_app
from yotta_async import AsyncYotta, Limits, RetryPolicy


__all__ = ["REQUESTS", "SPEED", "make_client", "real"]

# Simulated seconds in a real one; the client's own times are squeezed alike.
SPEED: Final = float(os.environ.get("YOTTA_SPEED", "30"))
REQUESTS: Final = 60
# Seconds after which an idle connection is closed. A busy machine keeps users longer from their
# next request than servers usually wait, and a request on its way meets the closing.
IDLE: Final = 3600


def real(simulated: float) -> float:
    """Return real seconds for simulated ones."""
    return simulated / SPEED


def make_client() -> AsyncYotta:
    """Return a client of ``YOTTA_BASE_URL``; how long it waits for an answer is not squeezed."""
    limits = Limits(requests=REQUESTS, per=real(60.0), grace=real(10.0))
    retry = RetryPolicy(initial=real(1.0), maximum=real(30.0), settle=real(20.0), patience=600.0)
    return AsyncYotta("key", limits=limits, retry=retry, timeout=60.0)


def run_fastapi(port: int) -> None:
    uvicorn.run(fastapi_app.create_app(make_client), port=port, timeout_keep_alive=IDLE)


def run_aiohttp(port: int) -> None:
    app = aiohttp_app.create_app(make_client)
    web.run_app(app, host="127.0.0.1", port=port, keepalive_timeout=IDLE)


KINDS: Final[dict[str, Callable[[int], None]]] = {
    "fastapi": run_fastapi,
    "aiohttp": run_aiohttp,
    "fastapi-bare": service_bare.run_fastapi,
    "aiohttp-bare": service_bare.run_aiohttp,
}


if __name__ == "__main__":
    KINDS[sys.argv[1]](int(sys.argv[2]))
