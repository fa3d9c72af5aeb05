"""The front inside the process: an httpx transport that ends in the simulated server."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any, NoReturn

import anyio
import httpx
from attrs import define, field

from yotta_async.simulator.exchange import Answer, Break, Exchange
from yotta_async.simulator.origin import ORIGIN
from yotta_async.simulator.server import Server
from yotta_async.simulator.timeline import Timeline
from yotta_async.simulator.wire import Request


__all__ = ["InProcessTransport"]


def _or_httpx(library: ModuleType | None) -> ModuleType:
    return httpx if library is None else library


@define(eq=False, kw_only=True)
class InProcessTransport(httpx.AsyncBaseTransport):
    """
    Sends httpx's requests, or httpx2's, to a simulated server over a simulated network.

    It raises what the library's own transport would: ``ConnectError``, ``ConnectTimeout``,
    ``ReadError``, ``ReadTimeout`` and ``RemoteProtocolError``, and honours the request's connect
    and read timeouts.

    Attributes:
        server: The server that answers.
        timeline: The clock that it waits by.
        library: The module whose responses and errors it makes.
    """

    server: Server
    timeline: Timeline
    library: ModuleType = field(converter=_or_httpx)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        arriving = Request.parse(
            request.method,
            url.raw_path.decode("ascii"),
            request.headers.raw,
            await request.aread(),
        )
        exchange = self.server.send(arriving, self.timeline.now(), ORIGIN.get())
        try:
            return await self._follow(exchange, request)
        except anyio.get_cancelled_exc_class():
            self.server.give_up(exchange, self.timeline.now())
            raise

    async def _follow(self, exchange: Exchange, request: httpx.Request) -> httpx.Response:
        timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
        await self._connect(exchange, request, longest=timeouts.get("connect"))
        read_timeout = timeouts.get("read")
        deadline = None if read_timeout is None else exchange.connected_at + read_timeout
        await self._wait(exchange.arrives_at, deadline, request)
        answer = self.server.answer(exchange, self.timeline.now())
        silent = answer.broken is Break.SILENCE
        await self._wait(None if silent else answer.ready_at, deadline, request)
        return self._deliver(answer, request)

    async def _connect(
        self, exchange: Exchange, request: httpx.Request, *, longest: float | None
    ) -> None:
        if longest is not None and exchange.connected_at > exchange.sent_at + longest:
            await self.timeline.sleep_until(exchange.sent_at + longest)
            self.server.give_up(exchange, self.timeline.now())
            self._fail("ConnectTimeout", "the simulated handshake took too long", request)
        if exchange.refused:
            await self.timeline.sleep_until(exchange.arrives_at)
            self._fail("ConnectError", "simulated: connection refused", request)

    async def _wait(
        self, instant: float | None, deadline: float | None, request: httpx.Request
    ) -> None:
        if instant is not None and (deadline is None or instant <= deadline):
            await self.timeline.sleep_until(instant)
        elif deadline is not None:
            await self.timeline.sleep_until(deadline)
            self._fail("ReadTimeout", "simulated: no answer in time", request)
        else:
            await anyio.sleep_forever()

    def _deliver(self, answer: Answer, request: httpx.Request) -> httpx.Response:
        reply = answer.reply
        if reply is None:
            self._fail("ReadError", "simulated: connection reset by peer", request)
        length = ("Content-Length", str(len(reply.body)))
        content = reply.body if answer.broken is None else self._cut(reply.body, request)
        response: httpx.Response = self.library.Response(
            reply.status, headers=[*answer.headers, length], content=content
        )
        return response

    async def _cut(self, body: bytes, request: httpx.Request) -> AsyncIterator[bytes]:
        half = len(body) // 2
        yield body[:half]
        self._fail(
            "RemoteProtocolError",
            "peer closed connection without sending complete message body "
            f"(received {half} bytes, expected {len(body)})",
            request,
        )

    def _fail(self, name: str, message: str, request: httpx.Request) -> NoReturn:
        error: Any = getattr(self.library, name)
        raise error(message, request=request)
