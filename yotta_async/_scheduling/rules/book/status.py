"""What a person is shown of the book, which is read and not changed."""

from attrs import frozen

from .messages import Learned, Settings


__all__ = ["LineStatus", "SessionStatus", "Status"]


@frozen(kw_only=True)
class LineStatus:
    """
    The calls of one process that wait in one line.

    Attributes:
        lane: 0, 1 or 2: what stops a bill, work, polls.
        pod_operation: Whether they need a slot.
        count: How many.
        waited: Milliseconds since the oldest of them asked.
    """

    lane: int
    pod_operation: bool
    count: int
    waited: int


@frozen(kw_only=True)
class SessionStatus:
    """
    One process.

    Attributes:
        session: Its name in the book.
        label: Host and process id.
        seen: Milliseconds since its last request.
        in_flight: Credits that it has on the wire.
        coming_back: Credits of its ended requests that are not back yet.
        operations: Slots that it has on the wire.
        waiting: What it waits for.
        silent: Whether it was woken and has not come, so that others go before it.
    """

    session: str
    label: str
    seen: int
    in_flight: int
    coming_back: int
    operations: int
    waiting: tuple[LineStatus, ...]
    silent: bool


@frozen(kw_only=True)
class Status:
    """
    The whole book.

    Attributes:
        schema: The schema that it is kept in.
        settings: The limits.
        epoch: Its incarnation.
        version: Steps that it has made.
        age: Milliseconds since the last of them.
        credits: Free credits; below zero after narrowing.
        in_flight: Credits on the wire.
        coming_back: Credits of ended requests that are not back yet.
        unknown: Credits that may be out unknown to the book, after the store forgot.
        unknown_for: Milliseconds until these are taken to be back.
        next_credit: Milliseconds until the next credit comes back; -1 if none is known to.
        slots_busy: Slots of requests on the wire.
        slots_lingering: Slots of requests without an answer.
        slots_moving: Slots of pods in motion.
        slots_unknown: Slots that may be taken unknown to the book.
        learned: What refusals have taught.
        sessions: The processes, in the order in which they came.
    """

    schema: int
    settings: Settings
    epoch: int
    version: int
    age: int
    credits: int
    in_flight: int
    coming_back: int
    unknown: int
    unknown_for: int
    next_credit: int
    slots_busy: int
    slots_lingering: int
    slots_moving: int
    slots_unknown: int
    learned: Learned
    sessions: tuple[SessionStatus, ...]
