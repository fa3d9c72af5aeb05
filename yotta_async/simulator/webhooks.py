"""
Posting the callbacks of tasks while the cloud is served over TCP.

To loopback addresses alone, over plain HTTP and following no redirect: what runs beside the
simulator hears of its tasks, and no other machine is ever sent anything.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, quote, urlsplit

import anyio
import h11
from attrs import define, field

from yotta_async.simulator.callbacks import CallbackRecord, record
from yotta_async.simulator.cloud.tasks_delivery import Courier, Delivery
from yotta_async.simulator.server import Server
from yotta_async.simulator.timeline import Timeline


__all__ = ["Postman", "is_loopback"]

# Seconds between two looks for what is to be posted; seconds that a receiver may take; and how
# many callbacks are on their way at once.
_LOOK = 0.05
_PATIENCE = 5.0
_MOST_AT_ONCE = 8

_LOCALHOST = "localhost"
_LOOPBACK = ("127.0.0.1", "::1")
_IN_TARGETS = "/%?&=+;:@!$'()*,~[]"


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and to nowhere else, without asking a resolver."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_plain = parts.scheme == "http" and parts.port != 0
        return is_plain and (host == _LOCALHOST or ip_address(host).is_loopback)
    except ValueError:
        return False


@define(eq=False, kw_only=True)
class Postman:
    """Posts what a cloud's courier has for it, a few at a time, and tells what became of each."""

    server: Server
    timeline: Timeline
    _slots: anyio.Semaphore = field(factory=lambda: anyio.Semaphore(_MOST_AT_ONCE))

    @classmethod
    @asynccontextmanager
    async def employed(cls, server: Server, timeline: Timeline) -> AsyncGenerator[Self, None]:
        """Have callbacks posted until the block is left."""
        postman = cls(server=server, timeline=timeline)
        postman._courier.reaches = is_loopback
        try:
            yield postman
        finally:
            postman._courier.reaches = None

    async def run(self) -> None:
        async with anyio.create_task_group() as under_way:
            while True:
                await self._slots.acquire()
                under_way.start_soon(self._post, await self._next())

    @property
    def _courier(self) -> Courier:
        return self.server.cloud.serverless.desk.courier

    async def _next(self) -> Delivery:
        while True:
            self.server.advance(self.timeline.now())
            if self._courier.outbox:
                return self._courier.outbox.popleft()
            await anyio.sleep(_LOOK)

    async def _post(self, delivery: Delivery) -> None:
        callback = record(delivery, self.server.wall, self.server.style)
        try:
            accepted = await _is_taken(callback)
        finally:
            self._slots.release()
        now = self.timeline.now()
        self.server.advance(now)
        self._courier.note_outcome(delivery, now, accepted=accepted)


async def _is_taken(callback: CallbackRecord) -> bool:
    """Whether a receiver answers with a 2xx status in time; what else it says is not read."""
    url = urlsplit(callback.url)
    host = url.hostname or ""
    # A resolver is not asked: it could know another localhost.
    for address in _LOOPBACK if host == _LOCALHOST else (host,):
        try:
            with anyio.move_on_after(_PATIENCE):
                return 200 <= await _status(address, url, callback) < 300
        except (OSError, anyio.BrokenResourceError, anyio.EndOfStream, h11.ProtocolError):
            continue
    return False


async def _status(address: str, url: SplitResult, callback: CallbackRecord) -> int:
    http = h11.Connection(h11.CLIENT)
    async with await anyio.connect_tcp(address, url.port or 80) as stream:
        for part in (_request(url, callback), h11.Data(data=callback.body), h11.EndOfMessage()):
            await stream.send(http.send(part) or b"")
        while not isinstance(event := http.next_event(), h11.Response):
            if event is h11.NEED_DATA:
                http.receive_data(await stream.receive())
        return event.status_code


def _request(url: SplitResult, callback: CallbackRecord) -> h11.Request:
    query = f"?{url.query}" if url.query else ""
    headers = {
        "Host": url.netloc.rpartition("@")[2],
        **callback.headers,
        "Content-Length": str(len(callback.body)),
        "Connection": "close",
    }
    target = quote(f"{url.path or '/'}{query}", safe=_IN_TARGETS)
    return h11.Request(method="POST", target=target, headers=list(headers.items()))
