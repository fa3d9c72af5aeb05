"""
When the store forgets: a restart, a flush, an eviction, a failover that lost the last writes.

Every answer carries the book's epoch and version. That a process has seen a later version than the
book has is the proof of a loss: from then on every credit that is not in the book is unknown, which
is to say taken, until all that can have been granted before is over and back. Each process tells
what it holds, and what was unknown becomes known. So those who were at work go on with what they
had.

Another run of the store is no proof, but a reason to ask: the book begins a new epoch, everyone is
woken, and for a second nothing is granted.
"""

from typing import Final

from .accounts import LONGEST_MOTION, hold_slot, keep_moving, return_credit
from .clock import Clock
from .messages import Held, Learned, Request
from .state import FOREIGN, Book, Lessons, Past, Session, Token
from .wire import settings_row


__all__ = ["WITNESSES", "must_tell", "new_book", "note_loss", "take_over"]

# Milliseconds in which those who know of a loss may come.
WITNESSES: Final = 1000
_MOST_PAST: Final = 4


def new_book(clock: Clock, request: Request) -> Book:
    plan = request.settings
    lessons = Lessons(burst=plan.burst, ceiling=plan.requests, settled=int(plan.settled))
    return Book(
        settings=settings_row(plan),
        founder=request.label,
        epoch=request.dice,
        run=clock.run,
        shift=clock.now,
        number=request.dice,
        witnesses_until=WITNESSES if clock.forgets else 0,
        lessons=lessons,
    )


def note_loss(book: Book, clock: Clock, request: Request, now: int) -> bool:
    """Find out whether the store has forgotten; return whether all are to be asked."""
    if clock.run and clock.run != book.run:
        _begin_epoch(book, request, booked=0)
        book.run = clock.run
        if clock.forgets:
            book.witnesses_until = now + WITNESSES
    if _is_proof(book, request):
        _expect_unknown(book, request, now)
    return now < book.witnesses_until


def must_tell(book: Book, request: Request) -> bool:
    """Whether a process has yet to tell this incarnation of the book what it holds."""
    return request.epoch not in {0, book.epoch} and request.held is None


def take_over(book: Book, session: Session, request: Request, now: int) -> None:
    """Book what a process holds that is not in the book."""
    for held in request.held or ():
        if not _is_known(book, held.number):
            _take_over_one(book, session, held, request, now)
    if request.learned is not None:
        _relearn(book.lessons, request.learned, now)


def _begin_epoch(book: Book, request: Request, *, booked: int) -> None:
    book.past = [*book.past, Past(book.epoch, book.version, booked)][-_MOST_PAST:]
    book.epoch = request.dice
    # What was granted after the copy that is left must not share a number with what is now.
    book.number += request.dice


def _is_proof(book: Book, request: Request) -> bool:
    if request.epoch == 0:
        return False
    if request.epoch == book.epoch:
        if request.version <= book.version:
            return False
        _begin_epoch(book, request, booked=1)
        return True
    known = next((each for each in book.past if each.epoch == request.epoch), None)
    if known is None:
        book.past = [*book.past, Past(request.epoch, request.version, FOREIGN)][-_MOST_PAST:]
        return True
    if known.booked or request.version <= known.version:
        return False
    known.booked = 1
    return True


def _expect_unknown(book: Book, request: Request, now: int) -> None:
    used = len(book.slots) + len(book.moving) + book.busy_slots()
    book.unknown_credits = max(0, book.allowed - len(book.tokens) - len(book.returns))
    book.unknown_slots = max(0, book.size - used)
    book.unknown_until = now + max(book.lease, request.lease) + book.grace + book.turn


def _is_known(book: Book, number: int) -> bool:
    numbers = {each.number for each in book.tokens} | {each.number for each in book.returns}
    return number in numbers


def _take_over_one(book: Book, session: Session, held: Held, request: Request, now: int) -> None:
    then, slotted = now - held.age, held.line.pod_operation
    if not held.has_ended:
        until = then + request.lease
        token = Token(held.number, session.key, held.line.index, then, until, request.serial)
        book.tokens.append(token)
        _make_known(book, credit=True, slot=slotted)
        return
    received = then + book.grace if held.gave_up else then
    back = received + book.turn
    if back > now:
        return_credit(book, back, held.line.index, held.number, session.key)
    keeps_slot = slotted and held.gave_up and received > now
    if keeps_slot:
        hold_slot(book, received, held.number)
    _make_known(book, credit=back > now, slot=keeps_slot)
    if slotted and held.subject and book.lessons.settled:
        keep_moving(book, held.subject, then + LONGEST_MOTION)


def _make_known(book: Book, *, credit: bool, slot: bool) -> None:
    book.unknown_credits = max(0, book.unknown_credits - credit)
    book.unknown_slots = max(0, book.unknown_slots - slot)


def _relearn(lessons: Lessons, told: Learned, now: int) -> None:
    lessons.narrowed = min(lessons.narrowed, told.narrowed)
    if told.burst:
        lessons.burst = min(lessons.burst or told.burst, told.burst)
        lessons.episodes = max(1, lessons.episodes)
    if told.settled:
        lessons.settled = 1
    if lessons.narrowed < 1000 or lessons.burst:
        lessons.quiet_since = now
    if told.closed_for:
        lessons.closed = max(lessons.closed, now + told.closed_for)
    lessons.streak = max(lessons.streak, told.streak)
