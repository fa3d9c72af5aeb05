"""What the platform posts to a task's webhook."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, freeze, freeze_json
from ._statuses import TaskStatus
from ._values import Id, Json
from ._wire import wire


__all__ = ["TaskCallback"]


@frozen(kw_only=True)
class TaskCallback:
    """
    The notice that a task has ended.

    The v1 body is documented, in snake_case; the same names in camelCase are understood, too.

    Attributes:
        task_id: The platform's own number of the task.
        user_task_id: The id that the task was submitted under.
        status: Open to words this version does not know; those stay text.
        timestamp: Aware and in UTC.
        retry_count: Which try this is, from 1.
        result: Any JSON, frozen: objects are mappings, arrays tuples; hidden.
        failed_reason: Why it failed.
        extra: What else the platform said, by its wire names; hidden.
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
