"""
Many inputs through the tasks of one endpoint.

The iteration itself drives the work: nothing runs in the background, so there is nothing to close,
and a cancelled iteration can be taken up again.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import islice
from math import inf
from typing import Any, Final, TypeAlias, TypeVar

import anyio
from attrs import define, field

from ..._call.rules.reach import Reach, is_passing, reach_of_submission
from ...errors import ConfigurationError, NotFoundError, YottaError
from ...models import Task
from ..calls import Calls
from .calls import get_task, submit_task
from .inputs import Job, Naming, TaskOutcome
from .watch import TaskWatch, in_full


__all__ = ["TaskResults"]

T = TypeVar("T")
Work: TypeAlias = Callable[[T], Coroutine[Any, Any, None]]

# Submitted at once; the limits of the key hold back what is too many.
_BATCH: Final = 16
# How far an error speaks for no more than one task; of any other the next ones would fail alike.
_OF_ONE: Final = (Reach.TRY, Reach.MEMBER)


@define(eq=False)
class TaskResults(AsyncIterator[TaskOutcome]):
    """The outcomes of many inputs, as they come; see `Tasks.map`."""

    _calls: Calls
    _endpoint_id: str
    _naming: Naming
    _inputs: AsyncIterator[Any]
    _in_flight: int
    _timeout: float | None
    _watch: TaskWatch
    _taken: int = 0
    _exhausted: bool = False
    _asked: float = -inf
    _jobs: dict[str, Job] = field(factory=dict[str, Job])
    _ready: deque[TaskOutcome] = field(factory=deque[TaskOutcome])
    _fatal: YottaError | None = None

    async def __anext__(self) -> TaskOutcome:
        while not self._ready:
            await self._take_inputs()
            if not self._jobs and not self._ready:
                raise StopAsyncIteration
            await self._submit_some()
            if not self._ready and self._is_time_to_look():
                await self._look()
        return self._ready.popleft()

    async def _take_inputs(self) -> None:
        while not self._exhausted and len(self._jobs) < self._in_flight:
            try:
                value = await anext(self._inputs)
            except StopAsyncIteration:
                self._exhausted = True
                return
            self._open(value)

    def _open(self, value: Any) -> None:
        index, self._taken = self._taken, self._taken + 1
        try:
            job = Job(index, self._naming.spec(value))
        except ConfigurationError as error:
            self._ready.append(TaskOutcome(index=index, task_id="", error=error))
        else:
            self._jobs[job.task_id] = job

    async def _submit_some(self) -> None:
        waiting = (job for job in self._jobs.values() if not job.submitted)
        batch = list(islice(waiting, _BATCH))
        if batch:
            await self._together(self._submit, batch)
            self._watch.hasten()

    async def _submit(self, job: Job) -> None:
        try:
            # An iteration that is cancelled here submits it again when it is taken up again.
            calls = self._calls.using(heeds_deadline=False)
            await submit_task(calls, self._endpoint_id, job.spec)
        except YottaError as error:
            if reach_of_submission(error) in _OF_ONE:
                self._close(job, error=error)
            else:
                self._fatal = error
        else:
            job.submitted = True
            if self._timeout is not None:
                job.deadline = anyio.current_time() + self._timeout

    def _is_time_to_look(self) -> bool:
        if all(job.submitted for job in self._jobs.values()):
            return bool(self._jobs)
        interval = self._calls.caller.scheduler.poll_interval()
        return anyio.current_time() >= self._asked + interval

    async def _look(self) -> None:
        waiting = [job for job in self._jobs.values() if job.submitted]
        with anyio.CancelScope(deadline=min(job.deadline for job in waiting)):
            snapshot = await self._watch.next(self._asked, [job.task_id for job in waiting])
            self._asked = snapshot.sent_at
            for job in waiting:
                if (task := snapshot.items.get(job.task_id)) is not None:
                    job.progress.see(task)
            await self._together(self._collect, [job for job in waiting if self._has_news(job)])
        now = anyio.current_time()
        late = [job for job in self._jobs.values() if job.deadline <= now]
        await self._together(self._give_up, late)

    def _has_news(self, job: Job) -> bool:
        seen, lag = job.progress.seen, self._calls.options.retry.settle
        ended = seen is not None and seen.is_done
        return ended or self._watch.is_missing(job.task_id, longer_than=lag)

    async def _collect(self, job: Job) -> None:
        """Close a job whose task has ended."""
        progress = job.progress
        task = progress.seen
        try:
            if task is None or not (task.is_done and in_full(task)):
                task = await get_task(self._calls, self._endpoint_id, job.task_id)
        except YottaError as error:
            await self._judge(job, error)
            return
        progress.see(task)
        if task.is_done:
            self._close(job, task, progress.failed(task) if progress.goal.lost(task) else None)

    async def _judge(self, job: Job, error: YottaError) -> None:
        """Conclude what an error of a look at one task allows; what passes, the next look mends."""
        if isinstance(error, NotFoundError):
            try:
                await self._calls.looking().perform("countTasks", endpoint_id=self._endpoint_id)
            except YottaError as other:
                error = other  # of the endpoint
            else:
                self._close(job, error=error)
                return
        if not is_passing(error):
            self._fatal = error

    async def _give_up(self, job: Job) -> None:
        """Close a job whose time is up; what ended since the last look has ended in time."""
        await self._collect(job)
        if job.task_id in self._jobs and self._fatal is None:
            self._close(job, error=job.progress.late(self._timeout, self._watch.failure))

    async def _together(self, work: Work[T], items: list[T]) -> None:
        for begin in range(0, len(items), _BATCH):
            async with anyio.create_task_group() as group:
                for item in items[begin : begin + _BATCH]:
                    group.start_soon(work, item)
            if self._fatal is not None:
                error, self._fatal = self._fatal, None
                raise error

    def _close(self, job: Job, task: Task | None = None, error: YottaError | None = None) -> None:
        del self._jobs[job.task_id]
        outcome = TaskOutcome(index=job.index, task_id=job.task_id, task=task, error=error)
        self._ready.append(outcome)
