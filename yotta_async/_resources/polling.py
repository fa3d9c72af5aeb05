"""Looking at one thing by its id, again and again, more rarely while nothing changes."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import anyio
from attrs import define

from .._call.rules.reach import is_passing
from .._call.watch import SLOWING
from ..errors import NotFoundError, YottaError
from .calls import Calls
from .waiting import Awaited, Goal, Progress, Stateful, Wait


__all__ = ["Poll", "wait_by_id"]

T = TypeVar("T", bound=Stateful)


@define(eq=False)
class Poll(Generic[T]):
    """
    An `Observer` that looks for itself.

    Attributes:
        ask: Gets the thing by its id.
    """

    ask: Callable[[], Awaitable[T]]
    _interval: Callable[[], float]
    failure: YottaError | None = None
    _status: str | None = None
    _quiet: int | None = None  # looks without a change; the first one is made at once

    async def next(self) -> T | None:
        while True:
            await self._pause()
            try:
                thing = await self.ask()
            except NotFoundError:
                return self._took_in(None)
            except YottaError as error:
                if not is_passing(error):
                    raise
                self.failure = error
            else:
                return self._took_in(thing)

    async def _pause(self) -> None:
        if self._quiet is None:
            self._quiet = 0
        else:
            await anyio.sleep(self._interval() * SLOWING.after(self._quiet))
            self._quiet += 1

    def _took_in(self, thing: T | None) -> T | None:
        self.failure = None
        if thing is not None and thing.status != self._status:
            self._quiet, self._status = 0, thing.status
        return thing


def wait_by_id(
    calls: Calls,
    operation: str,
    model: type[T],
    kind: Awaited[T],
    until: str | Callable[[T], bool],
    **named: Any,
) -> Wait[T]:
    """
    Return the wait for a thing by the operation that gets it, such as ``vm_id="1"``.

    Raises:
        ConfigurationError: The id or the goal is not allowed.
    """
    goal = Goal[T].of(until, kind)
    calls.api.call(operation, **named)
    looking = calls.looking()

    async def get() -> T:
        return await looking.fetch(model, operation, **named)

    (subject,) = named.values()
    poll = Poll(get, calls.caller.scheduler.poll_interval)
    return Wait(Progress(kind, subject, goal), calls.options.retry.settle, poll)
