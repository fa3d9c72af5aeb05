"""What a task is waited for to become."""

from typing import Final

from ...errors import TaskFailedError
from ...models import Task, TaskStatus
from ..waiting import Awaited, Goal


__all__ = ["SUCCESSFUL", "TASK"]


def _has_failed(task: Task) -> bool:
    return task.status == TaskStatus.FAILED


TASK: Final = Awaited[Task](
    name="task",
    statuses=TaskStatus,
    is_lost=lambda status, _: status == TaskStatus.FAILED,
    failed=TaskFailedError,
    # A task goes with its endpoint; the server's own error says which of them is not there.
    vanished=None,
    reason=lambda task: task.error or "",
    failed_hint="Submit it under another id: the same one does nothing any more.",
    late_hint="It is still waiting or at work: wait for it again by its id.",
)
SUCCESSFUL: Final = Goal[Task](
    "successful", lambda task: task.is_done and not _has_failed(task), _has_failed
)
