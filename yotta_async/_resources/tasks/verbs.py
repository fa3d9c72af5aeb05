"""Tasks of QUEUE endpoints: a unit of work for one of an endpoint's workers."""

import uuid
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any

from attrs import define

from ...models import Task, TaskSpec, TaskStatus
from ..calls import Calls, Noun
from ..pages import PAGE_SIZE, Pages
from ..waiting import Progress, Wait, check_timeout
from .calls import check_task_id, get_task, read_count, submit_task
from .goals import SUCCESSFUL, TASK
from .inputs import IN_FLIGHT, Naming, check_run, stream_of
from .mapping import TaskResults
from .watch import TaskObserver, TaskWatches


__all__ = ["Tasks"]


@define(eq=False, repr=False)
class Tasks(Noun):
    """
    The tasks of endpoints in service mode QUEUE.

    A task has an id that its sender chooses; submitting it again under the same id does nothing, so
    a submission is always safe to repeat.
    """

    _calls: Calls
    _watches: TaskWatches

    async def submit(
        self,
        endpoint_id: str,
        input: Any,  # noqa: A002  # its name in the API
        *,
        worker_port: int,
        process_uri: str,
        task_id: str | None = None,
        webhook: str | None = None,
        webhook_auth_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """
        Submit a task and return its id.

        Args:
            endpoint_id: The id of the endpoint whose workers may take it.
            input: Any JSON that is not empty; the worker is sent it as its body.
            worker_port: The port of the worker that it is sent to, 1 to 65535.
            process_uri: The path there, at most 255 characters without spaces.
            task_id: 1 to 255 letters, digits and underscores. None for a random one.
            webhook: A URL that is told of the result, at most 512 characters; see
                `verify_callback`. None for none.
            webhook_auth_key: What the webhook is sent as ``X-API-Key``, at most 255 characters.
                None for none.
            headers: The headers that the worker is sent. None for none.

        Returns:
            The task's id.

        Raises:
            ConfigurationError: A field that cannot work; nothing was sent.
            BadRequestError: The endpoint's service mode is not QUEUE, or the server refuses a
                field.
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``createTaskV1``, ``POST /openapi/v1/skywalker/tasks/create``; v2 ``submitTask``,
        ``POST /v2/serverless/{endpoint_id}/tasks``.
        """
        spec = TaskSpec(
            input=input,
            worker_port=worker_port,
            process_uri=process_uri,
            task_id=task_id if task_id is not None else uuid.uuid4().hex,
            webhook=webhook,
            webhook_auth_key=webhook_auth_key,
            headers=headers or {},
        )
        return await submit_task(self._calls, endpoint_id, spec)

    async def get(self, endpoint_id: str, task_id: str) -> Task:
        """
        Return one task, with its input and output.

        Args:
            endpoint_id: The endpoint's id.
            task_id: The task's id.

        Returns:
            The task as it is now.

        Raises:
            NotFoundError: There is no such task.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``getTaskV1``, ``GET /openapi/v1/skywalker/tasks/{task_id}``; v2 ``getTaskById``,
        ``GET /v2/serverless/{endpoint_id}/tasks/{task_id}``.
        """
        return await get_task(self._calls, endpoint_id, task_id)

    async def wait(
        self,
        endpoint_id: str,
        task_id: str,
        *,
        timeout: float | None = 900.0,  # noqa: ASYNC109  # the error tells what was last seen
    ) -> Task:
        """
        Wait for a task to end, and return it; waiters of one endpoint share what they look at.

        Args:
            endpoint_id: The endpoint's id.
            task_id: The task's id.
            timeout: Seconds, or None for as long as it takes.

        Returns:
            The task, with its output.

        Raises:
            ConfigurationError: An argument that cannot be; nothing was sent.
            TaskFailedError: It failed; ``last_seen.error`` says why.
            NotFoundError: There is no such task, for as long as an answer may lag behind its
                submission; or no longer.
            WaitTimeoutError: It did not end in time.
        """
        looking, watch = self._calls.looking(), self._watches.of(endpoint_id)
        check_task_id(looking, endpoint_id, task_id)

        async def ask() -> Task:
            return await get_task(looking, endpoint_id, task_id)

        progress, observer = Progress(TASK, task_id, SUCCESSFUL), TaskObserver(task_id, watch, ask)
        return await Wait(progress, looking.options.retry.settle, observer).reach(timeout)

    def list(
        self,
        endpoint_id: str,
        *,
        status: TaskStatus | str | None = None,
        page_size: int = PAGE_SIZE,
    ) -> Pages[Task]:
        """
        Iterate over an endpoint's tasks:
        ``async for task in client.tasks.list(id, status="FAILED")``.

        Args:
            endpoint_id: The endpoint's id.
            status: Only tasks in this status. None for all.
            page_size: How many tasks are asked for at a time.

        Returns:
            The tasks, without inputs and outputs.

        Raises:
            ConfigurationError: While iterating: a status that tasks cannot have.
            APIError: While iterating: any refusal, and failures after all attempts.

        Source: v1 ``listTasksV1``, ``GET /openapi/v1/skywalker/tasks``; v2 ``listTasks``,
        ``GET /v2/serverless/{endpoint_id}/tasks``.
        """
        return self._calls.pages(
            Task, "listTasks", size=page_size, endpoint_id=endpoint_id, status=status
        )

    async def count(self, endpoint_id: str) -> int:
        """
        Return how many tasks of an endpoint are queued or at work.

        Args:
            endpoint_id: The endpoint's id.

        Returns:
            The number of tasks.

        Raises:
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``countTasksV1``, ``GET /openapi/v1/skywalker/tasks/processing/count``; v2
        ``getTaskCount``, ``GET /v2/serverless/{endpoint_id}/tasks/count``.
        """
        data = await self._calls.perform("countTasks", endpoint_id=endpoint_id)
        return read_count(data, "countTasks")

    def map(
        self,
        endpoint_id: str,
        inputs: Iterable[Any] | AsyncIterable[Any],
        *,
        worker_port: int,
        process_uri: str,
        run: str | None = None,
        in_flight: int = IN_FLIGHT,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> TaskResults:
        """
        Have many inputs processed: ``async for outcome in client.tasks.map(...)``, as they end.

        A task's id is made of the run's name and its input, so the same call resumes a run that
        crashed: what had ended comes at once. If you stop iterating, what was submitted still ends.

        Args:
            endpoint_id: The id of the endpoint whose workers may take the tasks.
            inputs: JSON values, any number; taken from as places become free.
            worker_port: The port of the workers that they are sent to, 1 to 65535.
            process_uri: The path there, at most 255 characters without spaces.
            run: 1 to 200 letters, digits and underscores. None for a random name, under which the
                run cannot be resumed.
            in_flight: How many tasks are queued or at work at a time, at most.
            headers: The headers that the workers are sent. None for none.
            timeout: Seconds for each task, from its submission; None for as long as it takes.

        Returns:
            The outcomes, one for each input.

        Raises:
            ConfigurationError: A setting that cannot work.
            APIError: While iterating: what is wrong with more than one task, such as the key.
        """
        run = uuid.uuid4().hex if run is None else run
        check_run(run, in_flight)
        check_timeout(timeout)
        template = TaskSpec(
            input=True, worker_port=worker_port, process_uri=process_uri, headers=headers or {}
        )
        watch = self._watches.of(endpoint_id)
        naming, stream = Naming(run, template), stream_of(inputs)
        return TaskResults(self._calls, endpoint_id, naming, stream, in_flight, timeout, watch)
