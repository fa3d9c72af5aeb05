"""How commands reach the service: a client for the time of the command."""

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import anyio
from attrs import frozen

from .._client import AsyncYotta
from .._scheduling.rules.limits import Limits
from ._exits import Exit
from ._words import EventPrinter, say


__all__ = ["Session", "World"]

Work = Callable[[AsyncYotta], Awaitable[int]]


@frozen(kw_only=True)
class World:
    """
    In what commands run; tests put a simulated cloud and its time into it (``obj=`` of click).

    Attributes:
        client: Makes the client.
        run: Runs an asynchronous function.
    """

    client: Callable[..., AsyncYotta] = AsyncYotta
    run: Callable[..., Any] = anyio.run


@frozen(kw_only=True)
class Session:
    """
    What the common options say.

    Attributes:
        requests: The plan's requests a minute.
        api_version: Or None for the environment's.
        shared: Where other processes share the key's budget, or None.
        debug: Whether to show the log.
    """

    requests: int
    api_version: str | None
    world: World
    debug: bool = False
    shared: str | None = None

    @property
    def limits(self) -> Limits:
        return Limits(requests=self.requests, shared=self.shared)

    def do(self, work: Work) -> int:
        """
        Do it with a client, and return the exit code.

        Raises:
            ConfigurationError: There is no key, or a setting that cannot work.
        """
        with _log(shown=self.debug):
            code: int = self.world.run(self._do, work)
        return code

    async def _do(self, work: Work) -> int:
        client = self.world.client(
            api_version=self.api_version, limits=self.limits, on_event=EventPrinter()
        )
        async with client:
            code = await work(client)
        if client.left_behind:
            say("yotta-async: pods may be left, and bill; look for them: yotta-async pods")
        return code or (Exit.ERROR if client.left_behind else Exit.OK)


class _Progress(logging.Handler):
    """Says how far an end has come; what came of it is said by the commands themselves."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "yotta_async.progress" and not getattr(record, "is_end", False):
            say(f"  {record.getMessage()}")


@contextmanager
def _log(*, shown: bool) -> Generator[None]:
    """Show the log or, as most of it is also raised or printed, only how far an end has come."""
    logger = logging.getLogger("yotta_async")
    handler, level = logging.StreamHandler() if shown else _Progress(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
