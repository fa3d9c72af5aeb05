"""Callbacks to the tasks' webhooks: when each is sent, and whether it is accepted."""

from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random

from attrs import define, evolve, field, frozen

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.tasks_life import TaskLife
from yotta_async.simulator.cloud.tasks_task import DeliveryStatus, Task


__all__ = ["Courier", "Delivery"]

# Seconds after which a callback that was not accepted is sent again, as the queue guide has it.
_RETRIES = (60.0, 300.0, 900.0)


@frozen(kw_only=True)
class Delivery:
    """
    One sending of a task's callback; `attempt` counts from 1.

    Attributes:
        posted: Whether it left the process.
    """

    instant: float
    task: Task
    attempt: int
    posted: bool = False
    accepted: bool = False


@define(eq=False, kw_only=True)
class Courier:
    """
    Sends what has finished to where it is awaited, as far as that can be reached.

    Attributes:
        reaches: Whether a URL is one that callbacks are posted to; None while none are.
        outbox: What is to be posted, oldest first; `settle` is told what became of it.
        sent: Every sending that is over, and those that could not be posted.
    """

    life: TaskLife
    agenda: Agenda
    dice: Random
    reaches: Callable[[str], bool] | None = None
    outbox: deque[Delivery] = field(factory=deque[Delivery])
    sent: list[Delivery] = field(factory=list[Delivery])

    def deliver(self, task: Task, now: float) -> None:
        """Post a callback, pretend to, or leave the task as it is where neither is possible."""
        delivery = Delivery(instant=now, task=task, attempt=task.deliveries + 1)
        posted = self.reaches is not None and self.reaches(task.request.webhook or "")
        if not posted and self.life.callbacks_failing is None:
            self.sent.append(delivery)
            return
        task.deliveries += 1
        task.updated_at = task.last_delivery_at = now
        task.next_delivery_at = None
        lost = self._is_lost()
        if posted and not lost:
            self.outbox.append(evolve(delivery, posted=True))
        else:
            self.note_outcome(delivery, now, accepted=not lost)

    def note_outcome(self, delivery: Delivery, now: float, *, accepted: bool) -> None:
        """Note whether a callback was accepted; have it sent again if it was not."""
        task = delivery.task
        self.sent.append(evolve(delivery, accepted=accepted))
        task.updated_at = now
        if accepted:
            task.delivery = DeliveryStatus.SUCCESS
            task.delivered_at = now
        elif task.deliveries > len(_RETRIES):
            task.delivery = DeliveryStatus.MAX_RETRIES_EXCEEDED
        else:
            self._try_again(task, now + _RETRIES[task.deliveries - 1])

    def _is_lost(self) -> bool:
        share = self.life.callbacks_failing
        return share is not None and self.dice.random() < share

    def _try_again(self, task: Task, instant: float) -> None:
        task.delivery = DeliveryStatus.FAILED
        task.next_delivery_at = instant
        self.agenda.at(instant, partial(self.deliver, task))
