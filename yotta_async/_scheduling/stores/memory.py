"""A book in memory, for the sessions of one event loop: what the rules are tried with."""

from collections.abc import Callable

import anyio
from attrs import define, field

from ..rules.book.clock import Clock
from ..rules.book.messages import Reply, Request
from ..rules.book.state import Book
from ..rules.book.status import Status
from ..rules.book.step import EVERYONE, step
from ..rules.book.view import view
from .store import mismatch


__all__ = ["MemoryBook", "MemoryStore"]


def _event_loop_clock() -> Clock:
    return Clock(now=int(anyio.current_time() * 1000))


@define(eq=False)
class MemoryBook:
    """
    What the stores of several sessions share.

    Attributes:
        book: The book; None if there is none.
        clock: Tells the store's time.
    """

    book: Book | None = None
    clock: Callable[[], Clock] = _event_loop_clock
    sessions: dict[str, anyio.Event] = field(factory=dict[str, anyio.Event])

    def wake(self, *names: str) -> None:
        for name in self.sessions if EVERYONE in names else names:
            if name in self.sessions:
                self.sessions[name].set()


@define(eq=False)
class MemoryStore:
    """
    A `Store` over a book in memory.

    Args:
        shared: The book and its wake-ups, which are every session's.
        session: The name of the one session that this is for.
    """

    shared: MemoryBook
    session: str

    def __attrs_post_init__(self) -> None:
        self.shared.sessions[self.session] = anyio.Event()

    async def step(self, request: Request) -> Reply:
        outcome = step(self.shared.book, request, self.shared.clock())
        if outcome.book is not None:
            self.shared.book = outcome.book
        self.shared.wake(*outcome.wakes)
        if outcome.reply.refusal is not None:
            raise mismatch(outcome.reply.refusal, request)
        return outcome.reply

    async def news(self) -> None:
        await self.shared.sessions[self.session].wait()
        self.shared.sessions[self.session] = anyio.Event()

    async def status(self) -> Status | None:
        book = self.shared.book
        return None if book is None else view(book, self.shared.clock())

    async def aclose(self) -> None:
        self.shared.sessions.pop(self.session, None)
