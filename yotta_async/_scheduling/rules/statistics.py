"""A snapshot of what the scheduler has done and keeps."""

from attrs import frozen

from .limits import OperationSpan


__all__ = ["SharedStatistics", "Statistics"]


@frozen(kw_only=True)
class SharedStatistics:
    """
    All processes that share a key's budget (`Limits.shared`), as the last answer of its store has
    them.

    Attributes:
        processes: How many there are.
        waiting: Their calls in the queue, by lane, best lane first.
        in_flight: Their requests on the wire.
        pod_operations: Slots that are not free, of those that the key has.
        credits: Requests that could be sent at once.
        unknown: Credits that may be out without being in the book, after the store has forgotten.
        next_credit: Seconds from that answer until the next credit comes back. None if none is due.
        lost: Why the store does not answer. None while it does.
    """

    processes: int
    waiting: tuple[int, int, int]
    in_flight: int
    pod_operations: int
    credits: int
    unknown: int
    next_credit: float | None
    lost: str | None


@frozen(kw_only=True)
class Statistics:
    """
    What the client has done and what it waits for, at one instant.

    Attributes:
        sent: Requests put on the wire, retries included.
        answered: Those of them with a whole answer, successful or not.
        refused: Those of them that were refused for too many requests.
        retried: Attempts after the first one of a call; a refusal that is waited out is not one.
        polls: Lists asked for by watchers and waiters.
        waiting: Calls in the queue, by lane, best lane first.
        in_flight: Requests on the wire.
        pod_operations: Slots that are not free, of those that the key has.
        credits: Requests that could be sent at once.
        next_credit: Seconds until the next credit comes back. None if none is due.
        closed_for: Seconds for which the server asked to send nothing, or zero.
        requests: The limit of a window in use; smaller than the plan's after repeated refusals.
        burst: The most requests back to back. None if that is not bounded.
        operation_span: How long a pod operation is taken to last: until its answer (``"call"``) or
            until the pod has come to rest (``"settled"``).
        shared: All processes of a shared budget together; then ``pod_operations``, ``credits`` and
            ``next_credit`` are the whole key's, and all else is this client's part. None where the
            budget is this client's alone, or its store has not answered yet.
    """

    sent: int
    answered: int
    refused: int
    retried: int
    polls: int
    waiting: tuple[int, int, int]
    in_flight: int
    pod_operations: int
    credits: int
    next_credit: float | None
    closed_for: float
    requests: int
    burst: int | None
    operation_span: OperationSpan
    shared: SharedStatistics | None = None
