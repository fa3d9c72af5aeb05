"""
What is out, and how it comes back: credits, slots, pods in motion.

A credit comes back one turn after receipt. A process tells the end by its age; on the book's clock
the receipt cannot lie before the grant, however the clock was corrected meanwhile. What is not told
within its lease counts as given up when that ended.
"""

from bisect import bisect_right, insort
from operator import attrgetter
from typing import Final

from .messages import Ended
from .state import Book, Moving, Return, Slot, Token


__all__ = [
    "LONGEST_MOTION",
    "end",
    "expire",
    "forget_use",
    "give_up",
    "hold_slot",
    "keep_moving",
    "keep_released",
    "pods_at_rest",
    "refund",
    "return_credit",
]

# Milliseconds: the longest that a pod keeps a slot (`slots.LONGEST_MOTION`).
LONGEST_MOTION: Final = 600_000
# Pods that are remembered in case their slots were not free after all, for each slot.
_REMEMBERED: Final = 4
# Tenths of what a process was granted that still count a window later.
_STILL_COUNTS: Final = 7
# Windows after which nothing does, of whatever it was.
_LONG: Final = 40
_AT, _UNTIL = attrgetter("at"), attrgetter("until")


def expire(book: Book, now: int) -> None:
    """Let time pass: what is due is back, and what was lent for too long counts as given up."""
    for token in [each for each in book.tokens if each.until <= now]:
        give_up(book, token, token.until)
    del book.returns[: bisect_right(book.returns, now, key=_AT)]
    del book.slots[: bisect_right(book.slots, now, key=_UNTIL)]
    book.moving = [each for each in book.moving if each.until > now]
    book.released = [each for each in book.released if each.until > now]
    if book.unknown_until <= now:
        book.unknown_credits = book.unknown_slots = book.unknown_until = 0


def forget_use(book: Book, now: int) -> None:
    """Let what each process was granted count for less with each window that has begun."""
    for _ in range(min(now // book.per - book.last // book.per, _LONG)):
        for session in book.sessions:
            session.used = session.used * _STILL_COUNTS // 10


def end(book: Book, ended: Ended, now: int) -> None:
    """Book that a process has no further use for a grant."""
    token = next((each for each in book.tokens if each.number == ended.number), None)
    if token is None:
        _correct(book, ended, now)
        return
    received = max(token.granted, now - ended.age)
    if ended.ending == "refunded":
        refund(book, token)
    elif ended.ending == "unanswered":
        give_up(book, token, received)
    else:
        _answer(book, token, received, ended.subject)


def refund(book: Book, token: Token) -> None:
    """Nothing was sent: all is as if never granted."""
    book.tokens.remove(token)


def give_up(book: Book, token: Token, at: int) -> None:
    """It may have been sent; the server may be at work on it for a grace more."""
    book.tokens.remove(token)
    book.lessons.last_given_up = max(book.lessons.last_given_up, at)
    return_credit(book, at + book.grace + book.turn, token.line, token.number, token.key)
    if token.needs_slot:
        hold_slot(book, at + book.grace, token.number)


def return_credit(book: Book, at: int, line: int, number: int, key: int) -> None:
    insort(book.returns, Return(at, line // 2, number, key), key=_AT)


def hold_slot(book: Book, until: int, number: int) -> None:
    insort(book.slots, Slot(until, number), key=_UNTIL)


def keep_moving(book: Book, subject: str, until: int) -> None:
    """Keep a slot for a pod in motion."""
    pods_at_rest(book, (subject,))
    insort(book.moving, Moving(subject, until), key=_UNTIL)


def pods_at_rest(book: Book, subjects: tuple[str, ...]) -> None:
    """Free the slots kept for pods that have stopped moving."""
    book.moving = [each for each in book.moving if each.subject not in subjects]
    book.released = [each for each in book.released if each.subject not in subjects]


def keep_released(book: Book) -> None:
    """Keep, after all, the slots of pods whose operations were answered."""
    both = sorted([*book.moving, *book.released], key=_UNTIL)
    book.moving, book.released = both, []


def _answer(book: Book, token: Token, received: int, subject: str) -> None:
    book.tokens.remove(token)
    return_credit(book, received + book.turn, token.line, token.number, token.key)
    if not token.needs_slot or not subject:
        return
    until = received + LONGEST_MOTION
    if book.lessons.settled:
        keep_moving(book, subject, until)
        return
    pods_at_rest(book, (subject,))
    insort(book.released, Moving(subject, until), key=_UNTIL)
    del book.released[: -_REMEMBERED * book.size]


def _correct(book: Book, ended: Ended, now: int) -> None:
    """Book the end of a grant whose lease is over: the truth may free it earlier."""
    late = next((each for each in book.returns if each.number == ended.number), None)
    if late is None:
        return
    if ended.ending != "unanswered":
        book.returns.remove(late)
        book.slots = [each for each in book.slots if each.number != ended.number]
        back = now - ended.age + book.turn
        if ended.ending == "answered" and back > now:
            return_credit(book, min(late.at, back), late.lane * 2, late.number, late.key)
