"""The tasks of QUEUE endpoints: one at a time on each worker, oldest first. Pure."""

import heapq
import json
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.cloud.tasks_delivery import Courier
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.tasks_task import Task, TaskRequest


__all__ = ["TaskDesk", "TaskQueue", "echo"]

TOO_MANY = 429


def echo(value: Any) -> dict[str, Any]:
    """Return what a worker answers when nothing else is asked for."""
    return {"echo": value}


@frozen(kw_only=True)
class TaskDesk:
    """
    What all task queues share.

    Attributes:
        run: The workers' code: the task's input in, its output out, both JSON values.
    """

    life: TaskLife
    run: Callable[[Any], object]
    dice: Random
    agenda: Agenda
    ids: Ids
    courier: Courier


@define(eq=False, kw_only=True)
class TaskQueue:
    """
    Every task that an endpoint was ever given, and its workers that run.

    Attributes:
        all: By the tasks' ids, in the order of their submission.
    """

    endpoint_id: int
    desk: TaskDesk
    all: dict[str, Task] = field(factory=dict[str, Task])
    _waiting: list[tuple[int, Task]] = field(factory=list[tuple[int, Task]], init=False)
    _idle: deque[int] = field(factory=deque[int], init=False)
    _busy: dict[int, Task] = field(factory=dict[int, Task], init=False)

    @property
    def unfinished(self) -> int:
        """How many tasks wait or run."""
        return len(self._waiting) + len(self._busy)

    def submit(self, request: TaskRequest, now: float) -> Task:
        """Return the task of that id, which is committed if it is not there yet."""
        if request.task_id is not None and request.task_id in self.all:
            return self.all[request.task_id]
        most = self.desk.life.most
        if most is not None and self.unfinished >= most:
            raise CloudError(Problem.NO_CAPACITY, "too many requests", code=TOO_MANY)
        task = Task(
            id=self._draw_id() if request.task_id is None else request.task_id,
            number=self.desk.ids.new(now),
            endpoint_id=self.endpoint_id,
            request=request,
            created_at=now,
            updated_at=now,
        )
        self.all[task.id] = task
        heapq.heappush(self._waiting, (task.number, task))
        self._hand_out(now)
        return task

    def list(
        self, now: float, *, fits: Callable[[Task], bool], lag: float = 0.0
    ) -> tuple[Task, ...]:
        """Return those that fit and were submitted `lag` seconds ago or earlier, newest first."""
        return tuple(
            task
            for task in reversed(self.all.values())
            if task.created_at + lag <= now and fits(task)
        )

    def join(self, worker_id: int, now: float) -> None:
        """Have a worker, which has come to run, take tasks."""
        self._idle.append(worker_id)
        self._hand_out(now)

    def leave(self, workers: Iterable[int], now: float) -> None:
        """Have workers take no more; what they were at goes back to where it stood in the queue."""
        for worker_id in workers:
            task = self._busy.pop(worker_id, None)
            if task is not None:
                task.requeue(now)
                heapq.heappush(self._waiting, (task.number, task))
            elif worker_id in self._idle:
                self._idle.remove(worker_id)
        self._hand_out(now)

    def _hand_out(self, now: float) -> None:
        while self._waiting and self._idle:
            _, task = heapq.heappop(self._waiting)
            worker_id = self._idle.popleft()
            self._busy[worker_id] = task
            task.start(now)
            takes = self.desk.dice.uniform(*self.desk.life.duration)
            finish = partial(self._finish, worker_id, task, task.runs)
            self.desk.agenda.at(now + takes, finish)

    def _finish(self, worker_id: int, task: Task, run: int, now: float) -> None:
        if run != task.runs or not task.running:
            return
        del self._busy[worker_id]
        self._end(task, now)
        if task.request.webhook is not None:
            self.desk.courier.deliver(task, now)
        self.join(worker_id, now)

    def _end(self, task: Task, now: float) -> None:
        if self.desk.dice.random() < self.desk.life.failing:
            task.finish(now, error="worker answered with HTTP 500")
            return
        # It is the user's code: what it raises is the failure of its task, and of nothing else.
        try:
            output = json.dumps(self.desk.run(json.loads(task.request.input)), allow_nan=False)
        except Exception as error:  # noqa: BLE001
            task.finish(now, error=f"worker raised {type(error).__name__}")
        else:
            task.finish(now, output=output)

    def _draw_id(self) -> str:
        return str(UUID(int=self.desk.dice.getrandbits(128), version=4))
