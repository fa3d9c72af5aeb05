"""One process alone is let go by the book as by its own dispatcher: the same, and when it may."""

from random import Random

import pytest
from attrs import define, field

from tests.scheduling.book.engines import InLua, InPython
from tests.scheduling.book.servers import RedisServer
from tests.scheduling.book.test_window import Engine
from tests.scheduling.book.worlds import settings
from yotta_async._scheduling.rules.book.messages import Claim, Ended, Fact, Line, Reply, Request
from yotta_async._scheduling.rules.budget import Budget
from yotta_async._scheduling.rules.dispatch import Dispatcher
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.rules.queueing import Ticket


PER, GRACE = 64.0, 8.0
# Exact as a float and as whole milliseconds.
GAPS = (0.0, 0.125, 0.125, 0.5, 2.0, 8.0, 20.0)


@define(eq=False)
class Pair:
    """A dispatcher and a session of the book, which are told the same."""

    engine: Engine
    limits: Limits
    slotted: dict[Lane, bool]
    now: float = 128.0
    serial: int = 0
    facts: int = 0
    last: Reply | None = None
    local: Dispatcher = field(init=False)
    waiting: dict[Lane, list[Ticket]] = field(factory=lambda: {lane: [] for lane in Lane})
    wire: list[tuple[Ticket, int]] = field(factory=list[tuple[Ticket, int]])

    def __attrs_post_init__(self) -> None:
        self.local = Dispatcher(Budget(self.limits))

    def submit(self, lane: Lane) -> None:
        ticket = self.local.submit(lane, self.now, pod_operation=self.slotted[lane])
        self.waiting[lane].append(ticket)

    def end(self, index: int, *, answered: bool, subject: str) -> Ended:
        ticket, number = self.wire.pop(index)
        if answered:
            self.local.answered(ticket, self.now, subject=subject)
            return Ended(number=number, ending="answered", age=0, subject=subject)
        self.local.unanswered(ticket, self.now)
        return Ended(number=number, ending="unanswered", age=0)

    def close(self, seconds: float) -> Fact:
        self.local.budget.close(self.now + seconds)
        self.facts += 1
        return Fact(number=self.facts, kind="close", duration=int(seconds * 1000))

    def rest(self, *subjects: str) -> tuple[str, ...]:
        self.local.budget.at_rest(*subjects)
        return subjects

    def settle(
        self, *told: Ended, facts: tuple[Fact, ...] = (), rest: tuple[str, ...] = ()
    ) -> None:
        """See that both let the same go."""
        ours = self.local.grant(self.now)
        reply = self.ask(told, facts, rest)
        lanes = sorted(each.lane for each in ours)
        assert sorted(each.line.lane for each in reply.grants) == lanes
        for ticket, grant in zip(
            sorted(ours, key=lambda each: each.lane),
            sorted(reply.grants, key=lambda each: (each.line.lane, each.number)),
            strict=True,
        ):
            self.waiting[ticket.lane].remove(ticket)
            self.wire.append((ticket, grant.number))
        assert reply.whole is not None
        assert reply.whole.credits == self.local.budget.credits(self.now)
        free_slots = self.local.budget.free_slots(self.now)
        assert reply.whole.pod_operations == self.limits.pod_operations - free_slots

    def ask(self, told: tuple[Ended, ...], facts: tuple[Fact, ...], rest: tuple[str, ...]) -> Reply:
        self.serial += 1
        limits, last = self.limits, self.last
        self.last = self.engine(
            Request(
                session="s",
                label="",
                serial=self.serial,
                heard=self.serial - 1,
                epoch=last.epoch if last else 0,
                version=last.version if last else 0,
                dice=1000,
                settings=settings(
                    limits.requests,
                    PER,
                    reserve=limits.reserve,
                    pod_operations=limits.pod_operations,
                    grace=int(GRACE * 1000),
                    settled=limits.operation_span == "settled",
                ),
                lease=3_600_000,
                claims=tuple(
                    Claim(
                        line=Line(lane, self.slotted[lane]),
                        count=len(tickets),
                        age=int((self.now - tickets[0].asked_at) * 1000),
                    )
                    for lane, tickets in self.waiting_before.items()
                    if tickets
                ),
                ended=told,
                facts=facts,
                at_rest=rest,
            ),
            int(self.now * 1000),
        )
        return self.last

    @property
    def waiting_before(self) -> dict[Lane, list[Ticket]]:
        return self.waiting


def live(pair: Pair, dice: Random, steps: int) -> None:
    for number in range(steps):
        pair.now += dice.choice(GAPS)
        pair.settle()
        told: list[Ended] = []
        facts: list[Fact] = []
        rest: tuple[str, ...] = ()
        match dice.choice(["submit", "submit", "many", "end", "end", "all", "close", "rest"]):
            case "submit":
                pair.submit(dice.choice(list(Lane)))
            case "many":
                for _ in range(dice.choice([3, 12, 40])):
                    pair.submit(dice.choice([Lane.NORMAL, Lane.NORMAL, Lane.BACKGROUND]))
            case "end" if pair.wire:
                subject = dice.choice(["", f"pod-{number}"])
                index = dice.randrange(len(pair.wire))
                told.append(pair.end(index, answered=dice.random() < 0.8, subject=subject))
            case "all":
                told += [pair.end(0, answered=True, subject="") for _ in range(len(pair.wire))]
            case "close" if dice.random() < 0.2:
                facts.append(pair.close(dice.choice([1.0, 16.0])))
            case "rest":
                rest = pair.rest(*(f"pod-{before}" for before in range(number)))
            case _:
                pass
        pair.settle(*told, facts=tuple(facts), rest=rest)


def pair_of(engine: Engine, dice: Random) -> Pair:
    requests = dice.choice([1, 3, 8, 30])
    limits = Limits(
        requests=requests,
        per=PER,
        pod_operations=dice.choice([1, 3, 5]),
        reserve=dice.choice([0, min(2, requests - 1)]),
        grace=GRACE,
        operation_span=dice.choice(["call", "settled"]),
    )
    return Pair(engine, limits, {lane: dice.random() < 0.3 for lane in Lane})


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_the_book_in_python_lets_go_what_the_dispatcher_does(first: int) -> None:
    for seed in range(first, first + 25):
        dice = Random(seed)
        live(pair_of(InPython(), dice), dice, 40)


def test_the_book_in_lua_lets_go_what_the_dispatcher_does(server: RedisServer) -> None:
    for seed in range(25):
        dice = Random(seed)
        live(pair_of(InLua(server), dice), dice, 40)
