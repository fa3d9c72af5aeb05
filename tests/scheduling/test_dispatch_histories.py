"""Any history of the dispatcher keeps every limit, passes nobody over unduly, and balances."""

from math import inf, nextafter

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yotta_async._scheduling.rules.budget import CLOCK_DRIFT, EXCHANGES, Budget
from yotta_async._scheduling.rules.dispatch import Dispatcher
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.rules.queueing import Ticket, TicketState
from yotta_async._scheduling.rules.slots import LONGEST_MOTION


PER = 60.0
LANES = st.sampled_from(Lane)
GAPS = st.sampled_from([0.5, 1.0, 10.0, 30.0, 60.0]) | st.floats(0.001, 100.0)


@define(eq=False)
class Credit:
    lane: Lane


@define
class Held:
    """A second set of books, kept in the plainest way: what is held, and until when."""

    credits: dict[Credit, float] = field(factory=dict[Credit, float])
    slots: dict[object, float] = field(factory=dict[object, float])
    exchanges: dict[object, float] = field(factory=dict[object, float])
    released: dict[object, float] = field(factory=dict[object, float])

    def still(self, now: float) -> "Held":
        """Forget what has run out."""
        self.credits = {each: until for each, until in self.credits.items() if until > now}
        self.slots = {each: until for each, until in self.slots.items() if until > now}
        self.exchanges = {each: until for each, until in self.exchanges.items() if until > now}
        self.released = {each: until for each, until in self.released.items() if until > now}
        return self

    def move(self, before: float, now: float, abandoned: float) -> None:
        """Follow the dispatcher onto another clock; what had no end gets one."""

        def moved(until: float, end: float) -> float:
            return end if until == inf else now + max(0.0, until - before)

        turn = PER * (1 + CLOCK_DRIFT)
        self.credits = {each: moved(end, abandoned + turn) for each, end in self.credits.items()}
        self.slots = {each: moved(end, abandoned) for each, end in self.slots.items()}
        self.exchanges = {each: moved(end, abandoned) for each, end in self.exchanges.items()}
        self.released = {each: moved(end, abandoned) for each, end in self.released.items()}


class Histories(RuleBasedStateMachine):
    """Everything that the scheduler may do to a dispatcher, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.held = Held()
        self.waiting: list[Ticket] = []
        self.granted: list[Ticket] = []
        self.sent: list[Ticket] = []
        self.paid: dict[Ticket, Credit] = {}
        self.passed: dict[tuple[Lane, bool], int] = {}
        self.closed_until = -inf
        self.may_borrow = False
        self.pods = 0
        self.limits = Limits()
        self.books = Dispatcher(Budget(self.limits))

    @initialize(
        requests=st.integers(1, 14) | st.integers(15, 40),
        reserve=st.integers(0, 3),
        pod_operations=st.integers(1, 5),
        grace=st.sampled_from([0.0, 0.5, 10.0]),
    )
    def begin(self, requests: int, reserve: int, pod_operations: int, grace: float) -> None:
        self.limits = Limits(
            requests=requests,
            per=PER,
            reserve=min(reserve, requests - 1),
            pod_operations=pod_operations,
            grace=grace,
        )
        self.books = Dispatcher(Budget(self.limits))

    # What the callers do.

    @rule(lane=LANES, pod_operation=st.booleans(), count=st.integers(1, 12))
    def submit(self, lane: Lane, pod_operation: bool, count: int) -> None:
        for _ in range(count):
            ticket = self.books.submit(lane, self.now, pod_operation=pod_operation)
            self.waiting.append(ticket)
        self.settle()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(ticket)
        self.books.withdraw(ticket)
        self.settle()

    @precondition(lambda self: self.granted)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.granted))
        self.granted.remove(ticket)
        self.books.refund(ticket)
        self.end(ticket, credit=-inf)
        self.settle()

    @precondition(lambda self: self.granted)
    @rule(count=st.integers(1, 16))
    def send(self, count: int) -> None:
        for ticket in self.granted[:count]:
            self.books.sent(ticket)
        self.sent += self.granted[:count]
        del self.granted[:count]

    # What the server does.

    @precondition(lambda self: self.sent)
    @rule(count=st.integers(1, 16))
    def answer(self, count: int) -> None:
        for ticket in self.sent[:count]:
            self.books.answered(ticket, self.now)
            self.end(ticket, credit=self.now)
        del self.sent[:count]
        self.settle()

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), kept=st.booleans(), again=st.booleans())
    def answer_in_motion(self, data: st.DataObject, kept: bool, again: bool) -> None:
        ticket = data.draw(st.sampled_from(self.sent))
        self.sent.remove(ticket)
        self.end(ticket, credit=self.now)
        if not ticket.pod_operation:
            self.books.answered(ticket, self.now)
        else:
            self.pods += not (again and self.pods)
            subject = f"pod-{self.pods}"
            self.books.budget.operation_span = "settled" if kept else "call"
            self.books.answered(ticket, self.now, subject=subject)
            kept_in = self.held.slots if kept else self.held.released
            kept_in[subject] = self.now + LONGEST_MOTION
        self.settle()

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def silence(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.sent))
        self.sent.remove(ticket)
        self.books.unanswered(ticket, self.now)
        self.end(ticket, credit=self.now + self.limits.grace)
        if ticket.pod_operation:
            self.held.slots[object()] = self.now + self.limits.grace
        self.settle()

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), pause=st.sampled_from([0.0, 1.0, 45.0]))
    def refuse(self, data: st.DataObject, pause: float) -> None:
        ticket = data.draw(st.sampled_from(self.sent))
        self.sent.remove(ticket)
        self.books.answered(ticket, self.now)
        self.end(ticket, credit=self.now)
        self.books.budget.close(self.now + pause)
        self.closed_until = max(self.closed_until, self.now + pause)
        self.books.resubmit(ticket)
        self.waiting.append(ticket)
        self.settle()

    @rule(number=st.integers(1, 40))
    def come_to_rest(self, number: int) -> None:
        self.books.budget.at_rest(f"pod-{number}")
        self.held.slots.pop(f"pod-{number}", None)
        self.held.released.pop(f"pod-{number}", None)
        self.settle()

    @rule()
    def learn_that_operations_last_until_rest(self) -> None:
        self.books.budget._slots.keep_released()
        for subject, until in self.held.still(self.now).released.items():
            self.held.slots[subject] = max(until, self.held.slots.get(subject, -inf))
        self.held.released.clear()
        self.settle()

    @rule(narrowed=st.sampled_from([0.2, 0.5, 1.0]))
    def adapt(self, narrowed: float) -> None:
        self.books.budget.narrow(max(1, int(self.limits.requests * narrowed)))
        self.settle()

    # What time does.

    @rule(gap=GAPS)
    def pass_time(self, gap: float) -> None:
        until = self.now + gap
        while (wakes := self.books.wakes_at(self.now)) <= until:
            assert not self.books.may_grant(nextafter(wakes, -inf)), "somebody woke too late"
            self.now = wakes
            self.settle()
        self.now = until
        assert self.books.grant(self.now) == [], "somebody could go, and nobody woke"

    @rule(lag=st.sampled_from([0.0, 3.0]), clock=st.sampled_from([0.0, 5e5]))
    def move_to_another_loop(self, lag: float, clock: float) -> None:
        before = self.now - lag
        dead = [*self.waiting, *self.granted, *self.sent]
        self.books.rebase(before, clock)
        self.held.move(before, clock, clock + self.limits.grace)
        self.closed_until = clock + max(0.0, self.closed_until - before)
        self.now = clock
        assert {each.state for each in dead} <= {TicketState.OVER}
        for group in (self.waiting, self.granted, self.sent):
            group.clear()
        self.passed.clear()
        self.may_borrow = False
        self.settle()

    # What must hold.

    def settle(self) -> None:
        self.note_queue()
        for ticket in self.books.grant(self.now):
            self.check_grant(ticket)
            self.account_for(ticket)
            self.note_queue()

    def note_queue(self) -> None:
        normal = sum(each.lane is Lane.NORMAL for each in self.waiting)
        self.may_borrow = normal > 0 and (self.may_borrow or normal > self.limits.reserve)

    def check_grant(self, ticket: Ticket) -> None:
        held, line = self.held.still(self.now), (ticket.lane, ticket.pod_operation)
        assert self.now >= self.closed_until
        assert len(held.credits) < self.books.budget.allowed
        assert len(held.exchanges) < EXCHANGES
        assert not ticket.pod_operation or len(held.slots) < self.limits.pod_operations
        queue = [each for each in self.waiting if (each.lane, each.pod_operation) == line]
        assert ticket.number == min(each.number for each in queue)
        if self.now < ticket.asked_at + PER or self.passed.get(line, 0) < 9:
            self.check_preference(ticket)
            self.check_reserve(ticket)
        self.check_polls(ticket)

    def check_preference(self, ticket: Ticket) -> None:
        """Nobody better, and nobody older in the lane, could have gone instead."""
        slot_free = len(self.held.slots) < self.limits.pod_operations
        able = [each for each in self.waiting if slot_free or not each.pod_operation]
        best = min(able, key=lambda each: (each.lane, each.number))
        assert best is ticket or (best.lane, ticket.lane) == (Lane.NORMAL, Lane.BACKGROUND)

    def check_reserve(self, ticket: Ticket) -> None:
        free = self.books_free()
        reserve = min(self.limits.reserve, self.books.budget.allowed - 1)
        assert ticket.lane is Lane.URGENT or free > reserve or self.may_borrow

    def check_polls(self, ticket: Ticket) -> None:
        normal_waits = any(each.lane is Lane.NORMAL for each in self.waiting)
        if ticket.lane is Lane.BACKGROUND and normal_waits:
            polls = sum(each.lane is Lane.BACKGROUND for each in self.held.credits)
            assert polls < max(1, self.books.budget.allowed // 10)

    def books_free(self) -> int:
        return self.books.budget.allowed - len(self.held.credits)

    def account_for(self, ticket: Ticket) -> None:
        self.waiting.remove(ticket)
        self.granted.append(ticket)
        self.paid[ticket] = Credit(ticket.lane)
        self.held.credits[self.paid[ticket]] = self.held.exchanges[ticket] = inf
        if ticket.pod_operation:
            self.held.slots[ticket] = inf
        self.passed[ticket.lane, ticket.pod_operation] = 0
        for line in {(each.lane, each.pod_operation) for each in self.waiting}:
            if line[0] > ticket.lane:
                self.passed[line] = self.passed.get(line, 0) + 1

    def end(self, ticket: Ticket, *, credit: float) -> None:
        self.held.credits[self.paid.pop(ticket)] = credit + PER * (1 + CLOCK_DRIFT)
        self.held.exchanges.pop(ticket)
        self.held.slots.pop(ticket, None)

    @invariant()
    def the_books_agree(self) -> None:
        held = self.held.still(self.now)
        assert self.books.budget.credits(self.now) == self.books_free()
        slots_free = max(0, self.limits.pod_operations - len(held.slots))
        assert self.books.budget.free_slots(self.now) == slots_free
        assert self.books.budget._exchanges(self.now) == len(held.exchanges)
        assert self.books.waiting() == len(self.waiting)

    @invariant()
    def nobody_wakes_in_the_past(self) -> None:
        assert self.books.wakes_at(self.now) > self.now

    @invariant()
    def nothing_is_kept_from_urgent_reads(self) -> None:
        if self.now >= self.closed_until:
            room = self.books_free() > 0 and len(self.held.still(self.now).exchanges) < EXCHANGES
            urgent = [each for each in self.waiting if each.lane is Lane.URGENT]
            assert not (room and any(not each.pod_operation for each in urgent))
            assert not (room and urgent and len(self.held.slots) < self.limits.pod_operations)

    def teardown(self) -> None:
        """Once everything has ended, nothing is left."""
        for ticket in self.waiting:
            self.books.withdraw(ticket)
        for ticket in self.granted:
            self.books.refund(ticket)
        for ticket in self.sent:
            self.books.unanswered(ticket, self.now)
        end = self.now + LONGEST_MOTION + 2 * PER
        assert self.books.waiting() == 0
        assert self.books.grant(end) == []
        assert self.books.budget.credits(end) == self.books.budget.allowed
        assert self.books.budget.free_slots(end) == self.limits.pod_operations
        assert self.books.budget._exchanges(end) == 0
        assert self.books.wakes_at(end) == inf


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestHistories = Histories.TestCase
