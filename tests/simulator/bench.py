"""A simulated cloud on a clock that is set by hand, asked without a network."""

import json
from typing import Any

from attrs import define, field

from yotta_async.simulator import Latency, PodLife, ServerLimits, SimulatedYotta
from yotta_async.simulator.wire import Reply, Request


V1_PODS = "/openapi/v1/pods"
L4 = "NVIDIA_L4_24G"
SPEC: dict[str, Any] = {"image": "image", "gpuType": L4, "gpuCount": 1}
FIXED: dict[str, Any] = {
    "start_span": (90.0, 90.0),
    "ports": (20.0, 20.0),
    "pause": (10.0, 10.0),
    "delete": (30.0, 30.0),
}


@define
class Bench:
    """
    A cloud whose changes take times of their own.

    Attributes:
        options: Of `SimulatedYotta`, over the bench's own.
        now: The instant it is asked at; a latency among the options moves it on.
    """

    options: dict[str, Any] = field(factory=dict)
    now: float = 0.0
    simulated: SimulatedYotta = field(init=False)

    def __attrs_post_init__(self) -> None:
        defaults: dict[str, Any] = {
            "limits": ServerLimits.none(),
            "latency": Latency.none(),
            "life": PodLife(**FIXED),
        }
        self.simulated = SimulatedYotta(clock=lambda: self.now, **defaults | self.options)

    def reply(
        self,
        method: str,
        target: str,
        body: object = None,
        key: str = "key",
        endpoint: object = None,
    ) -> Reply:
        text = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        headers = [(b"X-API-Key", key.encode())]
        if endpoint is not None:
            headers.append((b"X-Endpoint-ID", str(endpoint).encode("utf-8", "replace")))
        request = Request.parse(method, target, headers, text)
        exchange = self.simulated._server.send(request, self.now)
        self.now = exchange.ready_at
        self.simulated._server.advance(self.now)
        assert exchange.answer is not None
        assert exchange.answer.reply is not None
        return exchange.answer.reply

    def ask(
        self, method: str, target: str, body: object = None, key: str = "key"
    ) -> tuple[int, int | None, Any]:
        """Return the HTTP status, the envelope's code and its data, or message on failure."""
        reply = self.reply(method, target, body, key)
        answer = json.loads(reply.body)
        assert set(answer) == {"message", "code", "data"}
        return (
            reply.status,
            reply.code,
            answer["data"] if reply.code == 10000 else answer["message"],
        )

    def get(self, method: str, target: str, body: object = None) -> Any:
        """Return the data of a request that has to work."""
        status, code, data = self.ask(method, target, body)
        assert (status, code) == (200, 10000), data
        return data

    def code(self, method: str, target: str, body: object = None) -> int | None:
        """Return the envelope's code."""
        return self.ask(method, target, body)[1]

    def create(self, **spec: Any) -> int:
        """Create a pod by v1 and return its id."""
        pod_id = self.get("POST", f"{V1_PODS}/create", SPEC | spec)
        assert isinstance(pod_id, int)
        return pod_id
