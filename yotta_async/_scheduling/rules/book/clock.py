"""
The book's own clock, which never gains on the true time.

Between processes the store's clock alone counts, and that may jump. Why is it enough that the book
loses time and never gains any? A credit is back when a span has passed on the book's clock since an
instant of the book's clock; if the book lost time in between, more than that span has passed in
truth. So a clock that was set back is never caught up with, which costs no more than the time since
the last step: nothing else can be lost, because the book goes on from there.

A clock that was set ahead is found by every process that has had an answer: by its own monotonic
clock it knows the most that can have passed since (`Voucher`). Then the book goes on from what has
passed at least. That holds as long as the book has lost nothing since that answer: what it has
lost it must not make up for by the word of one who does not know of it. An answer from before the
last correction tells no more than that less has passed since the last step than since that answer.

A process that cannot vouch can be deceived. If it comes after a second in which no other one was
heard, and there is something to lose, the others are woken to vouch, and it waits for a second.
"""

from typing import Final

from attrs import frozen

from .messages import Request
from .state import FOREIGN, Book


__all__ = ["DOUBT", "JITTER", "Clock", "is_doubtful", "told_time"]

# Milliseconds by which the way to the store may become longer without looking like a jump.
JITTER: Final = 250
# Milliseconds of silence after which a newcomer waits for a witness, and for how long.
DOUBT: Final = 1000


@frozen(kw_only=True)
class Clock:
    """
    What the store tells of itself at a step.

    Attributes:
        now: Its clock, in whole milliseconds since any instant.
        run: Identifies the time since it was started; empty if it does not tell.
        forgets: Whether it may come back without what it was told, as a server without a disk may.
    """

    now: int
    run: str = ""
    forgets: bool = False


def told_time(book: Book, clock: Clock, request: Request) -> int:
    """
    Return the book's time.

    It is never before the last step's, and never later than the voucher allows. If it is not what
    the store's clock says, the book has lost time (`Book.corrected`).
    """
    now, voucher = max(book.last, clock.now - book.shift), request.voucher
    if voucher is None:
        return now
    is_valid = _is_valid(book, request)
    if now <= (voucher.now if is_valid else book.last) + voucher.most + JITTER:
        return now
    return max(book.last, voucher.now + voucher.least) if is_valid else book.last


def is_doubtful(book: Book, now: int, request: Request) -> bool:
    """Whether a process that cannot vouch came after a silence that may have been a jump."""
    can_vouch = request.voucher is not None and not request.voucher.provisional
    if can_vouch and _is_valid(book, request):
        return False
    if now - book.last <= DOUBT or request.doubted_for >= DOUBT:
        return False
    is_at_stake = book.tokens or book.returns or book.slots or book.unknown_until
    return bool(is_at_stake) and any(each.name != request.session for each in book.sessions)


def _is_valid(book: Book, request: Request) -> bool:
    """Whether what a process was last answered is of this book, and since its last correction."""
    own = (each.epoch for each in book.past if each.booked != FOREIGN)
    known = {0, book.epoch, *own}
    return request.epoch in known and request.version >= book.corrected
