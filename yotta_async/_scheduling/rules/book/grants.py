"""
Who goes next, of all processes, and when it is whose turn.

The rules are the dispatcher's; what stands in a line are not tickets but the claims of processes,
and in a line the claim goes first that has waited longest since it had a grant: so processes take
turns. Nothing is put aside: whatever is free is dealt out anew at each step, and only what falls to
the process that asks is granted. What falls to another is left for it. It is woken if it does not
come by itself, and half a second later it is passed over until it does.

When to ask again is found by dealing out what is known to come back, in order, until something
falls to the process that asks.
"""

from bisect import bisect_right
from operator import attrgetter
from typing import Final

from attrs import define, field, frozen

from ..budget import EXCHANGES
from ..dispatch import AGED_TURN, Loan
from ..lanes import Lane
from .lessons import note_grant
from .messages import LINES, Grant
from .state import Book, Queue, Session, Token


__all__ = ["PATIENCE", "Dealt", "Desk", "grant", "is_silent"]

# Milliseconds for which what falls to a process is left for it.
PATIENCE: Final = 500
_STAMP = attrgetter("queue.stamp")


@define(eq=False)
class Claimant:
    """One session's claim in one line, as it changes while credits are dealt out."""

    session: Session
    line: int
    queue: Queue


@define(eq=False)
class Desk:
    """
    A trial of the book in which credits are dealt out: now, and later.

    Attributes:
        now: The instant; it moves on while alarms are looked for.
        taken: Credits that do not come back by what is known.
        is_later: Whether it is about instants to come, so that no loan begins.
    """

    book: Book
    now: int
    taken: int = field(init=False)
    polls: int = field(init=False)
    busy: int = field(init=False)
    stamp: int = field(init=False)
    ready: int = field(init=False)
    loan: Loan = field(init=False)
    passed: list[int] = field(init=False)
    lines: list[list[Claimant]] = field(init=False)
    on_wire: dict[int, int] = field(factory=dict[int, int])
    is_later: bool = False
    _ats: list[int] = field(init=False)
    _polls_back: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        book = self.book
        self.taken, self.busy = len(book.tokens), book.busy_slots()
        self.polls = sum(each.line // 2 == Lane.BACKGROUND for each in book.tokens)
        self.stamp, self.ready, self.loan = book.stamp, book.lessons.ready, Loan(book.loan)
        self.passed = list(book.passed)
        self._ats = [each.at for each in book.returns]
        self._polls_back = [each.at for each in book.returns if each.lane == Lane.BACKGROUND]
        for token in book.tokens:
            self.on_wire[token.key] = self.on_wire.get(token.key, 0) + 1
        self.lines = [self._claimants(index) for index in range(len(LINES))]

    def _claimants(self, index: int) -> list[Claimant]:
        return [
            Claimant(each, index, Queue(queue.count, queue.since, queue.stamp))
            for each in self.book.sessions
            if (queue := each.lines[index]).count and not is_silent(each, self.now)
        ]

    # What there is.

    def credits(self) -> int:
        unknown = self.book.unknown_credits if self.now < self.book.unknown_until else 0
        back = bisect_right(self._ats, self.now)
        return self.book.allowed - self.taken - unknown - (len(self._ats) - back)

    def free_slots(self) -> int:
        book, now = self.book, self.now
        held = sum(each.until > now for each in book.slots)
        held += sum(each.until > now for each in book.moving)
        unknown = book.unknown_slots if now < book.unknown_until else 0
        return max(0, book.size - self.busy - held - unknown)

    def polls_held(self) -> int:
        return self.polls + len(self._polls_back) - bisect_right(self._polls_back, self.now)

    def waiting(self, lane: Lane) -> int:
        return sum(each.queue.count for line in self._lines(lane) for each in line)

    def paced_at(self) -> int:
        """The instant before which the server's bucket has nothing."""
        burst = self.book.lessons.burst
        return self.ready - (burst - 1) * self.book.interval if burst else 0

    def available_at(self, nth: int, kept: int) -> int:
        """When the ``nth`` credit from now could be had (`ReceiptWindow.available_at`)."""
        rounds, index = divmod(nth - 1, max(1, self.book.allowed - kept))
        index += kept - self.credits()
        back = bisect_right(self._ats, self.now)
        if index < 0:
            at = self.now
        elif back < len(self._ats):
            at = self._ats[min(back + index, len(self._ats) - 1)]
        else:
            at = self.now + self.book.turn
        return at + rounds * self.book.turn

    # Who goes next.

    def next(self) -> Claimant | None:
        """Return the claim that has the next grant, if one can have it now."""
        free = self.credits()
        if free < 1 or self.now < self.book.lessons.closed or self.now < self.paced_at():
            return None
        able = self._able()
        for each in able:
            if self._is_overdue(each.line):
                return min(self._present(each.line), key=lambda one: one.queue.since)
        for each in able:
            if self._affords(Lane(each.line // 2), free):
                return each
        return None

    def take(self, claimant: Claimant) -> None:
        line, key = claimant.line, claimant.session.key
        self.taken += 1
        self.polls += line // 2 == Lane.BACKGROUND
        self.busy += line % 2
        self.on_wire[key] = self.on_wire.get(key, 0) + 1
        self.stamp += 1
        claimant.queue.stamp = self.stamp
        claimant.queue.count -= 1
        self._count_passed(self.passed, line)
        if self.book.lessons.burst:
            self.ready = max(self.ready, self.now) + self.book.interval
        if not claimant.queue.count:
            self.lines[line].remove(claimant)
        if not self.waiting(Lane.NORMAL):
            self.loan = Loan.NOTHING

    def ages_at(self) -> list[int]:
        """The instants at which lines that were passed over become overdue."""
        return [
            min(each.queue.since for each in line) + self.book.per
            for index, line in enumerate(self.lines)
            if line and self.passed[index] >= AGED_TURN - 1
        ]

    def _lines(self, lane: Lane) -> list[list[Claimant]]:
        return self.lines[2 * lane : 2 * lane + 2]

    def _present(self, line: int) -> list[Claimant]:
        """Return the claims of a line whose process has a connection left."""
        return [
            each for each in self.lines[line] if self.on_wire.get(each.session.key, 0) < EXCHANGES
        ]

    def _able(self) -> list[Claimant]:
        has_slot, able = self.free_slots() > 0, list[Claimant]()
        for lane in Lane:
            fronts = [
                min(present, key=_STAMP)
                for line in (2 * lane, 2 * lane + 1)
                if (line % 2 == 0 or has_slot) and (present := self._present(line))
            ]
            able += sorted(fronts, key=_STAMP)
        return able

    def _is_overdue(self, line: int) -> bool:
        if self.passed[line] < AGED_TURN - 1 or not self._is_within_share(line // 2):
            return False
        return self.now >= min(each.queue.since for each in self._present(line)) + self.book.per

    def _is_within_share(self, lane: int) -> bool:
        if lane != Lane.BACKGROUND or not self.waiting(Lane.NORMAL):
            return True
        return self.polls_held() < self.book.polls_share

    def _affords(self, lane: Lane, free: int) -> bool:
        """Whether a lane may have one of the credits that are free (`Shares.affords`)."""
        if lane is Lane.URGENT:
            return True
        if not self._is_within_share(lane):
            return False
        self.lend()
        if self.loan is not Loan.NOTHING and lane is Lane.BACKGROUND and not self.book.moving:
            return False
        kept = 0 if self.loan is Loan.ALL else self.book.reserve
        if self.loan is Loan.NOTHING and lane is Lane.NORMAL:
            kept += self._kept_for_polls()
        return free > kept

    def _kept_for_polls(self) -> int:
        held, book = self.polls_held(), self.book
        if not held and not self.waiting(Lane.BACKGROUND):
            return 0
        return max(0, min(book.polls_share - held, book.allowed - book.reserve - 1))

    def lend(self) -> None:
        """Lend to NORMAL's queue what it is due (`Shares`)."""
        backlog = self.waiting(Lane.NORMAL)
        if self.loan is not Loan.ALL and backlog > self.book.settings[4]:
            self.loan = max(self.loan, self._due(backlog))
            if not self.is_later:
                self.book.loan = max(self.book.loan, int(self.loan))

    def _due(self, backlog: int) -> Loan:
        lent = self.available_at(backlog, 0)
        fronts = [each.queue.since for line in self._lines(Lane.NORMAL) for each in line]
        latest = lent + (lent - min(fronts)) // 20
        reserve = self.book.reserve
        if self.available_at(backlog, reserve + self._kept_for_polls()) <= latest:
            return Loan.NOTHING
        return Loan.ALL if self.available_at(backlog, reserve) > latest else Loan.POLLS

    def _count_passed(self, passed: list[int], line: int) -> None:
        passed[line] = 0
        for worse in range(2 * (line // 2) + 2, len(LINES)):
            passed[worse] += bool(self.lines[worse])

    def record(self, claimant: Claimant, number: int, lease: int, serial: int) -> None:
        """Write a grant that was dealt out here into the book."""
        book, key, line = self.book, claimant.session.key, claimant.line
        token = Token(number, key, line, self.now, self.now + lease, serial)
        book.tokens.append(token)
        book.stamp += 1
        queue = claimant.session.lines[line]
        queue.count, queue.stamp = queue.count - 1, book.stamp
        self._count_passed(book.passed, line)
        note_grant(book, self.now)

    def next_instant(self) -> int | None:
        """The next instant at which what is known may let a call go."""
        book = self.book
        known = [
            *self._ats,
            *(each.until for each in book.slots),
            *(each.until for each in book.moving),
            book.lessons.closed,
            book.unknown_until,
            self.paced_at(),
            *self.ages_at(),
        ]
        return min((each for each in known if each > self.now), default=None)


def is_silent(session: Session, now: int) -> bool:
    """Whether a process has not come when it was its turn."""
    return 0 < session.due < now - PATIENCE


@frozen(kw_only=True)
class Dealt:
    """
    What a step deals out.

    Attributes:
        grants: What falls to the session that asks.
        woken: The names of the sessions to which something else falls, and which do not come of
            themselves.
        ask_in: In how many milliseconds the session is to ask again; -1 if nothing of it waits.
    """

    grants: tuple[Grant, ...] = ()
    woken: tuple[str, ...] = ()
    ask_in: int = -1


def grant(book: Book, session: Session, *, lease: int, now: int) -> Dealt:
    """Deal out what is free, and write what falls to one session into the book."""
    desk, grants, woken = Desk(book, now), list[Grant](), list[str]()
    _end_loan(desk, now)
    while claimant := desk.next():
        if claimant.session is session:
            book.number += 1
            desk.record(claimant, book.number, lease, session.serial)
            grants.append(Grant(line=LINES[claimant.line], number=book.number))
        elif not 0 < claimant.session.due <= now:
            claimant.session.due = now
            woken.append(claimant.session.name)
        desk.take(claimant)
    _end_loan(desk, now)
    at = _alarm(desk, session)
    if at is not None and woken:
        at = min(at, now + PATIENCE + 1)
    session.due = at or 0
    return Dealt(grants=tuple(grants), woken=tuple(woken), ask_in=-1 if at is None else at - now)


def _end_loan(desk: Desk, now: int) -> None:
    """A loan ends with the queue that it was made to."""
    present = [each for each in desk.book.sessions if not is_silent(each, now)]
    if not any(each.lines[2].count or each.lines[3].count for each in present):
        desk.book.loan, desk.loan = 0, Loan.NOTHING


def _alarm(desk: Desk, session: Session) -> int | None:
    """Return the instant at which the session's next turn comes, a window from now at most."""
    if not any(each.count for each in session.lines):
        return None
    # A grant that is never told to have ended, as of a process that died, frees its slot by a step.
    desk.is_later = True
    latest = desk.now + desk.book.per
    if any(each.count for each in session.lines[1::2]):
        # A process that died tells nothing: its slot is back with its lease, and a grace.
        holders = [each.until for each in desk.book.tokens if each.needs_slot]
        latest = min([latest, *(until + desk.book.grace for until in holders)])
    while (instant := desk.next_instant()) is not None and instant < latest:
        desk.now = instant
        while claimant := desk.next():
            if claimant.session is session:
                return instant
            desk.take(claimant)
    return latest
