"""The services as tests start them: on a simulated cloud at a URL, whose time is squeezed."""

import os
import sys
from typing import TYPE_CHECKING, Final

from yotta_async import AsyncYotta, Limits, RetryPolicy


if TYPE_CHECKING:
    from fastapi import FastAPI


# Simulated seconds in a real one; the client's own times are squeezed alike.
SPEED: Final = float(os.environ.get("YOTTA_SPEED", "30"))
REQUESTS: Final = 60


def real(simulated: float) -> float:
    """Return real seconds for simulated ones."""
    return simulated / SPEED


def make_client() -> AsyncYotta:
    """Return a client of ``YOTTA_BASE_URL``."""
    limits = Limits(requests=REQUESTS, per=real(60.0), grace=real(10.0))
    retry = RetryPolicy(initial=real(1.0), maximum=real(30.0), settle=real(20.0), patience=30.0)
    return AsyncYotta("key", limits=limits, retry=retry, timeout=10.0)


def fastapi_app() -> "FastAPI":
    from examples.fastapi_app.app import create_app

    return create_app(make_client)


def run_aiohttp(port: int) -> None:
    from aiohttp import web

    from examples.aiohttp_app.app import create_app

    web.run_app(create_app(make_client), host="127.0.0.1", port=port)


if __name__ == "__main__":
    run_aiohttp(int(sys.argv[1]))
