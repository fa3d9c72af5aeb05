"""A simulated cloud on a clock that is set by hand, asked in both generations."""

import json
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from attrs import define, field

from tests.simulator.bench import Bench as CloudBench
from yotta_async.simulator import SimulatedYotta
from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.serverless import Serverless
from yotta_async.simulator.cloud.serverless_endpoint import Endpoint, EndpointRequest, ServiceMode
from yotta_async.simulator.cloud.serverless_life import EndpointLife
from yotta_async.simulator.cloud.serverless_worker import EndpointResource
from yotta_async.simulator.cloud.stock import Stock
from yotta_async.simulator.cloud.tasks import TaskDesk, TaskQueue, echo
from yotta_async.simulator.cloud.tasks_delivery import Courier
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.tasks_task import TaskRequest


V1 = "/openapi/v1/elastic/deploy"
V2 = "/v2/serverless"
TASKS = "/openapi/v1/skywalker/tasks"
L4 = "NVIDIA_L4_24G"

# Every change takes a time of its own, so that a mixed-up one shows.
LIFE = EndpointLife(start=(100.0, 100.0), worker=(10.0, 10.0), stop=(30.0, 30.0))
TASK_LIFE = TaskLife(duration=(5.0, 5.0))

RESOURCE: dict[str, Any] = {"region": "us-east", "gpuType": L4, "gpuCount": 1}
SPEC: dict[str, Any] = {
    "name": "llm",
    "image": "image",
    "serviceMode": "QUEUE",
    "workers": 2,
    "containerVolumeInGb": 20,
    "resources": [RESOURCE],
}
TASK: dict[str, Any] = {"taskId": "t1", "input": {"a": 1}, "workerPort": 8000, "processUri": "/run"}
TASK_V1: dict[str, Any] = {
    "userTaskId": "t1",
    "taskData": {"a": 1},
    "workerPort": 8000,
    "processUri": "/run",
}


@define
class Bench:
    """Endpoints and tasks on a bench; the answers come in the instant of the question."""

    options: dict[str, Any] = field(factory=dict[str, Any])
    cloud: CloudBench = field(init=False)

    def __attrs_post_init__(self) -> None:
        lives = {"endpoint_life": LIFE, "task_life": TASK_LIFE}
        self.cloud = CloudBench(lives | self.options)

    @property
    def simulated(self) -> SimulatedYotta:
        return self.cloud.simulated

    @property
    def now(self) -> float:
        return self.cloud.now

    @now.setter
    def now(self, instant: float) -> None:
        self.cloud.now = instant

    def ask(
        self, method: str, target: str, body: object = None, endpoint: object = None
    ) -> tuple[int | None, Any]:
        """Return the envelope's code and its data, or its message where it failed."""
        reply = self.cloud.reply(method, target, body, endpoint=endpoint)
        answer = json.loads(reply.body)
        assert reply.status == 200, answer
        return reply.code, answer["data"] if reply.code == 10000 else answer["message"]

    def done(self, method: str, target: str, body: object = None, endpoint: object = None) -> Any:
        """Return what a request that works answers."""
        code, data = self.ask(method, target, body, endpoint)
        assert code == 10000, data
        return data

    def create(self, **spec: Any) -> str:
        return str(self.done("POST", V2, SPEC | spec)["id"])

    def running(self, **spec: Any) -> str:
        """Return the id of a new endpoint whose first two workers have come to run."""
        endpoint_id = self.create(**spec)
        self.now += 110.0
        return endpoint_id

    def get(self, endpoint_id: str) -> Any:
        return self.done("GET", f"{V2}/{endpoint_id}")

    def submit(self, endpoint_id: str, **task: Any) -> str:
        return str(self.done("POST", f"{V2}/{endpoint_id}/tasks", TASK | task)["taskId"])

    def task(self, endpoint_id: str, task_id: str = "t1") -> Any:
        return self.done("GET", f"{V2}/{endpoint_id}/tasks/{task_id}")


def serverless(
    stock: Mapping[str, Mapping[str, int]] | None = None,
    *,
    life: EndpointLife = LIFE,
    task_life: TaskLife = TASK_LIFE,
) -> Serverless:
    return Serverless.open(
        life=life,
        task_life=task_life,
        run=echo,
        stock=Stock(stock or {"us-east-1": {L4: 8}}),
        prices={L4: Decimal("3.6")},
        seed=1,
        agenda=Agenda(),
        ids=Ids(),
    )


def request(**fields: Any) -> EndpointRequest:
    defaults: dict[str, Any] = {
        "name": "llm",
        "image": "image",
        "resources": (resource(),),
        "workers": 2,
        "mode": ServiceMode.QUEUE,
        "container_volume": 20,
    }
    return EndpointRequest(**defaults | fields)


def resource(region: str = "us-east-1", gpu_type: str = L4, gpu_count: int = 1) -> EndpointResource:
    return EndpointResource(region=region, gpu_type=gpu_type, gpu_count=gpu_count)


def advance(home: Serverless, now: float) -> None:
    home.means.agenda.advance(now)


def running(home: Serverless, **fields: Any) -> Endpoint:
    """Return an endpoint whose first two workers have come to run, at 110."""
    endpoint = home.create(request(**fields), 0.0)
    advance(home, 110.0)
    return endpoint


def queue(**options: Any) -> TaskQueue:
    """Return a queue without workers."""
    life, agenda = options.get("life", TASK_LIFE), Agenda()
    desk = TaskDesk(
        life=life,
        run=options.get("run", echo),
        dice=Random(1),
        agenda=agenda,
        ids=Ids(),
        courier=Courier(life=life, agenda=agenda, dice=Random(2)),
    )
    return TaskQueue(endpoint_id=7, desk=desk)


def task(task_id: str | None = "t1", **fields: Any) -> TaskRequest:
    defaults: dict[str, Any] = {"port": 8000, "uri": "/run", "input": '{"a": 1}'}
    return TaskRequest(task_id=task_id, **defaults | fields)
