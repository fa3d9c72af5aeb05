"""A server that does everything wrong gets a classified error, little memory, and no key."""

import gzip
import socket
import struct
import tracemalloc

import anyio
import httpx
import pytest
from anyio.abc import SocketAttribute, SocketStream

from tests.wire_servers import ENVELOPE, Handler, reply, request_from, served
from yotta_async import AsyncYotta, RetryPolicy
from yotta_async.errors import (
    APIError,
    APITimeoutError,
    InternalServerError,
    InvalidResponseError,
    MaybeSentError,
    NotSentError,
)


pytestmark = pytest.mark.real_time

KEY = "sk-canary-0123456789"
ONCE = RetryPolicy.none()
LONG = 300.0  # seconds that no answer takes, however busy the machine is


def client_at(url: str, timeout: float | httpx.Timeout = LONG) -> AsyncYotta:
    return AsyncYotta(KEY, base_url=url, retry=ONCE, timeout=timeout)


def answering(answer: bytes) -> Handler:
    async def handler(stream: SocketStream) -> None:
        await request_from(stream)
        await stream.send(answer)

    return handler


async def error_from(handler: Handler, limit: float | httpx.Timeout = LONG) -> APIError:
    async with served(handler) as url, client_at(url, limit) as client:
        with pytest.raises(APIError) as caught:
            await client.pods.list()
        assert client.statistics().in_flight == 0
    assert KEY not in str(caught.value)
    return caught.value


async def test_a_compressed_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(b"[" + b" " * 200_000_000)
    assert len(bomb) < 250_000
    answer = reply(bomb, headers="content-encoding: gzip\r\n")
    tracemalloc.start()
    try:
        error = await error_from(answering(answer))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(error, InvalidResponseError)
    assert "16 MiB" in str(error)
    assert peak < 50 * 2**20


async def test_a_body_that_does_not_end_is_cut_at_the_cap() -> None:
    async def endless(stream: SocketStream) -> None:
        await request_from(stream)
        await stream.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await stream.send(b" " * 2**16)

    error = await error_from(endless)
    assert isinstance(error, InvalidResponseError)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"[" * 1_000_000), "nested too deeply"),
        (reply(b"<html>gateway</html>"), "not JSON"),
        (reply(b""), "an empty body"),
        (reply(b"[]"), "not an object"),
        (reply(b'{"data": []}'), "no `code`"),
        (reply(b'{"code": 10000, "data": NaN}'), "a number out of bounds"),
        (reply(ENVELOPE[:-9]), "not JSON"),
        (reply(b"\x1f\x8b broken", headers="content-encoding: gzip\r\n"), "not the gzip"),
        (reply(ENVELOPE, headers="content-encoding: br\r\n"), "was not asked for"),
        (reply(gzip.compress(ENVELOPE)[:-9], headers="content-encoding: gzip\r\n"), "broken off"),
    ],
    ids=range(10),
)
async def test_an_answer_that_is_no_envelope_is_an_invalid_response(
    answer: bytes, words: str
) -> None:
    error = await error_from(answering(answer))
    assert isinstance(error, InvalidResponseError)
    assert words in str(error)
    assert error.operation == "listPods"


async def test_a_page_from_a_gateway_is_quoted_in_part() -> None:
    error = await error_from(answering(reply(b"<html>bad gateway" + b"!" * 900)))
    assert isinstance(error, InvalidResponseError)
    assert error.excerpt.startswith("<html>bad gateway")
    assert len(error.excerpt) == 200


async def test_a_server_that_drips_is_ended_by_the_total_time_out() -> None:
    async def dripping(stream: SocketStream) -> None:
        await request_from(stream)
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while True:
            await stream.send(b" ")
            await anyio.sleep(0.05)

    began = anyio.current_time()
    error = await error_from(dripping, 2.0)
    assert isinstance(error, APITimeoutError)
    assert anyio.current_time() - began < LONG / 2


async def test_a_server_that_never_answers_is_ended_by_the_time_out() -> None:
    async def silent(stream: SocketStream) -> None:
        await request_from(stream)
        await anyio.sleep_forever()

    in_vain = httpx.Timeout(LONG, read=0.1)
    assert isinstance(await error_from(silent, in_vain), APITimeoutError)


async def test_a_redirect_to_another_host_is_not_followed_and_takes_no_key_along() -> None:
    seen: list[bytes] = []

    async def elsewhere(stream: SocketStream) -> None:
        seen.append(await request_from(stream))

    async with served(elsewhere) as other:
        headers = f"location: {other}/openapi/v1/pods/list\r\n"
        answer = reply(b"", status="307 Temporary Redirect", headers=headers)
        error = await error_from(answering(answer))
    assert isinstance(error, InvalidResponseError)
    assert "redirect" in str(error)
    assert seen == []


def reset(stream: SocketStream) -> None:
    raw = stream.extra(SocketAttribute.raw_socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _reset_at_once(stream: SocketStream) -> None:
    reset(stream)


async def _reset_after_the_request(stream: SocketStream) -> None:
    await request_from(stream)
    reset(stream)


async def _close_without_an_answer(stream: SocketStream) -> None:
    await request_from(stream)


BROKEN: dict[str, Handler] = {
    "reset at once": _reset_at_once,
    "reset after the request": _reset_after_the_request,
    "closed without an answer": _close_without_an_answer,
    "half a head": answering(b"HTTP/1.1 200"),
    "half a body": answering(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
    "half a chunk": answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"),
    "no http": answering(b"not http at all\r\n\r\n"),
    "a huge head": answering(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("way", BROKEN)
async def test_a_connection_that_breaks_may_have_carried_the_request(way: str) -> None:
    assert isinstance(await error_from(BROKEN[way]), MaybeSentError)


async def test_a_server_that_is_down_cannot_have_seen_the_request() -> None:
    async with served(answering(b"")) as url:
        pass
    async with client_at(url) as client:
        with pytest.raises(NotSentError, match="nothing was sent"):
            await client.pods.list()
        assert client.statistics().credits == 60


async def test_a_server_that_repeats_the_key_gets_it_into_no_error() -> None:
    body = f'{{"code": 40101, "message": "bad key {KEY}", "data": "{KEY}"}}'.encode()
    error = await error_from(answering(reply(body, status="401 Unauthorized")))
    assert KEY not in f"{error} {error!r} {vars(error)}"


async def test_a_gateway_error_without_an_envelope_is_classified_by_its_status() -> None:
    error = await error_from(answering(reply(b"<html>", status="502 Bad Gateway")))
    assert isinstance(error, InternalServerError)
    assert error.code is None
