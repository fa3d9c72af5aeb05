"""
Simulated processes that share one book, in true time, against a server that counts arrivals.

Each process has a clock of its own that drifts; the way to the store takes its time and loses
requests and answers; the server counts a request anywhere between its write and its receipt.
Processes crash and stop, the store forgets, is put back to an older copy, and its clock jumps.
"""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import ceil
from random import Random
from typing import Any

from attrs import define, field

from yotta_async._scheduling.rules.book.clock import Clock
from yotta_async._scheduling.rules.book.messages import (
    Claim,
    Ended,
    Grant,
    Held,
    Line,
    Reply,
    Request,
    Settings,
    Voucher,
    elapsed,
)
from yotta_async._scheduling.rules.book.state import Book
from yotta_async._scheduling.rules.book.step import EVERYONE, Outcome, step
from yotta_async._scheduling.rules.lanes import Lane


# Seconds for which a request has hung when a wake-up ends it.
HANG = 0.5
# Seconds that may pass between a grant's request and its write.
GATE = 5.0

Step = Callable[[Book | None, Request, Clock], Outcome]


@define(eq=False)
class World:
    """
    True time, the store, the server and the processes.

    Attributes:
        arrivals: When the server counted requests.
        offset: By how much the store's clock is ahead of the truth, in seconds.
        freezing: How often a process is stopped between a grant and its write.
        late: How many writes the gate was asked about that came too late.
    """

    dice: Random
    settings: Settings
    gated: bool = True
    step: Step = step
    way: float = 0.2
    lossy: float = 0.05
    freezing: float = 0.0
    exchange: float = 3.0
    now: float = 0.0
    offset: float = 1000.0
    drift: float = 0.0
    run: int = 1
    book: Book | None = None
    forgets: bool = True
    arrivals: list[float] = field(factory=list[float])
    processes: dict[str, "Process"] = field(factory=dict[str, "Process"])
    copies: list[tuple[float, dict[str, Any] | None]] = field(factory=list[Any])
    events: list[tuple[float, int, Callable[[], None]]] = field(factory=list[Any])
    late: int = 0
    steps: int = 0
    operations: set[tuple[str, int]] = field(factory=set[tuple[str, int]])
    most_operations: int = 0
    _order: Any = field(factory=count)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heappush(self.events, (self.now + seconds, next(self._order), action))

    def run_until(self, end: float) -> None:
        while self.events and self.events[0][0] <= end:
            self.now, _, action = heappop(self.events)
            action()
        self.now = end

    def add(self, name: str, **options: Any) -> "Process":
        made = self.processes[name] = Process(self, name, self.dice, **options)
        made.start()
        return made

    @property
    def clock(self) -> Clock:
        raw = self.now * (1 + self.drift) + self.offset
        return Clock(now=int(raw * 1000), run=str(self.run), forgets=self.forgets)

    def take_step(self, request: Request) -> Reply:
        outcome = self.step(self.book, request, self.clock)
        self.steps += 1
        if outcome.book is not None:
            self.book = outcome.book
            if self.steps % 7 == 0:
                self.copies.append((self.now, self.book.document()))
        for name in list(self.processes) if EVERYONE in outcome.wakes else outcome.wakes:
            process = self.processes.get(name)
            # What is told to all is not lost: with a connection that broke all begin anew.
            is_heard = EVERYONE in outcome.wakes or self.dice.random() > self.lossy
            if process and is_heard:
                process.after(self.trip(), process.wake)
        assert outcome.reply.refusal is None
        return outcome.reply

    def trip(self) -> float:
        return self.dice.uniform(0.0, self.way)

    # What may happen to the store.

    def flush(self) -> None:
        self.book = None

    def restart_empty(self) -> None:
        self.book, self.run = None, self.run + 1
        self._break_connections()

    def restart_stale(self) -> None:
        """Come back with an older copy, up to two seconds old."""
        recent = [copy for at, copy in self.copies if at > self.now - 2.0]
        if recent and recent[0] is not None:
            self.book = Book.read(recent[0])
        self.run += 1
        self._break_connections()

    def _break_connections(self) -> None:
        """What waits for an answer of a server that ends learns so at once."""
        for process in self.processes.values():
            process.after(self.trip(), partial(process._times_out, process.serial))

    def jump(self, seconds: float) -> None:
        self.offset += seconds


@define(eq=False)
class Process:
    """One process: its calls, its clock, and the one request to the store at a time."""

    world: World
    name: str
    dice: Random
    load: float = 5.0
    lanes: tuple[Lane, ...] = (Lane.NORMAL, Lane.NORMAL, Lane.BACKGROUND, Lane.URGENT)
    slotted: float = 0.3
    drift: float = 0.0
    most: int = 40
    alive: bool = True
    stopped_until: float = 0.0
    queue: dict[Line, list[float]] = field(factory=dict[Line, list[float]])
    serial: int = 0
    heard: int = 0
    last: Reply | None = None
    sent_at: float = 0.0
    read_at: float = 0.0
    doubted_since: float | None = None
    asking: bool = False
    asked_at: float = 0.0
    has_given_up: bool = False
    wants: bool = False
    retell: bool = False
    alarm: int = 0
    granted: dict[int, tuple[Line, float]] = field(factory=dict[int, tuple[Line, float]])
    over: dict[int, tuple[Line, str, float, str]] = field(factory=dict[int, Any])
    untold: set[int] = field(factory=set[int])
    sent: int = 0

    @property
    def clock(self) -> float:
        return self.world.now * (1 + self.drift) + 77.0

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.world.after(seconds, lambda: self._do(action))

    def _do(self, action: Callable[[], None]) -> None:
        if not self.alive:
            return
        if self.world.now < self.stopped_until:
            self.after(self.stopped_until - self.world.now, action)
        else:
            action()

    def start(self) -> None:
        self.drift = self.dice.uniform(-1e-4, 1e-4)
        self.call()

    def crash(self) -> None:
        self.alive = False

    def stop(self, seconds: float) -> None:
        self.stopped_until = self.world.now + seconds

    def wake(self) -> None:
        if self.asking and not self.has_given_up:
            hung = self.asked_at + HANG - self.world.now
            self.after(max(0.0, hung), partial(self._gives_up, self.serial))
        self.ask()

    def _gives_up(self, serial: int) -> None:
        if self.asking and self.serial == serial:
            self.has_given_up = True
            self._times_out(serial)

    # Calls.

    def call(self) -> None:
        if sum(map(len, self.queue.values())) < self.most:
            line = Line(self.dice.choice(self.lanes), self.dice.random() < self.slotted)
            waiting = self.queue.setdefault(line, [])
            waiting.append(self.clock)
            if len(waiting) == 1:
                self.ask()
        self.after(self.dice.expovariate(self.load), self.call)

    # Asking.

    def ask(self) -> None:
        if self.asking:
            self.wants = True
            return
        self.asking, self.wants, self.asked_at = True, False, self.world.now
        self.serial += 1
        request, sent_at = self.request(), self.clock
        serial = self.serial
        if self.dice.random() > self.world.lossy:
            self.world.after(self.world.trip(), lambda: self._arrives(request, sent_at))
        # Most of what is lost is noticed soon, by a connection that broke.
        patience = self.dice.choice([0.5, 0.5, 0.5, GATE])
        self.after(patience, lambda: self._times_out(serial))

    def _arrives(self, request: Request, sent_at: float) -> None:
        reply = self.world.take_step(request)
        if self.dice.random() > self.world.lossy:
            self.after(self.world.trip(), lambda: self._reads(reply, request, sent_at))

    def _times_out(self, serial: int) -> None:
        if self.asking and self.serial == serial:
            self.asking = False
            self.ask()

    def request(self) -> Request:
        now = self.clock
        self._forget()
        voucher = None
        if self.last is not None:
            voucher = Voucher(
                now=self.last.now,
                least=elapsed(now - self.read_at),
                most=ceil((now - self.sent_at) * 1000),
                provisional=self.last.doubted,
            )
        doubted = self.doubted_since
        return Request(
            session=self.name,
            label=self.name,
            serial=self.serial,
            heard=self.heard,
            epoch=self.last.epoch if self.last else 0,
            version=self.last.version if self.last else 0,
            dice=self.dice.randrange(1, 2**30),
            settings=self.world.settings,
            lease=int((self.world.exchange + GATE) * 1000),
            voucher=voucher,
            doubted_for=0 if doubted is None else elapsed(now - doubted),
            claims=tuple(
                Claim(line=line, count=len(waiting), age=elapsed(now - min(waiting)))
                for line, waiting in sorted(self.queue.items())
                if waiting
            ),
            ended=tuple(
                Ended(number=each, ending=how, age=elapsed(now - at), subject=subject)  # type: ignore[arg-type]
                for each in sorted(self.untold)
                for _, how, at, subject in [self.over[each]]
            ),
            held=self._held(now) if self.retell else None,
        )

    def _held(self, now: float) -> tuple[Held, ...]:
        flying = [
            Held(number=number, line=line, age=elapsed(now - at))
            for number, (line, at) in self.granted.items()
        ]
        ended = [
            Held(
                number=number,
                line=line,
                age=elapsed(now - at),
                has_ended=True,
                gave_up=how == "unanswered",
                subject=subject,
            )
            for number, (line, how, at, subject) in self.over.items()
            if how != "refunded"
        ]
        return (*flying, *ended)

    def _forget(self) -> None:
        turn = (self.world.settings.per + self.world.settings.grace) / 1000 * 1.002
        self.over = {
            number: each
            for number, each in self.over.items()
            if number in self.untold or each[2] > self.clock - turn
        }

    def _reads(self, reply: Reply, request: Request, sent_at: float) -> None:
        if request.serial != self.serial or not self.asking:
            return  # it was given up
        self.asking = self.has_given_up = False
        if reply.overtaken:
            self.ask()
            return
        self.last, self.sent_at, self.read_at = reply, sent_at, self.clock
        self.heard = reply.serial
        if reply.doubted:
            if self.doubted_since is None:
                self.doubted_since = self.clock
        else:
            self.doubted_since = None
            self.retell = reply.tell
            self.untold -= {each.number for each in request.ended}
        for each in reply.grants:
            self._go(each, sent_at)
        if reply.grants and self.dice.random() < self.world.freezing:
            self.stop(self.dice.choice([6.0, 15.0, 30.0]))
        self._again(reply, request)

    def _again(self, reply: Reply, request: Request) -> None:
        self.alarm += 1
        mine = self.alarm
        claimed = {claim.line: claim.count for claim in request.claims}
        for each in reply.grants:
            claimed[each.line] -= 1
        is_new = any(waiting and not claimed.get(line) for line, waiting in self.queue.items())
        if self.wants or self.retell or (is_new and not reply.doubted):
            self.ask()
        elif reply.ask_in >= 0:
            self.after(reply.ask_in / 1000, lambda: self._rings(mine))

    def _rings(self, alarm: int) -> None:
        if alarm == self.alarm:
            self.ask()

    # Exchanges.

    def _go(self, grant: Grant, sent_at: float) -> None:
        self.granted[grant.number] = (grant.line, self.clock)
        if waiting := self.queue.get(grant.line):
            waiting.remove(min(waiting))
            self.after(self.dice.choice([0.0, 0.001, 0.05]), lambda: self._write(grant, sent_at))
        else:
            self._end(grant.number, "refunded")

    def _write(self, grant: Grant, sent_at: float) -> None:
        if self.clock - sent_at >= GATE:
            self.world.late += 1
            if self.world.gated:
                self._end(grant.number, "refunded")
                return
        self.sent += 1
        took = self.dice.choice([0.01, 0.1, 0.5, 2.0]) * self.dice.random()
        is_lost = self.dice.random() < 0.05
        counted = self.dice.choice([0.0, self.dice.random(), 1.0]) * (
            self.world.exchange if is_lost else took
        )
        self.world.arrivals.append(self.world.now + counted)
        if is_lost:
            self.after(self.world.exchange, lambda: self._end(grant.number, "unanswered"))
        else:
            self._occupy(grant, took)
            self.after(took, lambda: self._end(grant.number, "answered"))

    def _occupy(self, grant: Grant, took: float) -> None:
        if not grant.line.pod_operation:
            return
        world, operation = self.world, (self.name, grant.number)
        world.operations.add(operation)
        world.most_operations = max(world.most_operations, len(world.operations))
        world.after(took, lambda: world.operations.discard(operation))

    def _end(self, number: int, how: str) -> None:
        line, _ = self.granted.pop(number)
        self.over[number] = (line, how, self.clock, "")
        self.untold.add(number)
        waits = any(self.queue.values())
        if line.pod_operation or how == "refunded" or (waits and len(self.granted) > 10):
            self.ask()


def worst(arrivals: list[float], per: float) -> int:
    """Return the most arrivals in any half-open span."""
    ordered = sorted(arrivals)
    most = first = 0
    for index, arrival in enumerate(ordered):
        while ordered[first] <= arrival - per:
            first += 1
        most = max(most, index - first + 1)
    return most


def settings(requests: int = 6, per: float = 10.0, **changes: Any) -> Settings:
    chosen: dict[str, Any] = {
        "requests": requests,
        "per": int(per * 1000),
        "pod_operations": 3,
        "burst": 0,
        "reserve": 1,
        "settled": False,
        "grace": 3000,
    }
    return Settings(**chosen | changes)
