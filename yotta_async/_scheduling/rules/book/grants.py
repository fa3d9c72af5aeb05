"""
Dealing out what is free, and finding out when it is whose turn.

Nothing is put aside: whatever is free is dealt out anew at each step, and only what falls to the
process that asks is granted. What falls to another is left for it. It is woken if it does not come
by itself, and half a second later it is passed over until it does.

When to ask again is found by dealing out what is known to come back, in order, until something
falls to the process that asks.
"""

from bisect import bisect_right

from attrs import frozen

from ..dispatch import Loan
from .desk import PATIENCE, Claimant, Desk, is_silent
from .lessons import note_grant
from .messages import LINES, Grant
from .state import ONE, Book, Session, Token


__all__ = ["Dealt", "grant"]


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
        desk.take(claimant)
        if claimant.session is session:
            grants.append(_record(desk, claimant, lease))
        elif not 0 < claimant.session.due <= now:
            claimant.session.due = now
            woken.append(claimant.session.name)
    _end_loan(desk, now)
    at = _alarm(desk, session)
    if at is not None and woken:
        at = min(at, now + PATIENCE + 1)
    session.due = at or 0
    return Dealt(grants=tuple(grants), woken=tuple(woken), ask_in=-1 if at is None else at - now)


def _record(desk: Desk, claimant: Claimant, lease: int) -> Grant:
    """Write a grant that was dealt out into the book."""
    book, session, line = desk.book, claimant.session, claimant.line
    book.number += 1
    book.stamp += 1
    queue = session.lines[line]
    queue.count, queue.stamp = queue.count - 1, book.stamp
    session.used += ONE
    until = desk.now + lease
    book.tokens.append(Token(book.number, session.key, line, desk.now, until, session.serial))
    desk.count_passed(book.passed, line)
    note_grant(book, desk.now)
    return Grant(line=LINES[line], number=book.number)


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
    instants = _instants(desk.book)
    while (instant := _next_instant(desk, instants)) is not None and instant < latest:
        desk.move_on(instant)
        while claimant := desk.next():
            if claimant.session is session:
                return instant
            desk.take(claimant)
    return latest


def _instants(book: Book) -> list[int]:
    """Return the instants at which something comes back, in order."""
    known = [
        *(each.at for each in book.returns),
        *(each.until for each in book.slots),
        *(each.until for each in book.moving),
        book.lessons.closed,
        book.unknown_until,
    ]
    return sorted(known)


def _next_instant(desk: Desk, instants: list[int]) -> int | None:
    """Return the next instant at which what is known may let a call go."""
    now = desk.now
    found = [*instants[(at := bisect_right(instants, now)) : at + 1], desk.paced_at()]
    return min((each for each in (*found, *desk.ages_at()) if each > now), default=None)
