"""A server that says what it likes: it stands between a client and the simulated cloud."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import anyio
import httpx
from attrs import define, field

from tests.lab import Lab
from yotta_async import AsyncYotta, Limits
from yotta_async._call.transport import client_over


REFUSED = '{"message": "conflict", "code": 10409, "data": null}'
BROKE = '{"message": "insufficient balance", "code": 12003}'


@define(eq=False)
class Strange(httpx.AsyncBaseTransport):
    """
    What it does to the answers.

    Attributes:
        list_lag: Seconds for which lists leave out a new pod.
        get_lag: Seconds for which its id is not known.
        omitted: The share of pods that a list leaves out.
        flipped: The share of RUNNING pods that a list shows as INITIALIZE.
        told: What a list says of a pod instead, which may be several descriptions.
        refuse: Answers a request instead of the cloud, unless it returns None.
    """

    lab: Lab
    inner: httpx.AsyncBaseTransport
    list_lag: float = 0.0
    get_lag: float = 0.0
    omitted: float = 0.0
    flipped: float = 0.0
    told: Callable[[dict[str, Any]], list[dict[str, Any]]] = lambda pod: [pod]
    refuse: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    dice: Random = field(factory=lambda: Random(1))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if (refused := self.refuse(request)) is not None:
            return refused
        path = request.url.path
        pod_id = path.rpartition("/")[2]
        if pod_id.isdecimal() and self.is_younger(pod_id, self.get_lag):
            return httpx.Response(404, text='{"message": "pod not found", "code": 12000}')
        response = await self.inner.handle_async_request(request)
        if path.endswith("/pods/list"):
            await response.aread()
            return self.altered(response)
        return response

    def is_younger(self, pod_id: str, lag: float) -> bool:
        pod = self.lab.cloud._cloud.pods.all.get(int(pod_id))
        return pod is not None and anyio.current_time() - pod.created_at < lag

    def altered(self, response: httpx.Response) -> httpx.Response:
        body = json.loads(response.content)
        if response.status_code != 200 or not isinstance(body.get("data"), list):
            return response
        shown = [self.flip(pod) for pod in body["data"] if self.shows(pod)]
        body["data"] = [each for pod in shown for each in self.told(pod)]
        headers = {"Date": response.headers["Date"]} if "Date" in response.headers else {}
        return httpx.Response(200, json=body, headers=headers)

    def shows(self, pod: dict[str, Any]) -> bool:
        is_late = self.is_younger(str(pod["id"]), self.list_lag)
        return not is_late and self.dice.random() >= self.omitted

    def flip(self, pod: dict[str, Any]) -> dict[str, Any]:
        flips = pod["status"] in ("RUNNING", 1) and self.dice.random() < self.flipped
        return pod | {"status": 0 if pod["status"] == 1 else "INITIALIZE"} if flips else pod


def estranged(lab: Lab, **ways: Any) -> tuple[AsyncYotta, Strange]:
    """Return one more client of a lab's cloud, and what stands between them."""
    between = Strange(lab, lab.cloud.transport(), **ways)
    client = AsyncYotta("another", base_url="http://localhost", limits=Limits(requests=600))
    client._account.caller.transport.new_client = lambda: client_over(between)
    return client, between
