"""What the platform posts to a task's webhook."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze, freeze_json
from ._model import Model
from ._statuses import TaskStatus
from ._values import Id, Json
from ._wire import wire


__all__ = ["TaskCallback"]


@frozen(kw_only=True)
class TaskCallback(Model):
    """
    The notice that a task has ended, as the platform sends it to the task's webhook.

    The v1 body is documented, in snake_case; the same names in camelCase are understood, too.

    Attributes:
        task_id: The platform's own id of the task, a 64-bit number as text. None if the server did
            not say.
        user_task_id: The id that the task was submitted with. None if the server did not say.
        endpoint_id: The id of its endpoint, a 64-bit number as text. None if the server did not
            say.
        status: How the task ended. A word that this version does not know stays text.
        success: Whether it succeeded. None if the server did not say.
        timestamp: When the notice was sent, aware and in UTC. None if the server did not say.
        retry_count: Which attempt at the delivery this is, counted from 1. None if the server did
            not say.
        result: The JSON of the result, frozen: objects are mappings, arrays are tuples; hidden in
            the repr. None for a task without a result.
        failed_reason: Why it failed. None if it did not fail, or the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    task_id: Id | None = field(default=None, metadata=wire("task_id", "taskId"))
    user_task_id: Id | None = field(default=None, metadata=wire("user_task_id", "userTaskId"))
    endpoint_id: Id | None = field(default=None, metadata=wire("endpoint_id", "endpointId"))
    status: TaskStatus | str
    success: bool | None = None
    timestamp: datetime | None = None
    retry_count: int | None = field(default=None, metadata=wire("retry_count", "retryCount"))
    result: Json = field(
        default=None,
        converter=freeze_json,
        repr=False,
        metadata=wire("result", "taskResult", "output"),
    )
    failed_reason: str | None = field(
        default=None, metadata=wire("failed_reason", "failedReason", "error")
    )
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)
