"""Single calls about tasks, for waiting and mapping alike."""

from typing import cast

from ..._api import given
from ..._api.shapes import created_task_id
from ..._checks import is_whole
from ...errors import ConfigurationError, InvalidResponseError
from ...models import Task, TaskSpec
from ..calls import Calls


__all__ = ["check_task_id", "get_task", "read_count", "submit_task"]


async def submit_task(calls: Calls, endpoint_id: str, spec: TaskSpec) -> str:
    """Submit a task that has an id, and return that."""
    task_id = str(spec.task_id)
    check_task_id(calls, endpoint_id, task_id)
    data = await calls.perform("submitTask", endpoint_id=endpoint_id, **given(spec))
    return created_task_id(data, task_id, "submitTask")


async def get_task(calls: Calls, endpoint_id: str, task_id: str) -> Task:
    """Return one task, with its input and output."""
    check_task_id(calls, endpoint_id, task_id)
    return await calls.fetch(Task, "getTask", endpoint_id=endpoint_id, task_id=task_id)


def check_task_id(calls: Calls, endpoint_id: str, task_id: str) -> None:
    """
    Check an id before anything is sent.

    Raises:
        ConfigurationError: No task can have it.
    """
    call = calls.api.call("getTask", endpoint_id=endpoint_id, task_id=task_id)
    counter = calls.api.call("countTasks", endpoint_id=endpoint_id)
    if call.path == counter.path:
        problem = "must not be the counter's name"
        raise ConfigurationError("task_id", task_id, problem, hint="Use another.")


def read_count(data: object, operation: str) -> int:
    """
    Read the number of tasks that wait or are at work.

    Raises:
        InvalidResponseError: The answer has none.
    """
    answer = cast("dict[str, object]", data) if isinstance(data, dict) else {}
    number = answer.get("processing", answer.get("processingCount"))
    if is_whole(number) and number >= 0:
        return int(number)
    message = "processing: expected a whole number."
    raise InvalidResponseError(message, operation=operation, path="processing")
