"""
The scheduler of one client: every request asks here for its turn, and tells here how it ended.

Decisions are the dispatcher's, what there is to spend is the budget's, what refusals teach is the
adaptation's, and waiting is for `turns`.
"""

from collections.abc import Awaitable, Callable
from math import isinf

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from attrs import define, field

from .._backend import current_loop, current_time, is_dead
from ..errors import ConfigurationError, QueueTimeoutError
from .pacer import Pacer, can_pace
from .rules.adapt import Adaptation, Lesson
from .rules.budget import Budget, RateLimit
from .rules.dispatch import Dispatcher
from .rules.lanes import Lane
from .rules.limits import Limits
from .rules.polling import poll_interval
from .rules.queueing import Ticket, TicketState
from .rules.statistics import Statistics
from .turns import Turns
from .turnstile import Admission, Ending, Lifetime


__all__ = ["Scheduler"]

_OUT = (TicketState.GRANTED, TicketState.SENT)  # an enum's members are slow to look up


@define(eq=False)
class Scheduler:
    """
    The `Turnstile` of a key that no other process uses.

    Args:
        look: Has the list of pods fetched once, so that `pods_at_rest` is called. While pods in
            motion keep slots, a call that waits for a slot awaits this over and over.
        lifetime: How long an admission is valid.
    """

    limits: Limits
    _look: Callable[[], Awaitable[None]] = anyio.sleep_forever
    _lifetime: Lifetime = field(factory=Lifetime)
    _sent: int = 0
    _answered: int = 0
    _refused: int = 0
    _budget: Budget = field(init=False)
    _dispatcher: Dispatcher = field(init=False)
    _turns: Turns = field(init=False)
    _adaptation: Adaptation = field(init=False)

    def __attrs_post_init__(self) -> None:
        rate = RateLimit(self.limits.requests, self.limits.per)
        self._budget = Budget(self.limits)
        self._dispatcher = Dispatcher(self._budget)
        self._turns = Turns(self._dispatcher, Pacer(rate, self.limits.burst), self._look)
        self._adaptation = Adaptation(rate, self.limits.burst)

    def __repr__(self) -> str:
        return f"<Scheduler {self._dispatcher!r}>"

    async def admit(self, lane: Lane, *, pod_operation: bool = False) -> Admission:
        self._enter_loop()
        now = current_time()
        ticket = self._dispatcher.submit(lane, now, pod_operation=pod_operation)
        return await self._granted(ticket, now)

    async def readmit(self, refused: Admission) -> Admission:
        self._dispatcher.resubmit(refused.ticket)
        return await self._granted(refused.ticket, current_time())

    def note_sent(self, admission: Admission) -> None:
        self._sent += 1
        self._adaptation.sent(current_time())
        self._dispatcher.sent(admission.ticket)

    def learn_success(self) -> bool:
        if self._budget.banned and self._budget.reopen(current_time()):
            self._turns.let_go()
        recovered = self._adaptation.accepted(current_time())
        if recovered:
            self._apply()
        return recovered

    def learn_refusal(self, admission: Admission) -> Lesson:
        now = current_time()
        self._adaptation.can_pace = can_pace()
        changed = self._adaptation.refused(now, sent_at=admission.granted_at)
        if changed:
            self._apply()
        return self._lesson(admission, now, changed=changed)

    def learn_concurrency(self, admission: Admission) -> Lesson:
        now = current_time()
        return self._lesson(admission, now, changed=self._budget.extend_operations(now))

    def close(self, seconds: float) -> None:
        # No window accounts for a longer pause: it is a ban.
        self._budget.close(current_time() + seconds, banned=seconds > self.limits.per)
        self._turns.let_go()

    @property
    def banned_until(self) -> float | None:
        return self._budget.closed_until if self._budget.banned else None

    def withhold_slot(self, seconds: float) -> None:
        self._budget.withhold_slot(current_time() + seconds)
        self._turns.let_go()

    @property
    def awaits_rest(self) -> bool:
        return self._budget.awaits_rest

    def pods_at_rest(self, *subjects: str) -> None:
        self._budget.at_rest(*subjects)
        self._turns.let_go()

    def waiting(self, *lanes: Lane) -> int:
        return self._dispatcher.waiting(*lanes)

    @property
    def is_idle(self) -> bool:
        """Whether no call waits, or has a part of the budget that it is yet to return."""
        return not (self.waiting() or self._budget.in_flight or self._budget.operations)

    def poll_interval(self) -> float:
        creating = bool(self.waiting(Lane.NORMAL) or self._budget.operations)
        return poll_interval(self._budget.allowed, self.limits.per, creating=creating)

    def statistics(self, *, retried: int = 0, polls: int = 0) -> Statistics:
        is_here = self._turns.loop is not None and self._turns.loop is current_loop()
        now = current_time() if is_here else self._turns.seen
        budget, due = self._budget, self._budget.next_credit(now)
        return Statistics(
            sent=self._sent,
            answered=self._answered,
            refused=self._refused,
            retried=retried,
            polls=polls,
            waiting=(
                self.waiting(Lane.URGENT),
                self.waiting(Lane.NORMAL),
                self.waiting(Lane.BACKGROUND),
            ),
            in_flight=budget.in_flight,
            pod_operations=self.limits.pod_operations - budget.free_slots(now),
            credits=max(0, budget.credits(now)),
            next_credit=None if isinf(due) else due - now,
            closed_for=max(0.0, budget.closed_until - now),
            requests=budget.allowed,
            burst=self._adaptation.burst,
            operation_span=budget.operation_span,
        )

    async def _granted(self, ticket: Ticket, now: float) -> Admission:
        self._turns.let_go(now)
        if ticket.state is TicketState.WAITING:
            patient = self.limits.queue_timeout is None
            await (self._turns.wait(ticket) if patient else self._wait_briefly(ticket))
            now = current_time()
        try:
            # A call that is cancelled in the instant of its grant must not be sent.
            await checkpoint_if_cancelled()
        except BaseException:
            self._turns.leave(ticket)
            raise
        return Admission(ticket, now, self._end, self._lifetime, self._lifetime.clock())

    def _end(self, admission: Admission, ending: Ending, subject: str) -> None:
        ticket = admission.ticket
        # What an event loop had on the wire when it died is written off when the client moves on.
        is_here = self._turns.loop is current_loop()
        if not is_here or ticket.state not in _OUT:
            return
        now = current_time()
        if ending is Ending.ANSWERED:
            self._answered += 1
            self._dispatcher.answered(ticket, now, subject=subject)
        elif ending is Ending.UNANSWERED:
            self._dispatcher.unanswered(ticket, now)
        else:
            self._sent -= ticket.state is TicketState.SENT
            self._dispatcher.refund(ticket)
        self._turns.let_go(now)

    async def _wait_briefly(self, ticket: Ticket) -> None:
        began = current_time()
        with anyio.move_on_after(self.limits.queue_timeout) as scope:
            await self._turns.wait(ticket)
        if scope.cancelled_caught:
            waited = current_time() - began
            message = f"no turn came within {waited:.1f} s (Limits.queue_timeout)"
            message += ": the server asked for a pause." if self._budget.banned else "."
            raise QueueTimeoutError(message, waited=waited, hint="Nothing was sent.")

    def _lesson(self, admission: Admission, now: float, *, changed: bool) -> Lesson:
        self._refused += 1
        is_news = self._adaptation.count(now, sent_at=admission.granted_at)
        # A success on the wire at the same time may have ended the streak.
        return Lesson(streak=max(1, self._adaptation.streak), is_news=is_news, changed=changed)

    def _apply(self) -> None:
        learned = self._adaptation
        self._budget.narrow(learned.allowed)
        self._turns.pacer.shape(learned.burst, RateLimit(learned.allowed, self.limits.per))
        self._turns.let_go()

    def _enter_loop(self) -> None:
        loop = current_loop()
        if loop is self._turns.loop:
            return
        if self.limits.burst is not None and not can_pace():
            hint = "On trio a refusal narrows the limit instead."
            raise ConfigurationError(
                "Limits.burst", self.limits.burst, "must be None except on asyncio", hint=hint
            )
        if self._turns.loop is not None:
            self._leave_loop(self._turns.loop)
        self._turns.loop = loop

    def _leave_loop(self, loop: object) -> None:
        if self._turns.in_use and not is_dead(loop):
            problem = "must be used on one event loop at a time"
            hint = "Use one client a loop, each with a share of the limits, or wait for this one."
            raise ConfigurationError("client", "AsyncYotta", problem, hint=hint)
        self._turns.abandon()
        self._turns.pacer.forget_loop()
        before, now = self._turns.seen, current_time()
        self._dispatcher.rebase(before, now)
        self._adaptation.rebase(before, now)
        if not can_pace():
            # A burst that was learned on asyncio; on trio the next refusal narrows the limit.
            self._adaptation.burst = None
            self._apply()
