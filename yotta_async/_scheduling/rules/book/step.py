"""
One step of the book: the whole of what it does, in order.

Theory of operation. grant(m) <= write(m) <= arrival(m) on the true clock, and arrival(i) <=
receipt(i) <= the instant that is meant by an age. A credit is back one window after that, on a
clock that never gains (`clock`). So as long as the credit of i is not back when m is granted,
arrival(m) < arrival(i) + per implies that all requests of one span of ``per`` hold credits at once.
No way to the store enters, and to tell late costs nothing.
"""

from attrs import frozen

from ..lanes import Lane
from . import accounts, loss
from .clock import DOUBT, Clock, is_doubtful, told_time
from .desk import is_silent
from .grants import Dealt, grant
from .lessons import learn, learned
from .messages import Refusal, Reply, Request, Whole
from .state import SCHEMA, Book, Queue, Session


__all__ = ["EVERYONE", "Outcome", "step"]

# Whom to wake: every session, also those that the book does not know.
EVERYONE = "*"
# Milliseconds after which a process that holds nothing is forgotten.
_FORGOTTEN = 600_000


@frozen
class Outcome:
    """
    What one step comes to.

    Attributes:
        book: The book to be kept; None if the one that is kept stays.
        reply: The answer.
        wakes: The names of the sessions to be woken, or `EVERYONE`.
    """

    book: Book | None
    reply: Reply
    wakes: tuple[str, ...] = ()


def step(book: Book | None, request: Request, clock: Clock) -> Outcome:
    """
    Make one step.

    Args:
        book: The book, which is changed in place; None if there is none.
    """
    is_new = book is None
    if book is None:
        book = loss.new_book(clock, request)
    refusal = _refusal(book, request, clock)
    if refusal is not None:
        return Outcome(None, Reply(serial=request.serial, refusal=refusal))
    session = book.session(request.session)
    if session is not None and request.serial <= session.serial:
        return Outcome(None, Reply(serial=request.serial, overtaken=True))
    now = told_time(book, clock, request)
    if is_doubtful(book, now, request):
        witnesses = [each.name for each in book.sessions if each.name != request.session]
        return Outcome(None, _doubted(book, request, now), tuple(witnesses))
    if book.shift != clock.now - now:
        book.shift, book.corrected = clock.now - now, book.version + 1
    return _booked(book, session, request, clock, is_new=is_new)


def _booked(
    book: Book, session: Session | None, request: Request, clock: Clock, *, is_new: bool
) -> Outcome:
    before, now = book.epoch, clock.now - book.shift
    accounts.expire(book, now)
    accounts.forget_use(book, now)
    awaits_witnesses = loss.note_loss(book, clock, request, now)
    session = session or _join(book, request)
    is_news, changed = _book_told(book, session, request, now)
    dealt = Dealt()
    if awaits_witnesses:
        session.due = book.witnesses_until
        is_first = is_new or before != book.epoch
        dealt = Dealt(woken=(EVERYONE,) if is_first else (), ask_in=book.witnesses_until - now)
    elif not loss.must_tell(book, request):
        dealt = grant(book, session, lease=request.lease, now=now)
    book.version += 1
    book.last = now
    _forget(book, request, now)
    reply = Reply(
        serial=request.serial,
        epoch=book.epoch,
        version=book.version,
        now=now,
        grants=dealt.grants,
        ask_in=dealt.ask_in,
        tell=loss.must_tell(book, request),
        awaited=tuple(each.subject for each in (*book.moving, *book.released)),
        look=_must_look(book),
        learned=learned(book, now),
        fresh_streak=is_news,
        changed=changed,
        whole=whole(book, now),
    )
    return Outcome(book, reply, dealt.woken)


def whole(book: Book, now: int) -> Whole:
    """Add up what all processes have and wait for."""
    held = len(book.tokens) + len(book.returns) + book.unknown_credits
    slots = book.busy_slots() + len(book.slots) + len(book.moving) + book.unknown_slots
    return Whole(
        sessions=len(book.sessions),
        in_flight=len(book.tokens),
        credits=book.allowed - held,
        unknown=book.unknown_credits,
        next_credit=book.returns[0].at - now if book.returns else -1,
        pod_operations=min(slots, book.size),
        waiting=(_waiting(book, 0, now), _waiting(book, 1, now), _waiting(book, 2, now)),
    )


def _waiting(book: Book, lane: int, now: int) -> int:
    present = [each for each in book.sessions if not is_silent(each, now)]
    return sum(each.lines[2 * lane].count + each.lines[2 * lane + 1].count for each in present)


def _refusal(book: Book, request: Request, clock: Clock) -> Refusal | None:
    """Refuse other settings than those that stand in the book, unless it is of no use any more."""
    if book.schema != SCHEMA:
        return Refusal(label="", schema=book.schema, settings=None)
    fresh = loss.new_book(clock, request)
    if book.settings == fresh.settings:
        return None
    if not _is_unused(book, request, clock):
        return Refusal(label=book.founder, schema=book.schema, settings=book.plan())
    book.settings, book.founder, book.lessons = fresh.settings, fresh.founder, fresh.lessons
    return None


def _is_unused(book: Book, request: Request, clock: Clock) -> bool:
    """Whether nothing is out and no other process was heard for a window."""
    now = told_time(book, clock, request)
    others = [each for each in book.sessions if each.name != request.session]
    is_quiet = all(each.seen < now - book.turn for each in others)
    latest = [each.until + book.grace + book.turn for each in book.tokens]
    latest += [each.at for each in book.returns] + [each.until for each in book.slots]
    return is_quiet and max([book.unknown_until, *latest]) <= now


def _doubted(book: Book, request: Request, now: int) -> Reply:
    return Reply(
        serial=request.serial,
        epoch=request.epoch,
        # So that a correction until the next request is found to be one since this answer.
        version=book.version if request.epoch in {0, book.epoch} else request.version,
        now=now,
        doubted=True,
        ask_in=DOUBT - request.doubted_for,
        learned=learned(book, now),
        whole=whole(book, now),
    )


def _join(book: Book, request: Request) -> Session:
    book.key += 1
    session = Session(request.session, request.label, book.key, 0)
    book.sessions.append(session)
    return session


def _book_told(book: Book, session: Session, request: Request, now: int) -> tuple[bool, bool]:
    """Book all that a process tells; return what its facts taught."""
    session.seen, session.serial, session.due = now, request.serial, 0
    book.lease = max(book.lease, request.lease)
    unheard = [
        each for each in book.tokens if each.key == session.key and each.serial > request.heard
    ]
    for token in unheard:
        accounts.refund(book, token)
    loss.take_over(book, session, request, now)
    for ended in request.ended:
        accounts.end(book, ended, now)
    accounts.pods_at_rest(book, request.at_rest)
    if request.leaving:
        for token in [each for each in book.tokens if each.key == session.key]:
            accounts.give_up(book, token, now)
    taught = learn(book, session, request.facts, request.succeeded, now)
    _claim(book, session, request, now)
    return taught


def _claim(book: Book, session: Session, request: Request, now: int) -> None:
    claims = {} if request.leaving else {each.line.index: each for each in request.claims}
    for index, queue in enumerate(session.lines):
        claim = claims.get(index)
        if claim is None:
            session.lines[index] = Queue()
            continue
        if not queue.count:
            book.stamp += 1
            queue.stamp = book.stamp
        queue.count, queue.since = claim.count, now - claim.age


def _must_look(book: Book) -> bool:
    used = book.busy_slots() + len(book.slots) + len(book.moving) + book.unknown_slots
    waits = any(each.lines[2 * lane + 1].count for each in book.sessions for lane in Lane)
    return bool(book.moving) and used >= book.size and waits


def _forget(book: Book, request: Request, now: int) -> None:
    """Let go of sessions that have left, or were not heard of for long and hold nothing."""
    holders = {each.key for each in book.tokens}
    book.sessions = [
        each
        for each in book.sessions
        if each.name != request.session or not request.leaving
        if each.seen > now - _FORGOTTEN or each.key in holders
    ]
