"""The callbacks that tasks' webhooks receive, as they stand on the wire."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import field, frozen

from yotta_async.simulator.cloud.tasks_delivery import Delivery
from yotta_async.simulator.cloud.tasks_task import Task, TaskStatus
from yotta_async.simulator.style import WireStyle, spaced


__all__ = ["CallbackRecord", "record"]


@frozen(kw_only=True)
class CallbackRecord:
    """
    A callback that was sent, or would have been if anything had left the process.

    Attributes:
        instant: When it was sent, in seconds on the simulator's clock.
        url: The task's webhook.
        headers: Its headers, with the webhook's key if there is one.
        body: Its body, JSON.
        posted: Whether it left the process: it does only over TCP, and only to this machine.
        accepted: Whether the receiver accepted it; otherwise it is sent again, at most three times.
    """

    instant: float
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    posted: bool
    accepted: bool


def record(
    delivery: Delivery, wall: Callable[[float], datetime], style: WireStyle
) -> CallbackRecord:
    """Return a delivery in the form of the generation that its task was submitted by."""
    request = delivery.task.request
    headers = {"Content-Type": "application/json"}
    if request.auth_key:
        headers["X-API-Key"] = request.auth_key
    in_camel_case = request.generation == 2 and style.v2_callbacks == "camelCase"
    body = (_camel_case if in_camel_case else _snake_case)(delivery, wall, style)
    return CallbackRecord(
        instant=delivery.instant,
        url=request.webhook or "",
        headers=headers,
        body=json.dumps(body, separators=(",", ":")).encode("ascii"),
        posted=delivery.posted,
        accepted=delivery.accepted,
    )


def _snake_case(
    delivery: Delivery, wall: Callable[[float], datetime], style: WireStyle
) -> dict[str, object]:
    task = delivery.task
    body: dict[str, object] = {
        "task_id": task.number,
        "user_task_id": task.id,
        "endpoint_id": task.endpoint_id,
        "status": _word(task, style),
        "success": task.status is TaskStatus.SUCCESS,
        "timestamp": spaced(wall(delivery.instant)),
        "retry_count": delivery.attempt,
    }
    return body | _outcome(task, result="result", reason="failed_reason")


def _camel_case(
    delivery: Delivery, wall: Callable[[float], datetime], style: WireStyle
) -> dict[str, object]:
    # A guess: v1's in the spelling of v2, where a task's id is the one that the client gave it.
    task = delivery.task
    body: dict[str, object] = {
        "taskId": task.id,
        "userTaskId": task.id,
        "endpointId": str(task.endpoint_id),
        "status": _word(task, style),
        "success": task.status is TaskStatus.SUCCESS,
        "timestamp": spaced(wall(delivery.instant)),
        "retryCount": delivery.attempt,
    }
    return body | _outcome(task, result="result", reason="failedReason")


def _word(task: Task, style: WireStyle) -> str:
    word = task.status.value
    return word.capitalize() if style.callback_statuses == "capitalized" else word


def _outcome(task: Task, *, result: str, reason: str) -> dict[str, object]:
    outcome: dict[str, object] = {}
    if task.output is not None:
        outcome[result] = json.loads(task.output)
    if task.error is not None:
        outcome[reason] = task.error
    return outcome
