"""Serverless endpoints: workers of one image behind one name. v1 calls them elastic deployments."""

import builtins
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from attrs import define

from ..._api import given
from ...errors import ConfigurationError
from ...models import (
    Endpoint,
    EndpointFields,
    EndpointSpec,
    EndpointStatus,
    LogPage,
    Worker,
    structure,
)
from ...models._lifecycle import PodStatus
from ..calls import Calls
from ..given import spec_of
from ..polling import wait_by_id
from .changes import checked, merged
from .goals import ENDPOINT
from .logs import Cursor, LogLines


__all__ = ["Serverless"]


@define(eq=False)
class Serverless:
    """The account's endpoints. Every running worker is billed; stopping an endpoint ends that."""

    _calls: Calls

    async def create(
        self, spec: EndpointSpec | None = None, **fields: Unpack[EndpointFields]
    ) -> Endpoint:
        """
        Make an endpoint; its workers start, and bill once they run.

        Args:
            spec: What to make.
            **fields: The fields of an `EndpointSpec`, instead of one.

        Raises:
            ConfigurationError: The spec cannot be; nothing was sent.
            UnresolvedCreateError: It was not found out whether it was made: look for its name.

        Source: v1 ``POST /openapi/v1/elastic/deploy/create``, v2 ``POST /v2/serverless``.
        """
        spec = spec_of(EndpointSpec, "serverless endpoint", spec, fields)
        read = partial(structure, kind=Endpoint, operation="createEndpoint")
        return await self._calls.made("createEndpoint", read, extra=spec.extra, **given(spec))

    async def get(self, endpoint_id: str) -> Endpoint:
        """
        Return one endpoint.

        Raises:
            NotFoundError: There is none.
        """
        return await self._calls.one(Endpoint, "getEndpoint", endpoint_id=endpoint_id)

    async def list(
        self, *, statuses: str | Iterable[EndpointStatus | str] = ()
    ) -> builtins.list[Endpoint]:
        """Return all endpoints, or those in some statuses."""
        return await self._calls.many(Endpoint, "listEndpoints", statuses=statuses)

    async def update(self, endpoint_id: str, **changes: Unpack[EndpointFields]) -> Endpoint:
        """
        Change an endpoint; it must be stopped. What is not given stays.

        The API wants name, resources, workers and disk each time: those that are not given are
        read from the server first. None takes back what was chosen once, an empty
        ``environment`` empties it.

        Raises:
            ConfigurationError: A change that cannot be, or the server does not tell what stays.
            ConflictError: The endpoint is not stopped.
            NotFoundError: There is none.
        """
        sound = checked(changes)
        # What this generation has no place for is refused before anything is sent.
        self._calls.api.call("updateEndpoint", endpoint_id=endpoint_id, **sound)
        values = merged(await self.get(endpoint_id), sound)
        return await self._calls.one(Endpoint, "updateEndpoint", endpoint_id=endpoint_id, **values)

    async def start(self, endpoint_id: str) -> None:
        """
        Start a stopped endpoint; its workers have new ids.

        Raises:
            ConflictError: It is not stopped.
            NotFoundError: There is none.
        """
        under_way = (EndpointStatus.INITIALIZING, EndpointStatus.RUNNING)
        await self._turn("startEndpoint", endpoint_id, *under_way)

    async def stop(self, endpoint_id: str) -> None:
        """
        Stop an endpoint: its workers go, and their bill with them.

        Raises:
            ConflictError: It is not running.
            NotFoundError: There is none.
        """
        under_way = (EndpointStatus.STOPPING, EndpointStatus.STOPPED)
        await self._turn("stopEndpoint", endpoint_id, *under_way)

    async def delete(self, endpoint_id: str) -> None:
        """
        Delete an endpoint; it must be stopped.

        Raises:
            ConflictError: It is not stopped: `stop` it and `wait` until "STOPPED".
            NotFoundError: There is none.
        """
        await self._calls.gone("deleteEndpoint", endpoint_id=endpoint_id)

    async def scale(self, endpoint_id: str, workers: int) -> None:
        """
        Set the number of workers.

        Args:
            workers: 0 or more.

        Raises:
            ConfigurationError: No such number can be.
            NotFoundError: There is none.
        """
        if type(workers) is not int or workers < 0:
            hint = "Give 0 or more."
            raise ConfigurationError("workers", workers, "is no number of workers", hint=hint)
        await self._calls.data("scaleWorkers", endpoint_id=endpoint_id, workers=workers)

    async def workers(
        self, endpoint_id: str, *, statuses: str | Iterable[PodStatus | str] = ()
    ) -> builtins.list[Worker]:
        """
        Return an endpoint's workers, or those in some statuses.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        return await self._calls.many(
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
            follow: Whether to go on with what it writes from now on, until the worker is gone.
            keyword: Only lines that contain it.
            start: From when on; aware.
            end: Until when; aware.
            page_size: How many lines are asked for at a time, 1 to 1000.

        Raises:
            UnsupportedOperationError: The client speaks v1.
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
        self._calls.api.call("getWorkerLogs", **fixed)  # what cannot be is refused here
        calls = self._calls

        async def fetch(cursor: Cursor) -> LogPage:
            return await calls.one(LogPage, "getWorkerLogs", **fixed, **cursor)

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
            until: A status, or a function of an `Endpoint`.
            timeout: Seconds, or None for as long as it takes.

        Raises:
            ConfigurationError: An argument that cannot be; nothing was sent.
            EndpointFailedError: It failed, or can no longer get there.
            NotFoundError: No such endpoint, for as long as an answer may lag behind a create.
            WaitTimeoutError: It did not get there in time.
        """
        wait = wait_by_id(
            self._calls, "getEndpoint", Endpoint, ENDPOINT, until, endpoint_id=endpoint_id
        )
        return await wait.reach(timeout)

    async def _turn(self, operation: str, endpoint_id: str, *under_way: EndpointStatus) -> None:
        async def is_on_its_way() -> bool:
            return (await self.get(endpoint_id)).status in under_way

        call = self._calls.api.call(operation, endpoint_id=endpoint_id)
        await self._calls.turned(call, is_on_its_way)
