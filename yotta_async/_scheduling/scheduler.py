"""
The right to send one request, and how it is come by.

Cancellation, in one sentence: not yet granted - withdraw; granted but not sent - refund credit and
slot; sent - the credit is spent, and the slot comes back when the exchange ends.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from math import isinf

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from attrs import define, field

from .._backend import current_loop, current_time, is_dead
from ..errors import ConfigurationError, QueueTimeoutError
from .pacer import Pacer, can_pace
from .rules.adapt import Adaptation
from .rules.budget import RateLimit
from .rules.dispatch import Dispatcher
from .rules.lanes import Lane
from .rules.limits import Limits, OperationSpan
from .rules.polling import poll_interval
from .rules.queueing import Ticket, TicketState
from .rules.statistics import Statistics
from .turns import Turns


__all__ = ["Admission", "Scheduler"]


@define(eq=False)
class Admission:
    """
    The right to send one request now; exactly one of the three endings must follow.

    Attributes:
        granted_at: The instant of the grant.
    """

    _scheduler: "Scheduler"
    ticket: Ticket
    granted_at: float
    _loop: object = field(repr=False)

    @property
    def queued(self) -> float:
        """Seconds from asking to being granted."""
        return self.granted_at - self.ticket.asked_at

    def refund(self) -> None:
        """Nothing reached the server."""
        self._end(lambda books, ticket, _now: books.refund(ticket))

    def answered(self, *, subject: str = "") -> None:
        """The whole answer is in; a pod operation may go on until its ``subject``, a pod, is at
        rest.
        """
        self._scheduler.answered += 1
        if subject and self.ticket.pod_operation:
            kept = self._scheduler.operation_span == "settled"
            self._end(partial(Dispatcher.answered_in_motion, subject=subject, kept=kept))
        else:
            self._end(Dispatcher.answered)

    def unanswered(self) -> None:
        """It was sent, or may have been, and there is no telling what the server still does."""
        self._end(Dispatcher.unanswered)

    def _end(self, ending: Callable[[Dispatcher, Ticket, float], None]) -> None:
        # What an event loop had on the wire when it died is written off when the client moves on.
        alive = self._loop is self._scheduler.turns.loop is current_loop()
        if alive and self.ticket.state in (TicketState.GRANTED, TicketState.SENT):
            now = current_time()
            ending(self._scheduler.dispatcher, self.ticket, now)
            self._scheduler.turns.settle(now)


@define(eq=False)
class Scheduler:
    """
    Lets calls go when the limits allow.

    Attributes:
        look: Fetches one list of pods. While pods in motion keep slots, a call that waits for one
            of these looks for all whether they have come to rest.
    """

    limits: Limits
    look: Callable[[], Awaitable[None]] = anyio.sleep_forever
    dispatcher: Dispatcher = field(init=False)
    turns: Turns = field(init=False)
    operation_span: OperationSpan = field(init=False)
    sent: int = 0
    answered: int = 0
    refused: int = 0
    _adaptation: Adaptation = field(init=False)

    def __attrs_post_init__(self) -> None:
        rate = RateLimit(self.limits.requests, self.limits.per)
        self.dispatcher = Dispatcher(self.limits)
        self.turns = Turns(self.dispatcher, Pacer(rate, self.limits.burst), self._look)
        self.operation_span = self.limits.operation_span
        self._adaptation = Adaptation(rate, self.limits.burst)

    def __repr__(self) -> str:
        return f"<Scheduler {self.dispatcher!r}>"

    async def admit(self, lane: Lane, *, pod_operation: bool = False) -> Admission:
        """
        Wait for the right to send one request.

        Raises:
            ConfigurationError: The client is at work on another event loop.
            QueueTimeoutError: It took longer than `Limits.queue_timeout`.
        """
        self._enter_loop()
        now = current_time()
        ticket = self.dispatcher.submit(lane, now, pod_operation=pod_operation)
        return await self._granted(ticket, now)

    async def readmit(self, refused: Admission) -> Admission:
        """Wait again for a call that the server refused, in front of all that came after it."""
        self.dispatcher.resubmit(refused.ticket)
        return await self._granted(refused.ticket, current_time())

    def note_sent(self, admission: Admission) -> None:
        self.sent += 1
        self._adaptation.sent(current_time())
        self.dispatcher.sent(admission.ticket)

    def close(self, seconds: float) -> None:
        """Let nobody go for a while."""
        self.dispatcher.close(current_time() + seconds)
        self.settle()

    def settle(self) -> None:
        """Let everyone go who may; called whenever anything changes."""
        self.turns.settle()

    def learn_refusal(self, admission: Admission) -> bool:
        """Draw the conclusions of a refusal for too many requests; return whether anything was
        changed.
        """
        self.refused += 1
        self._adaptation.can_pace = can_pace()
        stepped = self._adaptation.refused(current_time(), sent_at=admission.granted_at)
        if stepped:
            self._apply()
        return stepped

    def learn_success(self) -> bool:
        """Recover a little, when it is time to; return whether anything was changed."""
        recovered = self._adaptation.accepted(current_time())
        if recovered:
            self._apply()
        return recovered

    def learn_concurrency(self, seconds: float) -> bool:
        """
        Keep a slot back, and take a pod operation to last until its pod is at rest; return whether
        that is news.

        Operations without an answer, which the server may still be at work on, explain a refusal
        better.
        """
        now, slots = current_time(), self.dispatcher.slots
        self.refused += 1
        slots.take()
        slots.linger(now + seconds)
        explained = now - self.dispatcher.last_unanswered < self.limits.per
        if explained or self.operation_span == "settled":
            return False
        self.operation_span = "settled"
        slots.keep_released()
        return True

    @property
    def awaits_rest(self) -> bool:
        """Whether a slot is kept, or may have to be, until a pod has stopped moving."""
        return self.dispatcher.slots.awaits_rest

    def pods_at_rest(self, *subjects: str) -> None:
        """Free the slots kept for pods that have stopped moving."""
        for subject in subjects:
            self.dispatcher.slots.at_rest(subject)
        self.settle()

    def poll_interval(self) -> float:
        """Seconds between two polls, as things are now."""
        creating = bool(self.dispatcher.waiting(Lane.NORMAL) or self.dispatcher.slots.busy)
        return poll_interval(self._adaptation.allowed, self.limits.per, creating=creating)

    def statistics(self, *, retried: int = 0, polls: int = 0) -> Statistics:
        """Return the books as they stand; outside of the client's event loop, as they stood at the
        last change.
        """
        here = self.turns.loop is not None and self.turns.loop is current_loop()
        now = current_time() if here else self.turns.seen
        books, due = self.dispatcher, self.dispatcher.window.next_return(now)
        return Statistics(
            sent=self.sent,
            answered=self.answered,
            refused=self.refused,
            retried=retried,
            polls=polls,
            waiting=(
                books.waiting(Lane.URGENT),
                books.waiting(Lane.NORMAL),
                books.waiting(Lane.BACKGROUND),
            ),
            in_flight=books.exchanges.busy,
            pod_operations=books.slots.size - books.slots.free(now),
            credits=max(0, books.window.free(now)),
            next_credit=None if isinf(due) else due - now,
            closed_for=max(0.0, books.closed_until - now),
            requests=self._adaptation.allowed,
            burst=self._adaptation.burst,
            operation_span=self.operation_span,
        )

    async def _look(self) -> None:
        await self.look()

    async def _granted(self, ticket: Ticket, now: float) -> Admission:
        self.turns.settle(now)
        if ticket.state is TicketState.WAITING:
            patient = self.limits.queue_timeout is None
            await (self.turns.wait(ticket) if patient else self._wait_briefly(ticket))
            now = current_time()
        try:
            # Whoever is cancelled in the instant of the grant must not send any more.
            await checkpoint_if_cancelled()
        except BaseException:
            self.turns.leave(ticket)
            raise
        return Admission(self, ticket, now, self.turns.loop)

    async def _wait_briefly(self, ticket: Ticket) -> None:
        began = current_time()
        with anyio.move_on_after(self.limits.queue_timeout) as scope:
            await self.turns.wait(ticket)
        if scope.cancelled_caught:
            waited = current_time() - began
            message = f"no turn came within {waited:.1f} s (Limits.queue_timeout)."
            raise QueueTimeoutError(message, waited=waited, hint="Nothing was sent.")

    def _apply(self) -> None:
        learned = self._adaptation
        self.dispatcher.window.allowed = learned.allowed
        self.turns.pacer.shape(learned.burst, RateLimit(learned.allowed, self.limits.per))
        self.settle()

    def _enter_loop(self) -> None:
        loop = current_loop()
        if loop is self.turns.loop:
            return
        if self.limits.burst is not None and not can_pace():
            hint = "Leave it out; on trio a refusal narrows the limit instead."
            raise ConfigurationError("Limits.burst", self.limits.burst, "needs asyncio", hint=hint)
        if self.turns.loop is not None:
            self._leave_loop(self.turns.loop)
        self.turns.loop = loop

    def _leave_loop(self, loop: object) -> None:
        if self.turns.anyone and not is_dead(loop):
            problem = "this client is at work on another event loop"
            hint = "Use one client a loop, each with a share of the limits, or wait for this one."
            raise ConfigurationError("client", "AsyncYotta", problem, hint=hint)
        self.turns.abandon()
        self.turns.pacer.forget_loop()
        before, now = self.turns.seen, current_time()
        self.dispatcher.rebase(before, now)
        self._adaptation.rebase(before, now)
        if not can_pace():
            # A burst that was learned on asyncio; on trio the next refusal narrows the limit.
            self._adaptation.burst = None
            self._apply()
