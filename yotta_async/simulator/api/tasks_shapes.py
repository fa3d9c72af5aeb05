"""Tasks as the API shows them."""

import json

from yotta_async.simulator.api.routing import Context
from yotta_async.simulator.cloud.tasks_task import DeliveryStatus, Task, TaskStatus
from yotta_async.simulator.style import WireStyle, spaced


__all__ = ["list_v1", "list_v2", "show_v1", "show_v2", "status_v1", "status_v2"]


def status_v1(task: Task, style: WireStyle) -> TaskStatus:
    """Return a task's status by v1's meaning of DELIVERED: a worker has it."""
    return TaskStatus.DELIVERED if style.delivered and task.running else task.status


def status_v2(task: Task, style: WireStyle) -> TaskStatus:
    """Return a task's status by v2's meaning of DELIVERED: the webhook has its result."""
    succeeded = task.status is TaskStatus.SUCCESS and task.delivered_at is not None
    return TaskStatus.DELIVERED if style.delivered and succeeded else task.status


def list_v1(task: Task, context: Context) -> dict[str, object]:
    status = status_v1(task, context.style)
    shown: dict[str, object] = {
        "userTaskId": task.id,
        "status": _word_v1(status, context.style),
        "workerUrl": task.worker_url,
        "createdAt": _time_v1(task.created_at, context),
        "updatedAt": _time_v1(task.updated_at, context),
        "resultSendStatus": _word_v1(task.delivery, context.style),
        "resultSendCount": task.deliveries,
        "notifySendCount": task.deliveries,
    }
    optional: dict[str, object] = {
        "notifyUrl": task.request.webhook,
        "failedReason": task.error,
        "nextResultSendTime": _time_v1(task.next_delivery_at, context),
        "lastNotifiedAt": _time_v1(task.last_delivery_at, context),
    }
    return shown | context.style.members(optional)


def show_v1(task: Task, context: Context) -> dict[str, object]:
    shown = list_v1(task, context)
    shown |= {"taskData": json.loads(task.request.input), "header": dict(task.request.headers)}
    return shown | context.style.members({"taskResult": _output(task)})


def list_v2(task: Task, context: Context) -> dict[str, object]:
    style, endpoint = context.style, context.cloud.serverless.all[task.endpoint_id]
    shown: dict[str, object] = {
        "taskId": task.id,
        "endpointId": style.v2_id("endpoint", task.endpoint_id),
        "endpointName": endpoint.request.name,
        "status": status_v2(task, style).value,
        "workerUrl": task.worker_url,
        "deliveryStatus": task.delivery.value,
        "deliveryAttempts": task.deliveries,
        "createdAt": context.time(task.created_at),
        "updatedAt": context.time(task.updated_at),
    }
    delivered_at = None if task.delivered_at is None else context.time(task.delivered_at)
    optional: dict[str, object] = {
        "webhook": task.request.webhook,
        "error": task.error,
        "deliveredAt": delivered_at,
    }
    return shown | style.members(optional)


def show_v2(task: Task, context: Context) -> dict[str, object]:
    shown = list_v2(task, context)
    shown |= {"input": json.loads(task.request.input), "headers": dict(task.request.headers)}
    return shown | context.style.members({"output": _output(task)})


def _output(task: Task) -> object:
    return None if task.output is None else json.loads(task.output)


def _word_v1(status: TaskStatus | DeliveryStatus, style: WireStyle) -> int | str:
    return status.value if style.v1_task_statuses == "name" else list(type(status)).index(status)


def _time_v1(instant: float | None, context: Context) -> int | str | None:
    if instant is None:
        return None
    when = context.wall(instant)
    return spaced(when) if context.style.v1_task_times == "spaced" else context.style.time(when)
