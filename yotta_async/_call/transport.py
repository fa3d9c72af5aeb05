"""
The only file of the client that touches httpx.

``send(call) -> Reply`` puts one request on the wire and takes in its whole answer, or says how far
it came:
`NotSentError` (the server saw nothing) or `MaybeSentError` (it may have seen, and done, all of it).
The proof that nothing was sent is httpcore's trace: no header was started. Where a transport does
not trace, the kind of the exception decides, and what is not surely unsent counts as sent.

Rules: HTTP/1.1; finite time-outs and a total one, since httpx has none and a server that drips
holds a call for ever; redirects are never followed, since the key would follow; the body is
unpacked by us, since httpx unpacks a chunk of any size at once; the pool is larger than the number
of exchanges, since a pool that queues loses its connections to cancelled requests
(encode/httpcore#1093).
"""

import ssl
import sys
from collections.abc import Awaitable, Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import anyio
from attrs import define, field

from .._backend import current_loop
from .._config import Secret, is_loopback
from .._scheduling.rules.budget import EXCHANGES
from .._scheduling.turnstile import ExpiredAdmissionError
from .._version import __version__
from ..errors import (
    APIError,
    APITimeoutError,
    ClientClosedError,
    ConfigurationError,
    InvalidResponseError,
    MaybeSentError,
    NotSentError,
)
from .rules.operation import Call, encode_body
from .rules.reply import BODY_CAP, Body, Reply, UnusableBodyError
from .rules.timeouts import ExchangeTimeout, Timeouts


if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx


__all__ = [
    "BODY_CAP",
    "HTTPClient",
    "Timeouts",
    "Transport",
    "client_over",
]

POOL = 4 * EXCHANGES
# Kept connections die younger than the minute after which common balancers close theirs.
KEEPALIVE_EXPIRY = 45.0
# What is shorter is a word rather than a key, and may stand in any answer.
SHORTEST_ECHO = 12
_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"yotta-async/{__version__}",
}


class HTTPClient(Protocol):
    """What is used of an `httpx.AsyncClient` or an `httpx2.AsyncClient`."""

    @property
    def is_closed(self) -> bool: ...

    # The two libraries' requests and responses are unrelated types of the same shape.
    @property
    def build_request(self) -> Callable[..., Any]: ...

    @property
    def send(self) -> Callable[..., Awaitable[Any]]: ...

    async def aclose(self) -> None: ...


def _httpx() -> Any:
    # A third of the time that importing this package would take; not every program makes a call.
    import httpx  # noqa: PLC0415

    return httpx


@cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates takes 50 to 200 ms and 700 kB: once a process, not once a client.
    context: ssl.SSLContext = _httpx().create_ssl_context()
    return context


def client_over(transport: "httpx.AsyncBaseTransport") -> HTTPClient:
    """Return a client without a network, on a transport such as the simulator's."""
    client: HTTPClient = _httpx().AsyncClient(transport=transport)
    return client


@define(eq=False)
class _Progress:
    """
    How far an exchange came, as told by httpcore's trace.

    Attributes:
        gate: Whether the first byte may still be sent.
    """

    gate: Callable[[], bool]
    traced: bool = False
    started: bool = False

    async def __call__(self, event: str, info: "Mapping[str, Any]") -> None:
        self.traced = True
        if event.endswith("send_request_headers.started"):
            self.pass_gate()
            self.started = True  # the events that follow tell nothing more
            getattr(info.get("request"), "extensions", {}).pop("trace", None)

    def pass_gate(self) -> None:
        """Refuse to go on where the right to send is too old: httpcore closes the connection."""
        if not self.gate():
            raise ExpiredAdmissionError("it was too late to send the request; nothing was sent.")


@define(eq=False)
class Transport:
    """One base URL, one key, one pool for each event loop."""

    base_url: str
    _key: Secret
    _given: HTTPClient | None = None
    new_client: Callable[[], HTTPClient] = field(init=False, repr=False)
    closed: bool = False
    _made: HTTPClient | None = None
    _loop: object = field(default=None, repr=False)
    # The secret keeps all of this from being pickled or copied; here it is plain for each request.
    _revealed: str = field(init=False, repr=False)
    _echo: bytes = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.new_client = lambda: _pooled_client(self.base_url)
        self._revealed = self._key.reveal()
        self._echo = self._revealed.encode() if len(self._revealed) >= SHORTEST_ECHO else b""

    async def send(
        self,
        call: Call,
        *,
        timeout: ExchangeTimeout,  # noqa: ASYNC109  # its phases, too
        gate: Callable[[], bool],
    ) -> Reply:
        """
        Put one request on the wire and take in its whole answer.

        Args:
            gate: Asked just before the first byte whether it may still be sent.

        Raises:
            ExpiredAdmissionError: It may not: nothing was sent.
            NotSentError: The server cannot have seen the request.
            MaybeSentError: It may have; `APITimeoutError` if it took too long.
            InvalidResponseError: The answer is too large, or packed in a way that was not asked
                for.
            ConfigurationError: The body is not JSON, or the client that was given cannot be used
                here.
            ClientClosedError: `aclose` has been called.
        """
        client, progress = self._client(), _Progress(gate)
        library = _library_of(client)
        request = self._request(client, call, timeout, progress)
        try:
            with anyio.fail_after(timeout.total):
                return await self._exchange(client, request, call, progress)
        except TimeoutError:
            raise _timed_out(call, progress, timeout.total) from None
        except (library.HTTPError, library.InvalidURL, library.StreamError, OSError) as error:
            raise _broken(call, progress, error, library) from self._without_key(error)
        except RuntimeError as error:
            # Its connections are another event loop's, which is closed; nothing was sent over them.
            if self._given is None or "closed" not in str(error):
                raise
            raise _not_ours(self._given, "must belong to this event loop") from error
        finally:
            # The foreign errors hold the request, and reports of them may show its headers.
            request.headers.pop("x-api-key", None)

    async def aclose(self) -> None:
        """Close the pool that was made here; a client that was given stays open."""
        self.closed = True
        if self._made is not None and self._loop is current_loop():
            await self._made.aclose()
        self._made = None

    def _request(
        self, client: HTTPClient, call: Call, timeout: ExchangeTimeout, progress: _Progress
    ) -> Any:
        headers = {**_HEADERS, **call.headers, "x-api-key": self._revealed}
        content = None
        if call.body is not None:
            content = encode_body(call.body)
            headers["content-type"] = "application/json"
        extensions = {"trace": progress, "timeout": timeout.phases}
        url = self.base_url + call.target
        return client.build_request(
            call.operation.method, url, headers=headers, content=content, extensions=extensions
        )

    async def _exchange(
        self, client: HTTPClient, request: Any, call: Call, progress: _Progress
    ) -> Reply:
        # A transport that does not trace asks no more than this.
        progress.pass_gate()
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            body = await _unpacked(response, call)
        finally:
            await response.aclose()
        headers = {
            name.lower(): self._unechoed(value.encode()).decode()
            for name, value in response.headers.items()
        }
        return Reply(response.status_code, headers, self._unechoed(body))

    def _unechoed(self, text: bytes) -> bytes:
        """Return what a server said without the key, which must not get into an error's message."""
        return text.replace(self._echo, b"(hidden)") if self._echo else text

    def _client(self) -> HTTPClient:
        if self.closed:
            raise ClientClosedError("this client is closed.", hint="Nothing was sent.")
        loop = current_loop()
        if self._given is not None:
            return self._checked(self._given, loop)
        if self._made is None or self._loop is not loop:
            self._made, self._loop = self.new_client(), loop
        return self._made

    def _checked(self, given: HTTPClient, loop: object) -> HTTPClient:
        self._loop = self._loop or loop
        if given.is_closed or self._loop is not loop:
            problem = "must be open" if given.is_closed else "must belong to this event loop"
            raise _not_ours(given, problem)
        return given

    def _without_key(self, error: Exception) -> Exception | None:
        return None if self._revealed in f"{error!r} {error}" else error


def _pooled_client(base_url: str) -> HTTPClient:
    library = _httpx()
    client: HTTPClient = library.AsyncClient(
        verify=False if urlsplit(base_url).scheme == "http" else _tls(),
        limits=library.Limits(
            max_connections=POOL,
            max_keepalive_connections=EXCHANGES,
            keepalive_expiry=KEEPALIVE_EXPIRY,
        ),
        # A proxy would read the key that plain http carries.
        trust_env=not is_loopback(urlsplit(base_url).hostname or ""),
    )
    return client


def _not_ours(given: HTTPClient, problem: str) -> ConfigurationError:
    hint = "Make it, and AsyncYotta, inside the event loop that uses them."
    return ConfigurationError("http_client", type(given).__name__, problem, hint=hint)


def _library_of(client: HTTPClient) -> ModuleType:
    modules = (kind.__module__.partition(".")[0] for kind in type(client).__mro__)
    return sys.modules[next((name for name in modules if name in ("httpx", "httpx2")), "httpx")]


async def _unpacked(response: Any, call: Call) -> bytes:
    try:
        if response.is_stream_consumed:
            # A mock transport hands over a response that it has already read and unpacked.
            body = Body("identity")
            body.feed(response.content)
        else:
            body = Body(response.headers.get("content-encoding", ""))
            async for chunk in response.aiter_raw():
                body.feed(chunk)
        return body.end()
    except UnusableBodyError as error:
        message = (
            f"the answer to {call.operation.method} (HTTP {response.status_code}) was {error}."
        )
        raise InvalidResponseError(
            message, operation=call.operation.id, status=response.status_code
        ) from None


def _timed_out(call: Call, progress: _Progress, total: float) -> APIError:
    if progress.traced and not progress.started:
        return NotSentError(f"no connection within {total:g} s.", operation=call.operation.id)
    return APITimeoutError(f"no whole answer within {total:g} s.", operation=call.operation.id)


def _broken(call: Call, progress: _Progress, error: Exception, library: ModuleType) -> APIError:
    name, operation = type(error).__name__, call.operation.id
    surely_unsent = isinstance(
        error,
        library.ConnectError | library.ConnectTimeout | library.PoolTimeout | library.ProxyError,
    )
    if surely_unsent or (progress.traced and not progress.started):
        hint = "Check the network and the base URL; nothing was sent."
        return NotSentError(f"no connection ({name}).", operation=operation, hint=hint)
    if isinstance(error, library.TimeoutException):
        return APITimeoutError(f"the server fell silent ({name}).", operation=operation)
    return MaybeSentError(
        f"the connection broke before the whole answer came ({name}).", operation=operation
    )
