"""
The only file of the client that touches httpx.

``send(call) -> Reply`` puts one request on the wire and takes in its whole answer, or says how far
it came:
`NotSentError` (the server saw nothing) or `MaybeSentError` (it may have seen, and done, all of it).
The proof that nothing was sent is httpcore's trace: no header was started. Where a transport does
not trace, the kind of the exception decides, and what is not surely unsent counts as sent.

Rules: HTTP/1.1; finite time-outs and a total one, since httpx has none and a server that drips
holds a call for ever; redirects are never followed, since the key would follow; the body is
unpacked by us, since httpx unpacks a chunk of any size at once; an exchange is cancelled only where
that loses no connection of the pool (`Progress`), and runs in a task that is not its caller's
(`ownership`).
"""

import sys
from collections.abc import Awaitable, Callable
from math import inf
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from attrs import define, field

from .._backend import current_loop, current_time
from .._config import Secret
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
from .pool import pooled_client
from .rules.operation import Call, encode_body
from .rules.redaction import HIDDEN
from .rules.reply import BODY_CAP, Body, Reply, UnusableBodyError
from .rules.spelling import forms_of
from .rules.timeouts import CONNECT_TIMEOUT, ExchangeTimeout, Timeouts


if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx


__all__ = [
    "BODY_CAP",
    "HTTPClient",
    "Progress",
    "Timeouts",
    "Transport",
    "client_over",
]

# Seconds for which a request goes on whose caller is gone: its connection may be used again.
MOMENT = 2.0
# Seconds after which what should have ended by the time-outs of its phases does not know them.
OVERDUE = 1.0
# Seconds in which the exchanges of a client that is closed end: those that are still connecting.
CLOSING = 2 * CONNECT_TIMEOUT + MOMENT
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


def client_over(transport: "httpx.AsyncBaseTransport") -> HTTPClient:
    """Return a client without a network, on a transport such as the simulator's."""
    client: HTTPClient = _httpx().AsyncClient(transport=transport)
    return client


@define(eq=False)
class Progress:
    """
    How far an exchange came, as told by httpcore's trace, and when it is given up.

    A cancellation between a pool's choice of a connection and the first byte of the request takes
    that connection's place in the pool for good (encode/httpcore#1093, #1099). So in between, and
    only there, nothing is cancelled that keeps to the time-outs of the phases: these bound it, are
    ordinary errors, and what is late by then is refused before its first byte.

    Attributes:
        started: Whether a byte of the request may have been sent.
        left: Whether its caller is gone.
        gate: Tells whether the first byte may still be sent.
    """

    gate: Callable[[], bool] = lambda: True
    traced: bool = False
    started: bool = False
    left: bool = False
    _ends_at: float = inf
    _latest: float = inf
    _connecting: bool = False
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope)

    async def __call__(self, event: str, info: "Mapping[str, Any]") -> None:
        self.traced = True
        if event.endswith("send_request_headers.started"):
            self._send(info.get("request"))
        elif event.endswith("start_tls.started") and isinstance(info, dict):
            info["timeout"] = self.bounded(info.get("timeout"))
        elif event.startswith("connection.") or event.endswith("receive_response_headers.complete"):
            # Of the connection, or of the CONNECT with which a proxy was asked for one.
            self._await_connection()

    def bounded(self, seconds: float | None) -> float:
        """Return the time-out of a phase, which is no longer than the exchange has left."""
        left = max(0.0, self._ends_at - current_time())
        return left if seconds is None else min(seconds, left)

    def enter_pool(self) -> None:
        """Note that a pool is about to give it a connection."""
        if not self.started:
            self._await_connection()

    def leave(self) -> None:
        """Note that its caller is gone: what is on the wire has a moment to be answered."""
        self.left = True
        self._end_by(current_time() + MOMENT)

    def cut(self, *, at_once: bool) -> None:
        """End it as soon as that costs nothing, or at once, as its pool is about to be closed."""
        self.left = True
        self._end_by(current_time())
        if at_once:
            self._scope.cancel()

    def run_for(self, seconds: float) -> anyio.CancelScope:
        """Return the scope of the exchange, which is to take no longer than this."""
        self._ends_at = self._latest = current_time() + seconds
        self._scope.deadline = self._ends_at
        return self._scope

    def pass_gate(self) -> None:
        """Refuse to go on where the right to send is too old: httpcore closes the connection."""
        if not self.gate():
            raise ExpiredAdmissionError("it was too late to send the request; nothing was sent.")

    def _end_by(self, instant: float) -> None:
        self._ends_at = min(self._ends_at, instant)
        if not self._connecting:
            self._scope.deadline = self._ends_at

    def _await_connection(self) -> None:
        self._connecting = True
        self._scope.deadline = self._latest + OVERDUE

    def _send(self, request: Any) -> None:
        if current_time() >= self._ends_at or self._scope.cancel_called:
            raise TimeoutError  # httpcore closes the connection, and nothing was sent
        self.pass_gate()
        self._connecting = False
        self._scope.deadline = self._ends_at
        if getattr(request, "method", b"") != b"CONNECT":
            self.started = True  # the events that follow tell nothing more
            getattr(request, "extensions", {}).pop("trace", None)


class _Phases(dict[str, float]):
    """The time-outs of the phases; httpcore's pool asks for its own before it does anything."""

    __slots__ = ("progress",)

    progress: Progress

    def get(self, phase: str, default: Any = None) -> Any:
        seconds = super().get(phase, default)
        if phase not in ("pool", "connect"):
            return seconds
        self.progress.enter_pool()
        return self.progress.bounded(seconds)


@define(eq=False)
class Transport:
    """One base URL, one key, one pool for each event loop."""

    base_url: str
    _key: Secret
    _given: HTTPClient | None = None
    new_client: Callable[[], HTTPClient] = field(init=False, repr=False)
    closed: bool = False
    _made: HTTPClient | None = None
    _under_way: set[Progress] = field(factory=set[Progress], repr=False)
    _emptied: anyio.Event | None = field(default=None, repr=False)
    _loop: object = field(default=None, repr=False)
    # The secret keeps all of this from being pickled or copied; here it is plain for each request.
    _revealed: str = field(init=False, repr=False)
    _echoes: tuple[bytes, ...] = field(init=False, repr=False)
    # The cookies that a client which was given had before its first call here.
    _cookie: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self.new_client = lambda: pooled_client(_httpx(), self.base_url)
        self._revealed = self._key.reveal()
        forms = forms_of(self._revealed) if len(self._revealed) >= SHORTEST_ECHO else ()
        self._echoes = tuple(form.encode() for form in forms)

    def reveal_key(self) -> str:
        """Return the key, where it is long enough to be told from other words; else ""."""
        return self._revealed if self._echoes else ""

    async def send(
        self,
        call: Call,
        *,
        timeout: ExchangeTimeout,  # noqa: ASYNC109  # its phases, too
        gate: Callable[[], bool],
        progress: Progress | None = None,
    ) -> Reply:
        """
        Put one request on the wire and take in its whole answer.

        Args:
            gate: Asked just before the first byte whether it may still be sent.
            progress: Through which another task ends it; None if none will.

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
        client, progress = self._client(), progress or Progress()
        if progress.left:
            raise NotSentError("its caller was gone.", operation=call.operation.id)
        progress.gate = gate
        library = _library_of(client)
        request = self._request(client, call, timeout, progress)
        self._under_way.add(progress)
        try:
            with progress.run_for(timeout.total):
                return await self._exchange(client, request, call, progress)
            raise TimeoutError  # noqa: TRY301  # as in the phases
        except TimeoutError:
            if self.closed:
                raise _closed() from None
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
            self._under_way.discard(progress)
            if self._emptied is not None and not self._under_way:
                self._emptied.set()

    async def aclose(self) -> None:
        """End the exchanges under way, and close the pool that was made here; a client that was
        given stays open.
        """
        self.closed = True
        if self._loop is current_loop():
            with anyio.move_on_after(CLOSING, shield=True):
                await self._end_exchanges()
            if self._made is not None:
                await self._made.aclose()
        self._made = None

    async def _end_exchanges(self) -> None:
        self._emptied = anyio.Event()
        for progress in tuple(self._under_way):
            progress.cut(at_once=self._given is None)
        if self._under_way:
            await self._emptied.wait()

    def _request(
        self, client: HTTPClient, call: Call, timeout: ExchangeTimeout, progress: Progress
    ) -> Any:
        headers = {**_HEADERS, **call.headers, "x-api-key": self._revealed}
        content = None
        if call.body is not None:
            content = encode_body(call.body)
            headers["content-type"] = "application/json"
        phases = _Phases(timeout.phases)
        phases.progress = progress
        extensions = {"trace": progress, "timeout": phases}
        url = self.base_url + call.target
        try:
            request = client.build_request(
                call.operation.method, url, headers=headers, content=content, extensions=extensions
            )
        except _library_of(client).InvalidURL as error:
            what, hint = f"must be a URL that httpx can read ({error})", "Is the host right?"
            raise ConfigurationError("base_url", self.base_url, what, hint=hint) from error
        self._keep_cookies(request.headers)
        return request

    def _keep_cookies(self, headers: Any) -> None:
        """Send the cookies that there were before the first call, and none that answers set."""
        cookie = headers.get("cookie", "")
        if self._cookie is None:
            self._cookie = cookie
        if cookie and not self._cookie:
            del headers["cookie"]
        elif cookie != self._cookie:
            headers["cookie"] = self._cookie

    async def _exchange(
        self, client: HTTPClient, request: Any, call: Call, progress: Progress
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
        for echo in self._echoes:
            text = text.replace(echo, HIDDEN.encode())
        return text

    def _client(self) -> HTTPClient:
        if self.closed:
            raise _closed(hint="Nothing was sent.")
        loop = current_loop()
        if self._given is not None:
            return self._checked(self._given, loop)
        if self._made is None or self._loop is not loop:
            self._made, self._loop = self.new_client(), loop
            self._under_way.clear()  # what a loop that is dead had on the wire
        return self._made

    def _checked(self, given: HTTPClient, loop: object) -> HTTPClient:
        self._loop = self._loop or loop
        if given.is_closed or self._loop is not loop:
            problem = "must be open" if given.is_closed else "must belong to this event loop"
            raise _not_ours(given, problem)
        return given

    def _without_key(self, error: Exception) -> Exception | None:
        return None if self._revealed in f"{error!r} {error}" else error


def _closed(hint: str = "") -> ClientClosedError:
    return ClientClosedError("this client is closed.", hint=hint)


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


def _timed_out(call: Call, progress: Progress, total: float) -> APIError:
    if progress.traced and not progress.started:
        return NotSentError(f"no connection within {total:g} s.", operation=call.operation.id)
    return APITimeoutError(f"no whole answer within {total:g} s.", operation=call.operation.id)


def _broken(call: Call, progress: Progress, error: Exception, library: ModuleType) -> APIError:
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
