"""
What one key may spend, and what it is spending.

A call needs a credit of the window, a connection and, if it is a pod operation, a slot.

The window cannot be breached. The server counts a request when it arrives; the client knows only
when it sent it and when the answer came back, and the arrival lies in between. So a credit is taken
at sending and comes back ``per`` seconds after *receipt*.

Theory of operation. Take any span of ``per`` seconds at the server and the requests that arrived in
it; let m be the one sent last. Every other one, i, was sent before m was, and its credit is not
back yet when m is sent: sent(m) <= arrival(m) < arrival(i) + per <= receipt(i) + per. So all of
them hold a credit at that moment, and there are no more than ``requests`` credits. That holds for
any latency, jitter and order. A fixed window is such a span; a token bucket that holds ``requests``
tokens refills at least as fast.
"""

from bisect import bisect_right, insort
from math import inf

from attrs import define, field, frozen

from .lanes import Lane
from .limits import Limits, OperationSpan
from .polling import polls_share
from .queueing import Ticket
from .slots import Slots


__all__ = ["EXCHANGES", "Budget", "RateLimit", "ReceiptWindow"]

# Two quartz clocks differ by less than 100 parts in a million; ten times that costs 60 ms a minute.
CLOCK_DRIFT = 1e-3
# More exchanges than this at once gain nothing at two requests a second, and httpx's pool is slow
# when large.
EXCHANGES = 16


@frozen
class RateLimit:
    """At most ``requests`` in any ``per`` seconds."""

    requests: int
    per: float

    @property
    def interval(self) -> float:
        """Seconds between two requests at the even rate."""
        return self.per / self.requests


@define(eq=False)
class ReceiptWindow:
    """
    The credits of one key: free, in flight, or on their way back.

    Attributes:
        allowed: How many there are; fewer than the rate's while the limit is narrowed.
        in_flight: How many are taken for requests whose exchange has not ended.
    """

    rate: RateLimit
    allowed: int = field(init=False)
    in_flight: int = 0
    _returns: list[float] = field(factory=list[float])

    def __attrs_post_init__(self) -> None:
        self.allowed = self.rate.requests

    def __repr__(self) -> str:
        return f"<ReceiptWindow {self.in_flight} in flight, {len(self._returns)} coming back>"

    @property
    def turn(self) -> float:
        """Seconds from receipt until a credit is back."""
        return self.rate.per * (1 + CLOCK_DRIFT)

    def held(self, now: float) -> int:
        """How many credits are in flight or on their way back."""
        if self._returns and self._returns[0] <= now:
            self.forget(now)
        return self.in_flight + len(self._returns)

    def forget(self, now: float) -> None:
        """Forget the credits that are back."""
        del self._returns[: bisect_right(self._returns, now)]

    def free(self, now: float) -> int:
        """How many credits could be taken now; negative after the limit was narrowed."""
        return self.allowed - self.held(now)

    def take(self) -> None:
        self.in_flight += 1

    def refund(self) -> None:
        """Undo a `take`: nothing was sent."""
        self.in_flight -= 1

    def give_back(self, received: float) -> float:
        """
        Let a credit come back, counted from when the server can last have counted the request.

        Returns:
            The instant at which it is back.
        """
        self.in_flight -= 1
        back = received + self.turn
        insort(self._returns, back)
        return back

    def next_return(self, now: float) -> float:
        """The next instant after ``now`` at which a credit comes back; infinite if none is due."""
        index = bisect_right(self._returns, now)
        return self._returns[index] if index < len(self._returns) else inf

    def available_at(self, nth: int, now: float, *, kept: int = 0) -> float:
        """
        When the ``nth`` credit from now could be taken, if each is used at once and ``kept`` never
        are.

        What is in flight is taken to come back with the last of what is known to come back: an
        estimate that does not change while merely time passes. A credit that is used comes back
        one turn later.
        """
        rounds, index = divmod(nth - 1, max(1, self.allowed - kept))
        index += kept - self.free(now)
        if index < 0:
            back = now
        elif self._returns:
            back = self._returns[min(index, len(self._returns) - 1)]
        else:
            back = now + self.turn
        return back + rounds * self.turn

    def rebase(self, before: float, now: float) -> None:
        """Move to a clock that shows ``now`` where the old one showed at least ``before``."""
        self._returns = [now + max(0.0, back - before) for back in self._returns]

    def abandon(self, received: float) -> None:
        """Let all credits in flight come back, counted from ``received``."""
        while self.in_flight:
            self.give_back(received)


@define(eq=False)
class Budget:
    """
    The window, the part of it that polls hold, the slots and the connections of one key.

    A call takes all that it needs in one step, and returns it by exactly one of `refund`,
    `give_back` and `give_up`. Which call is next is not decided here.

    Attributes:
        allowed: The credits of a window; fewer than the plan's while the limit is narrowed.
        reserve: How many of them are kept for what stops a bill.
        polls_share: How many of them polls may hold while other work waits.
        operation_span: Whether a slot is kept until the answer, or until the pod is at rest.
        closed_until: The instant before which nothing may be taken.
        banned: Whether that is longer than a window, and nothing has succeeded since.
    """

    limits: Limits
    allowed: int = field(init=False)
    reserve: int = field(init=False)
    polls_share: int = field(init=False)
    operation_span: OperationSpan = field(init=False)
    closed_until: float = -inf
    banned: bool = False
    _window: ReceiptWindow = field(init=False)
    _polls: ReceiptWindow = field(init=False)
    _slots: Slots = field(init=False)
    # Until when exchanges of an event loop that has died count as being on the wire.
    _abandoned: list[float] = field(factory=list[float])
    _last_given_up: float = -inf

    def __attrs_post_init__(self) -> None:
        rate = RateLimit(self.limits.requests, self.limits.per)
        self._window, self._polls = ReceiptWindow(rate), ReceiptWindow(rate)
        self._slots = Slots(self.limits.pod_operations)
        self.operation_span = self.limits.operation_span
        self.narrow(self.limits.requests)

    def __repr__(self) -> str:
        return f"<Budget {self._window!r}, {self._slots!r}>"

    # What there is.

    def free(self, now: float) -> int:
        """How many requests may be sent now; zero or less if none."""
        if now < self.closed_until or self._exchanges(now) >= EXCHANGES:
            return 0
        return self._window.free(now)

    def credits(self, now: float) -> int:
        """How many credits are free; below zero after the limit was narrowed."""
        return self._window.free(now)

    def free_slots(self, now: float) -> int:
        return self._slots.free(now)

    def polls_held(self, now: float) -> int:
        """How many credits polls hold."""
        return self._polls.held(now)

    def available_at(self, nth: int, now: float, *, kept: int = 0) -> float:
        """When the ``nth`` credit from now could be taken if ``kept`` never are: an estimate."""
        return self._window.available_at(nth, now, kept=kept)

    def next_return(self, now: float) -> float:
        """The next instant after ``now`` at which time alone frees anything; infinite if none."""
        if now < self.closed_until:
            return self.closed_until
        exchange = self._abandoned[0] if self._exchanges(now) and self._abandoned else inf
        return min(self._window.next_return(now), self._slots.next_release(now), exchange)

    def next_credit(self, now: float) -> float:
        """The next instant after ``now`` at which a credit comes back; infinite if none is due."""
        return self._window.next_return(now)

    def next_slot(self, now: float) -> float:
        """The next instant after ``now`` at which time alone frees a slot; infinite if none."""
        return self._slots.next_release(now)

    @property
    def in_flight(self) -> int:
        """How many requests have a credit and no answer yet."""
        return self._window.in_flight

    @property
    def operations(self) -> int:
        """How many of these are pod operations."""
        return self._slots.busy

    # What a call takes, and how it returns it.

    def take(self, ticket: Ticket) -> None:
        for window in self._windows(ticket):
            window.take()
        if ticket.pod_operation:
            self._slots.take()

    def refund(self, ticket: Ticket) -> None:
        """Nothing was sent: all is as if never taken."""
        for window in self._windows(ticket):
            window.refund()
        if ticket.pod_operation:
            self._slots.release()

    def give_back(self, ticket: Ticket, now: float, *, subject: str = "") -> None:
        """
        The whole answer is in: the credit comes back one window from now.

        Args:
            subject: The pod that a pod operation has set in motion.
        """
        self._return_credit(ticket, now, now)
        if not ticket.pod_operation:
            return
        if not subject:
            self._slots.release()
        elif self.operation_span == "settled":
            self._slots.keep_for(subject, now)
        else:
            self._slots.release_as(subject, now)

    def give_up(self, ticket: Ticket, now: float) -> None:
        """It may have been sent, and no answer came: the server may be at work on it for a grace
        more.
        """
        self._last_given_up, until = now, now + self.limits.grace
        self._return_credit(ticket, until, now)
        if ticket.pod_operation:
            self._slots.linger(until)

    # What the server says.

    def close(self, until: float, *, banned: bool = False) -> None:
        """
        Let nothing be taken before an instant.

        Args:
            banned: Whether one request a lane is to find out then, before all others go.
        """
        self.closed_until = max(self.closed_until, until)
        self.banned = self.banned or banned

    def reopen(self, now: float) -> bool:
        """Note that a request has succeeded; return whether that ends a ban."""
        self.banned = self.banned and now < self.closed_until
        return not self.banned

    def narrow(self, allowed: int) -> None:
        """Use so many credits of a window; at least one of them is not in the reserve."""
        self.allowed = self._window.allowed = allowed
        self.reserve = min(self.limits.reserve, allowed - 1)
        self.polls_share = polls_share(allowed, self.reserve)

    def withhold_slot(self, until: float) -> None:
        """Keep one slot unused until an instant."""
        self._slots.take()
        self._slots.linger(until)

    def extend_operations(self, now: float) -> bool:
        """
        Take a pod operation to last until its pod is at rest: one was refused that had a slot.

        Operations that were given up, on which the server may still be at work, explain a refusal
        better.

        Returns:
            Whether that is news.
        """
        is_explained = now - self._last_given_up < self.limits.per
        if is_explained or self.operation_span == "settled":
            return False
        self.operation_span = "settled"
        self._slots.keep_released()
        return True

    # Pods in motion.

    @property
    def any_moving(self) -> bool:
        """Whether pods in motion keep slots."""
        return bool(self._slots.moving)

    @property
    def awaits_rest(self) -> bool:
        """Whether `at_rest` would make a difference to anything."""
        return self._slots.awaits_rest

    def at_rest(self, *subjects: str) -> None:
        """Free the slots kept for pods that have stopped moving."""
        for subject in subjects:
            self._slots.at_rest(subject)

    # Another clock.

    def rebase(self, before: float, now: float) -> None:
        """
        Move to another event loop's clock, which shows ``now`` where the old one showed at least
        ``before``; what was in flight ended with the old loop, and is given up.
        """
        until = now + self.limits.grace
        lingering = [now + max(0.0, end - before) for end in self._abandoned]
        self._abandoned = sorted([*lingering, *[until] * self.in_flight])
        for part in (self._window, self._polls, self._slots):
            part.rebase(before, now)
            part.abandon(until)
        self.closed_until = now + max(0.0, self.closed_until - before)
        self._last_given_up = now - max(0.0, before - self._last_given_up)

    def _exchanges(self, now: float) -> int:
        if self._abandoned:
            del self._abandoned[: bisect_right(self._abandoned, now)]
        return self.in_flight + len(self._abandoned)

    def _windows(self, ticket: Ticket) -> tuple[ReceiptWindow, ...]:
        return (self._window, self._polls) if ticket.lane is Lane.BACKGROUND else (self._window,)

    def _return_credit(self, ticket: Ticket, received: float, now: float) -> None:
        for window in self._windows(ticket):
            window.forget(now)  # a lone caller never asks what is held
            window.give_back(received)
