"""
Waiting for a turn, without a background task.

Among the calls that wait, one keeps the time for all (the keeper): it sleeps until the next instant
at which time alone may let a call go, and hands over when it leaves. All else is done by the task
that changes something: at each arrival, answer and withdrawal it asks the dispatcher which calls
may go now, and wakes them.

While pods in motion keep slots, one of the calls that wait for a slot looks for all whether they
have come to rest (the looker). It cannot keep the time meanwhile, except for what it waits for
itself: a slot that comes back by time alone.
"""

from collections.abc import Awaitable, Callable

import anyio
from attrs import define, field

from .._backend import Wakeup, current_loop, current_time, new_wakeup
from .pacer import Pacer
from .rules.dispatch import Dispatcher
from .rules.queueing import Ticket, TicketState


__all__ = ["Turns"]


@define(eq=False)
class _Waiter:
    ticket: Ticket
    woken: Wakeup = field(factory=new_wakeup)
    looking: anyio.CancelScope | None = None

    @property
    def waits(self) -> bool:
        return self.ticket.state is TicketState.WAITING

    @property
    def wants_slot(self) -> bool:
        return self.ticket.pod_operation and self.waits

    def wake(self) -> None:
        self.woken.set()
        if self.looking is not None:
            self.looking.cancel()


@define(eq=False)
class Turns:
    """
    The calls that wait, on one event loop at a time.

    Attributes:
        loop: The event loop on which they wait, or waited last; None before the first.
        seen: The last instant, on the clock of that loop, at which anything changed.
    """

    dispatcher: Dispatcher
    pacer: Pacer
    _look: Callable[[], Awaitable[None]]
    loop: object = None
    seen: float = 0.0
    _waiters: dict[Ticket, _Waiter] = field(factory=dict[Ticket, _Waiter])
    _keeper: _Waiter | None = None
    _looker: _Waiter | None = None
    _alarm: anyio.CancelScope | None = None

    @property
    def in_use(self) -> bool:
        """Whether a call waits, or is on the wire."""
        return bool(self._waiters or self.dispatcher.budget.in_flight)

    async def wait(self, ticket: Ticket) -> None:
        """Return once a ticket is granted; if cancelled, all is as if it had never been queued."""
        waiter = self._waiters[ticket] = _Waiter(ticket)
        try:
            while waiter.waits:
                await self._pass_time(waiter)
        except BaseException:
            self.leave(ticket)
            raise
        finally:
            self._waiters.pop(ticket, None)
            self._appoint()

    def leave(self, ticket: Ticket) -> None:
        """Withdraw a ticket, or give back what it was granted."""
        if not self._is_here:
            return
        if ticket.state is TicketState.WAITING:
            self.dispatcher.withdraw(ticket)
        elif ticket.state is TicketState.GRANTED:
            self.dispatcher.refund(ticket)
        self.let_go()

    def let_go(self, now: float | None = None) -> None:
        """
        Let all calls go that may, and set the alarms anew; called whenever anything changes.

        Args:
            now: The instant, if the caller knows it.
        """
        self.seen = now = current_time() if now is None else now
        if self.pacer.burst is None:
            self._wake(self.dispatcher.grant(now))
        if self._alarm is not None:
            instant = now if self._is_paced(now) else self.dispatcher.wakes_at(now)
            if instant != self._alarm.deadline:  # setting it again would cost a timer
                self._alarm.deadline = instant
        if self._looker is not None and self._looker.looking is not None:
            self._looker.looking.deadline = self.dispatcher.budget.next_slot(now)
        self._find_looker()

    def abandon(self) -> None:
        """Forget all that wait: their event loop is dead, and the dispatcher writes them off."""
        self._waiters.clear()
        self._keeper = self._looker = self._alarm = None

    @property
    def _is_here(self) -> bool:
        # Waiters of a dead event loop are written off when the client moves to the next one.
        return current_loop() is self.loop

    async def _pass_time(self, waiter: _Waiter) -> None:
        if self._should_look(waiter):
            await self._look_for_all(waiter)
        elif self._keeper is None:
            await self._keep_time(waiter)
        else:
            waiter.woken = new_wakeup()
            await waiter.woken.wait()

    async def _keep_time(self, waiter: _Waiter) -> None:
        self._keeper = waiter
        try:
            while waiter.waits and not self._should_look(waiter):
                await self._pass_next(waiter)
        finally:
            if self._keeper is waiter:
                self._keeper = self._alarm = None

    async def _pass_next(self, keeper: _Waiter) -> None:
        """Let the next call go, or sleep until time or another task may have changed something."""
        now = current_time()
        if self._is_paced(now):
            await self.pacer.acquire()
            self._wake(self.dispatcher.grant(current_time(), most=1))
        else:
            keeper.woken = new_wakeup()
            with anyio.CancelScope(deadline=self.dispatcher.wakes_at(now)) as self._alarm:
                await keeper.woken.wait()
            self.let_go()

    def _is_paced(self, now: float) -> bool:
        return self.pacer.burst is not None and self.dispatcher.may_grant(now)

    async def _look_for_all(self, waiter: _Waiter) -> None:
        self._looker = waiter
        self._appoint()
        slot_returns = self.dispatcher.budget.next_slot(current_time())
        try:
            with anyio.CancelScope(deadline=slot_returns) as waiter.looking:
                await self._look()
        finally:
            waiter.looking = None
            if self._looker is waiter:
                self._looker = None
        self.let_go()

    def _should_look(self, waiter: _Waiter) -> bool:
        return waiter.wants_slot and self._looker is None and self._lacks_resting_pods

    @property
    def _lacks_resting_pods(self) -> bool:
        """Whether pods in motion keep the slots that pod operations need."""
        budget = self.dispatcher.budget
        return budget.any_moving and not budget.free_slots(current_time())

    def _appoint(self) -> None:
        """Appoint a keeper and a looker where there is none."""
        if not self._is_here:
            return
        if self._keeper is None:
            # The last to come stays longest, and so does not hand over with each grant.
            able = (each for each in reversed(self._waiters.values()) if each is not self._looker)
            if waiter := next(able, None):
                waiter.woken.set()
        self._find_looker()

    def _find_looker(self) -> None:
        if self._looker is not None or not self._lacks_resting_pods:
            return
        able = (each for each in self._waiters.values() if each.wants_slot)
        first = next(able, None)
        # The keeper would have to hand over first.
        waiter = first if first is not self._keeper else next(able, first)
        if waiter is not None:
            waiter.woken.set()

    def _wake(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            if waiter := self._waiters.get(ticket):
                waiter.wake()
