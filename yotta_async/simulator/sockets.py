"""Plain sockets with anyio's waiting: a server that breaks connections needs the real thing."""

import socket
import struct
import sys
from typing import Self

import anyio
from attrs import define, frozen


__all__ = ["Connection", "Listener", "TcpServer"]

_BACKLOG = 1024
_CHUNK = 65536

# On, with no seconds to linger: closing discards what is unsent and sends RST instead of FIN.
_LINGER_NOT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@frozen(kw_only=True)
class TcpServer:
    """
    Where a simulated cloud is served.

    Attributes:
        host: The address that it listens on.
        port: The port that it listens on.
    """

    host: str
    port: int

    @property
    def url(self) -> str:
        """The base URL for a client."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@define(eq=False)
class Connection:
    """One accepted connection; every method may raise OSError, as the client pleases."""

    _socket: socket.socket

    async def receive(self) -> bytes:
        """Return the next bytes, none at the end."""
        while True:
            try:
                return self._socket.recv(_CHUNK)
            except BlockingIOError:
                await anyio.wait_readable(self._socket)

    async def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self._socket)

    def end(self) -> None:
        """Tell the client that nothing more will come."""
        self._socket.shutdown(socket.SHUT_WR)

    async def wait_for_end(self) -> None:
        """Return when the client has closed its side; what it still sends is thrown away."""
        while await self.receive():
            pass

    def close(self) -> None:
        self._socket.close()

    def reset(self) -> None:
        """Break the connection off with RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._socket.close()


@define(eq=False)
class Listener:
    """A listening socket."""

    _socket: socket.socket

    @classmethod
    def bind(cls, host: str, port: int) -> Self:
        """Listen on a port of `host`, on a free one for 0; raise OSError where that is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        listening.setblocking(False)
        return cls(listening)

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    async def accept(self) -> Connection:
        while True:
            try:
                accepted, _ = self._socket.accept()
            except BlockingIOError:
                await anyio.wait_readable(self._socket)
            except OSError:
                # The client left at once, or this process is out of files: neither ends the server.
                await anyio.sleep(0.05)
            else:
                accepted.setblocking(False)
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return Connection(accepted)

    def close(self) -> None:
        self._socket.close()
