"""Serverless endpoints: workers of one image behind one name. v1 calls them elastic deployments."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from attrs import define

from ..._api import given
from ..._checks import is_whole
from ...errors import ConfigurationError
from ...errors._arguments import explained
from ...models import (
    Endpoint,
    EndpointFields,
    EndpointSpec,
    EndpointStatus,
    Listing,
    LogPage,
    Worker,
    structure,
)
from ...models._lifecycle import PodStatus
from ..calls import Calls, Noun
from ..given import spec_of
from ..polling import wait_by_id
from .goals import ENDPOINT
from .logs import Cursor, LogLines
from .updates import checked, merged


__all__ = ["Serverless"]


@define(eq=False, repr=False)
class Serverless(Noun):
    """The endpoints of the account. Running workers are billed; stopping an endpoint ends that."""

    _calls: Calls

    async def create(
        self, spec: EndpointSpec | None = None, **fields: Unpack[EndpointFields]
    ) -> Endpoint:
        """
        Make an endpoint; its workers start, and bill once they run.

        Args:
            spec: What to make. None if it is described by ``fields``.
            **fields: The fields of an `EndpointSpec`, instead of one.

        Returns:
            The endpoint, which is starting.

        Raises:
            ConfigurationError: The spec cannot work; nothing was sent.
            UnresolvedCreateError: It could not be found out whether it was made: look for its name.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``endpointCreate``, ``POST /openapi/v1/elastic/deploy/create``; v2
        ``createEndpoint``, ``POST /v2/serverless``.
        """
        spec = spec_of(EndpointSpec, "serverless endpoint", spec, fields)
        read = partial(structure, kind=Endpoint, operation="createEndpoint")
        return await self._calls.create("createEndpoint", read, extra=spec.extra, **given(spec))

    async def get(self, endpoint_id: str) -> Endpoint:
        """
        Return one endpoint.

        Args:
            endpoint_id: The endpoint's id.

        Returns:
            The endpoint as it is now.

        Raises:
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``getElasticV1``, ``GET /openapi/v1/elastic/deploy/{endpoint_id}``; v2
        ``getEndpointById``, ``GET /v2/serverless/{endpoint_id}``.
        """
        return await self._calls.fetch(Endpoint, "getEndpoint", endpoint_id=endpoint_id)

    @explained
    async def list(
        self, *, statuses: str | Iterable[EndpointStatus | str] = ()
    ) -> Listing[Endpoint]:
        """
        Return all endpoints, or those in some statuses.

        Args:
            statuses: One status or several; empty means all.

        Returns:
            The endpoints, in one list without pages, and beside it what cannot be read.

        Raises:
            ConfigurationError: A status that cannot be; nothing was sent.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``listElasticV1``, ``GET /openapi/v1/elastic/deploy/list``; v2 ``listEndpoints``,
        ``GET /v2/serverless``.
        """
        return await self._calls.fetch_list(Endpoint, "listEndpoints", statuses=statuses)

    async def update(self, endpoint_id: str, **changes: Unpack[EndpointFields]) -> Endpoint:
        """
        Change an endpoint, which must be stopped; fields that are not given stay.

        The API wants name, resources, workers and disk each time: those that are not given are read
        from the server first.

        Args:
            endpoint_id: The endpoint's id.
            **changes: The fields of an `EndpointSpec` to change. None takes back what was chosen
                once, an empty ``environment`` empties it.

        Returns:
            The endpoint with its changes.

        Raises:
            ConfigurationError: A change that cannot work, or the server does not say what stays.
            ConflictError: The endpoint is not stopped.
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``updateElasticV1``, ``POST /openapi/v1/elastic/deploy/{endpoint_id}/update``; v2
        ``updateEndpoint``, ``PATCH /v2/serverless/{endpoint_id}``.
        """
        sound = checked(changes)
        # What this generation has no place for is refused before anything is sent.
        self._calls.api.call("updateEndpoint", endpoint_id=endpoint_id, **sound)
        values = merged(await self.get(endpoint_id), sound)
        return await self._calls.fetch(
            Endpoint, "updateEndpoint", endpoint_id=endpoint_id, **values
        )

    async def start(self, endpoint_id: str) -> None:
        """
        Start a stopped endpoint; its workers have new ids.

        Args:
            endpoint_id: The endpoint's id.

        Raises:
            ConflictError: It is not stopped.
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``startElasticV1``, ``POST /openapi/v1/elastic/deploy/{endpoint_id}/start``; v2
        ``startEndpoint``, ``POST /v2/serverless/{endpoint_id}/start``.
        """
        under_way = (EndpointStatus.INITIALIZING, EndpointStatus.RUNNING)
        await self._operate("startEndpoint", endpoint_id, *under_way)

    async def stop(self, endpoint_id: str) -> None:
        """
        Stop an endpoint: its workers end, and are billed no more.

        Args:
            endpoint_id: The endpoint's id.

        Raises:
            ConflictError: It is not running.
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``stopElasticV1``, ``POST /openapi/v1/elastic/deploy/{endpoint_id}/stop``; v2
        ``stopEndpoint``, ``POST /v2/serverless/{endpoint_id}/stop``.
        """
        under_way = (EndpointStatus.STOPPING, EndpointStatus.STOPPED)
        await self._operate("stopEndpoint", endpoint_id, *under_way)

    async def delete(self, endpoint_id: str) -> None:
        """
        Delete an endpoint, which must be stopped.

        Args:
            endpoint_id: The endpoint's id.

        Raises:
            ConflictError: It is not stopped: `stop` it and `wait` until "STOPPED".
            NotFoundError: There is no such endpoint. After a lost answer this counts as done.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``deleteElasticV1``, ``DELETE /openapi/v1/elastic/deploy/{endpoint_id}``; v2
        ``deleteEndpoint``, ``DELETE /v2/serverless/{endpoint_id}``.
        """
        await self._calls.delete("deleteEndpoint", endpoint_id=endpoint_id)

    async def scale(self, endpoint_id: str, workers: int) -> None:
        """
        Set the number of workers.

        Args:
            endpoint_id: The endpoint's id.
            workers: How many workers, 0 or more.

        Raises:
            ConfigurationError: A number below 0, or not a whole one; nothing was sent.
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``scaleWorkersV1``, ``POST /openapi/v1/elastic/deploy/{endpoint_id}/workers``; v2
        ``scaleWorkers``, ``PUT /v2/serverless/{endpoint_id}/workers``.
        """
        if not is_whole(workers) or workers < 0:
            hint = "0 leaves the endpoint without workers."
            problem = "must be a whole number, 0 or more"
            raise ConfigurationError("workers", workers, problem, hint=hint)
        await self._calls.perform("scaleWorkers", endpoint_id=endpoint_id, workers=workers)

    async def workers(
        self, endpoint_id: str, *, statuses: str | Iterable[PodStatus | str] = ()
    ) -> Listing[Worker]:
        """
        Return an endpoint's workers, or those in some statuses.

        Args:
            endpoint_id: The endpoint's id.
            statuses: One status or several; empty means all.

        Returns:
            The workers, in one list without pages, and beside it what cannot be read.

        Raises:
            ConfigurationError: A status that cannot be; nothing was sent.
            NotFoundError: There is no such endpoint.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``listWorkersV1``, ``GET /openapi/v1/elastic/deploy/{endpoint_id}/workers``; v2
        ``listWorkers``, ``GET /v2/serverless/{endpoint_id}/workers``.
        """
        return await self._calls.fetch_list(
            Worker, "listWorkers", endpoint_id=endpoint_id, statuses=statuses
        )

    def logs(
        self,
        endpoint_id: str,
        worker_id: str,
        *,
        follow: bool = False,
        keyword: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        page_size: int = 100,
    ) -> LogLines:
        """
        Iterate over what a worker has written: ``async for line in client.serverless.logs(...)``.

        Args:
            endpoint_id: The endpoint's id.
            worker_id: The worker's id.
            follow: Whether to go on with what it writes from now on, until the worker is gone.
            keyword: Only lines that contain it. None for all.
            start: The time of the first line, aware. None for the oldest that the server has.
            end: The time of the last line, aware. None for the newest.
            page_size: How many lines are asked for at a time, 1 to 1000.

        Returns:
            The lines, oldest first.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: A time without a zone.
            NotFoundError: While iterating: there is no such endpoint or worker.
            APIError: While iterating: any refusal, and failures after all attempts.

        Source: v2 ``getWorkerLogs``, ``GET /v2/serverless/{endpoint_id}/workers/{worker_id}/logs``.
        """
        fixed: dict[str, Any] = {
            "endpoint_id": endpoint_id,
            "worker_id": worker_id,
            "page_size": page_size,
            "keyword": keyword,
            "start": start,
            "end": end,
            "direction": "Forward",
        }
        self._calls.api.call("getWorkerLogs", **fixed)  # a wrong argument is refused here
        calls = self._calls

        async def fetch(cursor: Cursor) -> LogPage:
            return await calls.fetch(LogPage, "getWorkerLogs", **fixed, **cursor)

        return LogLines(fetch, calls.caller.scheduler.poll_interval, follow)

    async def wait(
        self,
        endpoint_id: str,
        until: str | Callable[[Endpoint], bool] = EndpointStatus.RUNNING,
        *,
        timeout: float | None = 900.0,  # noqa: ASYNC109  # the error tells what was last seen
    ) -> Endpoint:
        """
        Wait for an endpoint; each waiter looks for itself.

        Args:
            endpoint_id: The endpoint's id.
            until: A status, or a function of an `Endpoint`.
            timeout: Seconds, or None for as long as it takes.

        Returns:
            The endpoint as it was when it got there.

        Raises:
            ConfigurationError: An argument is not allowed; nothing was sent.
            EndpointFailedError: It failed, or can no longer get there.
            NotFoundError: There is no such endpoint, for as long as an answer may lag behind a
                create.
            WaitTimeoutError: It did not get there in time.
        """
        wait = wait_by_id(
            self._calls, "getEndpoint", Endpoint, ENDPOINT, until, endpoint_id=endpoint_id
        )
        return await wait.reach(timeout)

    async def _operate(self, operation: str, endpoint_id: str, *under_way: EndpointStatus) -> None:
        async def is_on_its_way() -> bool:
            return (await self.get(endpoint_id)).status in under_way

        await self._calls.set_in_motion(operation, is_on_its_way, endpoint_id=endpoint_id)
