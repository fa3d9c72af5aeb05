"""
The book in Redis or Valkey, for processes of several hosts.

One step is one script, which Redis runs alone and whole. Its library speaks asyncio only, and
retries nothing: the caller does. A connection is let go of after any failure, a cancellation too,
so that no answer can be taken for that of a later request.

Sessions are woken through channels, on a connection of its own.
"""

import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha1
from pathlib import Path
from typing import Any, Final

import anyio
from attrs import define, field
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    DataError,
    MovedError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)

from ..._backend import running_asyncio_loop
from ...errors import ConfigurationError
from ..rules.book.clock import Clock
from ..rules.book.messages import Reply, Request
from ..rules.book.status import Status
from ..rules.book.step import EVERYONE
from ..rules.book.view import view
from ..rules.book.wire import to_reply, to_request
from ..rules.limits import without_credentials
from .store import StoreLost, mismatch, read_book


__all__ = ["RedisStore"]

# Seconds in which an answer must come.
PATIENCE: Final = 5.0
# Seconds between two tries to listen again: at first, and at most.
_FIRST_TRY, _LONGEST_TRY = 0.1, 2.0
# Milliseconds for which a book that is not used is kept.
_KEPT: Final = 7 * 86_400_000
_HERE: Final = Path(__file__).parent
# Refusals that pass by themselves. Any other is of the server's or of this set-up.
_PASSING: Final = (
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "UNKILLABLE",
)
# The library before version 6 cuts such words off, where it has an error of its own for them.
_PASSING_ERRORS: Final = (ClusterDownError, OutOfMemoryError, ReadOnlyError, TryAgainError)
# As Redis 6 and 7 have it, inside of a script and outside.
_DENIED: Final = ("NOPERM", "ACL failure", "user executing the script can't")
# How it is mended.
_FORMS: Final = "redis://host:6379/0, rediss://user:password@host/0 or unix:///path/to/socket?db=0."
_TRIO: Final = "The library for Redis speaks asyncio only."
_TLS: Final = "Name its authority: rediss://host/0?ssl_ca_certs=/path/to/ca.pem."
_USER: Final = "Write them into the URL: redis://user:password@host."
_RIGHTS: Final = "Give it keys and channels yotta:*, @scripting, @pubsub, GET, SET, TIME, INFO."
_KEYS: Final = "Is it Redis 5 or later, and is the database in the URL the right one?"


def _read_script() -> str:
    return "\n".join((_HERE / name).read_text("utf-8") for name in ("book.lua", "redis.lua"))


@define(eq=False)
class RedisStore:
    """
    A `Store` in Redis 5 or later, or Valkey.

    Args:
        url: As redis-py takes it; a private authority is ``?ssl_ca_certs=/path/to/ca.pem``.
        name: Of the key's book, which is at ``yotta:{name}:budget``.
        session: The name of the one session that this is for.

    Raises:
        ConfigurationError: The URL cannot be read.
    """

    url: str = field(repr=False)
    name: str
    session: str
    _script: str = field(factory=_read_script, repr=False)
    _digest: str = field(init=False, repr=False)
    _client: Any = field(default=None, repr=False)
    _listener: PubSub | None = field(default=None, repr=False)
    _home: tuple[str, int] | None = None

    def __attrs_post_init__(self) -> None:
        self._digest = sha1(self._script.encode(), usedforsecurity=False).hexdigest()
        try:
            self._connect()
        except (ValueError, TypeError) as error:
            raise self._bad(f"must be the URL of a server ({error})", _FORMS) from None

    async def step(self, request: Request) -> Reply:
        arguments = (
            self._key,
            json.dumps(to_request(request), separators=(",", ":")),
            self._channel(""),
            str(_KEPT),
        )
        answer = await self._run(*arguments)
        reply = to_reply(json.loads(answer))
        if reply.refusal is not None:
            raise mismatch(reply.refusal, request)
        return reply

    async def news(self) -> None:
        wait = _FIRST_TRY
        while self._listener is None:
            try:
                await self._listen()
            except StoreLost:
                await anyio.sleep(wait)
                wait = min(2 * wait, _LONGEST_TRY)
            else:
                return  # what was told before is missed
        try:
            await self._next_wake_up(self._listener)
        except BaseException:
            await self._stop_listening()
            raise

    async def status(self) -> Status | None:
        client = self._connect()
        try:
            async with self._told():
                kept = await client.get(self._key)
                seconds, micros = await client.time()
        finally:
            await client.aclose()
        if kept is None:
            return None
        return view(read_book(json.loads(kept)), Clock(now=seconds * 1000 + micros // 1000))

    async def aclose(self) -> None:
        await self._stop_listening()
        await self._let_go()

    # The script.

    async def _run(self, *arguments: str) -> bytes:
        for _ in range(3):
            try:
                async with self._told():
                    return await self._run_once(*arguments)
            except _MovedHome as moved:
                self._home = moved.home
        raise StoreLost("the cluster sends from one node to another")

    async def _run_once(self, *arguments: str) -> bytes:
        if self._client is None:
            self._client = self._connect()
        is_over = False
        try:
            try:
                answer = await self._client.evalsha(self._digest, 1, *arguments)
            except NoScriptError:
                answer = await self._client.eval(self._script, 1, *arguments)
            is_over = True
        finally:
            if not is_over:
                await self._let_go()
        return bytes(answer)

    async def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with anyio.CancelScope(shield=True):
                await client.connection_pool.disconnect()

    def _connect(self) -> Any:  # the library's types have gaps
        library: Any = ConnectionPool
        pool = library.from_url(
            self.url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=PATIENCE,
            socket_timeout=PATIENCE,
            decode_responses=False,
            protocol=2,
        )
        if self._home is not None:
            host, port = self._home
            pool.connection_kwargs.update(host=host, port=port)
        return Redis.from_pool(pool)

    # Wake-ups.

    async def _listen(self) -> None:
        client: Any = self._connect()
        client.connection_pool.connection_kwargs["socket_timeout"] = None
        listener = client.pubsub(ignore_subscribe_messages=True)
        try:
            async with self._told():
                await listener.subscribe(self._channel(self.session), self._channel(EVERYONE))
                # The answer to it, so that a user without the right to it learns so here.
                await listener.get_message(timeout=PATIENCE)
        except BaseException:
            await _close(listener)
            raise
        self._listener = listener

    async def _next_wake_up(self, listener: PubSub) -> None:
        try:
            while await listener.get_message(timeout=None) is None:
                pass
        except (RedisError, OSError):
            await self._stop_listening()

    async def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await _close(listener)

    @property
    def _key(self) -> str:
        # What is in braces is all that a cluster looks at to find its node.
        return f"yotta:{{{self.name}}}:budget"

    def _channel(self, session: str) -> str:
        return f"yotta:{{{self.name}}}:w:{session}"

    # Errors.

    @asynccontextmanager
    async def _told(self) -> AsyncGenerator[None]:
        """Turn every failure into one of the two that a store has."""
        if running_asyncio_loop() is None:
            raise self._bad("must be file:///path on trio", _TRIO)
        try:
            with anyio.fail_after(PATIENCE):
                yield
        except MovedError as error:
            node: Any = error
            raise _MovedHome(node.host, node.port) from error
        except (RedisError, OSError) as error:
            raise self._meaning(error) from error

    def _meaning(self, error: Exception) -> Exception:
        if isinstance(error, TimeoutError):
            return StoreLost(f"no answer within {PATIENCE:g} s")
        origin = _origin(error)
        text = f"{getattr(origin, 'status_code', None) or ''} {origin}".strip()
        misuse = _misuse(origin, text)
        return (
            StoreLost(text)
            if misuse is None
            else self._bad(f"must {misuse[0]} ({text})", misuse[1])
        )

    def _bad(self, problem: str, hint: str) -> ConfigurationError:
        shown = without_credentials(self.url)
        return ConfigurationError("Limits.shared", shown, problem, hint=hint)


def _misuse(error: BaseException, text: str) -> tuple[str, str] | None:
    """Return what the server must do, and how to get there; None if it passes by itself."""
    found = None
    if isinstance(error, ssl.SSLCertVerificationError):
        found = ("have a certificate that is trusted", _TLS)
    elif isinstance(error, NoPermissionError) or any(word in text for word in _DENIED):
        found = ("be open to this user", _RIGHTS)
    elif isinstance(error, AuthenticationError | AuthorizationError):
        found = ("accept this user and password", _USER)
    elif isinstance(error, DataError):
        found = ("be the URL of a server", _FORMS)
    elif isinstance(error, ResponseError) and not _passes(error, text):
        found = ("be able to keep the budget", _KEYS)
    return found


def _passes(error: ResponseError, text: str) -> bool:
    return isinstance(error, _PASSING_ERRORS) or any(word in text for word in _PASSING)


class _MovedHome(Exception):  # noqa: N818  # no error: the cluster keeps the book elsewhere
    def __init__(self, host: str, port: int) -> None:
        super().__init__(host)
        self.home = (host, port)


async def _close(listener: Any) -> None:  # the library's types have gaps
    with anyio.CancelScope(shield=True):
        await listener.aclose()
        await listener.connection_pool.disconnect()


def _origin(error: BaseException) -> BaseException:
    """Return what the library has wrapped: why a connection could not be set up."""
    told = (AuthenticationError, AuthorizationError, ResponseError, ssl.SSLCertVerificationError)
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, told):
            return at
        at = at.__cause__ or at.__context__
    return error
