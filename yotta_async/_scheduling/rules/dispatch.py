"""
Who goes next.

What is the theory? Everything that a call needs - a credit of the window, a slot for a pod
operation, a place on the wire - is granted in one step or not at all, so nobody holds one thing
while waiting for another. Grants are bound late: an instant is never promised, so that a better
lane can always pass.

Who is preferred? The best lane that may have a credit (`Shares`); inside a lane the oldest ticket
that can go now (one that needs no slot may pass one that waits for a slot). So that nobody starves,
a ticket that has been waiting for a window gets every tenth grant that goes to a better lane.

Who may spend a credit? URGENT may spend every one. ``reserve`` credits wait for it, and while polls
are being sent a tenth of the window waits for BACKGROUND. In turn BACKGROUND has no more than that
tenth while NORMAL waits. At least one credit of a window is NORMAL's, however far the limit was
narrowed.

What does that cost? A credit that is kept is a credit that is not used, and a queue whose last few
calls miss a window is a whole window late. So what is kept is lent to a queue that would otherwise
take over a twentieth longer, for as long as that queue lasts: first what is kept for polls, which
then wait until they are overdue, and the reserve only where that alone would cost as much. A queue
no longer than the reserve borrows nothing: it is what the reserve is kept from.
"""

from enum import IntEnum
from math import inf

from attrs import define, field

from .budget import RateLimit, ReceiptWindow
from .lanes import Lane
from .limits import Limits
from .polling import polls_share
from .queueing import Lines, Ticket, TicketState
from .slots import Slots


__all__ = ["EXCHANGES", "Dispatcher"]

# More exchanges than this at once serve nobody at two requests a second, and httpx's pool is slow
# when large.
EXCHANGES = 16
# A ticket that has waited for a window gets one of so many grants that would pass it.
AGED_TURN = 10
# How much longer a queue may take for the sake of the reserve.
TOLERANCE = 0.05


class Loan(IntEnum):
    """What is lent to NORMAL's queue."""

    NOTHING = 0
    POLLS = 1
    ALL = 2


@define(eq=False)
class Shares:
    """Divides the credits of a window among the lanes that wait in ``lines``."""

    window: ReceiptWindow
    lines: Lines
    reserve: int
    _polls: ReceiptWindow = field(init=False)
    _loan: Loan = Loan.NOTHING

    def __attrs_post_init__(self) -> None:
        rate = self.window.rate
        self._polls = ReceiptWindow(RateLimit(rate.requests, rate.per))

    def windows(self, ticket: Ticket) -> tuple[ReceiptWindow, ...]:
        """Where a ticket's credit is accounted for."""
        return (self.window, self._polls) if ticket.lane is Lane.BACKGROUND else (self.window,)

    def affords(self, lane: Lane, now: float, *, motion: bool) -> bool:
        """
        Whether a lane may have one of the credits that are free.

        Args:
            motion: Whether pods in motion keep slots: then polls are what gets a queue ahead.
        """
        if lane is Lane.URGENT:
            return True
        if not self.leaves_normal_its_part(lane, now):
            return False
        loan = self._lent(now)
        if loan is not Loan.NOTHING and lane is Lane.BACKGROUND and not motion:
            return False
        kept = 0 if loan is Loan.ALL else self._reserve
        if loan is Loan.NOTHING and lane is Lane.NORMAL:
            kept += self._kept_for_polls(now)
        return self.window.free(now) > kept

    def leaves_normal_its_part(self, lane: Lane, now: float) -> bool:
        """Whether this is not BACKGROUND asking for more than its share while NORMAL waits."""
        bounded = lane is Lane.BACKGROUND and self.lines.waiting(Lane.NORMAL)
        return not bounded or self._polls.held(now) < self._share

    def note_queue(self) -> None:
        """The queues have changed; a loan ends with the queue that it was made to."""
        if not self.lines.waiting(Lane.NORMAL):
            self._loan = Loan.NOTHING

    def abandon(self, before: float, now: float, received: float) -> None:
        """Move to another clock, on which nobody waits and nobody reports on what is in flight."""
        for window in (self.window, self._polls):
            window.rebase(before, now)
            window.abandon(received)
        self._loan = Loan.NOTHING

    @property
    def _reserve(self) -> int:
        return min(self.reserve, self.window.allowed - 1)

    @property
    def _share(self) -> int:
        return polls_share(self.window.allowed, self._reserve)

    def _kept_for_polls(self, now: float) -> int:
        held = self._polls.held(now)
        if not held and not self.lines.waiting(Lane.BACKGROUND):
            return 0
        most = self.window.allowed - self._reserve - 1
        return max(0, min(self._share - held, most))

    def _lent(self, now: float) -> Loan:
        backlog = self.lines.waiting(Lane.NORMAL)
        if self._loan is not Loan.ALL and backlog > self.reserve:
            self._loan = max(self._loan, self._due(backlog, now))
        return self._loan

    def _due(self, backlog: int, now: float) -> Loan:
        """Return what is to be lent to so long a queue."""
        lent = self.window.available_at(backlog, now)
        began = min(front.asked_at for front in self.lines.fronts(Lane.NORMAL))
        # Instants, not waits from now: no loan may begin because time alone has passed.
        latest = lent + TOLERANCE * (lent - began)

        def costs(kept: int) -> bool:
            return self.window.available_at(backlog, now, kept=kept) > latest

        if not costs(self._reserve + self._kept_for_polls(now)):
            return Loan.NOTHING
        return Loan.ALL if costs(self._reserve) else Loan.POLLS


@define(eq=False)
class Dispatcher:
    """
    Decides who may go, and keeps the books; it never waits.

    Attributes:
        closed_until: The instant before which nobody goes.
        last_unanswered: The instant at which an exchange last ended without an answer.
    """

    limits: Limits
    window: ReceiptWindow = field(init=False)
    slots: Slots = field(init=False)
    exchanges: Slots = field(factory=lambda: Slots(EXCHANGES))
    closed_until: float = -inf
    last_unanswered: float = -inf
    _shares: Shares = field(init=False)
    _lines: Lines = field(factory=Lines)
    _submitted: int = 0
    _out: set[Ticket] = field(factory=set[Ticket])

    def __attrs_post_init__(self) -> None:
        self.window = ReceiptWindow(RateLimit(self.limits.requests, self.limits.per))
        self.slots = Slots(self.limits.pod_operations)
        self._shares = Shares(self.window, self._lines, self.limits.reserve)

    def __repr__(self) -> str:
        return f"<Dispatcher {self.waiting()} waiting, {self.slots!r}, {self.window!r}>"

    def waiting(self, *lanes: Lane) -> int:
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
        """Let go everyone who may go now, at most ``most``, in the order in which they go."""
        granted: list[Ticket] = []
        while (most is None or len(granted) < most) and (ticket := self._next(now)):
            self._take(ticket)
            granted.append(ticket)
        return granted

    def may_grant(self, now: float) -> bool:
        return self._next(now) is not None

    def refund(self, ticket: Ticket) -> None:
        """Granted but not sent: credit and slot are as if never taken."""
        self._end(ticket)
        for window in self._shares.windows(ticket):
            window.refund()
        self._release(ticket)

    def sent(self, ticket: Ticket) -> None:
        ticket.state = TicketState.SENT

    def answered(self, ticket: Ticket, now: float) -> None:
        """Sent and answered: the slots are free, the credit comes back one window after now."""
        self._give_back(ticket, now)
        self._release(ticket)

    def answered_in_motion(self, ticket: Ticket, now: float, *, subject: str, kept: bool) -> None:
        """
        A pod operation was answered, and set a pod in motion.

        Args:
            subject: The pod.
            kept: Whether its slot is kept until it has come to rest.
        """
        self._give_back(ticket, now)
        self.exchanges.release()
        if kept:
            self.slots.keep_for(subject, now)
        else:
            self.slots.release_as(subject, now)

    def unanswered(self, ticket: Ticket, now: float) -> None:
        """Sent, and no telling what the server still does: all comes back a grace later."""
        self.last_unanswered = now
        self._give_back(ticket, now + self.limits.grace)
        self.exchanges.release()
        if ticket.pod_operation:
            self.slots.linger(now + self.limits.grace)

    def close(self, until: float) -> None:
        """Let nobody go before an instant."""
        self.closed_until = max(self.closed_until, until)

    def wakes_at(self, now: float) -> float:
        """
        The next instant at which somebody might go by time alone; infinite if time alone helps
        nobody.
        """
        if now < self.closed_until:
            return self.closed_until
        ages = [self._ages_at(front) for front in self._lines.fronts() if self._was_passed(front)]
        return min(
            self.window.next_return(now),
            self.exchanges.next_release(now),
            self.slots.next_release(now),
            *(age for age in ages if age > now),
        )

    def rebase(self, before: float, now: float) -> None:
        """
        Move to another loop's clock, which shows ``now`` where the old one showed at least
        ``before``; whoever waited or was on the wire died with the old loop.
        """
        self._shares.abandon(before, now, received=now + self.limits.grace)
        for slots in (self.exchanges, self.slots):
            slots.rebase(before, now)
            slots.abandon(now + self.limits.grace)
        self.closed_until = now + max(0.0, self.closed_until - before)
        self.last_unanswered = now - max(0.0, before - self.last_unanswered)
        # What died may still run its clean-up; it finds nothing left to end.
        for ticket in self._out:
            ticket.state = TicketState.OVER
        self._out.clear()
        self._lines.close()

    def _next(self, now: float) -> Ticket | None:
        # Most often nobody waits, which is quicker to see than what is free.
        fronts = self._lines.fronts()
        if not fronts or now < self.closed_until:
            return None
        if not self.exchanges.free(now) or self.window.free(now) < 1:
            return None
        slot_free, motion = self.slots.free(now) > 0, self.slots.any_moving
        able = [each for each in fronts if slot_free or not each.pod_operation]
        for each in able:
            if self._is_overdue(each, now):
                return each
        for each in able:
            if self._shares.affords(each.lane, now, motion=motion):
                return each
        return None

    def _is_overdue(self, ticket: Ticket, now: float) -> bool:
        aged = self._was_passed(ticket) and now >= self._ages_at(ticket)
        return aged and self._shares.leaves_normal_its_part(ticket.lane, now)

    def _was_passed(self, ticket: Ticket) -> bool:
        return self._lines.of(ticket).passed_over >= AGED_TURN - 1

    def _ages_at(self, ticket: Ticket) -> float:
        return ticket.asked_at + self.limits.per

    def _take(self, ticket: Ticket) -> None:
        ticket.state = TicketState.GRANTED
        self._out.add(ticket)
        self._lines.granted(ticket)
        for window in self._shares.windows(ticket):
            window.take()
        for slots in self._slots_of(ticket):
            slots.take()
        self._shares.note_queue()

    def _give_back(self, ticket: Ticket, received: float) -> None:
        self._end(ticket)
        for window in self._shares.windows(ticket):
            window.give_back(received)

    def _release(self, ticket: Ticket) -> None:
        for slots in self._slots_of(ticket):
            slots.release()

    def _end(self, ticket: Ticket) -> None:
        ticket.state = TicketState.OVER
        self._out.discard(ticket)

    def _slots_of(self, ticket: Ticket) -> tuple[Slots, ...]:
        return (self.exchanges, self.slots) if ticket.pod_operation else (self.exchanges,)
