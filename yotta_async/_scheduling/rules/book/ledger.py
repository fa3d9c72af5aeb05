"""
One process's side of the book: who waits here, what is held, and what is yet to be told.

It makes the requests and reads the answers, one after the other. What it has told is told again
until a request that told it was booked, since an answer that was lost leaves that open.

When is there something to ask? At once when an operation ended or nothing was sent, as another
process may wait for the slot or the credit; when a connection is free again that calls here wait
for; when the server has said something; when calls wait in
a line of which the book does not know; and at the instant that the last answer named. The end of a
plain call is told with the next request, or a little later: its credit is not back for a window.
"""

from collections import Counter
from collections.abc import Iterator
from math import ceil, inf

from attrs import define, evolve, field

from ..budget import EXCHANGES
from ..lanes import Lane
from ..queueing import Lines, Ticket, TicketState
from .messages import (
    Claim,
    Ended,
    Ending,
    Fact,
    FactKind,
    Grant,
    Held,
    Learned,
    Line,
    Reply,
    Request,
    Settings,
    Voucher,
    Whole,
    elapsed,
)


__all__ = ["Credit", "Ledger"]

# Seconds after which those who were woken to vouch for the store's clock have come, most likely.
WITNESS = 0.1

# The share of a window after which ends are told that no other request has told.
PATIENCE = 0.02
# How much longer than a window a credit is out at most, by any clock.
DRIFT = 1.002


@define(eq=False)
class Credit:
    """
    A grant of this process: on the wire, or on its way back.

    Attributes:
        granted_at: When its grant was read.
        ended_at: When the whole answer was in or it was given up; None before.
        is_told: Whether the book knows that it has ended.
    """

    number: int
    line: Line
    granted_at: float
    ended_at: float | None = None
    ending: Ending = "refunded"
    subject: str = ""
    is_told: bool = False

    def ended(self, now: float) -> Ended:
        age = elapsed(now - (self.ended_at or 0.0))
        return Ended(number=self.number, ending=self.ending, age=age, subject=self.subject)

    def held(self, now: float) -> Held:
        since = self.granted_at if self.ended_at is None else self.ended_at
        return Held(
            number=self.number,
            line=self.line,
            age=elapsed(now - since),
            has_ended=self.ended_at is not None,
            gave_up=self.ended_at is not None and self.ending == "unanswered",
            subject=self.subject,
        )


@define(eq=False)
class _Noticed:
    """A fact, with the instants that its ages are told from."""

    fact: Fact
    at: float
    granted_at: float

    def told(self, now: float) -> Fact:
        is_refusal = self.fact.kind in ("refused", "crowded")
        granted_age = elapsed(now - self.granted_at) if is_refusal else 0
        return evolve(self.fact, age=elapsed(now - self.at), granted_age=granted_age)


@define(eq=False)
class _Answer:
    """What the last answer said of the book's clock, by this process's own."""

    reply: Reply
    sent_at: float
    read_at: float

    def voucher(self, now: float) -> Voucher:
        return Voucher(
            now=self.reply.now,
            least=elapsed(now - self.read_at),
            most=ceil((now - self.sent_at) * 1000),
            provisional=self.reply.doubted,
        )


@define(eq=False)
class _Telling:
    """What the request tells that is on its way."""

    ended: list[Credit] = field(factory=list[Credit])
    facts: int = 0
    at_rest: frozenset[str] = frozenset()
    succeeded: bool = False
    claimed: Counter[int] = field(factory=Counter[int])


@define(eq=False)
class Ledger:
    """
    What one process has, knows and wants of the book.

    Attributes:
        session: The process's name in the book.
        label: The same for people.
        lease: Seconds that a grant is its own.
        lines: Its calls that wait.
        learned: What refusals have taught all processes; None before the first answer.
        whole: All processes together; None before the first answer.
        looks: Whether it is to look whether pods in motion have come to rest.
        closed_until: The instant before which nothing is sent.
        banned_until: The same, if that was more than a window away when it was told, and nothing
            has succeeded here since. Until then one request of each line finds out.
    """

    session: str
    label: str
    settings: Settings
    lease: float
    lines: Lines = field(factory=Lines)
    learned: Learned | None = None
    whole: Whole | None = None
    looks: bool = False
    closed_until: float = -inf
    banned_until: float = -inf
    _credits: dict[int, Credit] = field(factory=dict[int, Credit])
    _out: dict[Ticket, Credit] = field(factory=dict[Ticket, Credit])
    _facts: list[_Noticed] = field(factory=list[_Noticed])
    _noticed: int = 0
    _at_rest: set[str] = field(factory=set[str])
    _awaited: frozenset[str] = frozenset()
    _succeeded: bool = False
    _serial: int = 0
    _heard: int = 0
    _last: _Answer | None = None
    _doubted_since: float | None = None
    _telling: _Telling = field(factory=_Telling)
    _claimed: Counter[int] = field(factory=Counter[int])
    _is_urgent: bool = False
    _tells_all: bool = False
    _ask_at: float = inf

    # What waits and what is held here.

    @property
    def in_flight(self) -> int:
        return len(self._out)

    @property
    def operations(self) -> int:
        return sum(credit.line.pod_operation for credit in self._out.values())

    @property
    def has_asked(self) -> bool:
        """Whether the book may know of this process."""
        return self._serial > 0

    @property
    def awaits_rest(self) -> bool:
        return bool(self._awaited) or any(each.subject for each in self._untold())

    def is_quiet(self, now: float) -> bool:
        """Whether nothing waits, and nothing that the book might forget is held."""
        self._forget(now)
        claimed = self.lines.waiting() or self._claimed.total()
        return not (claimed or self._credits or self._facts or self._tells_all or self.is_doubted)

    @property
    def is_doubted(self) -> bool:
        return self._doubted_since is not None

    def submit(self, ticket: Ticket) -> None:
        """Queue a call, or a refused one again, in front of all that came after it."""
        ticket.state = TicketState.WAITING
        self.lines.of(ticket).join(ticket)

    def withdraw(self, ticket: Ticket) -> None:
        ticket.state = TicketState.OVER
        self.lines.of(ticket).left()

    def end(self, ticket: Ticket, ending: Ending, now: float, *, subject: str = "") -> None:
        """Note how a granted call ended; see `messages.Ended`."""
        ticket.state = TicketState.OVER
        credit = self._out.pop(ticket)
        credit.ended_at, credit.ending, credit.subject = now, ending, subject
        is_held_up = len(self._out) + 1 >= EXCHANGES and self.lines.waiting()
        self._is_urgent |= credit.line.pod_operation or ending == "refunded" or bool(is_held_up)

    # What the server says.

    def notice(
        self, kind: FactKind, now: float, *, granted_at: float = 0.0, span: float = 0.0
    ) -> None:
        """Note a fact; see `messages.Fact`."""
        self._noticed += 1
        fact = Fact(number=self._noticed, kind=kind, duration=ceil(span * 1000))
        self._facts.append(_Noticed(fact, now, granted_at))
        self._is_urgent = True
        if kind == "close":
            self._close(now, span)

    def note_success(self, now: float) -> None:
        self._succeeded = True
        if self._is_banned and now >= self.closed_until:
            self.banned_until, self._is_urgent = -inf, True
        if self.learned is not None and self.learned.streak:
            self.learned = evolve(self.learned, streak=0)

    def note_rest(self, subjects: tuple[str, ...]) -> None:
        """Note pods that have come to rest, of those for which slots are kept."""
        kept = self._awaited | {each.subject for each in self._untold() if each.subject}
        found = kept.intersection(subjects)
        self._is_urgent |= not found <= self._at_rest
        self._at_rest |= found

    # When to ask.

    def is_due(self, now: float) -> bool:
        """Whether there is something to ask or to tell now."""
        if self.is_doubted:
            return now >= self._ask_at
        return self._is_urgent or self._has_new_line() or now >= self.asks_at()

    def asks_at(self) -> float:
        """The instant at which to ask if nothing happens before; infinite if there is none."""
        if self.is_doubted:
            return self._ask_at
        ended = [each.ended_at or 0.0 for each in self._untold()]
        patience = self.settings.per / 1000 * PATIENCE
        return min(self._ask_at, min(ended, default=inf) + patience)

    def hasten(self) -> None:
        """Ask as soon as possible: the process was woken."""
        self._is_urgent = True

    # Asking.

    def request(self, now: float, dice: int, *, leaving: bool = False) -> Request:
        """Return all that there is to tell and to ask; the answer is to be given to `read`."""
        self._serial += 1
        self._is_urgent = False
        claims = tuple(self._claims(now))
        self._telling = _Telling(
            ended=list(self._untold()),
            facts=self._noticed,
            at_rest=frozenset(self._at_rest),
            succeeded=self._succeeded,
            claimed=Counter({claim.line.index: claim.count for claim in claims}),
        )
        last, doubted_since = self._last, self._doubted_since
        return Request(
            session=self.session,
            label=self.label,
            serial=self._serial,
            heard=self._heard,
            epoch=last.reply.epoch if last else 0,
            version=last.reply.version if last else 0,
            dice=dice,
            settings=self.settings,
            lease=ceil(self.lease * 1000),
            voucher=last.voucher(now) if last else None,
            doubted_for=0 if doubted_since is None else elapsed(now - doubted_since),
            claims=claims,
            ended=tuple(credit.ended(now) for credit in self._telling.ended),
            facts=tuple(each.told(now) for each in self._facts),
            succeeded=self._succeeded,
            at_rest=tuple(sorted(self._at_rest)),
            held=self._held(now) if self._tells_all else None,
            learned=self.learned if self._tells_all else None,
            leaving=leaving,
        )

    def lost(self) -> None:
        """No answer came: what was told is told again, and what waits is claimed again."""
        self._is_urgent = True
        self._claimed.clear()

    def read(self, reply: Reply, *, sent_at: float, now: float) -> list[Ticket]:
        """
        Read the answer to the last request.

        Args:
            sent_at: The instant at which that request was made.

        Returns:
            The calls that go now.
        """
        self._heard = reply.serial
        self._ask_at = inf if reply.ask_in < 0 else now + reply.ask_in / 1000
        if reply.overtaken:
            self.lost()
            return []
        self._last = _Answer(reply, sent_at, now)
        if reply.doubted:
            self._doubt(reply, now)
            return []
        self._doubted_since = None
        self._note_booked()
        self._tells_all = reply.tell
        self._is_urgent |= reply.tell
        self._note_state(reply, now)
        return self._granted(reply.grants, now)

    def _doubt(self, reply: Reply, now: float) -> None:
        self._claimed.clear()
        if self._doubted_since is None:
            self._doubted_since, self._ask_at = now, now + WITNESS
        else:
            self._ask_at = now + max(0, reply.ask_in) / 1000

    def _note_booked(self) -> None:
        told = self._telling
        for credit in told.ended:
            credit.is_told = True
            if credit.ending == "refunded":
                del self._credits[credit.number]
        self._facts = [each for each in self._facts if each.fact.number > told.facts]
        self._at_rest -= told.at_rest
        self._succeeded &= not told.succeeded
        self._claimed = told.claimed

    def _note_state(self, reply: Reply, now: float) -> None:
        self._awaited, self.looks = frozenset(reply.awaited), reply.look
        self.whole = reply.whole or self.whole
        if reply.learned is not None and not reply.tell:
            self.learned = reply.learned
            self._close(now, reply.learned.closed_for / 1000)

    def _close(self, now: float, seconds: float) -> None:
        self.closed_until = max(self.closed_until, now + seconds)
        if seconds > self.settings.per / 1000:
            self.banned_until = self.closed_until

    def _granted(self, grants: tuple[Grant, ...], now: float) -> list[Ticket]:
        found: list[Ticket] = []
        for grant in grants:
            credit = Credit(grant.number, grant.line, now)
            self._credits[grant.number] = credit
            self._claimed[grant.line.index] -= 1
            ticket = self.lines.front(grant.line.lane, pod_operation=grant.line.pod_operation)
            if ticket is None or now < self.closed_until:
                # It was withdrawn while the request was on its way, or the server has closed.
                credit.ended_at, self._is_urgent = now, True
            else:
                ticket.state = TicketState.GRANTED
                self.lines.granted(ticket)
                self._out[ticket] = credit
                found.append(ticket)
        self._claimed = +self._claimed
        return found

    def _claims(self, now: float) -> list[Claim]:
        claims: list[Claim] = []
        for line, front in self._fronts():
            count = 1 if self._is_banned else self.lines.of(front).waiting
            claims.append(Claim(line=line, count=count, age=elapsed(now - front.asked_at)))
        return claims

    def _has_new_line(self) -> bool:
        return any(not self._claimed[line.index] for line, _ in self._fronts())

    def _fronts(self) -> Iterator[tuple[Line, Ticket]]:
        """Return the lines that may have a turn, with the oldest that waits in each."""
        for lane in Lane:
            for pod_operation in (False, True):
                line = Line(lane, pod_operation)
                front = self.lines.front(lane, pod_operation=pod_operation)
                if front is not None and not self._finds_out(line):
                    yield line, front

    def _finds_out(self, line: Line) -> bool:
        """Whether a request of this line is out to see whether a ban is over."""
        return self._is_banned and any(each.line == line for each in self._out.values())

    @property
    def _is_banned(self) -> bool:
        return self.banned_until > -inf

    def _untold(self) -> list[Credit]:
        return [
            each
            for each in self._credits.values()
            if each.ended_at is not None and not each.is_told
        ]

    def _held(self, now: float) -> tuple[Held, ...]:
        self._forget(now)
        return tuple(
            each.held(now)
            for each in self._credits.values()
            if each.ended_at is None or each.ending != "refunded"
        )

    def _forget(self, now: float) -> None:
        """Drop the credits that are back by any clock."""
        grace = self.settings.grace / 1000
        before = now - self.settings.per / 1000 * DRIFT
        for credit in list(self._credits.values()):
            gave_up = credit.ending == "unanswered"
            if credit.is_told and (credit.ended_at or 0.0) + grace * gave_up < before:
                del self._credits[credit.number]
