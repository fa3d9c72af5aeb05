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
    "PodLeft",
    "PodRecovered",
    "PodRemoved",
    "Refused",
    "Retrying",
]


@frozen(kw_only=True)
class Event:
    """
    The base of all events.

    Attributes:
        at: Seconds on the event loop's clock.
    """

    at: float


@frozen(kw_only=True)
class Answered(Event):
    """
    An exchange ended.

    Attributes:
        queued: Seconds the call waited for its turn.
        took: Seconds on the wire.
        outcome: ``"ok"``, or the name of the error's class.
    """

    operation: str
    lane: str
    queued: float
    took: float
    outcome: str


@frozen(kw_only=True)
class Refused(Event):
    """The server refused a call for too many requests; nobody goes for ``pause`` seconds."""

    operation: str
    pause: float


@frozen(kw_only=True)
class Retrying(Event):
    """An attempt failed; the next one follows in ``wait`` seconds."""

    operation: str
    attempt: int
    wait: float
    error: str


@frozen(kw_only=True)
class Adapted(Event):
    """
    The scheduler now keeps to a smaller, or again a larger, burst or limit, or to a longer
    span.
    """

    requests: int
    burst: int | None
    operation_span: str


@frozen(kw_only=True)
class CreateUnclear(Event):
    """A create had no clear answer; the lists are searched for its name."""

    pod_name: str
    error: str


@frozen(kw_only=True)
class PodRecovered(Event):
    """A pod whose create had no clear answer was found by its name."""

    pod_name: str
    pod_id: str


@frozen(kw_only=True)
class PodRemoved(Event):
    """A pod that nobody holds (a late twin, or one whose creator was cancelled) was deleted."""

    pod_name: str
    pod_id: str


@frozen(kw_only=True)
class FleetPodChanged(Event):
    """
    One of a fleet's pods came to another stage (`yotta_async.fleet.FleetMember.stage`).

    Attributes:
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
    """A pod that nobody holds could not be deleted, or may exist: look for it, it may bill."""

    pod_name: str
    pod_id: str | None
    reason: str
