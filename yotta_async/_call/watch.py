"""
One shared look for any number of waiters: at all pods, or at the tasks of an endpoint.

There is no background task: among those who wait for a list, one fetches it for all (the leader),
and the next one takes over when it leaves. A tick costs one request, however many pods and waiters
there are. How often is said in `_scheduling.rules.polling`; ticks become slower while nothing
changes.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from math import inf
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

import anyio
from attrs import define, field, frozen

from .._backend import current_loop
from .._scheduling.rules.lanes import Lane
from ..errors import APIError, QueueTimeoutError, YottaError
from .rules.backoff import Backoff
from .rules.reach import Reach, is_passing, reach_of


__all__ = ["ListWatch", "Snapshot", "snapshot_of"]

logger = logging.getLogger("yotta_async")

# One list may fail; after so many in a row the last list is out of date, which is logged.
FAILURES_TOLD = 5
# While nothing changes the interval between two looks is multiplied by this.
SLOWING = Backoff(initial=1.0, factor=1.5, maximum=6.0)
# A key that could list before is refused for good after so many refusals in a row, over so many
# seconds: firewalls, and replicas that do not know it yet, refuse it for a while.
MOST_REFUSALS = 3
LONGEST_DOUBT = 60.0


class Listed(Protocol):
    """What can be looked at by its id."""

    @property
    def id(self) -> str: ...


class Unread(Protocol):
    """What is listed and cannot be read."""

    @property
    def id(self) -> str | None: ...

    @property
    def name(self) -> str | None: ...

    @property
    def status(self) -> str | None: ...

    def may_be(self, thing_id: str) -> bool: ...

    def may_have_name(self, name: str) -> bool: ...


T = TypeVar("T", bound=Listed)


@frozen
class Snapshot(Generic[T]):
    """
    One list.

    Attributes:
        items: By id.
        sent_at: The instant at which the list was asked for: all that was true then is in it, but
            for the lag.
        unreadable: What is listed and cannot be read.
        unconfirmed: The ids of those items whose state is not from this list, which has an older
            copy of them, or one that cannot be read: they are as they were last seen, or of a
            status that is not known. And of those of which it has several copies that contradict
            each other: they are as the likeliest of these.
        missing: What earlier lists had, and this one has not, though no end of it was seen: by id,
            with the instant since when. Each of them may be there all the same.
    """

    items: Mapping[str, T]
    sent_at: float
    unreadable: tuple[Unread, ...] = ()
    unconfirmed: frozenset[str] = frozenset()
    missing: Mapping[str, float] = MappingProxyType({})

    def lacks(self, thing_id: str) -> bool:
        """Whether it has no such thing; one that cannot be read, and has no id, may be any."""
        return thing_id not in self.items and not any(
            odd.may_be(thing_id) for odd in self.unreadable
        )

    def hides_name(self, name: str) -> bool:
        """Whether a thing of this name may be among what cannot be read."""
        return any(odd.may_have_name(name) for odd in self.unreadable)


def snapshot_of(items: Iterable[T], sent_at: float) -> Snapshot[T]:
    """Return a list as a snapshot; so is what it says of odd items."""
    unreadable: tuple[Unread, ...] = getattr(items, "unreadable", ())
    contradicted: frozenset[str] = getattr(items, "contradicted", frozenset())
    by_id = MappingProxyType({item.id: item for item in items})
    return Snapshot(by_id, sent_at, unreadable, contradicted)


async def _do_nothing(_: object) -> None:
    pass


def _as_it_is(snapshot: Snapshot[T]) -> Snapshot[T]:
    return snapshot


@define(eq=False)
class ListWatch(Generic[T]):
    """
    The lists, as they come.

    Attributes:
        latest: The last list that could be read, or None before the first.
        failure: Why the last tick brought no list, or None if it did.
        quiet: How many lists in a row have shown nothing new.
        led: Whether one of the waiters fetches the next list, or waits to.
    """

    _fetch: Callable[[Lane], Awaitable[list[T]]]
    _interval: Callable[[], float]
    _state: Callable[[T], object]
    _on_list: Callable[[Snapshot[T]], Awaitable[None]] = _do_nothing
    _judge: Callable[[Snapshot[T]], Snapshot[T]] = _as_it_is
    latest: Snapshot[T] | None = None
    failure: YottaError | None = None
    _rounds: int = 0
    _failures: int = 0
    _refusals: int = 0
    _refused_at: float = -inf
    _last_sent: float = -inf
    quiet: int = 0
    _prompt: int = 0
    led: bool = False
    _alarm: anyio.CancelScope | None = None
    _loop: object = None
    _news: anyio.Event = field(factory=anyio.Event)

    async def next(self, after: float, *, prompt: bool = False) -> Snapshot[T]:
        """
        Return the first list that is asked for after an instant.

        A list that fails is not an error, as the next one replaces it; waiters set their own
        deadlines.

        Args:
            prompt: Whether something may bill until the list comes: it is sent in the URGENT lane.

        Raises:
            APIError: The lists are refused for good: a wrong key, no permission. Where a list could
                be read before, it is asked for again, for a minute, before that is believed.
        """
        self._enter_loop()
        self._prompt += prompt
        self._rearm()
        try:
            return await self._awaited(after)
        finally:
            self._prompt -= prompt

    def share(self, items: Iterable[T], sent_at: float) -> Snapshot[T]:
        """Take in a list that was asked for outside of the watch, and return it as judged."""
        self._enter_loop()
        self._last_sent = max(self._last_sent, sent_at)
        self.latest = self._judge(snapshot_of(items, sent_at))
        return self.latest

    def hasten(self) -> None:
        """Go back to the quickest ticks: something is about to change."""
        self.quiet = 0
        self._rearm()

    async def _awaited(self, after: float) -> Snapshot[T]:
        while self.latest is None or self.latest.sent_at <= after:
            rounds = self._rounds
            if self.led:
                await self._news.wait()
            else:
                await self._lead()
            if self._rounds != rounds and self.failure and self._is_final(self.failure):
                raise self.failure
        return self.latest

    def _is_final(self, failure: YottaError) -> bool:
        """Whether no later list will make up for one that failed."""
        if is_passing(failure):
            return False
        if reach_of(failure) is not Reach.KEY or self.latest is None:
            return True
        doubted_for = self._last_sent - self._refused_at
        return self._refusals >= MOST_REFUSALS and doubted_for >= LONGEST_DOUBT

    async def _lead(self) -> None:
        self.led = True
        try:
            with anyio.CancelScope(deadline=self._due()) as self._alarm:
                await anyio.sleep_forever()
            await self._tick()
        finally:
            self.led, self._alarm = False, None
            self._news.set()
            self._news = anyio.Event()

    def _due(self) -> float:
        slowing = 1.0 if self._prompt else SLOWING.after(self.quiet)
        return self._last_sent + self._interval() * slowing

    def _rearm(self) -> None:
        if self._alarm is not None:
            self._alarm.deadline = self._due()

    def _enter_loop(self) -> None:
        # Instants of another loop's clock mean nothing here, nor do its events.
        if self._loop is not (loop := current_loop()):
            self._loop, self._last_sent, self.led, self._alarm = loop, -inf, False, None
            self.latest, self._news, self._refusals = None, anyio.Event(), 0

    async def _tick(self) -> None:
        sent_at = self._last_sent = anyio.current_time()
        try:
            items = await self._fetch(Lane.URGENT if self._prompt else Lane.BACKGROUND)
        except (APIError, QueueTimeoutError) as error:
            self._note_failure(error)
        else:
            self._take_in(self._judge(snapshot_of(items, sent_at)))
        self._rounds += 1
        if self.failure is None and self.latest is not None:
            await self._on_list(self.latest)

    def _note_failure(self, error: YottaError) -> None:
        self.failure, self._failures = error, self._failures + 1
        if not is_passing(error):
            if not self._refusals:
                self._refused_at = self._last_sent
                logger.warning("a list was refused, and is asked for again: %s", error)
            self._refusals += 1
            self.quiet = 0  # asked again soon
        if self._failures == FAILURES_TOLD:
            logger.warning("%d lists in a row failed: %s", self._failures, error)

    def _take_in(self, snapshot: Snapshot[T]) -> None:
        if self._failures >= FAILURES_TOLD:
            logger.warning("lists can be read again")
        self._failures = self._refusals = 0
        self.quiet = self.quiet + 1 if self._is_as_before(snapshot.items) else 0
        self.latest, self.failure = snapshot, None

    def _is_as_before(self, items: Mapping[str, T]) -> bool:
        if self.latest is None or self.latest.items.keys() != items.keys():
            return False
        # Most are the same objects (`PodList`), and need not be compared.
        pairs = zip(map(self.latest.items.__getitem__, items), items.values(), strict=True)
        return all(was is now or self._state(was) == self._state(now) for was, now in pairs)
