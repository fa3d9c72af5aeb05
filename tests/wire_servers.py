"""Small servers on loopback that misbehave; each handler gets one connection's stream."""

import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import SocketAttribute, SocketStream


Handler = Callable[[SocketStream], Awaitable[None]]

# For a client that speaks plain HTTP: to load certificates takes 40 ms of each.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

ENVELOPE = b'{"message":"success","code":10000,"data":[]}'


def reply(body: bytes = ENVELOPE, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


async def request_from(stream: SocketStream) -> bytes:
    """Read one request: its head, and as much of a body as came with it."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += await stream.receive()
    return got


@asynccontextmanager
async def served(handler: Handler) -> AsyncGenerator[str, None]:
    """Serve on a free port of this machine, and give the base URL."""

    async def guarded(stream: SocketStream) -> None:
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            async with stream:
                await handler(stream)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, guarded)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            tasks.cancel_scope.cancel()
