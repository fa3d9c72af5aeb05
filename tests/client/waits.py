"""One server with one thing of any kind, whose fate is written down beforehand."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
from attrs import define, field, frozen

from yotta_async import AsyncYotta, EndpointStatus, PodStatus, RetryPolicy, VMStatus
from yotta_async.errors import (
    EndpointFailedError,
    NotFoundError,
    PodFailedError,
    PodVanishedError,
    TaskFailedError,
    VMFailedError,
    YottaError,
)


ID, ENDPOINT_ID = "100000000000000001", "100000000000000002"
SETTLE = 15.0

# What the server says instead of showing the thing.
FAILING, FORBIDDEN, ABSENT = "(500)", "(403)", "(404)"
_REFUSALS = {FAILING: (500, 50000), FORBIDDEN: (403, 10004), ABSENT: (200, 12000)}

Reply = dict[str, object]


@frozen(kw_only=True)
class Kind:
    """
    One kind of thing that can be waited for.

    Attributes:
        wait: Waits for the thing ``ID``; a task has one goal only, and takes no ``until``.
        goal: The status that is waited for.
        lost: One from which it cannot come.
        terminated: The status that absence stands for; "" where it stands for none.
        item: The thing as JSON.
        lists: Whether a path is that of a list.
    """

    wait: Callable[..., Awaitable[Any]]
    start: str
    goal: str
    lost: str
    failed: type[YottaError]
    vanished: type[YottaError]
    item: Callable[[str], Reply]
    terminated: str = ""
    lists: Callable[[str], bool] = lambda _: False


def _wait_for_task(client: AsyncYotta, **options: Any) -> Awaitable[Any]:
    return client.tasks.wait(ENDPOINT_ID, ID, **options)


KINDS = {
    "pod": Kind(
        wait=lambda client, **options: client.pods.wait(ID, **options),
        start=PodStatus.INITIALIZING,
        goal=PodStatus.RUNNING,
        lost=PodStatus.FAILED,
        failed=PodFailedError,
        vanished=PodVanishedError,
        item=lambda status: {"id": ID, "status": status},
        terminated=PodStatus.TERMINATED,
        lists=lambda path: path.endswith("/list"),
    ),
    "endpoint": Kind(
        wait=lambda client, **options: client.serverless.wait(ID, **options),
        start=EndpointStatus.INITIALIZING,
        goal=EndpointStatus.RUNNING,
        lost=EndpointStatus.FAILED,
        failed=EndpointFailedError,
        vanished=EndpointFailedError,
        item=lambda status: {"id": ID, "status": status},
        terminated=EndpointStatus.TERMINATED,
    ),
    "VM": Kind(
        wait=lambda client, **options: client.vms.wait(ID, **options),
        start=VMStatus.INITIALIZING,
        goal=VMStatus.RUNNING,
        lost=VMStatus.TERMINATED,
        failed=VMFailedError,
        vanished=VMFailedError,
        item=lambda status: {"id": ID, "status": status},
        terminated=VMStatus.TERMINATED,
    ),
    "task": Kind(
        wait=_wait_for_task,
        start="PROCESSING",
        goal="SUCCESS",
        lost="FAILED",
        failed=TaskFailedError,
        vanished=NotFoundError,  # the server says whether it is the task or its endpoint
        item=lambda status: {"taskId": ID, "status": status, "taskData": 1},
    ),
}


@define(eq=False)
class Fate:
    """
    What the server tells of the thing, and a client of that server.

    Attributes:
        steps: What it tells from when on, in seconds; a status, or one of the words above.
        unlisted: Between which seconds lists leave the thing out though it is there.
        asked: The paths of the requests so far, each with the second of its arrival.
    """

    kind: Kind
    steps: dict[float, str]
    unlisted: tuple[float, float] = (0.0, 0.0)
    asked: list[tuple[float, str]] = field(factory=list[tuple[float, str]])
    client: AsyncYotta = field(init=False)
    _began: float | None = None

    def __attrs_post_init__(self) -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        retry = RetryPolicy(settle=SETTLE)
        self.client = AsyncYotta(
            "key", base_url="http://localhost", http_client=http, retry=retry, api_version="v1"
        )

    @property
    def now(self) -> float:
        """Seconds since the wait began."""
        return 0.0 if self._began is None else anyio.current_time() - self._began

    async def wait(self, **options: Any) -> Any:
        self._began = anyio.current_time()
        return await self.kind.wait(self.client, **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path, now = request.url.path, self.now
        self.asked.append((now, path))
        told = [word for instant, word in self.steps.items() if instant <= now][-1]
        if self.kind.lists(path):
            if told == ABSENT or self.unlisted[0] <= now < self.unlisted[1]:
                return _reply(200, 10000, [])
            if told not in _REFUSALS:
                return _reply(200, 10000, [self.kind.item(told)])
        if told in _REFUSALS:
            return _reply(*_REFUSALS[told], None)
        return _reply(200, 10000, self.kind.item(told))


def _reply(status: int, code: int, data: object) -> httpx.Response:
    body = json.dumps({"message": "as written", "code": code, "data": data})
    return httpx.Response(status, text=body, headers={"Content-Type": "application/json"})
