"""
The right to send one request, and what it is asked of.

`Turnstile` is all that the rest of the client knows of scheduling. `Scheduler` is the one for a key
that no other process uses.

Cancellation, in one sentence: not yet granted - withdraw; granted but not sent - refund credit and
slot; sent - the credit is spent, and the slot comes back when the exchange ends.

A process may be stopped between the grant and the first byte, for as long as it likes: by SIGSTOP,
with its machine, by a call that blocks its event loop. What it was granted may be another's by
then. So an admission expires, and the transport asks whether it has at the last moment before the
first byte.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from attrs import define, field, frozen

from .._backend import uptime
from ..errors import YottaError
from .rules.adapt import Lesson
from .rules.lanes import Lane
from .rules.limits import Limits
from .rules.queueing import Ticket
from .rules.statistics import Statistics


__all__ = [
    "Admission",
    "Ending",
    "ExpiredAdmissionError",
    "Lifetime",
    "SharedTurnstile",
    "Turnstile",
]

# Seconds from a grant within which the first byte follows, unless the process was stopped or the
# connection is slow to be made; twice as many after each time that they were not enough, as for a
# name server that always takes longer.
LIFETIME = 5.0
LONGEST_LIFETIME = 20.0


class ExpiredAdmissionError(YottaError):
    """The right to send was too old when the first byte was to follow: nothing was sent."""


class Ending(Enum):
    """What became of a request that was admitted."""

    NOT_SENT = auto()
    ANSWERED = auto()
    UNANSWERED = auto()


@frozen
class Lifetime:
    """
    How long an admission is valid.

    Attributes:
        clock: Tells its age; goes on while the process is stopped and the machine asleep, as an
            event loop's need not.
        longest: Seconds after which it is not, however slow its connection.
    """

    clock: Callable[[], float] = uptime
    longest: float = LONGEST_LIFETIME


_USUAL = Lifetime()


@define(eq=False)
class Admission:
    """
    The right to send one request now; exactly one of the three endings must follow.

    Attributes:
        granted_at: The instant of the grant.
    """

    ticket: Ticket
    granted_at: float
    # All that an admission knows of the turnstile that made it: whom to tell how it ended.
    _end: Callable[["Admission", Ending, str], None] = field(repr=False)
    _lifetime: Lifetime = field(default=_USUAL, repr=False)
    _born: float = field(factory=uptime, repr=False)

    @property
    def queued(self) -> float:
        """Seconds from asking to being granted."""
        return self.granted_at - self.ticket.asked_at

    def valid(self) -> bool:
        """Whether the first byte may still be sent."""
        lifetime = min(LIFETIME * (1 << self.ticket.expired), self._lifetime.longest)
        return self._lifetime.clock() - self._born < lifetime

    def expired(self) -> None:
        """Nothing reached the server: it was too late to send anything."""
        self.ticket.expired += 1
        self.refund()

    def refund(self) -> None:
        """Nothing reached the server."""
        self._end(self, Ending.NOT_SENT, "")

    def answered(self, *, subject: str = "") -> None:
        """
        The whole answer is in.

        Args:
            subject: The pod that a pod operation has set in motion, which may go on until that pod
                is at rest.
        """
        self._end(self, Ending.ANSWERED, subject)

    def unanswered(self) -> None:
        """It was sent, or may have been, and the server may still be at work on it."""
        self._end(self, Ending.UNANSWERED, "")


class Turnstile(Protocol):
    """Lets requests go when the limits of a key allow, best lane first."""

    @property
    def limits(self) -> Limits:
        """What the plan allows."""
        ...

    # One request.

    async def admit(self, lane: Lane, *, pod_operation: bool = False) -> Admission:
        """
        Wait for the right to send one request.

        Raises:
            ConfigurationError: The client is in use on another event loop.
            QueueTimeoutError: It took longer than `Limits.queue_timeout`.
        """
        ...

    async def readmit(self, refused: Admission) -> Admission:
        """
        Wait again for a call that the server refused, in front of all that came after it.

        Raises:
            QueueTimeoutError: It took longer than `Limits.queue_timeout`.
        """
        ...

    def note_sent(self, admission: Admission) -> None:
        """Note that a request is about to be sent."""
        ...

    # What the server says.

    def learn_success(self) -> bool:
        """
        Note an answer that is not a refusal, and recover a little when it is time to.

        Returns:
            Whether the burst or the limit has changed.
        """
        ...

    def learn_refusal(self, admission: Admission) -> Lesson:
        """Draw the conclusions of a refusal for too many requests."""
        ...

    def learn_concurrency(self, admission: Admission) -> Lesson:
        """Draw the conclusions of a refusal for too many pod operations at once."""
        ...

    def close(self, seconds: float) -> None:
        """Let no request go for a while."""
        ...

    @property
    def banned_until(self) -> float | None:
        """
        The instant until which no request goes, as the server asked for a pause that is longer than
        a window; None if it did not, or a request has succeeded since.
        """
        ...

    def withhold_slot(self, seconds: float) -> None:
        """Let one pod operation less go at once for a while."""
        ...

    @property
    def awaits_rest(self) -> bool:
        """Whether `pods_at_rest` would make a difference to anything."""
        ...

    def pods_at_rest(self, *subjects: str) -> None:
        """Free the slots kept for pods that have stopped moving."""
        ...

    # How things are.

    def waiting(self, *lanes: Lane) -> int:
        """How many calls wait in these lanes, or in all."""
        ...

    def poll_interval(self) -> float:
        """Seconds between two polls, as things are now."""
        ...

    def statistics(self, *, retried: int = 0, polls: int = 0) -> Statistics:
        """Return a snapshot; outside of the client's event loop, that of the last change."""
        ...


class SharedTurnstile(Turnstile, Protocol):
    """One of several, in as many processes, that share what a key may spend."""

    def allow_for(self, exchange: float) -> None:
        """Let exchanges take so many seconds."""
        ...

    async def aclose(self) -> None:
        """Take leave of the other processes."""
        ...
