"""
Who may spend a credit.

URGENT may spend every one. ``reserve`` credits wait for it, and while polls are being sent a tenth
of the window waits for BACKGROUND. In turn BACKGROUND has no more than that tenth while NORMAL
waits. At least one credit of a window is NORMAL's, however far the limit was narrowed.

What does that cost? A credit that is kept is a credit that is not used, and a queue whose last few
calls miss a window is a whole window late. So what is kept is lent to a queue that would otherwise
take over a twentieth longer, for as long as that queue lasts: first what is kept for polls, which
then wait until they are overdue, and the reserve only where that alone would cost as much. A queue
no longer than the reserve borrows nothing: it is what the reserve is kept from.
"""

from enum import IntEnum

from attrs import define, field

from .lanes import Lane
from .polling import polls_share
from .queueing import Lines, Ticket
from .window import RateLimit, ReceiptWindow


__all__ = ["Shares"]

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
