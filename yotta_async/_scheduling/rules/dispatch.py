"""
Who goes next.

What is the theory? Everything that a call needs - a credit of the window, a connection, a slot for
a pod operation - is granted in one step or not at all, so no call holds one thing while it waits
for another. Grants are bound late: an instant is never promised, so that a better lane can always
pass.

Who is preferred? The best lane that may have a credit (`Shares`); inside a lane the oldest ticket
that can go now (one that needs no slot may pass one that waits for a slot). So that none starves, a
ticket that has been waiting for a window gets every tenth grant that goes to a better lane.

Who may spend a credit? URGENT may spend every one. ``reserve`` credits wait for it, and while polls
are being sent a tenth of the window waits for BACKGROUND. In turn BACKGROUND has no more than that
tenth while NORMAL waits. At least one credit of a window is NORMAL's, however far the limit was
narrowed.

What does that cost? A credit that is kept is a credit that is not used, and a queue whose last few
calls miss a window is a whole window late. So what is kept is lent to a queue that would otherwise
take over a twentieth longer, for as long as that queue lasts: first what is kept for polls, which
then wait until they are overdue, and the reserve only where that alone would cost as much. A queue
no longer than the reserve borrows nothing: it is what the reserve is kept from.

Precedents: PostgreSQL keeps `superuser_reserved_connections` (3) from plain users; Linux's deadline
scheduler lets reads pass writes `writes_starved` (2) times and no more.
"""

from enum import IntEnum

from attrs import define, field

from .budget import Budget
from .lanes import Lane
from .queueing import Lines, Ticket, TicketState


__all__ = ["Dispatcher"]

# A ticket that has waited for a window gets one of so many grants that would pass it.
AGED_TURN = 10
# How much longer a queue may take for the sake of what is kept from it.
TOLERANCE = 0.05


class Loan(IntEnum):
    """What is lent to NORMAL's queue."""

    NOTHING = 0
    POLLS = 1
    ALL = 2


@define(eq=False)
class Shares:
    """Divides the credits of a budget among the lanes that wait in ``lines``."""

    budget: Budget
    lines: Lines
    _loan: Loan = Loan.NOTHING

    def affords(self, lane: Lane, free: int, now: float) -> bool:
        """Whether a lane may have one of the credits that are free."""
        # 1. What stops a bill may have every one.
        if lane is Lane.URGENT:
            return True
        # 2. Polls have no more than their share while work waits,
        if not self.is_within_share(lane, now):
            return False
        loan = self._lent(now)
        # 3. and none of what was lent to that work; but where pods in motion keep the slots that
        #    it waits for, only a poll can tell that they are at rest.
        if loan is not Loan.NOTHING and lane is Lane.BACKGROUND and not self.budget.any_moving:
            return False
        # 4. Work has what is kept neither for what stops a bill nor for polls, or was lent to it.
        kept = 0 if loan is Loan.ALL else self.budget.reserve
        if loan is Loan.NOTHING and lane is Lane.NORMAL:
            kept += self._kept_for_polls(now)
        return free > kept

    def is_within_share(self, lane: Lane, now: float) -> bool:
        """Whether this is not BACKGROUND asking for more than its share while NORMAL waits."""
        bounded = lane is Lane.BACKGROUND and self.lines.waiting(Lane.NORMAL)
        return not bounded or self.budget.polls_held(now) < self.budget.polls_share

    def note_queue(self) -> None:
        """The queues have changed; a loan ends with the queue that it was made to."""
        if not self.lines.waiting(Lane.NORMAL):
            self._loan = Loan.NOTHING

    def _kept_for_polls(self, now: float) -> int:
        held, budget = self.budget.polls_held(now), self.budget
        if not held and not self.lines.waiting(Lane.BACKGROUND):
            return 0
        most = budget.allowed - budget.reserve - 1
        return max(0, min(budget.polls_share - held, most))

    def _lent(self, now: float) -> Loan:
        backlog = self.lines.waiting(Lane.NORMAL)
        if self._loan is not Loan.ALL and backlog > self.budget.limits.reserve:
            self._loan = max(self._loan, self._due(backlog, now))
        return self._loan

    def _due(self, backlog: int, now: float) -> Loan:
        """Return what is to be lent to so long a queue."""
        lent = self.budget.available_at(backlog, now)
        began = min(front.asked_at for front in self.lines.fronts(Lane.NORMAL))
        # Instants, not waits from now: no loan may begin because time alone has passed.
        latest = lent + TOLERANCE * (lent - began)

        def costs(kept: int) -> bool:
            return self.budget.available_at(backlog, now, kept=kept) > latest

        if not costs(self.budget.reserve + self._kept_for_polls(now)):
            return Loan.NOTHING
        return Loan.ALL if costs(self.budget.reserve) else Loan.POLLS


@define(eq=False)
class Dispatcher:
    """Decides which call has a part of the budget next, and notes how it ends; it never waits."""

    budget: Budget
    _shares: Shares = field(init=False)
    _lines: Lines = field(factory=Lines)
    _submitted: int = 0
    _out: set[Ticket] = field(factory=set[Ticket])

    def __attrs_post_init__(self) -> None:
        self._shares = Shares(self.budget, self._lines)

    def __repr__(self) -> str:
        return f"<Dispatcher {self.waiting()} waiting, {self.budget!r}>"

    def waiting(self, *lanes: Lane) -> int:
        """How many wait in these lanes, or in all."""
        return self._lines.waiting(*lanes)

    def submit(self, lane: Lane, now: float, *, pod_operation: bool = False) -> Ticket:
        """Queue a call."""
        self._submitted += 1
        ticket = Ticket(self._submitted, lane, pod_operation, now)
        self._lines.of(ticket).join(ticket)
        return ticket

    def resubmit(self, ticket: Ticket) -> None:
        """Queue a refused call again, in front of all that came after it."""
        ticket.state = TicketState.WAITING
        self._lines.of(ticket).join(ticket)

    def withdraw(self, ticket: Ticket) -> None:
        """Not yet granted: leave the queue."""
        ticket.state = TicketState.OVER
        self._lines.of(ticket).left()
        self._shares.note_queue()

    def grant(self, now: float, most: int | None = None) -> list[Ticket]:
        """Let all go that may go now, at most ``most``, in the order in which they go."""
        granted: list[Ticket] = []
        while (most is None or len(granted) < most) and (ticket := self._next(now)):
            self._take(ticket)
            granted.append(ticket)
        return granted

    def may_grant(self, now: float) -> bool:
        return self._next(now) is not None

    def sent(self, ticket: Ticket) -> None:
        ticket.state = TicketState.SENT

    def refund(self, ticket: Ticket) -> None:
        """Granted but not sent: all is as if never taken."""
        self._end(ticket)
        self.budget.refund(ticket)

    def answered(self, ticket: Ticket, now: float, *, subject: str = "") -> None:
        """
        Sent, and the whole answer is in.

        Args:
            subject: The pod that a pod operation has set in motion.
        """
        self._end(ticket)
        self.budget.give_back(ticket, now, subject=subject)

    def unanswered(self, ticket: Ticket, now: float) -> None:
        """Sent, and the server may still be at work on it."""
        self._end(ticket)
        self.budget.give_up(ticket, now)

    def wakes_at(self, now: float) -> float:
        """The next instant at which time alone may let a call go; infinite if it cannot."""
        ages = [self._ages_at(front) for front in self._lines.fronts() if self._was_passed(front)]
        return min([self.budget.next_return(now), *(age for age in ages if age > now)])

    def rebase(self, before: float, now: float) -> None:
        """
        Move to another loop's clock, which shows ``now`` where the old one showed at least
        ``before``; what waited or was on the wire died with the old loop.
        """
        self.budget.rebase(before, now)
        # Tasks of the dead loop may still run their clean-up; they find nothing to end.
        for ticket in self._out:
            ticket.state = TicketState.OVER
        self._out.clear()
        self._lines.close()
        self._shares.note_queue()

    def _next(self, now: float) -> Ticket | None:
        """Return the ticket that goes next, if one may go now."""
        # 1. None waits: the usual case, and the cheapest to test.
        fronts = self._lines.fronts()
        if not fronts:
            return None
        # 2. Nothing can be sent: the window is closed or spent, or no connection is free.
        free = self.budget.free(now)
        if free < 1:
            return None
        # 3. No slot is free: what needs none passes the pod operations.
        able = [each for each in fronts if not each.pod_operation or self.budget.free_slots(now)]
        # 4. The key was banned: one request a lane finds out whether it still is.
        if self.budget.banned:
            asking = {each.lane for each in self._out}
            able = [each for each in able if each.lane not in asking]
        # 5. One is overdue, and it is its turn: it goes, even beyond its lane's share.
        for each in able:
            if self._is_overdue(each, now):
                return each
        # 6. The best lane that may have a credit. One that may not stops none behind it: what is
        #    kept from work may be kept for polls.
        for each in able:
            if self._shares.affords(each.lane, free, now):
                return each
        return None

    def _is_overdue(self, ticket: Ticket, now: float) -> bool:
        aged = self._was_passed(ticket) and now >= self._ages_at(ticket)
        return aged and self._shares.is_within_share(ticket.lane, now)

    def _was_passed(self, ticket: Ticket) -> bool:
        return self._lines.of(ticket).passed_over >= AGED_TURN - 1

    def _ages_at(self, ticket: Ticket) -> float:
        return ticket.asked_at + self.budget.limits.per

    def _take(self, ticket: Ticket) -> None:
        ticket.state = TicketState.GRANTED
        self._out.add(ticket)
        self._lines.granted(ticket)
        self.budget.take(ticket)
        self._shares.note_queue()

    def _end(self, ticket: Ticket) -> None:
        ticket.state = TicketState.OVER
        self._out.discard(ticket)
