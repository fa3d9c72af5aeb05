"""Callbacks to the tasks' webhooks: when each is sent, and whether it is accepted."""

from functools import partial
from random import Random

from attrs import define, field, frozen

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.tasks_task import DeliveryStatus, Task


__all__ = ["Courier", "Delivery"]

# Seconds after which a callback that was not accepted is sent again, as the queue guide has it.
_RETRIES = (60.0, 300.0, 900.0)


@frozen(kw_only=True)
class Delivery:
    """One sending of a task's callback; `attempt` counts from 1."""

    instant: float
    task: Task
    attempt: int
    accepted: bool


@define(eq=False, kw_only=True)
class Courier:
    """
    Sends what has finished to where it is awaited; nothing leaves the process.

    Attributes:
        sent: Every sending, oldest first.
    """

    life: TaskLife
    agenda: Agenda
    dice: Random
    sent: list[Delivery] = field(factory=list[Delivery])

    def deliver(self, task: Task, now: float) -> None:
        task.deliveries += 1
        task.updated_at = task.last_delivery_at = now
        task.next_delivery_at = None
        accepted = self.dice.random() >= self.life.callbacks_failing
        self.sent.append(
            Delivery(instant=now, task=task, attempt=task.deliveries, accepted=accepted)
        )
        if accepted:
            task.delivery = DeliveryStatus.SUCCESS
            task.delivered_at = now
        elif task.deliveries > len(_RETRIES):
            task.delivery = DeliveryStatus.MAX_RETRIES_EXCEEDED
        else:
            self._try_again(task, now + _RETRIES[task.deliveries - 1])

    def _try_again(self, task: Task, instant: float) -> None:
        task.delivery = DeliveryStatus.FAILED
        task.next_delivery_at = instant
        self.agenda.at(instant, partial(self.deliver, task))
