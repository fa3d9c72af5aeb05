"""One request on its way, and what becomes of it."""

from enum import Enum

from attrs import define, frozen

from yotta_async.simulator.api.routing import Match
from yotta_async.simulator.faults import FaultKind
from yotta_async.simulator.wire import Reply, Request


__all__ = ["Answer", "Break", "Exchange", "RequestRecord"]


class Break(Enum):
    """How an exchange ends that does not end with a whole reply."""

    RESET = "the connection is reset and nothing of the answer comes"
    SILENCE = "the connection stays open and nothing ever comes"
    CUT = "the connection is closed in the middle of the body"


@frozen(kw_only=True)
class Answer:
    """
    What comes back to the client.

    Attributes:
        ready_at: Instant at which it reaches the client.
        reply: The answer; None where nothing of it comes.
        broken: What goes wrong with it, or None.
        headers: All headers of the reply but Content-Length.
    """

    ready_at: float
    reply: Reply | None = None
    broken: Break | None = None
    headers: tuple[tuple[str, str], ...] = ()


@define(eq=False, kw_only=True)
class Exchange:
    """
    A request from its sending to its answer.

    Attributes:
        match: The operation it asks for.
        fault: What is to go wrong with it, if it is not refused for a limit.
        sent_at: Instant at which the client began.
        connected_at: Instant at which its connection stood.
        arrives_at: Instant at which the server sees, counts, decides and does it.
        way_back: Seconds from there until the answer reaches the client.
        answer: None until it has arrived.
        withdrawn: Whether the client gave it up before it arrived, and nothing will.
        origin: Who sent it, in the words of a test kit; empty where that is not known.
    """

    request: Request
    match: Match
    fault: FaultKind | None
    sent_at: float
    connected_at: float
    arrives_at: float
    way_back: float
    answer: Answer | None = None
    withdrawn: bool = False
    origin: str = ""

    @property
    def ready_at(self) -> float:
        """Instant at which an answer reaches the client."""
        return self.arrives_at + self.way_back

    @property
    def refused(self) -> bool:
        return self.fault is FaultKind.REFUSE


@frozen(kw_only=True)
class RequestRecord:
    """
    A request as the simulated server's log has it.

    Attributes:
        instant: When it arrived, in seconds on the simulator's clock.
        operation: The operation's id, or ``"unknown"``.
        status: The HTTP status of the answer. None if none was sent.
        code: The envelope's code. None if no envelope was sent.
        fault: The name of the fault that struck it. None if none did.
    """

    instant: float
    operation: str
    status: int | None
    code: int | None
    fault: str | None
