"""Waiting for one thing by looking at it again and again."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import anyio
from attrs import define, field, frozen

from .._call.watch import PASSING, SLOWING
from ..errors import ConfigurationError, WaitError, WaitTimeoutError, YottaError
from ..models._statuses import OpenStatus
from .calls import Calls


__all__ = ["Aim", "Poll", "poll_by_id"]


class Stateful(Protocol):
    """What has a status."""

    @property
    def status(self) -> str: ...


T = TypeVar("T", bound=Stateful)
E = TypeVar("E", bound=WaitError)


@frozen
class Aim(Generic[T]):
    """
    What a thing is to become.

    Attributes:
        text: For messages.
        reached: Whether it is there.
        lost: Whether it cannot come from where the thing is now.
    """

    text: str
    reached: Callable[[T], bool]
    lost: Callable[[T], bool]

    @classmethod
    def of(
        cls, until: str | Callable[[T], bool], known: type[OpenStatus], *ended: OpenStatus
    ) -> "Aim[T]":
        """
        Read what a `wait` was given.

        Args:
            until: A status, or a function of the thing.
            known: The statuses that it may have.
            ended: Those from which no other comes.

        Raises:
            ConfigurationError: It is no status and not callable.
        """

        def lost(thing: T) -> bool:
            return thing.status in ended

        if callable(until):
            return cls("what was asked for", until, lost)
        status = known.parse(until)
        if not isinstance(status, known):
            hint = f"Use a function, or one of {', '.join(known)}."
            raise ConfigurationError("until", until, "is nothing that it can become", hint=hint)
        return cls(status, lambda thing: thing.status == status, lost)


@define(eq=False)
class Poll(Generic[T]):
    """
    One thing on its way.

    Attributes:
        subject: Its id.
        noun: What it is, for messages.
        failed: What is raised when it cannot get there.
    """

    noun: str
    subject: str
    aim: Aim[T]
    failed: type[WaitError]
    _look: Callable[[], Awaitable[T]]
    _interval: Callable[[], float]
    seen: T | None = None
    _failure: YottaError | None = None
    _history: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    async def reach(self, seconds: float | None) -> T:
        """Return the thing when it is there, or raise what became of it."""
        with anyio.move_on_after(seconds):
            return await self._follow()
        message = f"{self._who} was not {self.aim.text} within {seconds:g} s; {self._last_words()}."
        hint = "It exists still, and may bill: wait longer, or end it."
        raise self._error(WaitTimeoutError, message, hint) from self._failure

    @property
    def _who(self) -> str:
        return f"{self.noun} {self.subject}"

    async def _follow(self) -> T:
        quiet = 0
        while True:
            moved = await self._sight()
            if self.seen is not None and self.aim.reached(self.seen):
                return self.seen
            if self.seen is not None and self.aim.lost(self.seen):
                message = f"{self._who} is {self.seen.status} and will not be {self.aim.text}."
                raise self._error(self.failed, message)
            quiet = 0 if moved else quiet + 1
            await anyio.sleep(self._interval() * SLOWING.after(quiet))

    async def _sight(self) -> bool:
        """Look once; return whether it has moved on."""
        try:
            thing = await self._look()
        except PASSING as error:
            self._failure = error
            return False
        moved = self.seen is None or self.seen.status != thing.status
        if moved:
            self._history.append((anyio.current_time(), thing.status))
        self.seen, self._failure = thing, None
        return moved

    def _last_words(self) -> str:
        return f"it was last seen {self.seen.status}" if self.seen else "it could not be looked at"

    def _error(self, kind: type[E], message: str, hint: str = "") -> E:
        history = tuple(self._history)
        return kind(message, subject=self.subject, last_seen=self.seen, history=history, hint=hint)


def poll_by_id(
    calls: Calls,
    operation: str,
    kind: type[T],
    aim: Aim[T],
    failed: type[WaitError],
    **named: Any,
) -> Poll[T]:
    """
    Return a poll of a thing by the operation that gets it, such as ``vm_id="1"``.

    Raises:
        ConfigurationError: The id can be none.
    """
    calls.api.call(operation, **named)
    looking, interval = calls.looking(), calls.caller.scheduler.poll_interval

    async def look() -> T:
        return await looking.one(kind, operation, **named)

    (subject,) = named.values()
    return Poll(kind.__name__, subject, aim, failed, look, interval)
