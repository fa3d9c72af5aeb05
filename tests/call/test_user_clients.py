"""Clients that users bring along: both libraries, any transport, never closed and never trusted."""

import asyncio
import gc
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from tests.wire_servers import ENVELOPE, reply, request_from, served
from yotta_async import AsyncYotta, RetryPolicy
from yotta_async.errors import APIError, ConfigurationError, MaybeSentError


real_time = pytest.mark.real_time
KEY = "sk-canary-0123456789"
CREDITS = 60


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


def over(http: Any, url: str = "http://localhost", **options: Any) -> AsyncYotta:
    return AsyncYotta(KEY, base_url=url, http_client=http, retry=RetryPolicy.none(), **options)


async def answering(stream: Any) -> None:
    while True:
        await request_from(stream)
        await stream.send(reply())


async def _closing(stream: Any) -> None:
    await request_from(stream)


async def test_a_mock_transport_works(library: Any) -> None:
    seen: list[Any] = []

    def handler(request: Any) -> Any:
        seen.append((request.url.path, request.headers["x-api-key"]))
        return library.Response(200, json={"code": 10000, "data": []})

    async with library.AsyncClient(transport=library.MockTransport(handler)) as http:
        assert await over(http).pods.list() == []
    assert seen == [("/openapi/v1/pods/list", KEY)]


async def test_an_asgi_application_works(library: Any) -> None:
    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": ENVELOPE})

    transport = library.ASGITransport(app=application)
    async with library.AsyncClient(transport=transport) as http:
        assert await over(http).pods.list() == []


@real_time
async def test_each_library_has_its_own_errors_and_its_own_time_outs(library: Any) -> None:
    async with served(_closing) as url, library.AsyncClient() as http:
        client = over(http, url, timeout=library.Timeout(3.0))
        with pytest.raises(APIError) as caught:
            await client.pods.list()
    assert isinstance(caught.value, MaybeSentError)
    assert type(caught.value.__cause__).__module__.partition(".")[0] == library.__name__


@real_time
async def test_a_client_that_was_given_stays_open() -> None:
    async with served(answering) as url, httpx.AsyncClient() as http:
        async with over(http, url) as client:
            await client.pods.list()
        assert not http.is_closed
        assert (await http.get(url)).status_code == 200


async def test_a_client_that_was_given_closed_is_named() -> None:
    http = httpx.AsyncClient()
    await http.aclose()
    with pytest.raises(ConfigurationError, match="must be open") as caught:
        await over(http).pods.list()
    assert (caught.value.field, caught.value.value) == ("http_client", "AsyncClient")
    assert "event loop" in caught.value.hint


async def test_a_call_that_a_closed_client_could_not_send_keeps_its_credit() -> None:
    http = httpx.AsyncClient()
    await http.aclose()
    client = over(http)
    with pytest.raises(ConfigurationError):
        await client.pods.list()
    assert client.statistics().credits == CREDITS


def test_a_client_that_was_given_stays_on_its_event_loop() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=ENVELOPE)

    client = over(httpx.AsyncClient(transport=httpx.MockTransport(handler)))
    assert asyncio.run(client.pods.list()) == []
    with pytest.raises(ConfigurationError, match="must belong to this event loop"):
        asyncio.run(client.pods.list())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_with_connections_of_a_closed_event_loop_is_named(library: Any) -> None:
    """Only the first write to such a connection tells."""
    http = library.AsyncClient()
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(served(answering)) as url,
    ):
        asyncio.run(http.get(url))
        client = over(http, url)
        with pytest.raises(ConfigurationError, match="must belong to this event loop"):
            asyncio.run(client.pods.list())
        assert client.statistics().credits == CREDITS
    del http, client
    gc.collect()


async def test_an_error_of_a_transport_of_the_users_own_stays_what_it_is(library: Any) -> None:
    def handler(_request: Any) -> Any:
        raise RuntimeError("a bug in the handler")

    async with library.AsyncClient(transport=library.MockTransport(handler)) as http:
        with pytest.raises(RuntimeError, match="a bug in the handler"):
            await over(http).pods.list()
