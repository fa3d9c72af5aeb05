"""A task of a QUEUE endpoint."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, HiddenMapping, freeze, freeze_json
from ._model import Model
from ._statuses import DeliveryStatus, TaskStatus
from ._values import HiddenText, Id, Json
from ._wire import wire


__all__ = ["Task"]

_ENDED = (TaskStatus.SUCCESS, TaskStatus.FAILED)


@frozen(kw_only=True)
class Task(Model):
    """
    A task of a QUEUE endpoint as the server last described it. Lists leave out ``input``,
    ``output`` and ``headers``.

    Attributes:
        id: The id that its sender gave it, or the server's if it gave none.
        endpoint_id: The id of its endpoint, a 64-bit number as text. None if the server did not
            say.
        endpoint_name: The name of its endpoint. None if the server did not say.
        status: How far it has come. A word that this version does not know stays text.
        worker_url: The URL of the worker that it is sent to. None if the server did not say.
        webhook: The URL that its result is sent to; hidden in the repr, as it may hold a token.
            None if it has none, or the server did not say.
        delivery_status: How far the delivery of its result to the webhook has come. None if the
            server did not say.
        delivery_attempts: How often the delivery was tried. None if the server did not say.
        next_delivery_at: When the delivery is tried again, aware and in UTC. None if it is not, or
            the server did not say.
        error: Why it failed. None if it has not failed, or the server did not say.
        input: The JSON that it was submitted with, frozen: objects are mappings, arrays are tuples;
            hidden in the repr. None in lists.
        output: The JSON of its result, frozen in the same way; hidden in the repr. None in lists,
            and as long as there is no result.
        headers: The headers that the worker is sent; the repr hides their values. Empty in lists.
        created_at: When it was submitted, aware and in UTC. None if the server did not say.
        updated_at: When it last changed, aware and in UTC. None if the server did not say.
        delivered_at: When its result was delivered to the webhook, aware and in UTC. None if it was
            not, or the server did not say.
        extra: What else the server said, by its wire names; hidden in the repr.
    """

    id: Id = field(metadata=wire("taskId", "userTaskId"))
    endpoint_id: Id | None = None
    endpoint_name: str | None = None
    status: TaskStatus | str
    worker_url: str | None = None
    webhook: str | None = field(default=None, repr=False, metadata=wire("webhook", "notifyUrl"))
    delivery_status: DeliveryStatus | str | None = field(
        default=None, metadata=wire("deliveryStatus", "resultSendStatus")
    )
    delivery_attempts: int | None = field(
        default=None, metadata=wire("deliveryAttempts", "resultSendCount")
    )
    next_delivery_at: datetime | None = field(
        default=None, metadata=wire("nextDeliveryAt", "nextResultSendTime")
    )
    error: str | None = field(default=None, metadata=wire("error", "failedReason"))
    input: Json = field(
        default=None, converter=freeze_json, repr=False, metadata=wire("input", "taskData")
    )
    output: Json = field(
        default=None, converter=freeze_json, repr=False, metadata=wire("output", "taskResult")
    )
    headers: HiddenText = field(
        factory=HiddenMapping, converter=HiddenMapping, metadata=wire("headers", "header")
    )
    created_at: datetime | None = None
    updated_at: datetime | None = None
    delivered_at: datetime | None = None
    extra: Mapping[str, object] = field(factory=FrozenMapping[object], converter=freeze, repr=False)

    @property
    def is_done(self) -> bool:
        """
        Whether it has ended: SUCCESS, FAILED, or DELIVERED with a result.

        DELIVERED alone is not enough: in v1 that word means that a worker has received the task.
        """
        return self.status in _ENDED or (self.status == TaskStatus.DELIVERED and self._has_result)

    @property
    def _has_result(self) -> bool:
        answered = self.output not in (None, "", (), {})
        return answered or bool(self.error) or self.delivered_at is not None
