"""The book as a person is shown it."""

from .clock import Clock
from .desk import is_silent
from .lessons import learned
from .messages import LINES
from .state import Book, Session
from .status import LineStatus, SessionStatus, Status


__all__ = ["view"]


def view(book: Book, clock: Clock) -> Status:
    """Return how things are by the store's clock; the book is not changed."""
    now = max(book.last, clock.now - book.shift)
    returns = [each.at for each in book.returns if each.at > now]
    unknown = book.unknown_credits if book.unknown_until > now else 0
    busy = book.busy_slots()
    return Status(
        schema=book.schema,
        settings=book.plan(),
        epoch=book.epoch,
        version=book.version,
        age=now - book.last,
        credits=book.allowed - len(book.tokens) - len(returns) - unknown,
        in_flight=len(book.tokens),
        coming_back=len(returns),
        unknown=unknown,
        unknown_for=max(0, book.unknown_until - now),
        next_credit=returns[0] - now if returns else -1,
        slots_busy=busy,
        slots_lingering=sum(each.until > now for each in book.slots),
        slots_moving=sum(each.until > now for each in book.moving),
        slots_unknown=book.unknown_slots if book.unknown_until > now else 0,
        learned=learned(book, now),
        sessions=tuple(_session(book, each, now) for each in book.sessions),
    )


def _session(book: Book, session: Session, now: int) -> SessionStatus:
    tokens = [each for each in book.tokens if each.key == session.key]
    return SessionStatus(
        session=session.name,
        label=session.label,
        seen=now - session.seen,
        in_flight=len(tokens),
        coming_back=sum(each.key == session.key and each.at > now for each in book.returns),
        operations=sum(each.needs_slot for each in tokens),
        waiting=tuple(
            LineStatus(
                lane=int(line.lane),
                pod_operation=line.pod_operation,
                count=queue.count,
                waited=now - queue.since,
            )
            for line, queue in zip(LINES, session.lines, strict=True)
            if queue.count
        ),
        silent=is_silent(session, now) and any(each.count for each in session.lines),
    )
