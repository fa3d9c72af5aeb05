"""
The way of one program to a simulated cloud.

The straight one goes without httpx: nearly all of what a simulated call costs is the making of
requests and responses which both ends take apart again. The errors, time-outs and cancellations are
those of the real one, of which it is a kind; a test compares the two.
"""

from random import Random
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import anyio
import httpx
from attrs import define

from ..._call.rules.operation import Call, encode_body
from ..._call.rules.reply import Reply
from ..._call.rules.timeouts import ExchangeTimeout
from ..._call.transport import HTTPClient, Progress, Transport, client_over
from ..._client import AsyncYotta
from ..._scheduling.turnstile import Lifetime
from ...simulator._transport import InProcessTransport
from ...simulator.exchange import Answer, Break
from ...simulator.wire import Request
from ..worlds import WorldCloud


__all__ = ["Line", "caller_of", "connect"]


@define(eq=False)
class Line:
    """
    What a program is connected by.

    Attributes:
        is_cut: Whether the program was killed: nothing that it sends is answered any more.
    """

    is_cut: bool = False


@define(eq=False, kw_only=True)
class LinedTransport(Transport):
    """The real one, whose line may be cut."""

    line: Line

    async def send(self, call: Call, **options: Any) -> Reply:
        if self.line.is_cut:
            await anyio.sleep_forever()
        reply = await super().send(call, **options)
        if self.line.is_cut:
            await anyio.sleep_forever()
        return reply


class _NoClient:
    """What a straight line has in the place of an httpx client."""

    is_closed = False

    async def aclose(self) -> None:
        pass


def _new_client() -> HTTPClient:
    return cast("HTTPClient", _NoClient())


@define(eq=False, kw_only=True)
class StraightTransport(LinedTransport):
    """One that reaches the server without httpx."""

    end: "StraightEnd"

    def _request(
        self, client: HTTPClient, call: Call, timeout: ExchangeTimeout, progress: Progress
    ) -> Any:
        content = b"" if call.body is None else encode_body(call.body)
        phases = {**timeout.phases}
        extensions = {"timeout": _Phases(phases, progress)}
        return SimpleNamespace(
            headers={**call.headers, "x-api-key": self._revealed},
            content=content,
            extensions=extensions,
        )

    async def _exchange(
        self, client: HTTPClient, request: Any, call: Call, progress: Progress
    ) -> Reply:
        progress.pass_gate()
        arriving = Request(
            method=call.operation.method,
            path=unquote(call.path),
            segments=tuple(unquote(part) for part in call.path.split("/")),
            query=tuple(parse_qsl(call.query, keep_blank_values=True)),
            headers=request.headers.copy(),
            body=request.content,
        )
        reply = await self.end.exchange(arriving, request)
        return Reply(reply.status, reply.headers, self._unechoed(reply.body))


class _Phases(dict[str, float]):
    """As those of the transport: whoever asks for the time to connect is about to."""

    __slots__ = ("progress",)

    def __init__(self, phases: dict[str, float], progress: Progress) -> None:
        super().__init__(phases)
        self.progress = progress

    def get(self, phase: str, default: Any = None) -> Any:
        seconds = super().get(phase, default)
        if phase != "connect":
            return seconds
        self.progress.enter_pool()
        return self.progress.bounded(seconds)


@define(eq=False, kw_only=True)
class StraightEnd(InProcessTransport):
    """Where a straight line ends."""

    async def exchange(self, arriving: Request, request: Any) -> Reply:
        """Have a request answered."""
        exchange = self.server.send(arriving, self.timeline.now())
        try:
            # What is followed ends in what `_deliver` returns.
            reply: Any = await self._follow(exchange, request)
        except anyio.get_cancelled_exc_class():
            self.server.give_up(exchange, self.timeline.now())
            raise
        return cast("Reply", reply)

    def _deliver(self, answer: Answer, request: Any) -> Any:
        reply = answer.reply
        if reply is None:
            self._fail("ReadError", "simulated: connection reset by peer", request)
        if answer.broken is Break.CUT:
            self._fail("RemoteProtocolError", "peer closed connection", request)
        headers = {name.lower(): value for name, value in answer.headers}
        headers["content-length"] = str(len(reply.body))
        return Reply(reply.status, headers, reply.body)


def caller_of(client: AsyncYotta) -> Any:
    """Return what performs a client's calls: no other seam shows what it holds."""
    return client._account.caller  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001


def connect(
    client: AsyncYotta, cloud: WorldCloud, line: Line, dice: Random, *, straight: bool
) -> None:
    """
    Connect a client with a cloud.

    Args:
        client: The client, which has sent nothing yet.
        cloud: The cloud.
        line: What it is connected by.
        dice: The source of all chance of the client.
        straight: Whether to go without httpx.
    """
    caller = caller_of(client)
    url, key = caller.transport.base_url, caller.transport._key  # noqa: SLF001  # as it has it
    inner = cloud.transport()
    if straight:
        end = StraightEnd(server=inner.server, timeline=inner.timeline, library=httpx)
        caller.transport = StraightTransport(url, key, line=line, end=end)
        caller.transport.new_client = _new_client
    else:
        caller.transport = LinedTransport(url, key, line=line)
        caller.transport.new_client = lambda: client_over(inner)
    caller.dice, caller.entropy, caller.wall = dice.random, dice.randbytes, cloud.wall
    caller.scheduler._lifetime = Lifetime(cloud.uptime)  # noqa: SLF001
