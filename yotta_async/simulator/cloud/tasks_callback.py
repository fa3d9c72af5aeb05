"""The callbacks that tasks' webhooks would receive, as they would stand on the wire."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import field, frozen

from yotta_async.simulator.cloud.tasks_delivery import Delivery
from yotta_async.simulator.cloud.tasks_task import Task, TaskStatus


__all__ = ["CallbackRecord", "record", "spaced"]


@frozen(kw_only=True)
class CallbackRecord:
    """
    A callback that was sent, or would have been if anything left the process.

    Attributes:
        instant: When it was sent, in seconds on the simulator's clock.
        url: The task's webhook.
        headers: Its headers, with the webhook's key if there is one.
        body: Its body, JSON.
        accepted: Whether the receiver accepted it; otherwise it is sent again, at most three times.
    """

    instant: float
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    accepted: bool


def record(delivery: Delivery, wall: Callable[[float], datetime]) -> CallbackRecord:
    """Return a delivery in the form of the generation that its task was submitted by."""
    request = delivery.task.request
    headers = {"Content-Type": "application/json"}
    if request.auth_key:
        headers["X-API-Key"] = request.auth_key
    body = _BODIES[request.generation](delivery, spaced(wall(delivery.instant)))
    return CallbackRecord(
        instant=delivery.instant,
        url=request.webhook or "",
        headers=headers,
        body=json.dumps(body, separators=(",", ":")).encode("ascii"),
        accepted=delivery.accepted,
    )


def spaced(when: datetime) -> str:
    """Return ``YYYY-MM-DD HH:mm:ss.SSS``, as the queue guide writes times."""
    return when.strftime("%Y-%m-%d %H:%M:%S.") + f"{when.microsecond // 1000:03d}"


def _body_v1(delivery: Delivery, timestamp: str) -> dict[str, object]:
    task = delivery.task
    body: dict[str, object] = {
        "task_id": task.number,
        "user_task_id": task.id,
        "endpoint_id": task.endpoint_id,
        "status": task.status.value,
        "success": task.status is TaskStatus.SUCCESS,
        "timestamp": timestamp,
        "retry_count": delivery.attempt,
    }
    return body | _outcome(task, result="result", reason="failed_reason")


def _body_v2(delivery: Delivery, timestamp: str) -> dict[str, object]:
    # A guess: v2's callback is nowhere described. It is v1's in the spelling of v2, where a task's
    # id is the one that the client gave it.
    task = delivery.task
    body: dict[str, object] = {
        "taskId": task.id,
        "userTaskId": task.id,
        "endpointId": str(task.endpoint_id),
        "status": task.status.value,
        "success": task.status is TaskStatus.SUCCESS,
        "timestamp": timestamp,
        "retryCount": delivery.attempt,
    }
    return body | _outcome(task, result="result", reason="failedReason")


_BODIES = {1: _body_v1, 2: _body_v2}


def _outcome(task: Task, *, result: str, reason: str) -> dict[str, object]:
    outcome: dict[str, object] = {}
    if task.output is not None:
        outcome[result] = json.loads(task.output)
    if task.error is not None:
        outcome[reason] = task.error
    return outcome
