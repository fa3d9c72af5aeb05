"""
Waiting for one thing to become what is wanted: one rule for pods, endpoints, machines and tasks.

An `Observer` looks, each in its way; what a look means is said here, once:

1. It shows the thing. Where it is wanted: returned. Where that cannot come of it any more: the
   kind's own error. Else: the next look.
2. It does not show the thing. For ``lag`` seconds that proves nothing: lists and replicas lag. Then
   the thing is asked for by its id, or at once where its absence is what is wanted and it was known
   before. Only a 404 to that counts, and only as far as `rules.proof` says: absence was wanted and
   is returned; a thing that was known has vanished; one that was not is not found.
3. It fails in passing. The next look makes up for it; a timeout has it as its cause.
4. It is refused for good. The refusal is raised at once.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar, cast

import anyio
from attrs import define, field, frozen

from .._call.rules.reach import is_passing
from .._checks import is_finite
from ..errors import (
    ConfigurationError,
    NotFoundError,
    WaitError,
    WaitTimeoutError,
    YottaError,
)
from ..models._lifecycle import PodStatus
from ..models._statuses import OpenStatus
from .rules.proof import Verdict


__all__ = ["Awaited", "Goal", "Observer", "Progress", "Wait", "check_timeout"]


_UNSEEN_HINT = "It may exist all the same: look for it again."


class Stateful(Protocol):
    """What has a status."""

    @property
    def status(self) -> str: ...


T = TypeVar("T", bound=Stateful)
T_co = TypeVar("T_co", bound=Stateful, covariant=True)
E = TypeVar("E", bound=WaitError)


@frozen(kw_only=True)
class Awaited(Generic[T]):
    """
    A kind of thing that can be waited for.

    Attributes:
        name: For messages, such as ``"pod"``.
        statuses: Those that one may have.
        is_lost: Whether nothing but its end can come of one in a status; given the status that is
            wanted, too, or None for a condition.
        gone: Makes one that exists no more, of its id and what was last seen of it; None where
            absence is not a status.
        terminated: The status that absence stands for; None where it stands for none.
        failed: Raised when one can no longer become what is wanted.
        vanished: Raised when one exists no more; None: the server's own error is.
        reason: Why one failed, as far as it says; ``""`` where it does not.
        failed_hint: What to do then.
        late_hint: What to do when one takes too long.
    """

    name: str
    statuses: type[PodStatus] | type[OpenStatus]
    is_lost: Callable[[str, str | None], bool]
    gone: Callable[[str, T | None], T] | None = None
    terminated: str | None = None
    failed: type[WaitError]
    vanished: type[WaitError] | None
    reason: Callable[[T], str] = lambda _: ""
    failed_hint: str
    late_hint: str


@frozen
class Goal(Generic[T]):
    """
    What a thing is to become.

    Attributes:
        text: For messages.
        reached: Whether it is there.
        lost: Whether it cannot come from where the thing is now.
        by_absence: Whether it is reached by a thing that exists no more.
    """

    text: str
    reached: Callable[[T], bool]
    lost: Callable[[T], bool]
    by_absence: bool = False

    @classmethod
    def of(
        cls,
        until: str | Callable[[T], bool],
        kind: Awaited[T],
        words: "Mapping[str, Goal[T]]" = MappingProxyType({}),
    ) -> "Goal[T]":
        """
        Read what a `wait` was given.

        Args:
            until: One of the words, a status, or a function of the thing.
            kind: What is waited for.
            words: Those that mean more than a status.

        Raises:
            ConfigurationError: Anything else.
        """
        if callable(until):
            return cls(
                "what `until` asks for", until, lambda thing: kind.is_lost(thing.status, None)
            )
        if not isinstance(cast("object", until), str):
            raise _no_goal(until, kind, words)
        if (goal := words.get(until)) is not None:
            return goal
        status = kind.statuses.parse(until)
        if not isinstance(status, kind.statuses):
            raise _no_goal(until, kind, words)
        return cls.status(status, kind)

    @classmethod
    def status(cls, status: str, kind: Awaited[T]) -> "Goal[T]":
        """Return the goal of being in a status; what has failed can still be terminated."""
        by_absence = status == kind.terminated
        return cls(
            status,
            lambda thing: thing.status == status,
            lambda thing: not by_absence and kind.is_lost(thing.status, status),
            by_absence,
        )


def _no_goal(until: object, kind: Awaited[Any], words: Mapping[str, object]) -> ConfigurationError:
    named = "".join(f'"{word}", ' for word in words)
    allowed = f"must be {named}a status or a function of a {kind.name}"
    hint = f"The statuses are {', '.join(kind.statuses)}."
    return ConfigurationError("until", until, allowed, hint=hint)


def check_timeout(timeout: object) -> None:
    """
    Check the seconds that a wait may take.

    Raises:
        ConfigurationError: Neither a number of seconds nor None.
    """
    if timeout is None or timeout == math.inf or (is_finite(timeout) and timeout >= 0):
        return
    hint = "None waits as long as it takes."
    raise ConfigurationError(
        "timeout", timeout, "must be a number of seconds, 0 or more, or None", hint=hint
    )


@define(eq=False)
class Progress(Generic[T]):
    """
    How far one thing has come, and the errors that tell of it.

    Attributes:
        subject: Its id.
        seen: It as it was last seen, by this wait or before it.
        is_missing: Whether the last look did not show it.
        history: The statuses it went through, each with the instant it was first seen.
    """

    kind: Awaited[T]
    subject: str
    goal: Goal[T]
    seen: T | None = None
    is_missing: bool = False
    history: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    def see(self, thing: T) -> None:
        """Take in a look that has shown it."""
        if not self.history or self.history[-1][1] != thing.status:
            self.history.append((anyio.current_time(), thing.status))
        self.seen, self.is_missing = thing, False

    def late(self, seconds: float | None, cause: YottaError | None) -> WaitTimeoutError:
        """Return the error of a wait whose time is up; its cause is why the last look failed."""
        message = f"was not {self.goal.text} within {seconds:g} s; {self._last_words}."
        hint = self.kind.late_hint if self.seen is not None else _UNSEEN_HINT
        error = self._error(WaitTimeoutError, message, hint)
        error.__cause__ = cause
        return error

    def failed(self, thing: T) -> WaitError:
        """Return the error of a thing that can no longer get there."""
        reason = self.kind.reason(thing)
        message = f"is {thing.status} and will not be {self.goal.text}{reason and f': {reason}'}."
        return self._error(self.kind.failed, message, self.kind.failed_hint)

    def vanished(self, proof: NotFoundError) -> YottaError:
        """Return the error of a thing that is not there, as the server says."""
        if self.seen is None or self.kind.vanished is None:
            return proof
        error = self._error(self.kind.vanished, f"is no longer there; {self._last_words}.")
        error.__cause__ = proof
        return error

    @property
    def _last_words(self) -> str:
        if self.seen is not None:
            return f"it was last seen {self.seen.status}"
        return "it was not found" if self.is_missing else "it could not be looked at"

    def _error(self, kind: type[E], what: str, hint: str = "") -> E:
        return kind(
            f"{self.kind.name} {self.subject} {what}",
            subject=self.subject,
            last_seen=self.seen,
            history=tuple(self.history),
            hint=hint,
        )


class Observer(Protocol[T_co]):
    """Looks at one thing again and again, at its own pace."""

    @property
    def failure(self) -> YottaError | None:
        """Why the last look failed, or None if it did not."""
        ...

    async def next(self) -> T_co | None:
        """
        Return the thing as the next look shows it, or None if that does not; a look that fails in
        passing is made up for by the one after it.
        """
        ...

    def ask(self) -> Awaitable[T_co]:
        """
        Return the thing by its id.

        Raises:
            NotFoundError: It is not there.
        """
        ...


def _it_is_gone() -> Verdict:
    return Verdict.GONE


@define(eq=False)
class Wait(Generic[T]):
    """
    One thing on its way to a goal.

    Attributes:
        lag: Seconds for which a thing that is there may not be shown.
        by_404: What a 404 to its id proves (`rules.proof`).
    """

    progress: Progress[T]
    lag: float
    _observer: Observer[T]
    _by_404: Callable[[], Verdict] = _it_is_gone
    _failure: YottaError | None = None
    _asks_at: float | None = None

    async def reach(self, seconds: float | None) -> T:
        """
        Return the thing when it is there, or raise what became of it.

        Raises:
            ConfigurationError: No number of seconds; nothing was sent.
            WaitError: It did not get there in time, or cannot any more.
            APIError: It is not found, or looking is refused.
        """
        check_timeout(seconds)
        with anyio.move_on_after(seconds):
            return await self._follow()
        raise self.progress.late(seconds, self._observer.failure or self._failure)

    async def _follow(self) -> T:
        while True:
            thing = await self._observer.next()
            if thing is None:
                thing = await self._missed()
            else:
                self._asks_at = self._failure = None
            if thing is not None and self._is_there(thing):
                return thing

    def _is_there(self, thing: T) -> bool:
        self.progress.see(thing)
        if self.progress.goal.reached(thing):
            return True
        if self.progress.goal.lost(thing):
            raise self.progress.failed(thing)
        return False

    async def _missed(self) -> T | None:
        """Return what became of a thing that a look has not shown, as soon as that can be said."""
        now, progress = anyio.current_time(), self.progress
        progress.is_missing = True
        if self._asks_at is None:
            expected = progress.goal.by_absence and progress.seen is not None
            self._asks_at = now if expected else now + self.lag
        if now < self._asks_at:
            return None
        try:
            thing = await self._observer.ask()
        except NotFoundError as error:
            return self._gone(error)
        except YottaError as error:
            if not is_passing(error):
                raise
            self._failure = error
            return None
        self._asks_at, self._failure = now + self.lag, None
        return thing

    def _gone(self, proof: NotFoundError) -> T | None:
        """Return what became of a thing whose id is answered with a 404, if that proves it."""
        progress, verdict = self.progress, self._by_404()
        if verdict is Verdict.DOUBTFUL:
            return None
        if verdict is Verdict.UNSEEN:
            raise proof
        if progress.goal.by_absence and progress.kind.gone is not None:
            return progress.kind.gone(progress.subject, progress.seen)
        raise progress.vanished(proof)
