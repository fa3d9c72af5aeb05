"""The front on a real port: HTTP/1.1 with keep-alive, and faults that break real sockets."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, suppress
from http import HTTPStatus
from typing import TypeAlias

import anyio
import h11
from attrs import define, field

from yotta_async.simulator.exchange import Answer, Break
from yotta_async.simulator.server import Server
from yotta_async.simulator.sockets import Connection, Listener, TcpServer
from yotta_async.simulator.timeline import Timeline
from yotta_async.simulator.webhooks import Postman
from yotta_async.simulator.wire import Request


__all__ = ["serve"]

# Seconds without a byte after which a connection is closed; seconds in which a client that was
# turned away may fall silent; the largest body that is read.
_IDLE = 60.0
_LINGER = 1.0
_LARGEST_BODY = 1024 * 1024

_Event: TypeAlias = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


@asynccontextmanager
async def serve(
    server: Server, timeline: Timeline, *, host: str, port: int
) -> AsyncGenerator[TcpServer, None]:
    failure: Exception | None = None
    with closing(Listener.bind(host, port)) as listener:
        async with (
            Postman.employed(server, timeline) as postman,
            anyio.create_task_group() as connections,
        ):
            connections.start_soon(_accept, listener, server, timeline, connections)
            connections.start_soon(postman.run)
            try:
                yield TcpServer(host=host, port=listener.port)
            except Exception as error:  # noqa: BLE001 - kept, to leave the group bare of it
                failure = error
            connections.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _accept(
    listener: Listener,
    server: Server,
    timeline: Timeline,
    connections: anyio.abc.TaskGroup,
) -> None:
    while True:
        dialogue = _Dialogue(await listener.accept(), server, timeline)
        connections.start_soon(dialogue.run)


class _OverlargeError(Exception):
    """The client sends more than is read."""


@define(eq=False)
class _Dialogue:
    """One connection: requests and answers in turn, until either side has had enough."""

    connection: Connection
    server: Server
    timeline: Timeline
    http: h11.Connection = field(factory=lambda: h11.Connection(h11.SERVER))

    async def run(self) -> None:
        # It left, or said nothing for too long, or asked with CONNECT and met an HTML page, after
        # which HTTP has nothing to say: closing is all there is to do.
        with closing(self.connection), suppress(OSError, h11.LocalProtocolError):
            await self._converse()

    async def _converse(self) -> None:
        try:
            while await self._answer_one():
                self.http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await self._turn_away(error.error_status_hint)
        except _OverlargeError:
            await self._turn_away(413)

    async def _answer_one(self) -> bool:
        """Return whether the connection can take another request."""
        request = await self._receive()
        if request is None:
            return False
        exchange = self.server.send(request, self.timeline.now())
        if exchange.refused:
            self.connection.reset()
            return False
        await self.timeline.sleep_until(exchange.arrives_at)
        answer = self.server.answer(exchange, self.timeline.now())
        return await self._deliver(answer, request)

    async def _receive(self) -> Request | None:
        head = await self._next_event()
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
            if len(body) > _LARGEST_BODY:
                raise _OverlargeError
        return Request.parse(
            head.method.decode("ascii"), head.target.decode("latin-1"), head.headers, bytes(body)
        )

    async def _next_event(self) -> _Event:
        while (event := self.http.next_event()) is h11.NEED_DATA:
            if self.http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            with anyio.fail_after(_IDLE):
                self.http.receive_data(await self.connection.receive())
        return event

    async def _deliver(self, answer: Answer, request: Request) -> bool:
        if answer.broken is Break.SILENCE:
            await self.connection.wait_for_end()
            return False
        await self.timeline.sleep_until(answer.ready_at)
        if answer.reply is None:
            self.connection.reset()
            return False
        body = answer.reply.body
        headers = [*answer.headers, ("Content-Length", str(len(body)))]
        status = HTTPStatus(answer.reply.status)
        await self._send(h11.Response(status_code=status, headers=headers, reason=status.phrase))
        if answer.broken is Break.CUT:
            await self._send(h11.Data(data=body[: len(body) // 2]))
            return False
        if request.method != "HEAD":
            await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())
        return self.http.our_state is h11.DONE and self.http.their_state is h11.DONE

    async def _turn_away(self, status: int) -> None:
        headers = [("Connection", "close"), ("Content-Length", "0")]
        await self._send(h11.Response(status_code=status, headers=headers))
        await self._send(h11.EndOfMessage())
        # Closing over bytes that are still to be read sends RST, which may overtake the answer.
        self.connection.end()
        with anyio.move_on_after(_LINGER):
            await self.connection.wait_for_end()

    async def _send(self, event: h11.Event) -> None:
        data = self.http.send(event)
        if data:
            await self.connection.send(data)
