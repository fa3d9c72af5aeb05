"""Clients on a simulated cloud, and the books that must balance when they are done."""

from typing import Any

from attrs import define, field

from yotta_async import AsyncYotta, Event, PodSpec
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

    def told(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def lists(self) -> int:
        return self.cloud.operations["listPods"]

    def creates_on_the_wire(self) -> list[float]:
        return [event.took for event in self.told(Answered) if event.operation == "createPod"]

    async def close(self) -> None:
        """Close the client, and see that nobody waits and that no credit, slot or task is held."""
        await self.client.aclose()
        caller = self.client._account.caller
        books = caller.scheduler.dispatcher
        assert books.waiting() == 0
        assert caller.owner.at_work == 0
        assert books.exchanges.busy == books.slots.busy == books.window.in_flight == 0


def make_lab(*, requests: int = 600, **options: Any) -> Lab:
    events: list[Event] = []
    options.setdefault("limits", ServerLimits(requests=requests))
    client = AsyncYotta.simulated(on_event=events.append, **options)
    return Lab(client, events)


SPEC = PodSpec(image="yottalabsai/pytorch:2.9.0", gpu_type="NVIDIA_RTX_5090_32G")
