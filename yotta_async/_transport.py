"""
The only file of the client that touches httpx.

``send(call) -> Reply`` puts one request on the wire and takes in its whole answer, or says how far
it came:
`NotSentError` (the server saw nothing) or `MaybeSentError` (it may have seen, and done, all of it).
The proof that nothing was sent is httpcore's trace: no header was started. Where a transport does
not trace, the kind of the exception decides, and what is not surely unsent counts as sent.

Rules: HTTP/1.1; finite time-outs and a total one, since httpx has none and a server that drips
    holds a call for
ever; redirects are never followed, since the key would follow; the body is unpacked here, since
httpx unpacks a chunk of any size at once; the pool is larger than the number of exchanges, since a
pool that queues loses its connections to cancelled requests (encode/httpcore#1093).
"""

import json
import ssl
import sys
import zlib
from collections.abc import Awaitable, Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import anyio
import httpx
from attrs import define, field

from ._backend import current_loop
from ._config import is_loopback
from ._core.dispatch import EXCHANGES
from ._core.operation import Call
from ._core.reply import Reply
from ._secret import Secret
from ._version import __version__
from .errors import (
    APIError,
    APITimeoutError,
    ConfigurationError,
    InvalidResponseError,
    MaybeSentError,
    NotSentError,
)


if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["BODY_CAP", "HTTPClient", "Transport", "client_over", "exchange_timeout"]

# A list of ten thousand pods is half of this.
BODY_CAP = 16 * 2**20
POOL = 4 * EXCHANGES
CONNECT_TIMEOUT = 10.0
# Kept connections die younger than the minute after which common balancers close theirs.
KEEPALIVE_EXPIRY = 45.0
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


@cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates takes 50 to 200 ms and 700 kB: once a process, not once a client.
    return httpx.create_ssl_context()


def client_over(transport: httpx.AsyncBaseTransport) -> HTTPClient:
    """Return a client without a network, on a transport such as the simulator's."""
    return httpx.AsyncClient(transport=transport)


def exchange_timeout(timeout: "float | httpx.Timeout") -> tuple[dict[str, float], float]:
    """
    Return the time-outs of the phases of an exchange, and of the whole, in seconds.

    Raises:
        ConfigurationError: A time-out is missing, infinite or not positive.
    """
    if isinstance(timeout, int | float) and not isinstance(timeout, bool):
        phases: dict[str, Any] = dict.fromkeys(("read", "write", "pool"), timeout)
        phases["connect"], total = min(timeout, CONNECT_TIMEOUT), timeout
    else:
        phases = timeout.as_dict() if hasattr(timeout, "as_dict") else {"read": None}
        total = sum(phases.get(name) or 0.0 for name in ("connect", "write", "read"))
    if not all(each is not None and 0 < each < float("inf") for each in (*phases.values(), total)):
        hint = "Give seconds, such as timeout=30.0; a server that never answers would hold the call for ever."
        raise ConfigurationError("timeout", timeout, "must be finite and more than zero", hint=hint)
    return phases, total


@define(eq=False)
class _Progress:
    """How far an exchange came, as told by httpcore's trace."""

    traced: bool = False
    started: bool = False

    async def __call__(self, event: str, info: "Mapping[str, Any]") -> None:
        self.traced = True
        self.started = self.started or event.endswith("send_request_headers.started")


@define(eq=False)
class Transport:
    """One base URL, one key, one pool for each event loop."""

    base_url: str
    _key: Secret
    _given: HTTPClient | None = None
    new_client: Callable[[], HTTPClient] = field(init=False, repr=False)
    _made: HTTPClient | None = None
    _loop: object = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self.new_client = lambda: _pooled_client(self.base_url)

    async def send(self, call: Call, *, timeout: float | httpx.Timeout) -> Reply:
        """
        Put one request on the wire and take in its whole answer.

        Args:
            timeout: Seconds for the whole exchange, or the time-outs of its phases.

        Raises:
            NotSentError: The server cannot have seen the request.
            MaybeSentError: It may have; `APITimeoutError` if it took too long.
            InvalidResponseError: The answer is too large, or packed in a way that was not asked
                for.
        """
        client, progress = self._client(), _Progress()
        phases, total = exchange_timeout(timeout)
        library = _library_of(client)
        request = self._request(client, call, phases, progress)
        try:
            with anyio.fail_after(total):
                return await self._exchange(client, request, call)
        except TimeoutError:
            raise _timed_out(call, progress, total) from None
        except (library.HTTPError, library.InvalidURL, library.StreamError, OSError) as error:
            raise _broken(call, progress, error, library) from self._without_key(error)

    async def aclose(self) -> None:
        """Close the pool that was made here; a client that was given stays open."""
        if self._made is not None and self._loop is current_loop():
            await self._made.aclose()
        self._made = None

    def _request(
        self, client: HTTPClient, call: Call, phases: dict[str, float], progress: _Progress
    ) -> Any:
        headers = {**_HEADERS, **call.headers, "x-api-key": self._key.reveal()}
        content = None
        if call.body is not None:
            content = json.dumps(call.body, ensure_ascii=False, allow_nan=False).encode()
            headers["content-type"] = "application/json"
        extensions = {"trace": progress, "timeout": phases}
        url = self.base_url + call.target
        return client.build_request(
            call.operation.method, url, headers=headers, content=content, extensions=extensions
        )

    async def _exchange(self, client: HTTPClient, request: Any, call: Call) -> Reply:
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            body = await _unpacked(response, call)
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        # A server that repeats the key must not get it into an error's message.
        return Reply(
            response.status_code, headers, body.replace(self._key.reveal().encode(), b"(hidden)")
        )

    def _client(self) -> HTTPClient:
        loop = current_loop()
        if self._given is not None:
            return self._checked(self._given, loop)
        if self._made is None or self._loop is not loop:
            self._made, self._loop = self.new_client(), loop
        return self._made

    def _checked(self, given: HTTPClient, loop: object) -> HTTPClient:
        self._loop = self._loop or loop
        if given.is_closed or self._loop is not loop:
            problem = "was closed" if given.is_closed else "belongs to another event loop"
            hint = "Make it, and AsyncYotta, inside the event loop that uses them."
            raise ConfigurationError("http_client", type(given).__name__, problem, hint=hint)
        return given

    def _without_key(self, error: Exception) -> Exception | None:
        return None if self._key.reveal() in f"{error!r} {error}" else error


def _pooled_client(base_url: str) -> HTTPClient:
    return httpx.AsyncClient(
        verify=_tls() if base_url.startswith("https:") else False,
        limits=httpx.Limits(
            max_connections=POOL,
            max_keepalive_connections=EXCHANGES,
            keepalive_expiry=KEEPALIVE_EXPIRY,
        ),
        # A proxy would read the key that plain http carries.
        trust_env=not is_loopback(urlsplit(base_url).hostname or ""),
    )


def _library_of(client: HTTPClient) -> ModuleType:
    modules = (kind.__module__.partition(".")[0] for kind in type(client).__mro__)
    return sys.modules[next((name for name in modules if name in ("httpx", "httpx2")), "httpx")]


async def _unpacked(response: Any, call: Call) -> bytes:
    status = response.status_code
    if response.is_stream_consumed:
        # A mock transport hands over a response that it has already read and unpacked.
        return _capped(response.content, call, status)
    unpack = _unpacker(
        response.headers.get("content-encoding", "identity").strip().lower(), call, status
    )
    body = b""
    async for chunk in response.aiter_raw():
        body = _capped(body + unpack(chunk, BODY_CAP + 1 - len(body)), call, status)
    return body


def _unpacker(encoding: str, call: Call, status: int) -> Callable[[bytes, int], bytes]:
    if encoding in ("", "identity"):
        return lambda chunk, _most: chunk
    if encoding not in ("gzip", "x-gzip"):
        raise _unusable(call, status, "in a content encoding that was not asked for")
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return stream.decompress(chunk, most)
        except zlib.error:
            raise _unusable(call, status, "not the gzip that it said it was") from None

    return unpack


def _capped(body: bytes, call: Call, status: int) -> bytes:
    if len(body) > BODY_CAP:
        raise _unusable(call, status, f"larger than {BODY_CAP // 2**20} MiB")
    return body


def _unusable(call: Call, status: int, what: str) -> InvalidResponseError:
    message = f"the answer to {call.operation.method} (HTTP {status}) was {what}."
    return InvalidResponseError(message, operation=call.operation.id, status=status)


def _timed_out(call: Call, progress: _Progress, total: float) -> APIError:
    if progress.traced and not progress.started:
        return NotSentError(f"no connection within {total:g} s.", operation=call.operation.id)
    message = f"no whole answer within {total:g} s."
    return APITimeoutError(message, operation=call.operation.id)


def _broken(call: Call, progress: _Progress, error: Exception, library: ModuleType) -> APIError:
    name, operation = type(error).__name__, call.operation.id
    surely_unsent = isinstance(
        error, library.ConnectError | library.ConnectTimeout | library.PoolTimeout
    )
    if surely_unsent or (progress.traced and not progress.started):
        hint = "Check the network and the base URL; nothing was sent."
        return NotSentError(f"no connection ({name}).", operation=operation, hint=hint)
    if isinstance(error, library.TimeoutException):
        return APITimeoutError(f"the server fell silent ({name}).", operation=operation)
    return MaybeSentError(
        f"the connection broke before the whole answer came ({name}).", operation=operation
    )
