"""
What is told to ``on_event``: frozen values, without secrets, at instants of the event loop's
clock.
"""

from attrs import frozen


__all__ = [
    "Adapted",
    "Answered",
    "CreateUnclear",
    "Event",
    "FleetPodChanged",
    "ItemRepeated",
    "ItemUnreadable",
    "PodLeft",
    "PodRecovered",
    "PodRemoved",
    "Refused",
    "Retrying",
    "SharedBudgetLost",
    "SharedBudgetRestored",
]


@frozen(kw_only=True)
class Event:
    """
    The base of all events.

    Attributes:
        at: The instant, in seconds on the event loop's clock.
    """

    at: float


@frozen(kw_only=True)
class Answered(Event):
    """
    An exchange ended.

    Attributes:
        operation: The operation's id, such as ``"createPod"``.
        lane: The lane in which the call waited, such as ``"NORMAL"``.
        queued: Seconds that the call waited for its turn.
        took: Seconds from the request's sending to the end of its answer.
        outcome: ``"ok"``, or the name of the error's class.
    """

    operation: str
    lane: str
    queued: float
    took: float
    outcome: str


@frozen(kw_only=True)
class Refused(Event):
    """
    The server refused a call for too many requests, or too many pod operations; the client pauses.

    Attributes:
        operation: The operation's id, such as ``"createPod"``.
        pause: Seconds until such calls are sent again; 0 if the server asks for more than the
            client waits, and the call fails.
    """

    operation: str
    pause: float


@frozen(kw_only=True)
class Retrying(Event):
    """
    An attempt failed, and another one follows.

    Attributes:
        operation: The operation's id, such as ``"createPod"``.
        attempt: Which attempt failed, counted from 1.
        wait: Seconds until the next attempt.
        error: The name of the error's class.
    """

    operation: str
    attempt: int
    wait: float
    error: str


@frozen(kw_only=True)
class Adapted(Event):
    """
    The scheduler now keeps to a smaller, or again to a larger, burst or limit, or to a longer span.

    Attributes:
        requests: Requests in one window.
        burst: Requests back to back. None where that is not bounded.
        operation_span: ``"call"`` if a pod operation lasts until its answer, ``"settled"`` if it
            lasts until the pod has come to rest.
    """

    requests: int
    burst: int | None
    operation_span: str


@frozen(kw_only=True)
class ItemUnreadable(Event):
    """
    A list has an item that cannot be read, which is told once; all others were read.

    Attributes:
        operation: The id of the list's operation, such as ``"listPods"``.
        item_id: The item's id. None if that cannot be read either.
        item_name: The item's name. None if that cannot be read, or it has none.
        path: Where in the answer's ``data`` it went wrong, such as ``"[3].gpuCount"``.
        reason: What is wrong there, without the value.
    """

    operation: str
    item_id: str | None
    item_name: str | None
    path: str
    reason: str


@frozen(kw_only=True)
class ItemRepeated(Event):
    """
    A list has one thing more than once, which is told once; the furthest description counts.

    Attributes:
        operation: The id of the list's operation, such as ``"listPods"``.
        item_id: The thing's id.
        statuses: The statuses that it was listed with, in the list's order.
    """

    operation: str
    item_id: str
    statuses: tuple[str, ...]


@frozen(kw_only=True)
class CreateUnclear(Event):
    """
    A create had no clear answer; the lists are searched for its name.

    Attributes:
        pod_name: The name that the pod was to have.
        error: The name of the error's class.
    """

    pod_name: str
    error: str


@frozen(kw_only=True)
class PodRecovered(Event):
    """
    A pod whose create had no clear answer was found by its name.

    Attributes:
        pod_name: The pod's name.
        pod_id: The pod's id.
    """

    pod_name: str
    pod_id: str


@frozen(kw_only=True)
class PodRemoved(Event):
    """
    A pod that has no owner (a late twin, or one whose creator was cancelled) was deleted.

    Attributes:
        pod_name: The pod's name.
        pod_id: The pod's id.
    """

    pod_name: str
    pod_id: str


@frozen(kw_only=True)
class FleetPodChanged(Event):
    """
    One of a fleet's pods came to another stage.

    Attributes:
        fleet: The fleet's name.
        key: Which of its pods: the spec's name, or its number.
        stage: The stage, as in `yotta_async.fleet.FleetMember`.
        pod_id: The id of its present pod. None if it has none.
        pod_name: The name of its present pod. None if it has none.
        reason: Why its last pod was replaced, in words; an empty text if none was.
        reason_kind: The kind of that reason (`yotta_async.fleet.ReasonKind`), or an empty text.
    """

    fleet: str
    key: str
    stage: str
    pod_id: str | None
    pod_name: str | None
    reason: str
    reason_kind: str = ""


@frozen(kw_only=True)
class PodLeft(Event):
    """
    A pod that has no owner could not be deleted, or may exist: look for it, as it may bill.

    Attributes:
        pod_name: The pod's name.
        pod_id: The pod's id. None if it is not known.
        reason: Why it is left.
    """

    pod_name: str
    pod_id: str | None
    reason: str


@frozen(kw_only=True)
class SharedBudgetLost(Event):
    """
    The store of a shared budget (`Limits.shared`) does not answer; calls wait until it does.

    Attributes:
        reason: Why, for people.
    """

    reason: str


@frozen(kw_only=True)
class SharedBudgetRestored(Event):
    """
    The store of a shared budget answers again.

    Attributes:
        lost_for: Seconds for which it did not.
    """

    lost_for: float
