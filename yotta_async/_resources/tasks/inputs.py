"""The inputs of a mapping: their stream, the names of their tasks, their outcomes."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from math import inf
from typing import Any, Final

import attrs
from attrs import define, field, frozen

from ..._checks import is_whole
from ...errors import ConfigurationError, YottaError
from ...models import Task, TaskSpec, unstructure
from ..waiting import Progress
from .goals import SUCCESSFUL, TASK


__all__ = ["IN_FLIGHT", "Job", "Naming", "TaskOutcome", "check_run", "stream_of"]

IN_FLIGHT: Final = 64
_RUN: Final = re.compile(r"[A-Za-z0-9_]{1,200}", re.ASCII)


@frozen(kw_only=True)
class TaskOutcome:
    """
    What became of one input.

    Attributes:
        index: The input's place among the inputs, counted from 0.
        task_id: The task's id; empty if the input cannot be a task's.
        task: The task, in full. None if it has not ended.
        error: Why there is no result: `TaskFailedError`, `WaitTimeoutError`, or why it could not be
            submitted. None if there is one.
    """

    index: int
    task_id: str
    task: Task | None = None
    error: YottaError | None = None

    @property
    def output(self) -> Any:
        """
        The result.

        Raises:
            YottaError: There is none; the error is the same as ``error``.
        """
        if self.error is not None:
            raise self.error
        return self.task.output if self.task else None


@define(eq=False)
class Job:
    """An input on its way."""

    index: int
    spec: TaskSpec
    deadline: float = inf
    submitted: bool = False
    progress: Progress[Task] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.progress = Progress(TASK, self.task_id, SUCCESSFUL)

    @property
    def task_id(self) -> str:
        return str(self.spec.task_id)


@define(eq=False)
class Naming:
    """
    Names tasks by what they ask for: other inputs never get an older task's result.

    Attributes:
        run: What all names begin with.
        template: What all tasks have in common.
    """

    run: str
    template: TaskSpec
    _used: Counter[str] = field(factory=Counter[str])

    def spec(self, value: object) -> TaskSpec:
        """
        Return the task of an input; equal inputs are told apart by their order.

        Raises:
            ConfigurationError: It can be no task's input.
        """
        spec = attrs.evolve(self.template, input=value)
        name = f"{self.run}_{_digest(spec)}"
        self._used[name] += 1
        count = self._used[name]
        return attrs.evolve(spec, task_id=name if count == 1 else f"{name}_{count}")


def _digest(spec: TaskSpec) -> str:
    """Name a task by what it asks for: other inputs never get an older task's result."""
    known = unstructure(spec)
    text = json.dumps(known, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@define(eq=False)
class _Each(AsyncIterator[Any]):
    """Inputs that are there; no generator, which would have to be closed."""

    _inputs: Iterator[Any]

    async def __anext__(self) -> Any:
        for value in self._inputs:
            return value
        raise StopAsyncIteration


def stream_of(inputs: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    """Return inputs of either kind as a stream."""
    return aiter(inputs) if isinstance(inputs, AsyncIterable) else _Each(iter(inputs))


def check_run(run: object, in_flight: object) -> None:
    """
    Check what `Tasks.map` is given.

    Raises:
        ConfigurationError: The name of the run, or the number of tasks, is not allowed.
    """
    if not isinstance(run, str) or not _RUN.fullmatch(run):
        problem = "must be 1 to 200 letters, digits and underscores"
        raise ConfigurationError("run", run, problem, hint="None makes a random one.")
    if not is_whole(in_flight) or in_flight < 1:
        problem = "must be a whole number of tasks, 1 or more"
        raise ConfigurationError("in_flight", in_flight, problem, hint=f"{IN_FLIGHT} is usual.")
