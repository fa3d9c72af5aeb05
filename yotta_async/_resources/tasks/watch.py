"""
Waiting for tasks: waiters of one endpoint look together.

A few tasks are looked at one by one, which brings their results at once. Many are looked for in the
endpoint's list, a few pages a tick, and those that these do not show one by one, in turn: how the
list is ordered is not documented.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from math import inf
from typing import Final
from weakref import WeakValueDictionary

import anyio
from attrs import define, field

from ..._call.rules.reach import is_passing
from ..._call.watch import ListWatch, Snapshot
from ..._scheduling.rules.lanes import Lane
from ...errors import NotFoundError, YottaError
from ...models import Task, TaskStatus
from ..calls import Calls
from .calls import get_task


__all__ = ["TaskObserver", "TaskWatch", "TaskWatches", "in_full"]

_FEW: Final = 3
_PAGES: Final = 3
_PAGE_SIZE: Final = 100


@define(eq=False)
class TaskWatch:
    """What is awaited of one endpoint."""

    endpoint_id: str
    _calls: Calls
    _awaited: Counter[str] = field(factory=Counter[str])
    _turns: deque[str] = field(factory=deque[str])
    _missing: dict[str, float] = field(factory=dict[str, float])
    _lists: ListWatch[Task] = field(init=False)

    def __attrs_post_init__(self) -> None:
        interval = self._calls.caller.scheduler.poll_interval
        self._lists = ListWatch(self._look, interval, lambda task: task.status)

    async def next(self, after: float, tasks: Iterable[str]) -> Snapshot[Task]:
        """Return the first look, asked for after an instant, at some tasks among others."""
        with self._awaiting(list(tasks)):
            return await self._lists.next(after)

    def hasten(self) -> None:
        """Go back to the quickest ticks."""
        self._lists.hasten()

    @property
    def failure(self) -> YottaError | None:
        """Why the last look failed, or None if it did not."""
        return self._lists.failure

    def is_missing(self, task_id: str, *, longer_than: float = 0.0) -> bool:
        """Whether looks by its id have not found a task for so many seconds."""
        since = self._missing.get(task_id, inf)
        return anyio.current_time() - since >= longer_than

    @contextmanager
    def _awaiting(self, tasks: list[str]) -> Generator[None]:
        self._awaited.update(tasks)
        try:
            yield
        finally:
            self._awaited.subtract(tasks)
            self._awaited = +self._awaited

    async def _look(self, lane: Lane) -> list[Task]:
        looking, wanted = self._calls.looking().using(lane=lane), set(self._awaited)
        listed = {} if len(wanted) <= _FEW else await self._listed(looking, wanted)
        unclear = [each for each in wanted if each not in listed or _unclear(listed[each])]
        for task_id in self._next_in_turn(unclear):
            try:
                listed[task_id] = await get_task(looking, self.endpoint_id, task_id)
            except NotFoundError:
                # It may be a list or a shard that lags.
                self._missing.setdefault(task_id, anyio.current_time())
        still = self._missing.keys() & wanted - listed.keys()
        self._missing = {task_id: self._missing[task_id] for task_id in still}
        return list(listed.values())

    async def _listed(self, looking: Calls, wanted: set[str]) -> dict[str, Task]:
        found: dict[str, Task] = {}
        pages = looking.pages(Task, "listTasks", size=_PAGE_SIZE, endpoint_id=self.endpoint_id)
        for number in range(1, _PAGES + 1):
            page = await pages.page(number)
            found |= {task.id: task for task in page.items if task.id in wanted}
            if len(found) == len(wanted) or number >= page.pages or not page.items:
                break
        return found

    def _next_in_turn(self, tasks: Iterable[str]) -> list[str]:
        """Return a few, those first that have waited longest for their turn."""
        waiting = set(tasks)
        kept = [each for each in self._turns if each in waiting]
        self._turns = deque([*kept, *sorted(waiting.difference(kept))])
        return [self._turns.popleft() for _ in range(min(_FEW, len(self._turns)))]


@define(eq=False)
class TaskObserver:
    """
    An `Observer` of one task, which looks along with the other waiters of its endpoint.

    Attributes:
        ask: Gets the task by its id, in full.
    """

    _task_id: str
    _watch: TaskWatch
    ask: Callable[[], Awaitable[Task]]
    _asked: float | None = None
    _seen: Task | None = None
    _failure: YottaError | None = None

    @property
    def failure(self) -> YottaError | None:
        return self._failure or self._watch.failure

    async def next(self) -> Task | None:
        while True:
            try:
                task = await self._look()
            except NotFoundError:  # the task, or its whole endpoint
                return self._took_in(None)
            except YottaError as error:
                if not is_passing(error):
                    raise
                self._failure = error
            else:
                return self._took_in(task)

    async def _look(self) -> Task | None:
        if self._asked is None:
            # It may have ended long ago, and be on none of the pages that waiters look at.
            self._asked = anyio.current_time()
            return await self.ask()
        snapshot = await self._watch.next(self._asked, [self._task_id])
        self._asked = snapshot.sent_at
        if self._watch.is_missing(self._task_id):
            return None
        found = snapshot.items.get(self._task_id, self._seen)
        return await self.ask() if found and found.is_done and not in_full(found) else found

    def _took_in(self, task: Task | None) -> Task | None:
        self._failure = None
        self._seen = task or self._seen
        return task


def in_full(task: Task) -> bool:
    """Whether a task comes from a single look: lists leave inputs and outputs out."""
    return task.input is not None


def _unclear(task: Task) -> bool:
    # That a result was delivered stands in the task, where only a single look shows it.
    return task.status == TaskStatus.DELIVERED and not task.is_done


@define(eq=False)
class TaskWatches:
    """The watches of endpoints that have waiters."""

    _calls: Callable[[], Calls]
    _by_endpoint: "WeakValueDictionary[str, TaskWatch]" = field(factory=WeakValueDictionary)

    def of(self, endpoint_id: str) -> TaskWatch:
        """Return the watch of one endpoint."""
        watch = self._by_endpoint.get(endpoint_id)
        if watch is None:
            watch = self._by_endpoint[endpoint_id] = TaskWatch(endpoint_id, self._calls())
        return watch
