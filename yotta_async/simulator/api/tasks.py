"""The tasks of QUEUE endpoints, by v1's task API and by v2's serverless."""

from collections.abc import Callable

from yotta_async.simulator.api.body import whole_number
from yotta_async.simulator.api.codes import Handle, coded
from yotta_async.simulator.api.paging import Page
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.api.serverless import coded_v2
from yotta_async.simulator.api.serverless_fields import read_statuses
from yotta_async.simulator.api.tasks_fields import V1, V2, read_task
from yotta_async.simulator.api.tasks_shapes import (
    list_v1,
    list_v2,
    show_v1,
    show_v2,
    status_v1,
    status_v2,
)
from yotta_async.simulator.cloud.problems import CloudError, Problem, invalid
from yotta_async.simulator.cloud.tasks import TaskQueue
from yotta_async.simulator.cloud.tasks_task import Task, TaskStatus
from yotta_async.simulator.style import WireStyle


__all__ = ["TASK_ROUTES"]

_INVALID_V1 = 40001
_NO_TASK_V1 = 40402
_NO_TASK_V2 = 24011


def _coded_v1(handle: Handle) -> Handle:
    return coded(
        handle,
        lambda style: {
            Problem.INVALID: _INVALID_V1,
            Problem.NOT_FOUND: style.v1_endpoint_not_found_code,
        },
    )


def _queue_v1(context: Context) -> TaskQueue:
    text = context.request.headers.get("x-endpoint-id", "").strip()
    endpoint_id = whole_number(text)
    if endpoint_id is None or endpoint_id < 0:
        raise invalid("X-Endpoint-ID is required" if not text else "X-Endpoint-ID is not an id")
    return context.cloud.serverless.queue(endpoint_id, context.now)


def _queue_v2(context: Context) -> TaskQueue:
    return context.cloud.serverless.queue(context.id("endpoint_id"), context.now)


def _submit_v1(context: Context) -> Done:
    task = _queue_v1(context).submit(read_task(context.body, V1), context.now)
    return Done(data={"userTaskId": task.id})


def _submit_v2(context: Context) -> Done:
    task = _queue_v2(context).submit(read_task(context.body, V2), context.now)
    return Done(data={"taskId": task.id})


def _get_v1(context: Context) -> Done:
    return Done(data=show_v1(_find(_queue_v1(context), context, _NO_TASK_V1), context))


def _get_v2(context: Context) -> Done:
    return Done(data=show_v2(_find(_queue_v2(context), context, _NO_TASK_V2), context))


def _find(queue: TaskQueue, context: Context, code: int) -> Task:
    task_id = context.parameters["task_id"]
    task = queue.all.get(task_id)
    if task is None:
        raise CloudError(Problem.NOT_FOUND, "Task not found", code=code)
    return task


def _list_v1(context: Context) -> Done:
    page = Page.of(context.request, "page", "pageSize")
    tasks = _chosen(_queue_v1(context), context, status_v1)
    return Done(data=page.paginated(tasks, lambda task: list_v1(task, context)))


def _list_v2(context: Context) -> Done:
    page = Page.of(context.request, "pageNumber", "pageSize")
    tasks = _chosen(_queue_v2(context), context, status_v2)
    return Done(data=page.flat(tasks, lambda task: list_v2(task, context), context.style))


def _chosen(
    queue: TaskQueue, context: Context, status: Callable[[Task, WireStyle], TaskStatus]
) -> tuple[Task, ...]:
    wanted = _wanted(context.request.value("status"))
    return queue.list(
        context.now,
        fits=lambda task: wanted is None or status(task, context.style) is wanted,
        lag=context.list_lag,
    )


def _wanted(word: str) -> TaskStatus | None:
    if whole_number(word) not in {None, *range(len(TaskStatus))}:
        raise invalid("status must be between 0 and 3")
    return read_statuses(TaskStatus, "status", (word,))[0] if word else None


def _count_v1(context: Context) -> Done:
    return Done(data={"processingCount": _queue_v1(context).unfinished})


def _count_v2(context: Context) -> Done:
    return Done(data={"processing": _queue_v2(context).unfinished})


_V1 = "/openapi/v1/skywalker/tasks"
_V2 = "/v2/serverless/{endpoint_id}/tasks"

TASK_ROUTES = (
    Route("submitTask", "POST", f"{_V1}/create", _coded_v1(_submit_v1)),
    Route("countTasks", "GET", f"{_V1}/processing/count", _coded_v1(_count_v1)),
    Route("listTasks", "GET", _V1, _coded_v1(_list_v1)),
    Route("getTask", "GET", f"{_V1}/{{task_id}}", _coded_v1(_get_v1)),
    Route("submitTask", "POST", _V2, coded_v2(_submit_v2)),
    Route("countTasks", "GET", f"{_V2}/count", coded_v2(_count_v2)),
    Route("listTasks", "GET", _V2, coded_v2(_list_v2)),
    Route("getTask", "GET", f"{_V2}/{{task_id}}", coded_v2(_get_v2)),
)
