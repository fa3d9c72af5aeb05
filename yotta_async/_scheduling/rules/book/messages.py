"""
What a process says to the book and what it is answered.

Every duration is in whole milliseconds, since both languages in which the book is kept agree on
whole numbers alone. No instant of a process's own clock appears: a process tells *ages* (how long
ago by its monotonic clock) and is told *delays* (how long from the answer on). So that no rounding
makes a credit come back too early, ages are rounded down (`elapsed`) and delays up.

A process sends one request at a time. It repeats what it has to tell until a request that told it
was answered; everything told twice is booked once.
"""

from math import floor
from typing import Final, Literal

from attrs import field, frozen

from ..lanes import Lane


__all__ = [
    "LINES",
    "Claim",
    "Ended",
    "Ending",
    "Fact",
    "FactKind",
    "Grant",
    "Held",
    "Learned",
    "Line",
    "Refusal",
    "Reply",
    "Request",
    "Settings",
    "Voucher",
    "Whole",
    "elapsed",
]

Ending = Literal["refunded", "answered", "unanswered"]
FactKind = Literal["refused", "crowded", "close", "withhold"]


def elapsed(seconds: float) -> int:
    """Return seconds as an age: whole milliseconds, rounded down, never below zero."""
    return max(0, floor(seconds * 1000))


@frozen(order=True)
class Line:
    """
    Where a call waits.

    Attributes:
        lane: Its lane.
        pod_operation: Whether it needs a slot.
    """

    lane: Lane
    pod_operation: bool

    @property
    def index(self) -> int:
        """Its place among the six lines, best lane first, without a slot before with one."""
        return 2 * self.lane + self.pod_operation


LINES: Final = tuple(Line(lane, slot) for lane in Lane for slot in (False, True))


@frozen(kw_only=True)
class Settings:
    """
    What all processes of one key must agree on.

    Attributes:
        requests: Requests in any ``per``.
        per: The length of a window in milliseconds.
        pod_operations: Slots.
        burst: Requests back to back from the start; 0 if the server is to teach it.
        reserve: Credits kept for `Lane.URGENT`.
        settled: Whether a pod operation lasts until its pod is at rest.
        grace: Milliseconds for which the server may still be at work after an exchange that had no
            answer.
    """

    requests: int
    per: int
    pod_operations: int
    burst: int
    reserve: int
    settled: bool
    grace: int


@frozen(kw_only=True)
class Claim:
    """
    How many calls of one line wait in this process.

    A process has at most `budget.EXCHANGES` grants on the wire. Where calls wait for that, the end
    of an exchange is to be told at once.

    Attributes:
        line: The line.
        count: How many, all told, at least 1; also those beyond what it can send at once.
        age: Milliseconds since the oldest of them asked.
    """

    line: Line
    count: int
    age: int


@frozen(kw_only=True)
class Ended:
    """
    A grant that this process has no further use for.

    Attributes:
        number: The grant's number.
        ending: ``"refunded"`` if it is certain that nothing was sent; ``"answered"`` if the whole
            answer is in; ``"unanswered"`` if it was or may have been sent.
        age: Milliseconds since the receipt of the whole answer, or since the exchange was given
            up.
        subject: The pod that a pod operation with an answer has set in motion, or empty.
    """

    number: int
    ending: Ending
    age: int
    subject: str = ""


@frozen(kw_only=True)
class Fact:
    """
    Something that the server said, or that follows from it for all.

    Attributes:
        number: Counts the facts that this session has told, from 1. One that was booked is passed
            over when it is told again.
        kind: ``"refused"``: 429 for too many requests. ``"crowded"``: a refusal for too many pod
            operations at once. ``"close"``: no process sends anything for ``duration``.
            ``"withhold"``: one slot less for ``duration``.
        age: Milliseconds since it was noticed. For ``"close"`` and ``"withhold"``, whose duration
            began then.
        granted_age: For the two refusals, milliseconds since the *grant* of the refused request
            (since `Grant` was read). 0 otherwise.
        duration: For ``"close"`` and ``"withhold"``, milliseconds. 0 otherwise.
    """

    number: int
    kind: FactKind
    age: int = 0
    granted_age: int = 0
    duration: int = 0


@frozen(kw_only=True)
class Voucher:
    """
    What this process knows of the book's clock, from an earlier answer, by its own monotonic clock.

    Attributes:
        now: `Reply.now` of that answer; the newest is the best.
        least: Milliseconds from when that answer *was read* until this request is sent, rounded
            down.
        most: Milliseconds from when that answer's request *was sent* until this one is, rounded
            up.
        provisional: `Reply.doubted` of the same answer.
    """

    now: int
    least: int
    most: int
    provisional: bool = False


@frozen(kw_only=True)
class Held:
    """
    A credit that this process was granted and that cannot be back yet; told when `Reply.tell`.

    Attributes:
        number: The grant's number.
        line: The line of the call that it was granted to.
        age: Milliseconds since the grant; if it has ended, since receipt (as in `Ended`).
        has_ended: Whether the whole answer is in, or the exchange was given up.
        gave_up: Whether it has ended without an answer.
        subject: As in `Ended`.
    """

    number: int
    line: Line
    age: int
    has_ended: bool = False
    gave_up: bool = False
    subject: str = ""


@frozen(kw_only=True)
class Learned:
    """
    What refusals have taught, for all processes.

    Attributes:
        allowed: The credits of a window in use; fewer than the plan's while narrowed.
        narrowed: The same in thousandths of the plan's: 1000 while not narrowed.
        burst: Requests back to back, which the book paces; 0 if not bounded.
        settled: Whether a pod operation lasts until its pod is at rest.
        streak: Refusals in a row, none of which was sent before another was counted.
        closed_for: Milliseconds for which nothing may be sent.
    """

    allowed: int
    narrowed: int
    burst: int
    settled: bool
    streak: int
    closed_for: int


@frozen(kw_only=True)
class Request:
    """
    All that a process has to tell and to ask, in one message.

    Attributes:
        session: Identifies the process's client: 1 to 32 letters and digits, never used again.
        label: For people: host and process id, such as ``"node7:4242"``; at most 64 characters.
        serial: Counts this session's requests, from 1, also those that got no answer.
        heard: The serial of the last request that was answered; 0 if none was. Grants in answers
            after that are undone: an answer that is not read by now must never be read.
        epoch: `Reply.epoch` of the last answer; 0 before the first.
        version: `Reply.version` of the last answer; 0 before the first.
        dice: A random whole number in [1, 2**30); another one for each request.
        settings: What the limits are taken to be.
        lease: Milliseconds that grants of this request are this process's: the longest total
            time-out of an exchange and 5 s.
        voucher: What is known of the book's clock, by the last answer that was not `overtaken`.
            None before the first.
        doubted_for: Milliseconds since the first answer in a row with `Reply.doubted`, rounded
            down; 0 if the last one had not.
        claims: Those who wait, one claim a line. Whoever is not in it any more does not wait.
        ended: What has ended and was not told in a request that was answered.
        facts: What the server said and was not told in a request that was answered.
        succeeded: Whether an answer that is no refusal came since that request.
        at_rest: Pods that have stopped moving; those of `Reply.awaited` suffice.
        held: After `Reply.tell`, everything that was granted to this session, in flight or ended
            less than a window ago (`Settings.per` and a thousandth). None otherwise.
        learned: With ``held``, `Reply.learned` of the last answer that had not ``tell``. None
            otherwise.
        leaving: Whether this is the session's last request: what is still in flight then is taken
            as given up now.
    """

    session: str
    label: str
    serial: int
    heard: int
    epoch: int
    version: int
    dice: int
    settings: Settings
    lease: int
    voucher: Voucher | None = None
    doubted_for: int = 0
    claims: tuple[Claim, ...] = ()
    ended: tuple[Ended, ...] = ()
    facts: tuple[Fact, ...] = ()
    succeeded: bool = False
    at_rest: tuple[str, ...] = ()
    held: tuple[Held, ...] | None = None
    learned: Learned | None = None
    leaving: bool = False


@frozen(kw_only=True)
class Grant:
    """
    The right of one call to be sent.

    Attributes:
        line: Of which line the oldest call goes.
        number: What `Ended` names it by.

    The last byte must leave within 5 s of when the *request* was sent that this is in the answer
    of; after that it is to be ended as ``"refunded"``. The exchange must be over, or be given up,
    within `Request.lease` less 5 s of its first byte.
    """

    line: Line
    number: int


@frozen(kw_only=True)
class Whole:
    """
    All processes of the key, as the book has them.

    Attributes:
        sessions: Processes.
        in_flight: Credits of requests on the wire.
        credits: Credits that are free; below zero after narrowing.
        unknown: Credits that may be out without the book's knowledge, after the store forgot.
        next_credit: Milliseconds until the next credit comes back; -1 if none is known to.
        pod_operations: Slots that are not free.
        waiting: Calls in the queue, by lane, best lane first.
    """

    sessions: int
    in_flight: int
    credits: int
    unknown: int
    next_credit: int
    pod_operations: int
    waiting: tuple[int, int, int]


@frozen(kw_only=True)
class Refusal:
    """
    Why the book does not deal with this process at all.

    Attributes:
        label: Of the process whose settings stand in the book; empty if it is the schema.
        schema: The schema that the book is kept in.
        settings: The settings in the book; None if it is the schema that differs.
    """

    label: str
    schema: int
    settings: Settings | None


@frozen(kw_only=True)
class Reply:
    """
    The answer to a request.

    Attributes:
        serial: The request's.
        refusal: Why there is nothing else in this reply. None if there is no reason.
        overtaken: A later request of the session was booked before; this one had no effect.
        epoch: Identifies the incarnation of the book.
        version: How many steps it has made.
        now: The book's time in milliseconds, for vouchers.
        grants: Which calls go now.
        ask_in: Milliseconds until it is this session's turn, or things may have changed: ask then,
            or when woken, or when there is something new to tell or to claim. Never longer than a
            window. -1 if nothing of this session waits.
        tell: Ask at once, with `Request.held` and `Request.learned`: the store may have forgotten.
            This request was booked, but nothing was granted.
        doubted: The store's clock may have jumped, and no process has vouched for it yet. Nothing
            of this request was booked: ask the same again in ``ask_in``.
        awaited: The pods in motion whose rest would free a slot, or might after a refusal.
        look: Whether pods in motion keep the slots that others wait for: look whether they rest.
        learned: What refusals have taught.
        fresh_streak: Whether a refusal told in this request counted as news (`Lesson.is_news`).
        changed: Whether this request changed burst, limit or span (`Lesson.changed`).
        whole: All processes together.
    """

    serial: int
    refusal: Refusal | None = None
    overtaken: bool = False
    epoch: int = 0
    version: int = 0
    now: int = 0
    grants: tuple[Grant, ...] = ()
    ask_in: int = -1
    tell: bool = False
    doubted: bool = False
    awaited: tuple[str, ...] = ()
    look: bool = False
    learned: Learned | None = None
    fresh_streak: bool = False
    changed: bool = False
    whole: Whole | None = field(default=None)
