"""A task of a QUEUE endpoint."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from ._frozen import FrozenMapping, HiddenMapping, freeze, freeze_json
from ._statuses import DeliveryStatus, TaskStatus
from ._values import HiddenText, Id, Json
from ._wire import wire


__all__ = ["Task"]

_ENDED = (TaskStatus.SUCCESS, TaskStatus.FAILED)


@frozen(kw_only=True)
class Task:
    """
    A task as the server last told of it. A list leaves out ``input``, ``output`` and ``headers``.

    Attributes:
        id: The id that its sender gave it, or the server.
        status: Open to words this version does not know; those stay text.
        worker_url: The worker's URL that the task is sent to.
        webhook: Where the result is sent; hidden, as a URL may hold a token.
        delivery_status: How far the delivery of the result to the webhook has come.
        next_delivery_at: When the delivery is tried again.
        error: Why it failed.
        input: Any JSON, frozen: objects are mappings, arrays tuples; hidden. ``output`` likewise.
        headers: What the worker is sent as headers; the repr hides their values.
        extra: What else the server said, by its wire names; hidden.
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
        Whether nothing more will come of it: SUCCESS, FAILED, or DELIVERED with a result.

        DELIVERED alone is not enough: by that word v1 means that a worker has it.
        """
        return self.status in _ENDED or (self.status == TaskStatus.DELIVERED and self._has_result)

    @property
    def _has_result(self) -> bool:
        answered = self.output not in (None, "", (), {})
        return answered or bool(self.error) or self.delivered_at is not None
