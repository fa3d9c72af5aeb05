"""
The simulated server without its sockets: what arrives when, and what comes of it. Pure.

A request lies in a heap from its sending until the instant of its arrival; the first call
after that lets it happen, in order. So a client that went away in between changes nothing.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import TypeAlias

from attrs import define, field

from yotta_async.simulator.api.paging import Planted
from yotta_async.simulator.api.routing import Context, Done, Route, Router
from yotta_async.simulator.cloud import Cloud
from yotta_async.simulator.cloud.problems import CloudError
from yotta_async.simulator.exchange import Answer, Break, Exchange, RequestRecord
from yotta_async.simulator.faults import BEFORE_COMMIT, FaultKind, Faults
from yotta_async.simulator.gate import Gate
from yotta_async.simulator.latency import Latency
from yotta_async.simulator.refusing import RefusingRules
from yotta_async.simulator.style import WireStyle
from yotta_async.simulator.wire import Reply, Request, page


__all__ = ["Server"]

_Arrival: TypeAlias = tuple[float, int, Exchange]

_BREAKS = {
    FaultKind.RESET_BEFORE: Break.RESET,
    FaultKind.RESET_AFTER: Break.RESET,
    FaultKind.TIMEOUT_AFTER: Break.SILENCE,
    FaultKind.TRUNCATED: Break.CUT,
}
_ANSWERLESS = frozenset(_BREAKS) - {FaultKind.TRUNCATED}
_SERVER_ERRORS = (
    (500, "Internal Server Error"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
)


# HTTP status, code and message of refusals that are not true.
_REFUSALS = (
    (400, 10001, "invalid parameter"),
    (429, 429, "too many requests"),
    (200, 12002, "no capacity"),
)


@define(eq=False, kw_only=True)
class Server:
    """
    Everything between the wire and the cloud.

    Attributes:
        epoch: The wall-clock time of the first instant it was asked at.
        network: Dice for what happens on the way, apart from the faults' own.
        planted: What the lists of an operation show beside the cloud's own things.
        refusing: What is refused for other reasons than the gate's and the cloud's.
        log: Every request that arrived, in order.
        fired: How often each fault struck.
        listener: Told of each request that has arrived, with what becomes of it, and of each that
            was refused a connection, with None. None if nothing is told.
    """

    cloud: Cloud
    gate: Gate
    router: Router
    latency: Latency
    faults: Faults
    style: WireStyle
    epoch: datetime
    network: Random
    dice: Random
    planted: dict[str, Planted] = field(factory=dict[str, Planted])
    refusing: RefusingRules = field(factory=RefusingRules)
    log: list[RequestRecord] = field(factory=list[RequestRecord])
    fired: Counter[str] = field(factory=Counter[str])
    listener: Callable[[Exchange, Answer | None], None] | None = None
    _began: float | None = None
    _under_way: list[_Arrival] = field(factory=list[_Arrival])
    _sent: "count[int]" = field(factory=count)

    def send(self, request: Request, now: float, origin: str = "") -> Exchange:
        """Put a request on its way; it arrives without further ado, unless it is given up."""
        self.advance(now)
        number = next(self._sent)
        match = self.router.find(request)
        connected_at = now + self.latency.draw_handshake(self.network, earlier=number)
        half = self.latency.draw(self.network) / 2
        exchange = Exchange(
            request=request,
            match=match,
            fault=self.faults.draw(match.operation, self.dice),
            sent_at=now,
            connected_at=connected_at,
            arrives_at=connected_at + half,
            way_back=half,
            origin=origin,
        )
        if exchange.refused:
            self.fired[FaultKind.REFUSE] += 1
            if self.listener is not None:
                self.listener(exchange, None)
        else:
            heapq.heappush(self._under_way, (exchange.arrives_at, number, exchange))
        return exchange

    def advance(self, now: float) -> None:
        """Let everything happen that is due until `now`."""
        if self._began is None:
            self._began = now
        while self._under_way and self._under_way[0][0] <= now:
            arrives_at, _, exchange = heapq.heappop(self._under_way)
            self.cloud.advance(arrives_at)
            if not exchange.withdrawn:
                exchange.answer = self._receive(exchange)
        self.cloud.advance(now)

    def answer(self, exchange: Exchange, now: float) -> Answer:
        """Return what becomes of a request that has had the time to arrive."""
        self.advance(max(now, exchange.arrives_at))
        if exchange.answer is None:
            raise RuntimeError("a request that was refused or given up has no answer")
        return exchange.answer

    def give_up(self, exchange: Exchange, now: float) -> None:
        """Have the client go away: what had not left it never arrives, what had may or may not."""
        self.advance(now)
        left = exchange.connected_at <= now and self.network.random() < 0.5
        exchange.withdrawn = exchange.answer is None and not left

    def wall(self, instant: float) -> datetime:
        began = instant if self._began is None else self._began
        return self.epoch + timedelta(seconds=instant - began)

    def _receive(self, exchange: Exchange) -> Answer:
        now, match = exchange.arrives_at, exchange.match
        takes_slot = match.route is not None and match.route.pod_operation
        refused = self.gate.turn_away(
            exchange.request, match.operation, now, self.wall(now), takes_slot=takes_slot
        ) or self.refusing.turn_away(
            exchange.request, match.operation, now, lambda: self.cloud.pods.living
        )
        if refused is not None:
            return self._answer(exchange, refused, fault=None)
        commit_at = now + self.faults.draw_delay(exchange.fault, self.dice)
        if takes_slot:
            self.gate.slots.hold(exchange, max(exchange.ready_at, commit_at))
        reply = self._carry_out(exchange, commit_at)
        return self._answer(exchange, self._spoil(exchange.fault, reply), fault=exchange.fault)

    def _carry_out(self, exchange: Exchange, commit_at: float) -> Reply | None:
        if exchange.fault in BEFORE_COMMIT:
            return None
        if commit_at > exchange.arrives_at:
            self.cloud.agenda.at(commit_at, partial(self._commit_unheard, exchange))
            return None
        return self._commit(exchange, commit_at)

    def _commit_unheard(self, exchange: Exchange, now: float) -> None:
        self._commit(exchange, now)

    def _commit(self, exchange: Exchange, now: float) -> Reply:
        route = exchange.match.route
        if route is None:
            known = exchange.match.path_known
            status, text = (405, "Method Not Allowed") if known else (404, "Not Found")
            return self.style.envelope(None, code=status * 100, message=text, status=status)
        try:
            done = self._carry_out_once(route, exchange, now)
            if self._draw_apart("repeated", exchange):
                self._carry_out_once(route, exchange, now)
        except CloudError as error:
            return self.style.failure(error)
        self._hold_until_at_rest(exchange, done, now)
        if self._draw_apart("refused_after", exchange):
            return self._refusal()
        planted = self.planted.get(exchange.match.operation)
        return self.style.envelope(planted.among(done.data) if planted else done.data)

    def _carry_out_once(self, route: Route, exchange: Exchange, now: float) -> Done:
        done = route.handle(self._context(exchange, now))
        if done.pod is not None and not done.pod.made_by:
            line = f", {exchange.origin}" if exchange.origin else ""
            done.pod.made_by = f"{route.operation} at {exchange.sent_at:.1f} s{line}"
        return done

    def _draw_apart(self, name: str, exchange: Exchange) -> bool:
        """Draw whether a fault of these that a read cannot have strikes."""
        chance: float = getattr(self.faults, name)
        operation, method = exchange.match.operation, exchange.request.method
        struck = method == "POST" and self.faults.strikes(chance, operation, self.dice)
        self.fired.update([name] if struck else [])
        return struck

    def _refusal(self) -> Reply:
        status, code, message = self.dice.choice(_REFUSALS)
        return self.style.envelope(None, code=code, message=message, status=status)

    def _context(self, exchange: Exchange, now: float) -> Context:
        return Context(
            cloud=self.cloud,
            request=exchange.request,
            style=self.style,
            parameters=exchange.match.parameters,
            now=now,
            wall=self.wall,
            list_lag=self.faults.list_lag,
            id_lag=self.faults.id_lag,
        )

    def _hold_until_at_rest(self, exchange: Exchange, done: Done, now: float) -> None:
        if self.gate.limits.operation_span == "settled" and done.pod is not None:
            # From here on by the pod: one that is deleted while it starts is one operation.
            self.gate.slots.release(exchange)
            self.gate.slots.hold(done.pod.id, max(exchange.ready_at, done.pod.moves_at or now))

    def _spoil(self, fault: FaultKind | None, reply: Reply | None) -> Reply | None:
        if fault in _ANSWERLESS:
            return None
        if fault in {FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER}:
            return self._server_error()
        if fault is FaultKind.HTML:
            return page(200, "We will be right back")
        if fault is FaultKind.EMPTY:
            return Reply(status=200, body=b"")
        return reply

    def _server_error(self) -> Reply:
        status, title = self.dice.choice(_SERVER_ERRORS)
        if self.dice.random() < 0.5:
            return page(status, f"{status} {title}")
        return self.style.envelope(None, code=10002, message="system error", status=status)

    def _answer(self, exchange: Exchange, reply: Reply | None, fault: FaultKind | None) -> Answer:
        now = exchange.arrives_at
        if fault is not None:
            self.fired[fault] += 1
        self.log.append(
            RequestRecord(
                instant=now,
                operation=exchange.match.operation,
                status=reply.status if reply else None,
                code=reply.code if reply else None,
                fault=fault.value if fault else None,
            )
        )
        answer = Answer(
            ready_at=exchange.ready_at,
            reply=reply,
            broken=_BREAKS.get(fault) if fault else None,
            headers=self._headers(reply, now) if reply else (),
        )
        if self.listener is not None:
            self.listener(exchange, answer)
        return answer

    def _headers(self, reply: Reply, now: float) -> tuple[tuple[str, str], ...]:
        return (
            *self.style.date_header(self.wall(now)),
            ("Content-Type", reply.content_type),
            ("x-request-id", f"{self.network.getrandbits(64):016x}"),
            *reply.extra,
        )
