"""
Who goes next, of all processes: the rules of the dispatcher, tried on a book.

What stands in a line are not tickets but the claims of processes. In a line the claim goes first
whose process holds the fewest credits of that lane, on the wire or coming back: so all have an even
share of any window, and one that took many before the others came has no more until they have as
many, or until those are back. Among those that hold equally many the least stamp goes first
(`restamped`), which remembers for some windows who had more.
"""

from bisect import bisect_right
from collections import Counter
from operator import attrgetter
from typing import Final

from attrs import define, field

from ..budget import EXCHANGES
from ..dispatch import AGED_TURN, Loan
from ..lanes import Lane
from .messages import LINES
from .state import ONE, Book, Session


__all__ = ["PATIENCE", "Claimant", "Desk", "is_silent"]

# Milliseconds for which what falls to a process is left for it.
PATIENCE: Final = 500
# Thousandths of a credit that a process has had more of late than another, so that it is behind.
AHEAD: Final = 2000
_UNTIL, _SINCE = attrgetter("until"), attrgetter("since")


def is_silent(session: Session, now: int) -> bool:
    """Whether a process has not come when it was its turn."""
    return 0 < session.due < now - PATIENCE


@define(eq=False)
class Claimant:
    """
    One session's claim in one line, as it changes while credits are dealt out.

    Attributes:
        held: Credits of the line's lane that the session holds.
    """

    session: Session
    line: int
    count: int
    since: int
    stamp: int
    held: int

    @property
    def lane(self) -> int:
        return self.line // 2


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
    on_wire: Counter[int] = field(init=False)
    used: dict[int, int] = field(init=False)
    is_later: bool = False
    _back: int = 0
    _full: bool = field(init=False)
    _waiting: list[int] = field(init=False)
    _of: dict[tuple[int, int], list[Claimant]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        book = self.book
        self.taken, self.busy = len(book.tokens), book.busy_slots()
        self.polls = sum(each.line // 2 == Lane.BACKGROUND for each in book.tokens)
        self.polls += sum(each.lane == Lane.BACKGROUND for each in book.returns)
        self.stamp, self.ready, self.loan = book.stamp, book.lessons.ready, Loan(book.loan)
        self.passed = list(book.passed)
        self.on_wire = Counter(each.key for each in book.tokens)
        self._full = any(number >= EXCHANGES for number in self.on_wire.values())
        self.used = {each.key: each.used for each in book.sessions}
        self._stand_in_line()

    def _stand_in_line(self) -> None:
        held = Counter((each.line // 2, each.key) for each in self.book.tokens)
        held.update((each.lane, each.key) for each in self.book.returns)
        self.lines, self._of = [[] for _ in LINES], {}
        present = [each for each in self.book.sessions if not is_silent(each, self.now)]
        for session in present:
            for index, queue in enumerate(session.lines):
                if queue.count:
                    place = (index // 2, session.key)
                    made = Claimant(
                        session, index, queue.count, queue.since, queue.stamp, held[place]
                    )
                    self.lines[index].append(made)
                    self._of.setdefault(place, []).append(made)
        self._waiting = [sum(each.count for each in line) for line in self.lines]

    def move_on(self, instant: int) -> None:
        """Let time pass until an instant at which what is known to come back is back."""
        self.now, returns = instant, self.book.returns
        while self._back < len(returns) and returns[self._back].at <= instant:
            back = returns[self._back]
            self._back += 1
            self.polls -= back.lane == Lane.BACKGROUND
            for claimant in self._of.get((back.lane, back.key), ()):
                claimant.held -= 1

    # What there is.

    def credits(self) -> int:
        unknown = self.book.unknown_credits if self.now < self.book.unknown_until else 0
        return self.book.allowed - self.taken - unknown - (len(self.book.returns) - self._back)

    def free_slots(self) -> int:
        book, now = self.book, self.now
        held = len(book.slots) - bisect_right(book.slots, now, key=_UNTIL)
        held += len(book.moving) - bisect_right(book.moving, now, key=_UNTIL)
        unknown = book.unknown_slots if now < book.unknown_until else 0
        return max(0, book.size - self.busy - held - unknown)

    def waiting(self, lane: Lane) -> int:
        return self._waiting[2 * lane] + self._waiting[2 * lane + 1]

    def paced_at(self) -> int:
        """The instant before which the server's bucket has nothing."""
        burst = self.book.lessons.burst
        return self.ready - (burst - 1) * self.book.interval if burst else 0

    def available_at(self, nth: int, kept: int) -> int:
        """When the ``nth`` credit from now could be had (`ReceiptWindow.available_at`)."""
        rounds, index = divmod(nth - 1, max(1, self.book.allowed - kept))
        index += kept - self.credits()
        returns = self.book.returns
        if index < 0:
            at = self.now
        elif self._back < len(returns):
            at = returns[min(self._back + index, len(returns) - 1)].at
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
                return each
        for each in able:
            if self._affords(Lane(each.lane), free):
                return each
        return None

    def take(self, claimant: Claimant) -> None:
        line, lane, key = claimant.line, claimant.lane, claimant.session.key
        self.taken += 1
        self.polls += lane == Lane.BACKGROUND
        self.busy += line % 2
        self.on_wire[key] += 1
        self._full = self._full or self.on_wire[key] >= EXCHANGES
        self.stamp += 1
        for each in self._of[lane, key]:
            each.held += 1
        claimant.stamp = self.stamp
        self.used[key] += ONE
        claimant.count -= 1
        self._waiting[line] -= 1
        self.count_passed(self.passed, line)
        if self.book.lessons.burst:
            self.ready = max(self.ready, self.now) + self.book.interval
        if not claimant.count:
            self.lines[line].remove(claimant)
        if not self.waiting(Lane.NORMAL):
            self.loan = Loan.NOTHING

    def count_passed(self, passed: list[int], line: int) -> None:
        passed[line] = 0
        for worse in range(2 * (line // 2) + 2, len(LINES)):
            passed[worse] += bool(self.lines[worse])

    def ages_at(self) -> list[int]:
        """The instants at which lines that were passed over become overdue."""
        return [
            min(line, key=_SINCE).since + self.book.per
            for index, line in enumerate(self.lines)
            if line and self.passed[index] >= AGED_TURN - 1
        ]

    def _present(self, line: int) -> list[Claimant]:
        """Return the claims of a line whose process has a connection left."""
        line_of, on_wire = self.lines[line], self.on_wire
        if not self._full:
            return line_of
        return [each for each in line_of if on_wire[each.session.key] < EXCHANGES]

    def _able(self) -> list[Claimant]:
        """Return the first of each line that can go, by lane, and in a lane by their places."""
        lines = (0, 1) if self.free_slots() else (0,)
        return [
            each
            for lane in (Lane.URGENT, Lane.NORMAL, Lane.BACKGROUND)
            if self.waiting(lane)
            for each in self._fronts(lane, lines)
        ]

    def _fronts(self, lane: Lane, lines: tuple[int, ...]) -> list[Claimant]:
        present = [found for line in lines if (found := self._present(2 * lane + line))]
        if not present:
            return []
        used = self.used
        much = min([used[each.session.key] for line in present for each in line]) + AHEAD

        def place(each: Claimant) -> tuple[int, int, int]:
            own = used[each.session.key]
            return each.held + (own >= much), own, each.stamp

        return sorted((min(line, key=place) for line in present), key=place)

    def _is_overdue(self, line: int) -> bool:
        if self.passed[line] < AGED_TURN - 1 or not self._is_within_share(line // 2):
            return False
        return self.now >= min(self._present(line), key=_SINCE).since + self.book.per

    def _is_within_share(self, lane: int) -> bool:
        if lane != Lane.BACKGROUND or not self.waiting(Lane.NORMAL):
            return True
        return self.polls < self.book.polls_share

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
        book = self.book
        if not self.polls and not self.waiting(Lane.BACKGROUND):
            return 0
        return max(0, min(book.polls_share - self.polls, book.allowed - book.reserve - 1))

    def lend(self) -> None:
        """Lend to NORMAL's queue what it is due (`Shares`)."""
        backlog = self.waiting(Lane.NORMAL)
        if self.loan is not Loan.ALL and backlog > self.book.settings[4]:
            self.loan = max(self.loan, self._due(backlog))
            if not self.is_later:
                self.book.loan = max(self.book.loan, int(self.loan))

    def _due(self, backlog: int) -> Loan:
        lent = self.available_at(backlog, 0)
        fronts = [each.since for line in self.lines[2:4] for each in line]
        latest = lent + (lent - min(fronts)) // 20
        reserve = self.book.reserve
        if self.available_at(backlog, reserve + self._kept_for_polls()) <= latest:
            return Loan.NOTHING
        return Loan.ALL if self.available_at(backlog, reserve) > latest else Loan.POLLS
