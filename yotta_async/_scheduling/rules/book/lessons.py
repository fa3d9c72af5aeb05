"""
What refusals teach, for all processes: the rules of `adapt` in whole numbers.

The book paces, not the process, so a burst can be learned on every event loop.
"""

from typing import Final

from .accounts import hold_slot, keep_released
from .messages import Fact, Learned
from .state import Book, Session


__all__ = ["learn", "learned", "note_grant"]

_BURST_STEP: Final = 4
# In thousandths of the plan's limit.
_NARROWING: Final = 700
_NARROWEST: Final = 200
_RECOVERY: Final = 50
_WHOLE: Final = 1000


def learn(
    book: Book, session: Session, facts: tuple[Fact, ...], succeeded: bool, now: int
) -> tuple[bool, bool]:
    """
    Book what the server said to a process.

    Returns:
        Whether a refusal was news, and whether burst, limit or span has changed.
    """
    is_news = changed = False
    for fact in facts:
        if fact.number > session.fact:
            session.fact = fact.number
            news, change = _learn_one(book, fact, now)
            is_news, changed = is_news or news, changed or change
    if succeeded:
        changed = _accepted(book, now) or changed
    return is_news, changed


def learned(book: Book, now: int) -> Learned:
    lessons = book.lessons
    return Learned(
        allowed=book.allowed,
        narrowed=lessons.narrowed,
        burst=lessons.burst,
        settled=bool(lessons.settled),
        streak=lessons.streak,
        closed_for=max(0, lessons.closed - now),
    )


def note_grant(book: Book, now: int) -> None:
    """Count what goes out back to back, and what the server's bucket is short of then."""
    lessons = book.lessons
    is_close = now - lessons.last_grant < -(-book.per // book.requests)
    lessons.run = lessons.run + 1 if is_close else 1
    lessons.last_grant = now
    if lessons.burst:
        lessons.ready = max(lessons.ready, now) + book.interval


def _learn_one(book: Book, fact: Fact, now: int) -> tuple[bool, bool]:
    lessons, until = book.lessons, now - fact.age + fact.duration
    if fact.kind == "close":
        lessons.closed = max(lessons.closed, until)
        return False, False
    if fact.kind == "withhold":
        hold_slot(book, until, 0)
        return False, False
    sent_at = now - fact.granted_age
    changed = _refused(book, now, sent_at) if fact.kind == "refused" else _crowded(book, now)
    if sent_at <= lessons.last_counted:
        return False, changed
    lessons.streak, lessons.last_counted = lessons.streak + 1, now
    return True, changed


def _refused(book: Book, now: int, sent_at: int) -> bool:
    lessons = book.lessons
    lessons.quiet_since = now
    if sent_at <= lessons.last_step:
        return False
    lessons.last_step = now
    lessons.episodes += 1
    if lessons.burst != 1:
        refused = lessons.burst or lessons.run
        lessons.ceiling = min(lessons.ceiling, max(1, refused - 1))
        lessons.burst = max(1, refused // _BURST_STEP)
    else:
        lessons.narrowed = max(_NARROWEST, lessons.narrowed * _NARROWING // _WHOLE)
    _begin_empty(book, now)
    return True


def _crowded(book: Book, now: int) -> bool:
    # Operations that were given up, on which the server may still be at work, explain it better.
    is_explained = now - book.lessons.last_given_up < book.per
    if is_explained or book.lessons.settled:
        return False
    book.lessons.settled = 1
    keep_released(book)
    return True


def _accepted(book: Book, now: int) -> bool:
    lessons = book.lessons
    lessons.streak = 0
    is_whole = not lessons.burst and lessons.narrowed == _WHOLE
    if now - lessons.quiet_since < book.per or is_whole:
        return False
    lessons.quiet_since = now
    before = (lessons.burst, lessons.narrowed)
    lessons.narrowed = min(_WHOLE, lessons.narrowed + _RECOVERY)
    if lessons.burst and lessons.episodes:
        lessons.burst = min(lessons.ceiling, lessons.burst + 1)
    if before == (lessons.burst, lessons.narrowed):
        return False
    _begin_empty(book, now)
    return True


def _begin_empty(book: Book, now: int) -> None:
    """Take the server's bucket to be used up, as after a refusal."""
    if book.lessons.burst:
        book.lessons.ready = max(book.lessons.ready, now + book.lessons.burst * book.interval)
