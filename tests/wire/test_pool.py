"""No cancellation costs a connection of the pool, whoever cancels, and when."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
import httpx
import pytest
from anyio.abc import SocketStream

from tests.wire.turns import BACKENDS, KINDS, TURNS, tried
from tests.wire_servers import reply, request_from, served
from yotta_async import AsyncYotta, Limits, RetryPolicy
from yotta_async._call.transport import MOMENT
from yotta_async.errors import APIError, ClientClosedError


KEY = "sk-canary-0123456789"
PLENTY = Limits(requests=10**6)
LONG = 300.0  # seconds that no answer takes, however busy the machine is
on_both = pytest.mark.parametrize("backend", BACKENDS)


def run(main: Callable[[], Awaitable[None]], backend: str) -> None:
    anyio.run(main, backend=backend)


@on_both
@pytest.mark.parametrize("kind", KINDS)
def test_a_cancellation_at_any_turn_costs_no_connection(kind: str, backend: str) -> None:
    """[C1] [C2] [C3]."""
    outcome = anyio.run(partial(tried, kind, 10 * TURNS), backend=backend)
    assert outcome.is_good, outcome


async def closing(stream: SocketStream) -> None:
    await request_from(stream)
    await stream.send(reply(headers="connection: close\r\n"))


async def hanging(stream: SocketStream) -> None:
    await request_from(stream)
    await anyio.sleep(LONG)


def connections(http: httpx.AsyncClient) -> list[httpx.AsyncBaseTransport]:
    pool = http._transport._pool  # type: ignore[attr-defined]
    return [each for each in pool.connections if not (each.is_idle() or each.is_closed())]


@on_both
def test_a_time_out_in_any_phase_costs_no_connection(backend: str) -> None:
    """[C3] Our own deadline is a cancellation, too."""

    async def main() -> None:
        async with served(closing) as url, httpx.AsyncClient() as http:
            client = AsyncYotta(
                KEY, base_url=url, http_client=http, retry=RetryPolicy.none(), limits=PLENTY
            )
            for number in range(200):
                with suppress(APIError):
                    await client.with_options(timeout=1e-4 + number * 3e-5).pods.list()
            assert connections(http) == []
            await client.aclose()

    run(main, backend)


@on_both
def test_reads_that_were_left_free_their_places_within_a_moment(backend: str) -> None:
    """[C1] The server is silent, and a delete must not wait for sixteen such reads to time out."""

    async def main() -> None:
        async with served(hanging) as url, AsyncYotta(KEY, base_url=url, timeout=LONG) as client:
            for _ in range(16):
                with anyio.move_on_after(0.05):
                    await client.pods.list()
            with anyio.fail_after(LONG / 2):
                while client.statistics().in_flight:  # noqa: ASYNC110  # no event tells
                    await anyio.sleep(MOMENT / 10)

    run(main, backend)


@on_both
@pytest.mark.parametrize("given", [False, True])
def test_closing_the_client_ends_a_read_under_way(backend: str, *, given: bool) -> None:
    async def main() -> None:
        async def read() -> None:
            with pytest.raises(ClientClosedError):
                await client.pods.list()

        async with served(hanging) as url, httpx.AsyncClient() as http:
            client = AsyncYotta(
                KEY, base_url=url, timeout=LONG, http_client=http if given else None
            )
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read)
                while not client.statistics().in_flight:  # noqa: ASYNC110  # no event tells
                    await anyio.sleep(0.01)
                await client.aclose()
            assert connections(http) == []

    run(main, backend)
