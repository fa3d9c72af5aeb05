"""Random requests that try every part of a step, whether or not a sound process would send them."""

from random import Random
from typing import Any

from attrs import define, field, frozen

from tests.scheduling.book.worlds import settings
from yotta_async._scheduling.rules.book.clock import Clock
from yotta_async._scheduling.rules.book.messages import (
    LINES,
    Claim,
    Ended,
    Fact,
    Held,
    Learned,
    Reply,
    Request,
    Settings,
    Voucher,
)
from yotta_async._scheduling.rules.book.state import Book


__all__ = ["Scene", "Story"]

SUBJECTS = ("pod-a", "pod-b", "pod-c", "pod-d")


@frozen
class Scene:
    """
    What happens next.

    Attributes:
        before: ``"forget"``: the book is gone; ``"old"``: it is as it was some steps ago.
    """

    request: Request
    clock: Clock
    before: str = ""


@define(eq=False)
class Story:
    """
    Makes requests up as the replies come.

    Attributes:
        told: Of each session, the last reply that it has read.
    """

    dice: Random
    plan: Settings = field(init=False)
    now: int = 1_000_000
    offset: int = 0
    run: int = 1
    serials: dict[str, int] = field(factory=dict[str, int])
    facts: dict[str, int] = field(factory=dict[str, int])
    told: dict[str, Reply] = field(factory=dict[str, Reply])
    tells: set[str] = field(factory=set[str])

    def __attrs_post_init__(self) -> None:
        dice = self.dice
        requests = dice.choice([1, 2, 5, 12, 30])
        self.plan = settings(
            requests,
            dice.choice([0.777, 5.0, 60.0]),
            pod_operations=dice.choice([1, 2, 5]),
            burst=dice.choice([0, 0, 3]),
            reserve=dice.choice([0, min(2, requests - 1)]),
            settled=dice.random() < 0.3,
            grace=dice.choice([0, 500, 10_000]),
        )

    def scene(self, book: Book | None) -> Scene:
        dice = self.dice
        self.now += dice.choice([0, 1, 10, 100, 300, 700, 1500, 9000])
        before = ""
        if dice.random() < 0.06:
            self.offset += dice.choice([-1, 1]) * dice.choice([100, 3000, 60_000, 3_600_000])
        if dice.random() < 0.06:
            before = dice.choice(["forget", "old"])
            self.run += dice.random() < 0.5
        clock = Clock(
            now=self.now + self.offset,
            run=dice.choice([str(self.run)] * 9 + [""]),
            forgets=dice.random() < 0.5,
        )
        return Scene(self._request(book), clock, before)

    def hear(self, request: Request, reply: Reply) -> None:
        if reply.refusal or reply.overtaken or self.dice.random() < 0.1:
            return
        self.told[request.session] = reply
        if reply.tell:
            self.tells.add(request.session)

    def _request(self, book: Book | None) -> Request:
        dice = self.dice
        name = dice.choice(["a", "b", "c", "d", "e"])
        last, tells = self.told.get(name), name in self.tells
        self.tells.discard(name)
        serial = self.serials[name] = self.serials.get(name, 0) + dice.choice([1, 1, 1, 1, 1, 0])
        plan = self.plan
        if dice.random() < 0.02:
            plan = settings(3, 9.0)
        return Request(
            session=name,
            label=f"host:{name}",
            serial=serial,
            heard=last.serial if last else 0,
            epoch=last.epoch if last else 0,
            version=last.version if last else 0,
            dice=dice.randrange(1, 2**30),
            settings=plan,
            lease=dice.choice([6000, 20_000]),
            voucher=self._voucher(last),
            doubted_for=dice.choice([0, 400, 1000]) if last and last.doubted else 0,
            claims=self._claims(),
            ended=self._ended(book),
            facts=self._facts(name),
            succeeded=dice.random() < 0.3,
            at_rest=tuple(dice.sample(SUBJECTS, dice.choice([0, 0, 0, 1, 2]))),
            held=self._held(book) if tells or dice.random() < 0.02 else None,
            learned=self._learned() if tells else None,
            leaving=dice.random() < 0.03,
        )

    def _voucher(self, last: Reply | None) -> Voucher | None:
        if last is None:
            return None
        least = self.dice.choice([0, 50, 400, 5000])
        return Voucher(
            now=last.now,
            least=least,
            most=least + self.dice.choice([0, 60, 300]),
            provisional=last.doubted,
        )

    def _claims(self) -> tuple[Claim, ...]:
        dice = self.dice
        lines = sorted(dice.sample(LINES, dice.choice([0, 1, 2, 2, 3, 6])))
        return tuple(
            Claim(
                line=line, count=dice.choice([1, 2, 7, 40]), age=dice.choice([0, 10, 800, 70_000])
            )
            for line in lines
        )

    def _numbers(self, book: Book | None) -> list[int]:
        if book is None:
            return []
        return [each.number for each in book.tokens] + [each.number for each in book.returns][:2]

    def _ended(self, book: Book | None) -> tuple[Ended, ...]:
        dice, numbers = self.dice, self._numbers(book)
        chosen = dice.sample(numbers, min(len(numbers), dice.choice([0, 1, 2, 3, 9])))
        endings: list[Any] = ["refunded", "answered", "answered", "answered", "unanswered"]
        return tuple(
            Ended(
                number=number,
                ending=dice.choice(endings),
                age=dice.choice([0, 1, 300, 4000]),
                subject=dice.choice(["", *SUBJECTS]),
            )
            for number in (*chosen, *dice.sample([7, 8, 9], dice.choice([0, 0, 0, 1])))
        )

    def _facts(self, name: str) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        for _ in range(self.dice.choice([0, 0, 0, 0, 1, 2])):
            number = self.facts[name] = self.facts.get(name, 0) + self.dice.choice([1, 1, 0])
            kinds: list[Any] = ["refused", "refused", "crowded", "close", "withhold"]
            facts.append(
                Fact(
                    number=number,
                    kind=self.dice.choice(kinds),
                    age=self.dice.choice([0, 20]),
                    granted_age=self.dice.choice([0, 300, 5000]),
                    duration=self.dice.choice([100, 3000]),
                )
            )
        return tuple(facts)

    def _held(self, book: Book | None) -> tuple[Held, ...]:
        dice = self.dice
        numbers = [*self._numbers(book), 41, 42, 43]
        return tuple(
            Held(
                number=number,
                line=dice.choice(LINES),
                age=dice.choice([0, 400, 5000, 30_000]),
                has_ended=dice.random() < 0.5,
                gave_up=dice.random() < 0.3,
                subject=dice.choice(["", *SUBJECTS]),
            )
            for number in dice.sample(numbers, min(len(numbers), dice.choice([0, 1, 4])))
        )

    def _learned(self) -> Learned:
        dice = self.dice
        narrowed = dice.choice([1000, 1000, 490])
        return Learned(
            allowed=max(1, self.plan.requests * narrowed // 1000),
            narrowed=narrowed,
            burst=dice.choice([0, 2, 9]),
            settled=dice.random() < 0.3,
            streak=dice.choice([0, 2]),
            closed_for=dice.choice([0, 700]),
        )
