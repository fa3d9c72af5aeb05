"""A task of the simulated cloud: what was asked for, and what came of it."""

import json
from enum import StrEnum
from typing import Any, Literal

from attrs import define, field, frozen


__all__ = ["DeliveryStatus", "Task", "TaskRequest", "TaskStatus", "TaskView"]


class TaskStatus(StrEnum):
    """
    The statuses of a task in the order of their numbers, 0 to 3.

    Attributes:
        PROCESSING: It is queued, or a worker is at work on it.
        DELIVERED: A word of the wire alone; a task in the cloud never has it.
        SUCCESS: It has ended, with a result.
        FAILED: It has ended, with an error.
    """

    PROCESSING = "PROCESSING"
    DELIVERED = "DELIVERED"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class DeliveryStatus(StrEnum):
    """How it stands with a task's callback, in the order of the numbers, 0 to 3."""

    INIT = "INIT"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    MAX_RETRIES_EXCEEDED = "MAX_RETRIES_EXCEEDED"


@frozen(kw_only=True)
class TaskRequest:
    """
    What a submit asks for, free of either generation's field names.

    Attributes:
        task_id: The client's name for it, or None when the server is to find one.
        input: JSON text, so that what was sent cannot be changed.
        webhook: Where the callback goes, or None.
        generation: Which of the API's generations it came by, and its callback goes by.
    """

    task_id: str | None
    port: int
    uri: str
    input: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    webhook: str | None = field(default=None, repr=False)
    auth_key: str = field(default="", repr=False)
    generation: Literal[1, 2] = 2


@frozen(kw_only=True)
class TaskView:
    """
    A task as it stood at one instant.

    Attributes:
        id: The client's id for it, or the server's; unique within its endpoint.
        endpoint_id: Its endpoint's id, in digits.
        status: PROCESSING while it waits or runs, SUCCESS or FAILED.
        created_at: The instant at which it was submitted, in seconds on the simulator's clock.
        started_at: The instant at which a worker last took it, in seconds on the simulator's clock.
            None if none has yet.
        finished_at: The instant at which it ended, in seconds on the simulator's clock. None if it
            has not.
        runs: How often a worker took it; more than once if a worker was lost over it.
        input: A copy of its input.
        output: A copy of its result. None unless it succeeded.
        error: Why it failed. None if it did not.
    """

    id: str
    endpoint_id: str
    status: TaskStatus
    created_at: float
    started_at: float | None
    finished_at: float | None
    runs: int
    input: Any = field(repr=False)
    output: Any = field(repr=False)
    error: str | None


@define(eq=False, kw_only=True)
class Task:
    """
    A task that lives; its queue moves it.

    Attributes:
        number: The platform's own id; grows with every task.
        output: JSON text, or None.
        runs: Counts the runs begun; one that was broken off has no end.
        deliveries: How often its callback was sent.
        last_delivery_at: Instant at which it was sent last, or None.
        next_delivery_at: Instant at which it is sent again, or None.
    """

    id: str
    number: int
    endpoint_id: int
    request: TaskRequest
    created_at: float
    updated_at: float
    status: TaskStatus = TaskStatus.PROCESSING
    started_at: float | None = None
    finished_at: float | None = None
    runs: int = 0
    output: str | None = field(default=None, repr=False)
    error: str | None = None
    delivery: DeliveryStatus = DeliveryStatus.INIT
    deliveries: int = 0
    last_delivery_at: float | None = None
    delivered_at: float | None = None
    next_delivery_at: float | None = None

    @property
    def running(self) -> bool:
        return self.started_at is not None and self.finished_at is None

    @property
    def worker_url(self) -> str:
        return f"http://localhost:{self.request.port}{self.request.uri}"

    def start(self, now: float) -> None:
        self.runs += 1
        self.started_at = self.updated_at = now

    def requeue(self, now: float) -> None:
        self.started_at = None
        self.updated_at = now

    def finish(self, now: float, *, output: str | None = None, error: str | None = None) -> None:
        self.status = TaskStatus.SUCCESS if error is None else TaskStatus.FAILED
        self.output, self.error = output, error
        self.finished_at = self.updated_at = now

    def view(self) -> TaskView:
        return TaskView(
            id=self.id,
            endpoint_id=str(self.endpoint_id),
            status=self.status,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            runs=self.runs,
            input=json.loads(self.request.input),
            output=None if self.output is None else json.loads(self.output),
            error=self.error,
        )
