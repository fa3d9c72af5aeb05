"""
Work for a fleet's pods: each that is ready has items at hand, until all are done.

One task hands out (`Work.run`), one takes from an input that has no length, and one does each try
of an item. What they share is changed without waiting, and a change is told to all by the roster.
Which item is next and how often it is begun is in `rules.items`, what it costs in `rules.pod_time`.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Iterable
from inspect import isasyncgen
from typing import Generic, Self, TypeVar

import anyio
from attrs import define, field, frozen

from ..._backend.background import with_background
from ...errors import YottaError
from ...models import Pod
from .._roster import Changes, Roster
from .._tasks import Tasks, classified
from ..rules.items import Item, ItemQueue, Outbox
from ..rules.members import UP, Member, Stage, face_of
from .attempt import Attempt, End, Tried, error_of, no_pod_left
from .journal import JournalFile
from .outcome import WorkOutcome, WorkReport
from .progress import shown
from .results import Results
from .settings import WorkSettings
from .source import collection_of, stream_of


__all__ = ["Work"]

T = TypeVar("T")
R = TypeVar("R")


@frozen(eq=False)
class _Shift(Generic[T, R]):
    """A pod that is ready, and what is at hand on it."""

    pod: Pod
    attempts: set[Attempt[T, R]] = field(factory=set[Attempt[T, R]])


@define(eq=False, repr=False)
class Work(AsyncIterator[WorkOutcome[T, R]], Generic[T, R]):
    """
    What comes of the items, as they are done; made by `Fleet.map`.

    The work on a collection goes on by itself, also while this is not iterated over, and ends with
    the fleet.
    """

    _roster: Roster
    _do: Callable[[Pod, T], Awaitable[R]]
    _tasks: Tasks
    _settings: WorkSettings
    _let_go: Callable[[Collection[str]], None]
    _results: Results[T, R]
    _changes: Changes
    _stream: AsyncIterator[T] | None = None
    _feeding: anyio.CancelScope = field(factory=anyio.CancelScope)
    _failure: Exception | None = None
    # By the keys of the fleet's members: the pods that are ready, and those with room for an item.
    _shifts: dict[str, _Shift[T, R]] = field(factory=dict[str, _Shift[T, R]])
    _free: dict[str, None] = field(factory=dict[str, None])
    # How many tries are not settled, in all and of each key: those on pods that it lost included.
    _at_hand: int = 0
    _unsettled: dict[str, int] = field(factory=dict[str, int])
    _is_swept: bool = False
    _has_ended: bool = False

    @classmethod
    def of(
        cls,
        roster: Roster,
        tasks: Tasks,
        do: Callable[[Pod, T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        *,
        settings: WorkSettings,
        let_go: Callable[[Collection[str]], None],
        journal: JournalFile | None = None,
    ) -> Self:
        """
        Return the work of a fleet, which is not begun.

        Args:
            roster: The fleet's members.
            tasks: The fleet's tasks.
            do: Called with a pod and an item.
            items: The items; of a collection all are taken now.
            settings: How they are done.
            let_go: Releases the pods of some of the fleet's members.
            journal: What was done before. None for none; closed in the end.

        Returns:
            The work.

        Raises:
            ConfigurationError: ``items`` cannot be iterated over.
            JournalError: The journal has other items.
        """
        queue = ItemQueue[T](settings.tries, settings.ahead)
        outbox = Outbox[WorkOutcome[T, R]](settings.ordered)
        results = Results(queue, outbox, journal)
        work = cls(roster, do, tasks, settings, let_go, results, roster.follow())
        try:
            work._take_in(items)  # the same class
        except BaseException:
            work._close_journal()
            raise
        return work

    def __repr__(self) -> str:
        left = self._queue.added - self._queue.finished
        counts = f"{left} items left, {self._at_hand} in hand, {len(self._results)} to be taken"
        return f"<Work of fleet {self._roster.name}: {counts}>"

    def status(self) -> WorkReport:
        """
        Return how it stands; nothing is sent.

        Returns:
            How many items are done, and what they and idle pods have cost.
        """
        return self._results.report(self._roster.name, self._at_hand, anyio.current_time())

    # For those who take the outcomes.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WorkOutcome[T, R]:
        """
        Return what came of the next item.

        Raises:
            ClientClosedError: The fleet was left meanwhile.
            NoPodLeftError: No pod is left, and the input has, or may have, more items.
            JournalError: An item is not that of the journal.
            Exception: What the input has raised; with ``errors="raise"`` what has become of the
                item.
        """
        while (outcome := self._results.take()) is None:
            if self._queue.is_over:
                self._close_journal()
                if self._failure is None:
                    raise StopAsyncIteration
                failure, self._failure = self._failure, None
                raise failure
            self._roster.check_open()
            await self._roster.changed()
        self._queue.delivered += 1
        if self._stream is not None:
            self._roster.tell()
        if outcome.error is not None and self._settings.errors == "raise":
            raise _noted(outcome.error, f"item {outcome.index}, pod {outcome.pod_id}")
        return outcome

    # What is taken in.

    def _take_in(self, items: Iterable[T] | AsyncIterable[T]) -> None:
        collection = collection_of(items)
        if collection is None or self._settings.ahead is not None:
            self._stream = stream_of(items)
            return
        for item in collection:
            self._results.add(item)
        self._results.complete()

    async def _feed(self, stream: AsyncIterator[T]) -> None:
        """Take items from an input as they are needed; what it raises is for the iteration."""
        try:
            with self._feeding:
                while await self._is_asked_for_more():
                    try:
                        value = await anext(stream)
                    except StopAsyncIteration:
                        self._results.complete()
                    else:
                        self._results.add(value)
                    self._roster.tell()
        except Exception as error:  # noqa: BLE001  # its user's to look at
            self._failure = self._failure or error
        finally:
            self._queue.is_closed = True
            self._roster.tell()
            if isasyncgen(stream):
                await stream.aclose()  # else its end is the garbage collector's

    async def _is_asked_for_more(self) -> bool:
        while not self._queue.is_closed:
            most = len(self._shifts) * self._settings.per_pod
            if self._queue.wants_more(most, most - self._at_hand):
                return True
            await self._roster.changed()
        return False

    # Handing out.

    def begin(self) -> None:
        """Begin, as tasks of the fleet."""
        if not self._tasks.start(self._run):
            self._close_journal()  # the fleet is about to end
        elif self._stream is not None:
            self._tasks.start(self._feed, self._stream)

    @property
    def waiting(self) -> int:
        """How many items are at hand on no pod; of a stream one is taken before any is ready."""
        return self._queue.waiting

    @property
    def has_ended(self) -> bool:
        """Whether all is done, though not all outcomes may have been taken."""
        return self._has_ended

    @property
    def _queue(self) -> ItemQueue[T]:
        return self._results.queue

    async def _run(self) -> None:
        try:
            if self._settings.progress:
                await with_background(self._hand_out, lambda: shown(self.status))
            else:
                await self._hand_out()
        except Exception as error:  # noqa: BLE001  # its user is told, and the fleet goes on
            self._give_up(classified(error, f"handing out work of fleet {self._roster.name!r}"))
        finally:
            self._has_ended = True
            self._feeding.cancel()
            self._results.books.close(anyio.current_time())
            self._close_journal()

    def _close_journal(self) -> None:
        """Close it, unless what is at hand may yet be noted."""
        if not self._at_hand:
            self._results.close()

    async def _hand_out(self) -> None:
        while True:
            changed = self._changes.take()
            for key in changed:
                self._look_at(key)
            self._assign()
            self._release(changed)
            if self._queue.is_over:
                return
            is_idle = not self._at_hand and (self._queue.waiting or not self._queue.is_closed)
            if is_idle and not self._roster.has_hope:
                self._give_up(no_pod_left(self._roster))
            await self._roster.changed()

    def _look_at(self, key: str) -> None:
        """Lose what is at hand on a pod that is gone; note whether there is room for more."""
        member, shift = self._roster.members.get(key), self._shifts.get(key)
        self._note_time(key, member)
        self._free.pop(key, None)
        if shift is not None and _is_gone(member, shift.pod.id):
            self._lose(key, shift)
            shift = None
        pod = self._roster.ready_pod(key)
        if pod is None:
            return
        if shift is None:
            shift = self._shifts[key] = _Shift[T, R](pod)
        if len(shift.attempts) < self._settings.per_pod:
            self._free[key] = None

    def _lose(self, key: str, shift: _Shift[T, R]) -> None:
        del self._shifts[key]
        for attempt in shift.attempts:
            attempt.lose()

    def _note_time(self, key: str, member: Member | None) -> None:
        now, running = anyio.current_time(), self._results.books.running(key)
        if member is not None and face_of(member) in UP and not self._has_ended:
            pod = self._roster.pods.get(member.serving_id or "")
            price = self._roster.siting.meter.price_of(pod) if pod else None
            self._results.books.see(key, member.serving_id, price, now)
        elif running is not None and _is_gone(member, running):
            self._results.books.see(key, None, None, now)

    def _assign(self) -> None:
        """Give each pod with room an item, then each that still has room another one."""
        while self._queue.waiting and self._free:
            began = [key for key in list(self._free) if self._begin_next(key)]
            if not began:
                return

    def _begin_next(self, key: str) -> bool:
        shift = self._shifts[key]
        item = self._queue.next_for(shift.pod.id, self._has_elsewhere)
        if item is None:
            return False
        share = self._results.share_of(item)
        attempt = Attempt[T, R](item, shift.pod, share)
        if not self._tasks.start(self._try, key, shift, attempt):
            return False  # the fleet is about to end
        item.pods.append(shift.pod)
        shift.attempts.add(attempt)
        self._count(key, 1)
        if len(shift.attempts) >= self._settings.per_pod:
            del self._free[key]
        self._results.books.begin(shift.pod.id, share, anyio.current_time())
        return True

    def _has_elsewhere(self, item: Item[T]) -> bool:
        """Whether a pod on which an item was not begun is there, or may come."""
        return any(
            member.stage is not Stage.LOST and not item.was_on(member.serving_id or "")
            for member in self._roster.members.values()
        )

    def _release(self, changed: Collection[str]) -> None:
        """Release the pods that no item is left for."""
        if not self._settings.release or not self._queue.is_closed or self._queue.has_fresh:
            return
        # All at first, and when items wait for other pods; then those that something is new about.
        keys = changed if self._is_swept else tuple(self._roster.members)
        self._is_swept = not self._queue.waiting
        ready = {shift.pod.id for shift in self._shifts.values()}
        spare = [key for key in keys if self._is_spare(key, ready)]
        if spare:
            self._let_go(spare)
            for key in spare:
                self._changes.add(key)
            self._roster.tell()

    def _is_spare(self, key: str, ready: set[str]) -> bool:
        member, shift = self._roster.members.get(key), self._shifts.get(key)
        if member is None or member.stage is Stage.LOST or self._roster.is_parked(key):
            return False
        pod_id = None if shift is None else shift.pod.id
        return key not in self._unsettled and not self._queue.needs(pod_id, ready)

    # What came of it.

    async def _try(self, key: str, shift: _Shift[T, R], attempt: Attempt[T, R]) -> None:
        try:
            tried = await attempt.run(self._do, self._settings.item_timeout)
            self._results.books.end(attempt.pod.id, attempt.share, anyio.current_time())
            await self._settle(attempt.item, tried)
        finally:
            shift.attempts.discard(attempt)
            self._count(key, -1)
            self._changes.add(key)
            self._roster.tell()
            if self._has_ended:
                self._close_journal()

    def _count(self, key: str, change: int) -> None:
        self._at_hand += change
        left = self._unsettled.pop(key, 0) + change
        if left:
            self._unsettled[key] = left

    async def _settle(self, item: Item[T], tried: Tried[R]) -> None:
        """Note what came of a try, or put its item back."""
        if tried.end is End.RETURNED:
            await self._results.note(item, result=tried.result)
            return
        may_repeat = tried.end is not End.RAISED or isinstance(tried.error, self._settings.retry_on)
        if may_repeat and self._queue.put_back(item):
            self._results.again += 1
            self._is_swept = False
            return
        error = error_of(item, tried, self._roster, self._settings.item_timeout)
        await self._results.note(item, error=error)

    def _give_up(self, error: YottaError) -> None:
        """End all items that wait with an error; of an input without a length no more are taken."""
        self._results.give_up(error)
        if not self._queue.is_closed:
            self._failure = error
            self._queue.is_closed = True
            self._feeding.cancel()
        self._roster.tell()


def _is_gone(member: Member | None, pod_id: str) -> bool:
    """Whether a member has no longer the pod that it had, or has it paused."""
    return member is None or member.serving_id != pod_id or member.stage is Stage.PAUSED


def _noted(error: Exception, note: str) -> Exception:
    """Return an error with a note that says of which item it is."""
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    return error
