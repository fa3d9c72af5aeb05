"""Clients on a simulated cloud, and the books that must balance when they are done."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import define, field

from yotta_async import AsyncYotta, Endpoint, EndpointSpec, Event, PodSpec
from yotta_async._call.transport import client_over
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async.events import Answered
from yotta_async.simulator import ServerLimits, SimulatedYotta


ENDING = ("TERMINATING", "TERMINATED")


@define
class Lab:
    """A simulated cloud with one client on it, and the events that the client told."""

    client: AsyncYotta
    events: list[Event] = field(factory=list[Event])

    @property
    def cloud(self) -> SimulatedYotta:
        assert self.client.simulator is not None
        return self.client.simulator

    @property
    def living(self) -> set[str]:
        """The ids of the pods that nobody has asked to be deleted."""
        return {pod.id for pod in self.cloud.pods if pod.status not in ENDING}

    def tasks(self, endpoint_id: str) -> Mapping[str, Any]:
        """Return every task that an endpoint was ever given, by its id."""
        self.cloud._now()
        tasks: Mapping[str, Any] = self.cloud._cloud.serverless.all[int(endpoint_id)].queue.all
        return tasks

    def workers(self, endpoint_id: str) -> list[Any]:
        """Return every worker that an endpoint ever had, oldest first."""
        self.cloud._now()
        return list(self.cloud._cloud.serverless.all[int(endpoint_id)].pool.all.values())

    async def endpoint(self, **changes: Any) -> Endpoint:
        """Make an endpoint, and return it when it runs."""
        made = await self.client.serverless.create(ENDPOINT.evolve(**changes))
        return await self.client.serverless.wait(made.id)

    def told(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def lists(self) -> int:
        return self.cloud.operations["listPods"]

    def creates_on_the_wire(self) -> list[float]:
        return [event.took for event in self.told(Answered) if event.operation == "createPod"]

    async def close(self) -> None:
        """Close the client, and see that nobody waits and that no credit, slot or task is held."""
        await self.client.aclose()
        assert_nothing_is_held(self.client)
        assert self.client._account.caller.owner.at_work == 0


def assert_nothing_is_held(client: AsyncYotta) -> None:
    """See that no call waits, and that none holds a credit or a slot."""
    scheduler = client._account.caller.scheduler
    assert isinstance(scheduler, Scheduler)
    assert scheduler.is_idle, scheduler


def make_lab(*, requests: int = 600, **options: Any) -> Lab:
    events: list[Event] = []
    options.setdefault("limits", ServerLimits(requests=requests))
    client = AsyncYotta.simulated(on_event=events.append, **options)
    return Lab(client, events)


def client_of(cloud: SimulatedYotta, **options: Any) -> AsyncYotta:
    """Return one more client on a simulated cloud."""
    client = AsyncYotta("another", base_url="http://localhost", **options)
    client._account.caller.transport.new_client = lambda: client_over(cloud.transport())
    return client


in_both_generations = pytest.mark.parametrize("api_version", ["v1", "v2"])

SPEC = PodSpec(image="yottalabsai/pytorch:2.9.0", gpu_type="NVIDIA_RTX_5090_32G")
ENDPOINT = EndpointSpec(
    name="Queue",
    image="yottalabsai/worker:1.0",
    resources=("us-east-1", SPEC.gpu_type),
    workers=2,
    container_volume_in_gb=20,
    service_mode="QUEUE",
)
