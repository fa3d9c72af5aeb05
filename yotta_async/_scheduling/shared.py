"""
The turnstile of a key whose budget many processes share (`Limits.shared`).

Calls wait here as in the local one, in the same lines; which of them go is decided in the book, for
all processes together. This module is imported only where a budget is shared.
"""

import logging
import os
import socket
from collections.abc import Awaitable, Callable
from copy import copy
from math import ceil
from secrets import token_hex

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from attrs import define, field

from .._backend import Wakeup, current_loop, current_time, is_dead, new_wakeup, spawn
from ..errors import ConfigurationError, QueueTimeoutError, YottaError
from ..events import Event
from .asker import Asker
from .rules.adapt import Lesson
from .rules.book.ledger import Ledger
from .rules.book.messages import Ending as Told
from .rules.book.messages import FactKind, Settings
from .rules.lanes import Lane
from .rules.limits import Limits
from .rules.polling import poll_interval
from .rules.queueing import Ticket, TicketState
from .rules.statistics import SharedStatistics, Statistics
from .stores.store import Store
from .turnstile import LIFETIME, LONGEST_LIFETIME, Admission, Ending, Lifetime


__all__ = ["SharedScheduler", "settings_of"]

logger = logging.getLogger("yotta_async")

_TOLD: dict[Ending, Told] = {
    Ending.NOT_SENT: "refunded",
    Ending.ANSWERED: "answered",
    Ending.UNANSWERED: "unanswered",
}
_OUT = (TicketState.GRANTED, TicketState.SENT)


def settings_of(limits: Limits) -> Settings:
    """Return what all processes must agree on."""
    return Settings(
        requests=limits.requests,
        per=_milliseconds(limits.per),
        pod_operations=limits.pod_operations,
        burst=limits.burst or 0,
        reserve=limits.reserve,
        settled=limits.operation_span == "settled",
        grace=_milliseconds(limits.grace),
    )


def _milliseconds(seconds: float) -> int:
    return ceil(round(seconds * 1000, 6))


@define(eq=False)
class _Waiter:
    woken: Wakeup = field(factory=new_wakeup)
    admission: Admission | None = None
    error: YottaError | None = None

    def outcome(self) -> Admission:
        if self.admission is None:
            raise self.error or YottaError("its turn has not come.")
        return self.admission


@define(eq=False)
class SharedScheduler:
    """
    The `Turnstile` of a key that other processes use as well.

    Args:
        open_store: Opens the store of the book for a session of this name.
        look: Has the list of pods fetched once, so that `pods_at_rest` is called.
        tell: Told of events.
        exchange: Seconds that an exchange takes at most.
        clock: Tells how old an admission is; it goes on while the process is stopped.
    """

    limits: Limits
    _open_store: Callable[[str], Store]
    _look: Callable[[], Awaitable[None]]
    _tell: Callable[[Event], None]
    _exchange: float = 30.0
    _clock: Callable[[], float] = Lifetime().clock
    label: str = ""
    _sent: int = 0
    _answered: int = 0
    _refused: int = 0
    _submitted: int = 0
    _streak: int = 0
    _last_counted: float = -1.0
    _loop: object = None
    _process: int = 0
    _seen: float = 0.0
    _ledger: Ledger = field(init=False)
    _asker: Asker | None = None
    _waiters: dict[Ticket, _Waiter] = field(factory=dict[Ticket, _Waiter])
    _stop_looking: Callable[[], object] | None = None

    def __attrs_post_init__(self) -> None:
        self._ledger = self._new_ledger()

    def __repr__(self) -> str:
        return f"<SharedScheduler {self.waiting()} waiting, {self._ledger.in_flight} in flight>"

    async def admit(self, lane: Lane, *, pod_operation: bool = False) -> Admission:
        self._enter_loop()
        self._submitted += 1
        return await self._granted(Ticket(self._submitted, lane, pod_operation, current_time()))

    async def readmit(self, refused: Admission) -> Admission:
        return await self._granted(refused.ticket)

    def note_sent(self, admission: Admission) -> None:
        self._sent += 1
        admission.ticket.state = TicketState.SENT

    def allow_for(self, exchange: float) -> None:
        """Let exchanges take so many seconds."""
        self._exchange = max(self._exchange, exchange)
        self._ledger.lease = self._exchange + LIFETIME

    # What the server says. What it teaches is learned by the book, which tells all processes.

    def learn_success(self) -> bool:
        self._streak = 0
        self._ledger.note_success(current_time())
        return False

    def learn_refusal(self, admission: Admission) -> Lesson:
        return self._learn(admission, "refused")

    def learn_concurrency(self, admission: Admission) -> Lesson:
        return self._learn(admission, "crowded")

    def close(self, seconds: float) -> None:
        self._notice("close", seconds)

    @property
    def banned_until(self) -> float | None:
        """
        The instant until which no request goes, if the server asked for a pause that is longer than
        a window, of whichever process; None if it did not.
        """
        until = self._ledger.banned_until
        return until if self._is_here and until > current_time() else None

    def withhold_slot(self, seconds: float) -> None:
        self._notice("withhold", seconds)

    @property
    def awaits_rest(self) -> bool:
        return self._ledger.awaits_rest

    def pods_at_rest(self, *subjects: str) -> None:
        self._ledger.note_rest(subjects)
        self._kick()

    # How things are.

    def waiting(self, *lanes: Lane) -> int:
        return self._ledger.lines.waiting(*lanes)

    @property
    def is_idle(self) -> bool:
        """Whether no call waits, or has a part of the budget that it is yet to return."""
        return not (self.waiting() or self._ledger.in_flight)

    def poll_interval(self) -> float:
        learned, whole = self._ledger.learned, self._ledger.whole
        allowed = learned.allowed if learned else self.limits.requests
        works = self.waiting(Lane.NORMAL) or self._ledger.operations
        if whole is not None:
            works = works or whole.waiting[Lane.NORMAL] or whole.pod_operations
        # The polls of all processes together have a share of the window.
        processes = max(1, whole.sessions) if whole else 1
        return processes * poll_interval(allowed, self.limits.per, creating=bool(works))

    def statistics(self, *, retried: int = 0, polls: int = 0) -> Statistics:
        ledger = self._ledger
        now = current_time() if self._is_here else self._seen
        learned = ledger.learned
        shared = _shared(ledger, self._asker.lost if self._asker else None)
        return Statistics(
            sent=self._sent,
            answered=self._answered,
            refused=self._refused,
            retried=retried,
            polls=polls,
            waiting=(
                self.waiting(Lane.URGENT),
                self.waiting(Lane.NORMAL),
                self.waiting(Lane.BACKGROUND),
            ),
            in_flight=ledger.in_flight,
            pod_operations=shared.pod_operations if shared else 0,
            credits=shared.credits if shared else 0,
            next_credit=shared.next_credit if shared else None,
            closed_for=max(0.0, ledger.closed_until - now),
            requests=learned.allowed if learned else self.limits.requests,
            burst=(learned.burst or None) if learned else self.limits.burst,
            operation_span="settled" if learned and learned.settled else self.limits.operation_span,
            shared=shared,
        )

    async def aclose(self) -> None:
        """Take leave of the other processes, and let go of the store."""
        asker, self._asker = self._asker, None
        if asker is not None and self._is_here:
            self._end_look()
            await asker.aclose()
            self._ledger = self._new_ledger()

    # One call.

    async def _granted(self, ticket: Ticket) -> Admission:
        began = current_time()
        waiter = self._waiters[ticket] = _Waiter()
        self._ledger.submit(ticket)
        self._kick()
        try:
            with anyio.move_on_after(self.limits.queue_timeout):
                await waiter.woken.wait()
            # A call that is cancelled in the instant of its grant must not be sent.
            await checkpoint_if_cancelled()
            if waiter.admission is None and waiter.error is None:
                waiter.error = self._timed_out(began)
            return waiter.outcome()
        except BaseException:
            self._leave(ticket)
            raise
        finally:
            self._waiters.pop(ticket, None)

    def _let_go(self, tickets: list[Ticket], made_at: float) -> None:
        """Let calls go that were granted in answer to a request made at an instant of the clock."""
        now = self._seen = current_time()
        for ticket in tickets:
            lifetime = Lifetime(self._clock, min(LONGEST_LIFETIME, self._ledger.lease))
            waiter = self._waiters[ticket]
            waiter.admission = Admission(ticket, now, self._end, lifetime, made_at)
            waiter.woken.set()
        self._mind_looking()

    def _fail(self, error: YottaError) -> None:
        for waiter in self._waiters.values():
            if waiter.admission is None:
                waiter.error = copy(error)
                waiter.woken.set()

    def _leave(self, ticket: Ticket) -> None:
        if not self._is_here:
            return
        if ticket.state is TicketState.WAITING:
            self._ledger.withdraw(ticket)
        elif ticket.state is TicketState.GRANTED:
            self._ledger.end(ticket, "refunded", current_time())
        self._mind_looking()
        self._kick()

    def _end(self, admission: Admission, ending: Ending, subject: str) -> None:
        # What an event loop had on the wire when it died comes back when its lease is over.
        if not self._is_here or admission.ticket.state not in _OUT:
            return
        self._answered += ending is Ending.ANSWERED
        self._sent -= ending is Ending.NOT_SENT and admission.ticket.state is TicketState.SENT
        self._ledger.end(admission.ticket, _TOLD[ending], current_time(), subject=subject)
        self._kick()

    def _timed_out(self, began: float) -> QueueTimeoutError:
        waited = current_time() - began
        message = f"no turn came within {waited:.1f} s (Limits.queue_timeout)"
        if self._asker is not None and self._asker.lost is not None:
            message = f"{message}: the shared budget's store is lost ({self._asker.lost})"
        elif self.banned_until is not None:
            message = f"{message}: the server asked for a pause"
        return QueueTimeoutError(f"{message}.", waited=waited, hint="Nothing was sent.")

    # What is told and learned.

    def _learn(self, admission: Admission, kind: FactKind) -> Lesson:
        now = current_time()
        self._refused += 1
        self._ledger.notice(kind, now, granted_at=admission.granted_at)
        is_news = admission.granted_at > self._last_counted
        if is_news:
            learned = self._ledger.learned
            self._streak = max(self._streak, learned.streak if learned else 0) + 1
            self._last_counted = now
        self._kick()
        # Whether anything has changed is told when the book has said so.
        return Lesson(streak=max(1, self._streak), is_news=is_news, changed=False)

    def _notice(self, kind: FactKind, seconds: float) -> None:
        self._ledger.notice(kind, current_time(), span=seconds)
        self._kick()

    # Looking whether pods in motion have come to rest.

    @property
    def _should_look(self) -> bool:
        fronts = (self._ledger.lines.front(lane, pod_operation=True) for lane in Lane)
        return self._ledger.looks and any(fronts)

    def _mind_looking(self) -> None:
        if not self._should_look:
            self._end_look()
        elif self._stop_looking is None:
            self._stop_looking = spawn(self._keep_looking)

    async def _keep_looking(self) -> None:
        try:
            while self._should_look:
                await self._look()
        except Exception:
            logger.exception("no list showed whether pods have come to rest")
        finally:
            self._stop_looking = None

    def _end_look(self) -> None:
        if self._stop_looking is not None:
            self._stop_looking()

    # Where it is used.

    @property
    def _is_here(self) -> bool:
        return current_loop() is self._loop and os.getpid() == self._process

    def _kick(self) -> None:
        if self._asker is not None:
            self._asker.kick()

    def _enter_loop(self) -> None:
        loop, process = current_loop(), os.getpid()
        if loop is not self._loop or process != self._process:
            # What was forked with this process is its parent's.
            if process == self._process and self._loop is not None and not is_dead(self._loop):
                self._check_unused()
            self._forget_loop()
            self._loop, self._process = loop, process
        if self._asker is None:
            self._asker = self._new_asker()

    def _check_unused(self) -> None:
        if self._waiters or self._ledger.in_flight:
            problem = "must be used on one event loop at a time"
            hint = "Use one client a loop; they may share one budget (Limits.shared)."
            raise ConfigurationError("client", "AsyncYotta", problem, hint=hint)

    def _forget_loop(self) -> None:
        """Begin anew, under another name in the book; what was out comes back by its leases."""
        if self._asker is not None:
            self._asker.forsake()
        self._asker = self._stop_looking = None
        self._last_counted = -1.0
        self._waiters.clear()
        self._ledger = self._new_ledger()

    def _new_ledger(self) -> Ledger:
        label = f"{socket.gethostname()[:48]}:{os.getpid()}"
        lease = self._exchange + LIFETIME
        return Ledger(token_hex(8), self.label or label, settings_of(self.limits), lease)

    def _new_asker(self) -> Asker:
        ledger = self._ledger
        store = self._open_store(ledger.session)
        return Asker(ledger, store, self._let_go, self._fail, self._tell, self._clock)


def _shared(ledger: Ledger, lost: str | None) -> SharedStatistics | None:
    whole = ledger.whole
    if whole is None:
        return None
    return SharedStatistics(
        processes=whole.sessions,
        waiting=whole.waiting,
        in_flight=whole.in_flight,
        pod_operations=whole.pod_operations,
        credits=max(0, whole.credits),
        unknown=whole.unknown,
        next_credit=None if whole.next_credit < 0 else whole.next_credit / 1000,
        lost=lost,
    )
