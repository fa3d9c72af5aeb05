"""The transport over loopback sockets, and over clients that users bring along."""

import asyncio
import gc
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import SocketStream

from tests.lab import SPEC
from tests.steps import let_run
from tests.wire_servers import Handler, reply, request_from, served
from yotta_async import AsyncYotta, Limits, RetryPolicy
from yotta_async._call.pool import POOL
from yotta_async.errors import (
    APIError,
    APITimeoutError,
    InvalidResponseError,
    MaybeSentError,
    NotSentError,
)


pytestmark = pytest.mark.real_time

KEY = "sk-canary-0123456789"
CREDITS = 60
# Seconds that no answer takes, however busy the machine is; and to wait for one that never comes.
LONG = 300.0
IN_VAIN = httpx.Timeout(LONG, read=0.1)


def client_at(url: str, *, timeout: float | httpx.Timeout = LONG, **options: Any) -> AsyncYotta:
    return AsyncYotta(KEY, base_url=url, retry=RetryPolicy.none(), timeout=timeout, **options)


def over(http: Any) -> AsyncYotta:
    return client_at("http://localhost", http_client=http)


async def failure_of(client: AsyncYotta) -> APIError:
    with pytest.raises(APIError) as caught:
        await client.pods.list()
    return caught.value


async def answering(stream: SocketStream) -> None:
    """Answer one request after the other on the same connection."""
    while True:
        await request_from(stream)
        await stream.send(reply())


@asynccontextmanager
async def counted(handler: Handler) -> AsyncGenerator[tuple[str, list[int]]]:
    """Serve, and count the connections: one entry each, with its number."""
    connections: list[int] = []

    async def counting(stream: SocketStream) -> None:
        connections.append(len(connections) + 1)
        await handler(stream)

    async with served(counting) as url:
        yield url, connections


# --- what came back -----------------------------------------------------------------------------


async def test_calls_one_after_the_other_share_a_connection() -> None:
    async with counted(answering) as (url, connections), client_at(url) as client:
        for _ in range(5):
            assert await client.pods.list() == []
    assert connections == [1]


async def test_a_connection_that_the_server_closed_while_idle_is_replaced() -> None:
    closed = [anyio.Event() for _ in range(3)]

    async def answering_once(stream: SocketStream) -> None:
        await request_from(stream)
        await stream.send(reply())
        await stream.aclose()
        closed[len(connections) - 1].set()

    async with counted(answering_once) as (url, connections), client_at(url) as client:
        for each in closed:
            assert await client.pods.list() == []
            await each.wait()
            await let_run()
    assert connections == [1, 2, 3]


async def test_the_pool_never_queues() -> None:
    """Many calls at once use no more connections than exchanges are let go."""

    async def slow(stream: SocketStream) -> None:
        while True:
            await request_from(stream)
            await anyio.sleep(0.01)
            await stream.send(reply())

    async with (
        counted(slow) as (url, connections),
        client_at(url, limits=Limits(requests=1000)) as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(100):
            tasks.start_soon(client.pods.list)
    assert len(connections) <= 16


async def test_the_key_goes_in_its_header_and_a_body_as_json() -> None:
    seen: list[bytes] = []

    async def handler(stream: SocketStream) -> None:
        seen.append(await request_from(stream))
        await stream.send(reply(b'{"code": 10000, "data": "7"}'))

    async with served(handler) as url, client_at(url) as client:
        assert (await client.pods.create(SPEC)).id == "7"
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().lower().splitlines()
    assert lines[0] == "post /openapi/v1/pods/create http/1.1"
    assert f"x-api-key: {KEY}" in lines
    assert "accept-encoding: gzip" in lines
    assert "content-type: application/json" in lines
    assert json.loads(body)["gpuType"] == SPEC.gpu_type


# --- how far it came ----------------------------------------------------------------------------


async def _silent(_stream: SocketStream) -> None:
    await anyio.sleep_forever()


async def _closing(stream: SocketStream) -> None:
    await request_from(stream)


async def _overlarge(stream: SocketStream) -> None:
    await request_from(stream)
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx")


@pytest.mark.parametrize(
    ("handler", "kind"),
    [(_silent, APITimeoutError), (_closing, MaybeSentError), (_overlarge, InvalidResponseError)],
)
async def test_what_may_have_been_seen_has_spent_its_credit(
    handler: Handler, kind: type[APIError]
) -> None:
    timeout = IN_VAIN if handler is _silent else LONG
    async with served(handler) as url, client_at(url, timeout=timeout) as client:
        assert isinstance(await failure_of(client), kind)
        assert client.statistics().credits == CREDITS - 1
        assert client.statistics().in_flight == 0


# httpcore forgets the socket of a handshake that is cancelled; asyncio closes it, and complains.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_handshake_that_hangs_was_not_sent() -> None:
    async with served(_silent) as url:
        secure = url.replace("http:", "https:")
        async with client_at(secure, timeout=0.3) as client:
            assert isinstance(await failure_of(client), NotSentError)
            assert client.statistics().credits == CREDITS
    gc.collect()


async def test_a_server_without_tls_gets_no_request_over_tls() -> None:
    seen: list[bytes] = []

    async def handler(stream: SocketStream) -> None:
        seen.append(await stream.receive())

    async with served(handler) as url, client_at(url.replace("http:", "HTTPS:")) as client:
        assert isinstance(await failure_of(client), NotSentError)
        assert client.statistics().credits == CREDITS
    assert KEY.encode() not in b"".join(seen)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), NotSentError),
        (httpx.ConnectTimeout(""), NotSentError),
        (httpx.PoolTimeout(""), NotSentError),
        (httpx.ProxyError("407 Proxy Authentication Required"), NotSentError),
        (httpx.ReadTimeout(""), APITimeoutError),
        (httpx.WriteTimeout(""), APITimeoutError),
        (httpx.ReadError(""), MaybeSentError),
        (httpx.WriteError(""), MaybeSentError),
        (httpx.RemoteProtocolError("gone"), MaybeSentError),
        (httpx.DecodingError("bad"), MaybeSentError),
        (OSError("down"), MaybeSentError),
    ],
    ids=lambda each: getattr(each, "__name__", type(each).__name__),
)
async def test_without_a_trace_the_kind_of_the_error_decides(
    error: Exception, kind: type[APIError]
) -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        client = over(http)
        raised = await failure_of(client)
        assert type(raised) is kind
        assert raised.__cause__ is error
        refunded = kind is NotSentError
        assert client.statistics().credits == (CREDITS if refunded else CREDITS - 1)


class Tracing(httpx.AsyncBaseTransport):
    """A transport that comes as far as it is told, says so, and then fails or hangs."""

    def __init__(self, *steps: str, error: Exception | None) -> None:
        self.steps, self.error = steps, error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for step in self.steps:
            await request.extensions["trace"](step, {})
        if self.error is not None:
            raise self.error
        await anyio.sleep_forever()
        raise AssertionError


CONNECTING = ("connection.connect_tcp.started", "connection.start_tls.started")
SENDING = (*CONNECTING, "http11.send_request_headers.started")


@pytest.mark.parametrize("error", [httpx.ReadError(""), httpx.RemoteProtocolError(""), None])
@pytest.mark.parametrize("steps", [CONNECTING, SENDING], ids=["connecting", "sending"])
async def test_a_trace_that_shows_no_request_proves_that_none_was_sent(
    steps: tuple[str, ...], error: Exception | None
) -> None:
    async with httpx.AsyncClient(transport=Tracing(*steps, error=error)) as http:
        timeout = LONG if error else 0.05
        client = client_at("http://localhost", timeout=timeout, http_client=http)
        raised = await failure_of(client)
    assert isinstance(raised, NotSentError if steps is CONNECTING else MaybeSentError)
    assert isinstance(raised, APITimeoutError) == (steps is SENDING and error is None)
    assert client.statistics().credits == CREDITS - (steps is SENDING)


async def test_once_a_request_is_on_its_way_nothing_more_is_asked_of_its_trace() -> None:
    requests: list[httpx.Request] = []

    async def keep(request: httpx.Request) -> None:
        assert "trace" in request.extensions
        requests.append(request)

    async with (
        served(_overlarge) as url,
        httpx.AsyncClient(event_hooks={"request": [keep]}) as http,
    ):
        await failure_of(client_at(url, http_client=http))
    assert requests
    assert [each for each in requests if "trace" in each.extensions] == []


async def test_an_answer_that_is_not_read_to_its_end_gives_its_connection_back() -> None:
    async with (
        served(_overlarge) as url,
        client_at(url, limits=Limits(requests=1000)) as client,
    ):
        kinds = {type(await failure_of(client)) for _ in range(POOL + 2)}
    assert kinds == {InvalidResponseError}


async def test_the_time_outs_of_the_phases_are_kept_to() -> None:
    began = anyio.current_time()
    async with served(_silent) as url, client_at(url, timeout=IN_VAIN) as client:
        assert isinstance(await failure_of(client), APITimeoutError)
    assert anyio.current_time() - began < LONG / 2


# --- who gets the key ---------------------------------------------------------------------------


async def test_a_key_repeated_in_a_header_gets_into_no_error() -> None:
    async def handler(stream: SocketStream) -> None:
        await request_from(stream)
        await stream.send(reply(b"no", status="500 Oops", headers=f"x-request-id: {KEY}\r\n"))

    async with served(handler) as url, client_at(url) as client:
        error = await failure_of(client)
    assert "(hidden)" in str(error)
    assert KEY not in f"{error} {vars(error)}"


@pytest.mark.parametrize("handler", [answering, _closing, _overlarge])
async def test_no_logger_of_the_layers_below_shows_the_key(
    handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    async with served(handler) as url, client_at(url) as client:
        with suppress(APIError):
            await client.pods.list()
        with anyio.move_on_after(0.0):
            await client.pods.create(SPEC)
    loggers = {record.name.partition(".")[0] for record in caplog.records}
    assert {"httpcore", "asyncio"} <= loggers
    assert KEY not in caplog.text


async def test_the_foreign_error_behind_ours_does_not_carry_the_key() -> None:
    async with served(_closing) as url, client_at(url) as client:
        error = await failure_of(client)
    assert isinstance(error.__cause__, httpx.RemoteProtocolError)
    assert KEY not in str(error.__cause__.request.headers.raw)


async def test_a_proxy_of_the_environment_sees_nothing_of_plain_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with counted(answering) as (proxy, seen), served(answering) as url:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        async with client_at(url) as client:
            assert await client.pods.list() == []
    assert seen == []


async def test_a_client_that_follows_redirects_does_not_for_us() -> None:
    async with counted(answering) as (other, seen):

        async def redirecting(stream: SocketStream) -> None:
            await request_from(stream)
            headers = f"location: {other}/openapi/v1/pods/list\r\n"
            await stream.send(reply(b"", status="307 Temporary Redirect", headers=headers))

        async with served(redirecting) as url, httpx.AsyncClient(follow_redirects=True) as http:
            error = await failure_of(client_at(url, http_client=http))
    assert isinstance(error, InvalidResponseError)
    assert seen == []
