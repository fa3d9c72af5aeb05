"""
The window that cannot be breached.

The server counts a request when it arrives; the client knows only when it sent it and when the
answer came back, and the arrival lies in between. So a credit is taken at sending and comes back
``per`` seconds after *receipt*.

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


__all__ = ["RateLimit", "ReceiptWindow"]

# Two quartz clocks differ by less than 100 parts in a million; ten times that costs 60 ms a minute.
CLOCK_DRIFT = 1e-3


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
    """

    rate: RateLimit
    allowed: int = field(init=False)
    _in_flight: int = 0
    _returns: list[float] = field(factory=list[float])

    def __attrs_post_init__(self) -> None:
        self.allowed = self.rate.requests

    def __repr__(self) -> str:
        return f"<ReceiptWindow {self._in_flight} in flight, {len(self._returns)} coming back>"

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def turn(self) -> float:
        """Seconds from receipt until a credit is back."""
        return self.rate.per * (1 + CLOCK_DRIFT)

    def held(self, now: float) -> int:
        """How many credits are in flight or on their way back."""
        if self._returns and self._returns[0] <= now:
            del self._returns[: bisect_right(self._returns, now)]
        return self._in_flight + len(self._returns)

    def free(self, now: float) -> int:
        """How many credits could be taken now; negative after the limit was narrowed."""
        return self.allowed - self.held(now)

    def take(self) -> None:
        self._in_flight += 1

    def refund(self) -> None:
        """Undo a `take`: the request was never sent."""
        self._in_flight -= 1

    def give_back(self, received: float) -> float:
        """
        Let a credit come back, counted from when the server can last have counted the request.

        Returns:
            The instant at which it is back.
        """
        self._in_flight -= 1
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
        """Let all credits in flight come back, counted from ``received``; nobody will report."""
        while self._in_flight:
            self.give_back(received)
