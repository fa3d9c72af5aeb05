"""
Asks the book of a shared budget for all calls of one process.

There is one task, which makes one request at a time: it asks when the ledger says so, when the
store has news, and while the store is lost again and again. A second one waits for news. Both begin
with the first call, and end when nothing waits and nothing is held that the store might forget.

News while a request hangs may mean that the store has forgotten, and asks what this process holds.
So that request is given up, and the next one tells.
"""

import logging
import random
from collections.abc import Callable
from math import inf

import anyio
from attrs import define

from .._backend import Wakeup, current_time, new_wakeup, spawn
from ..errors import ConfigurationError, YottaError
from ..events import Adapted, Event, SharedBudgetLost, SharedBudgetRestored
from .rules.book.ledger import Ledger
from .rules.book.messages import Learned, Reply, Request, Settings
from .rules.queueing import Ticket
from .stores.store import Store, StoreLost


__all__ = ["Asker"]

logger = logging.getLogger("yotta_async")

# Seconds between two tries while the store is lost: the first, and the most.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
# Seconds for which a request has hung when news of the store end it.
HANG = 0.5
# Seconds that taking leave of the book may take.
LEAVE = 6.0
_DICE = 2**30


@define(eq=False)
class Asker:
    """
    The one that speaks to the store, on one event loop.

    Args:
        grant: Told which calls go now, and when the request was made, by ``clock``.
        fail: Told the error of all calls that wait.
        tell: Told of events.

    Attributes:
        lost: Why the store is lost. None while it is not.
    """

    ledger: Ledger
    store: Store
    _grant: Callable[[list[Ticket], float], None]
    _fail: Callable[[YottaError], None]
    _tell: Callable[[Event], None]
    _clock: Callable[[], float]
    lost: str | None = None
    _lost_at: float = 0.0
    _pause: float = FIRST_PAUSE
    _retries_at: float = -inf
    _woken: Wakeup | None = None
    _stops: tuple[Callable[[], object], ...] = ()
    _asking: anyio.Event | None = None
    _listening: anyio.Event | None = None
    _pending: anyio.CancelScope | None = None
    _asked_at: float = -inf
    _has_given_up: bool = False
    _is_leaving: bool = False
    _has_left: bool = False

    def kick(self) -> None:
        """Something has changed: ask if there is something to ask."""
        if self._woken is not None:
            self._woken.set()
        if self._asking is None and not self._has_left:
            self._asking = anyio.Event()
            self._stops = (spawn(self._ask_on), spawn(self._listen))

    async def aclose(self) -> None:
        """Tell what is left to tell, take leave of the book, and let go of the store."""
        with anyio.move_on_after(LEAVE, shield=True):
            self._is_leaving = True
            if self.ledger.has_asked:
                self.kick()
            if self._asking is not None:
                await self._asking.wait()
        self.abandon()
        with anyio.move_on_after(LEAVE, shield=True):
            if self._listening is not None:
                await self._listening.wait()
            await self.store.aclose()

    def abandon(self) -> None:
        """End at once: all is told, or the event loop is another one."""
        self._has_left = True
        for stop in self._stops:
            stop()

    def forsake(self) -> None:
        """Do nothing more: the event loop is dead, or the process's parent's."""
        self._has_left, self._stops = True, ()

    async def _ask_on(self) -> None:
        over = self._asking
        try:
            while await self._is_due_again():
                await self._ask()
        except Exception as error:
            logger.exception("the shared budget failed")
            self._fail(YottaError(f"the shared budget failed ({type(error).__name__})."))
        finally:
            self._asking = self._woken = None
            for stop in self._stops[1:]:
                stop()
            if over is not None:
                over.set()

    async def _listen(self) -> None:
        before, over = self._listening, anyio.Event()
        self._listening = over
        try:
            if before is not None:
                await before.wait()
            while True:
                await self.store.news()
                self.ledger.hasten()
                self._retries_at = -inf
                self._hurry()
                self.kick()
        except (ConfigurationError, StoreLost):
            pass  # the next request meets it, too, and tells of it
        except Exception:
            logger.exception("news of the shared budget failed")
        finally:
            over.set()

    def _hurry(self) -> None:
        """Give up the request that hangs; the one after it has its time, however far the store."""
        if self._pending is not None and not self._has_given_up:
            self._pending.deadline = max(current_time(), self._asked_at + HANG)

    async def _is_due_again(self) -> bool:
        """Wait until there is something to ask; return False if there will be nothing."""
        while not self._is_done(now := current_time()):
            if self._is_leaving or (now >= self._retries_at and self.ledger.is_due(now)):
                return True
            self._woken = new_wakeup()
            # It is looked now and then whether all that was held is back.
            looks_at = now + self.ledger.settings.per / 1000
            asks_at = -inf if self.ledger.is_due(now) else self.ledger.asks_at()
            with anyio.CancelScope(deadline=min(looks_at, max(asks_at, self._retries_at))):
                await self._woken.wait()
        return False

    def _is_done(self, now: float) -> bool:
        return self._has_left or (not self._is_leaving and self.ledger.is_quiet(now))

    async def _ask(self) -> None:
        now, made_at, leaving = current_time(), self._clock(), self._is_leaving
        request = self.ledger.request(now, random.randrange(1, _DICE), leaving=leaving)
        try:
            reply = await self._step(request)
        except StoreLost as lost:
            self._note_lost(lost.reason)
        except ConfigurationError as error:
            self._refuse(error)
        else:
            if reply is None:
                self.ledger.lost()
                return
            self._note_found()
            self._read(reply, now, made_at)
        self._has_left = leaving

    async def _step(self, request: Request) -> Reply | None:
        """Return the answer, or None if it hung and the store had news."""
        reply: Reply | None = None
        self._asked_at = current_time()
        try:
            with anyio.CancelScope() as self._pending:
                reply = await self.store.step(request)
        finally:
            self._pending = None
        self._has_given_up = reply is None
        return reply

    def _read(self, reply: Reply, now: float, made_at: float) -> None:
        before = self.ledger.learned
        granted = self.ledger.read(reply, sent_at=now, now=current_time())
        self._grant(granted, made_at)
        learned = self.ledger.learned
        if learned is not None and _shape(learned) != _shape(before or _plan(self.ledger.settings)):
            self._tell(
                Adapted(
                    at=current_time(),
                    requests=learned.allowed,
                    burst=learned.burst or None,
                    operation_span="settled" if learned.settled else "call",
                )
            )

    def _refuse(self, error: ConfigurationError) -> None:
        self.ledger.lost()
        self._retries_at = current_time() + LONGEST_PAUSE
        self._fail(error)

    def _note_lost(self, reason: str) -> None:
        self.ledger.lost()
        now = current_time()
        if self.lost is None:
            self._lost_at, self._pause = now, FIRST_PAUSE
            logger.warning("the shared budget's store is lost (%s); calls wait for it", reason)
            self._tell(SharedBudgetLost(at=now, reason=reason))
        self.lost = reason
        self._retries_at = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _note_found(self) -> None:
        if self.lost is not None:
            now = current_time()
            logger.info("the shared budget's store is back after %.1f s", now - self._lost_at)
            self._tell(SharedBudgetRestored(at=now, lost_for=now - self._lost_at))
            self.lost = None
        self._retries_at = -inf


def _shape(learned: Learned) -> tuple[int, int, bool]:
    return learned.allowed, learned.burst, learned.settled


def _plan(settings: Settings) -> Learned:
    return Learned(
        allowed=settings.requests,
        narrowed=1000,
        burst=settings.burst,
        settled=settings.settled,
        streak=0,
        closed_for=0,
    )
