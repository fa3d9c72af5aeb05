"""Who goes next: lanes, the reserve and its loan, the polls' tenth, and nobody starves."""

from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from math import ceil, inf

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduling.oracles import sliding
from yotta_async._scheduling.rules.budget import EXCHANGES, Budget
from yotta_async._scheduling.rules.dispatch import Dispatcher
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits, OperationSpan
from yotta_async._scheduling.rules.queueing import Ticket, TicketState


PER = 60.0
TURN = 60.06


def dispatcher(
    requests: int = 60,
    *,
    reserve: int = 2,
    pod_operations: int = 5,
    operation_span: OperationSpan = "call",
) -> Dispatcher:
    limits = Limits(
        requests=requests,
        reserve=reserve,
        pod_operations=pod_operations,
        operation_span=operation_span,
    )
    return Dispatcher(Budget(limits))


@define
class Drain:
    """Answers each request after a while, and keeps the queues as full as ``refill`` wants."""

    books: Dispatcher
    latency: float = 0.4
    refill: Callable[[Dispatcher, float], None] = lambda _books, _now: None
    now: float = 0.0
    went: list[tuple[float, Ticket]] = field(factory=list[tuple[float, Ticket]])
    _answers: list[tuple[float, Ticket]] = field(factory=list[tuple[float, Ticket]])

    def run(self, until: float = inf) -> list[tuple[float, Ticket]]:
        while self.now <= until:
            self.refill(self.books, self.now)
            while granted := self.books.grant(self.now, most=1):
                (ticket,) = granted
                self.books.sent(ticket)
                self.went.append((self.now, ticket))
                heappush(self._answers, (self.now + self.latency, ticket))
                self.refill(self.books, self.now)
            if not self.books.waiting():
                break
            answered = self._answers[0][0] if self._answers else inf
            self.now = min(answered, self.books.wakes_at(self.now))
            while self._answers and self._answers[0][0] <= self.now:
                self.books.answered(heappop(self._answers)[1], self.now)
        return self.went


def queue(books: Dispatcher, count: int, lane: Lane = Lane.NORMAL, **options: bool) -> list[Ticket]:
    return [books.submit(lane, 0.0, **options) for _ in range(count)]


def flood(
    *lanes: Lane, depth: int = 20, pod_operation: bool = False
) -> Callable[[Dispatcher, float], None]:
    """Keep so many waiting in each of some lanes, for ever."""

    def refill(books: Dispatcher, now: float) -> None:
        for lane in lanes:
            for _ in range(depth - books.waiting(lane)):
                books.submit(lane, now, pod_operation=pod_operation)

    return refill


def test_the_best_lane_goes_first_and_the_oldest_in_it() -> None:
    books = dispatcher()
    later = [
        books.submit(lane, 0.0) for lane in (Lane.BACKGROUND, Lane.NORMAL, Lane.NORMAL, Lane.URGENT)
    ]
    assert books.grant(0.0) == [later[3], later[1], later[2], later[0]]


def test_a_call_without_a_slot_passes_one_that_waits_for_a_slot() -> None:
    books = dispatcher(pod_operations=1)
    first, second = queue(books, 2, pod_operation=True)
    read = books.submit(Lane.NORMAL, 0.0)
    assert books.grant(0.0) == [first, read]
    books.answered(first, 1.0)
    assert books.grant(1.0) == [second]


def test_credit_and_slot_are_taken_together_or_not_at_all() -> None:
    books = dispatcher(pod_operations=1)
    queue(books, 2, pod_operation=True)
    books.grant(0.0)
    assert (books.budget.credits(0.0), books.budget.free_slots(0.0)) == (59, 0)


def test_a_refused_call_goes_before_all_that_came_later() -> None:
    books = dispatcher(requests=3, reserve=0)
    first, _second, third, fourth = queue(books, 4)
    assert books.grant(0.0)[0] is first
    books.answered(first, 0.0)
    books.resubmit(first)
    assert books.grant(TURN) == [first]
    assert {third.state, fourth.state} == {TicketState.GRANTED, TicketState.WAITING}


def test_no_more_go_than_there_are_connections() -> None:
    books = dispatcher()
    tickets = queue(books, EXCHANGES + 1)
    assert len(books.grant(0.0)) == EXCHANGES
    books.answered(tickets[0], 0.0)
    assert books.grant(0.0) == [tickets[-1]]


def test_most_bounds_how_many_go() -> None:
    books = dispatcher()
    queue(books, 3)
    assert [len(books.grant(0.0, most=2)), len(books.grant(0.0, most=2))] == [2, 1]


def test_nobody_goes_while_closed_not_even_urgent() -> None:
    books = dispatcher()
    ticket = books.submit(Lane.URGENT, 0.0)
    books.budget.close(5.0)
    books.budget.close(3.0)
    assert books.grant(4.9) == []
    assert books.wakes_at(0.0) == 5.0
    assert books.grant(5.0) == [ticket]


def test_a_refund_gives_back_credit_and_slot_at_once() -> None:
    books = dispatcher(requests=1, reserve=0, pod_operations=1)
    first, second = queue(books, 2, pod_operation=True)
    assert books.grant(0.0) == [first]
    books.refund(first)
    assert books.grant(0.0) == [second]


def test_without_an_answer_the_slot_lingers_and_the_credit_counts_from_the_end_of_the_grace() -> (
    None
):
    books = dispatcher(pod_operations=1)
    first, second = queue(books, 2, pod_operation=True)
    books.grant(0.0)
    books.unanswered(first, 30.0)
    assert books.wakes_at(30.0) == 40.0
    assert books.grant(39.9) == []
    assert books.grant(40.0) == [second]
    assert books.budget.next_credit(40.0) == pytest.approx(40.0 + TURN)


def test_a_pod_in_motion_keeps_its_slot_until_it_is_at_rest() -> None:
    books = dispatcher(pod_operations=1, operation_span="settled")
    first, second = queue(books, 2, pod_operation=True)
    books.grant(0.0)
    books.answered(first, 1.0, subject="pod")
    assert books.grant(500.0) == []
    books.budget.at_rest("pod")
    assert books.grant(500.0) == [second]


# The reserve.


def spend_all_but_the_reserve(books: Dispatcher) -> None:
    """One call at a time, so that no queue ever forms to which the reserve could be lent."""
    while True:
        ticket = books.submit(Lane.NORMAL, 0.0)
        if not books.grant(0.0):
            return books.withdraw(ticket)
        books.answered(ticket, 0.0)


def test_the_reserve_waits_for_what_stops_a_bill() -> None:
    books = dispatcher(requests=10, reserve=3)
    spend_all_but_the_reserve(books)
    assert books.budget.credits(0.0) == 3
    background, normal = books.submit(Lane.BACKGROUND, 0.0), books.submit(Lane.NORMAL, 0.0)
    urgent = queue(books, 3, Lane.URGENT)
    assert books.grant(0.0) == urgent
    assert {background.state, normal.state} == {TicketState.WAITING}


def test_a_queue_no_longer_than_the_reserve_does_not_borrow_it() -> None:
    books = dispatcher(requests=10, reserve=3)
    spend_all_but_the_reserve(books)
    queue(books, 3)
    assert books.grant(0.0) == []


def test_a_longer_queue_borrows_the_reserve_when_it_would_be_a_window_late() -> None:
    books = dispatcher(requests=60)
    queue(books, 60)
    went = Drain(books).run()
    assert went[-1][0] < 2.0


def test_a_queue_that_would_be_no_later_borrows_nothing() -> None:
    books = dispatcher(requests=60)
    queue(books, 100)
    went = Drain(books).run()
    assert sum(instant < PER for instant, _ in went) == 58


def test_a_loan_ends_with_the_queue_it_was_made_to() -> None:
    books = dispatcher(requests=10, reserve=3)
    queue(books, 10)
    for ticket in books.grant(0.0):
        books.answered(ticket, 0.0)
    assert books.budget.credits(0.0) == 0
    late = books.submit(Lane.NORMAL, 0.0)
    for _ in range(7):
        ticket = books.submit(Lane.URGENT, 0.0)
        assert books.grant(TURN, most=1) == [ticket]
        books.answered(ticket, TURN)
    assert books.grant(TURN) == []
    assert late.state is TicketState.WAITING


def test_a_loan_ends_when_the_queue_is_withdrawn() -> None:
    books = dispatcher(requests=10, reserve=3, pod_operations=1)
    queued = queue(books, 10, pod_operation=True)
    books.grant(0.0)
    urgent = queue(books, 6, Lane.URGENT)
    assert books.grant(0.0) == urgent
    for ticket in queued[1:]:
        books.withdraw(ticket)
    books.submit(Lane.NORMAL, 0.0)
    assert books.grant(0.0) == []


def test_what_is_kept_for_polls_is_lent_to_a_queue_that_would_be_a_window_late_without() -> None:
    books = dispatcher(requests=60)
    poll = books.submit(Lane.BACKGROUND, 0.0)
    assert books.grant(0.0) == [poll]
    books.answered(poll, 0.0)
    queue(books, 55)
    assert Drain(books).run()[-1][0] < 2.0


def test_polls_do_not_use_up_what_a_queue_has_borrowed() -> None:
    books = dispatcher(requests=10, reserve=3, pod_operations=1)
    first, *_ = queue(books, 10, pod_operation=True)
    books.submit(Lane.BACKGROUND, 0.0)
    assert books.grant(0.0) == [first]


def test_polls_go_when_pods_in_motion_keep_the_slots_that_a_queue_waits_for() -> None:
    """Only a poll tells that they are at rest; without it the slots would run out first."""
    books = dispatcher(requests=10, reserve=3, pod_operations=1, operation_span="settled")
    first, second, *_ = queue(books, 10, pod_operation=True)
    assert books.grant(0.0) == [first]
    books.answered(first, 1.0, subject="pod")
    poll = books.submit(Lane.BACKGROUND, 1.0)
    assert books.grant(1.0) == [poll]
    books.budget.at_rest("pod")
    assert books.grant(2.0) == [second]


def test_no_loan_begins_because_time_alone_has_passed() -> None:
    books = dispatcher(requests=10, reserve=2)
    for number, ticket in enumerate(queue(books, 8, Lane.URGENT)):
        books.grant(0.0)
        books.answered(ticket, 2.5 if number else 0.0)
    for _ in range(3):
        books.submit(Lane.NORMAL, 2.5)
    assert books.grant(2.5) == []
    assert books.wakes_at(2.5) == pytest.approx(TURN)
    assert books.grant(50.0) == []


@settings(max_examples=150)
@given(
    count=st.integers(1, 400),
    requests=st.integers(1, 90),
    reserve=st.integers(1, 10),
    latency=st.sampled_from([0.0, 0.4, 3.0]),
    slots=st.booleans(),
)
def test_the_reserve_costs_a_queue_a_twentieth_at_most(
    count: int, requests: int, reserve: int, latency: float, slots: bool
) -> None:
    def took(kept: int) -> float:
        books = dispatcher(requests, reserve=kept)
        queue(books, count, pod_operation=slots)
        return Drain(books, latency).run()[-1][0]

    assert took(min(reserve, requests // 2)) <= 1.05 * took(0) + PER / requests


@pytest.mark.parametrize("allowed", range(1, 10))
@pytest.mark.parametrize("depth", [1, 20])
def test_however_far_the_limit_is_narrowed_every_lane_moves(allowed: int, depth: int) -> None:
    books = dispatcher(requests=10, reserve=9)
    books.budget.narrow(allowed)
    refill = flood(Lane.NORMAL, Lane.BACKGROUND, depth=depth)
    went = Counter(ticket.lane for _, ticket in Drain(books, refill=refill).run(40 * TURN))
    assert went[Lane.NORMAL] >= 20
    assert went[Lane.BACKGROUND] >= 2


# The polls.


@pytest.mark.parametrize(("work", "least"), [(2, 6), (20, 5)])
def test_polls_take_a_tenth_while_there_is_work_and_do_get_it(work: int, least: int) -> None:
    """A long queue, to which their tenth is lent, they pass every tenth time by age."""
    books = dispatcher(requests=60)
    normal, background = flood(Lane.NORMAL, depth=work), flood(Lane.BACKGROUND)

    def refill(books: Dispatcher, now: float) -> None:
        normal(books, now)
        background(books, now)

    went = Drain(books, refill=refill).run(20 * TURN)
    polls = [instant for instant, ticket in went if ticket.lane is Lane.BACKGROUND]
    assert sliding(polls, 6, PER) == 0
    assert len(polls) >= least * 19
    assert len(went) >= 58 * 19


def test_polls_take_what_there_is_while_there_is_no_work() -> None:
    books = dispatcher(requests=60)
    queue(books, 58, Lane.BACKGROUND)
    went = Drain(books).run()
    assert went[-1][0] < 2.0


def test_polls_that_were_sent_in_quiet_times_count_when_work_comes() -> None:
    books = dispatcher(requests=60)
    for ticket in queue(books, 30, Lane.BACKGROUND):
        books.grant(0.0)
        books.answered(ticket, 0.0)
    books.submit(Lane.BACKGROUND, 1.0)
    normal = [books.submit(Lane.NORMAL, 1.0, pod_operation=True) for _ in range(6)]
    assert books.grant(1.0) == normal[:5]


def test_the_tenth_shrinks_with_the_limit() -> None:
    books = dispatcher(requests=60)
    books.budget.narrow(20)
    refill = flood(Lane.NORMAL, Lane.BACKGROUND, depth=2)
    went = Drain(books, refill=refill).run(10 * TURN)
    polls = [instant for instant, ticket in went if ticket.lane is Lane.BACKGROUND]
    assert sliding(polls, 2, PER) == 0


def test_polls_that_come_one_after_the_other_do_not_keep_work_out() -> None:
    """If the tenth were more than the reserve leaves, some poll would always hold a credit."""
    books = dispatcher(requests=20, reserve=18)
    for instant in (0.0, 30.0):
        poll = books.submit(Lane.BACKGROUND, instant)
        assert books.grant(instant) == [poll]
        books.answered(poll, instant)
    work = books.submit(Lane.NORMAL, 31.0)
    refill = flood(Lane.BACKGROUND)
    went = Drain(books, refill=refill, now=31.0).run(5 * TURN)
    assert work in [ticket for _, ticket in went]


# Nobody starves.


@pytest.mark.parametrize("requests", [1, 2, 10, 60])
@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("lane", [Lane.NORMAL, Lane.BACKGROUND])
def test_under_a_flood_of_better_lanes_each_goes_within_its_bound(
    requests: int, lane: Lane, slots: bool
) -> None:
    """
    The k-th in its line goes after the windows it takes to age, and to serve ten times k better
    ones, and as many of every other line that ages meanwhile.
    """
    books = dispatcher(requests, reserve=min(2, requests - 1))
    tickets = queue(books, 3, lane, pod_operation=slots)
    better = [each for each in Lane if each < lane]
    refill = flood(*better, pod_operation=slots)
    went = {ticket: now for now, ticket in Drain(books, refill=refill).run(100 * TURN)}
    for place, ticket in enumerate(tickets, 1):
        bound = (2 + ceil(10 * place * (1 + len(better)) / requests)) * (TURN + 0.4)
        assert went[ticket] <= bound


def test_calls_without_slots_do_not_use_up_the_turn_of_those_with_slots() -> None:
    """A stream of reads in the lane, each served, must not make an aging create look served."""
    books = dispatcher(requests=60, pod_operations=1)
    create = books.submit(Lane.NORMAL, 0.0, pod_operation=True)
    urgent = flood(Lane.URGENT, pod_operation=True)

    def refill(books: Dispatcher, now: float) -> None:
        urgent(books, now)
        if books.waiting(Lane.NORMAL) < 2:
            books.submit(Lane.NORMAL, now)

    went = {ticket: now for now, ticket in Drain(books, refill=refill).run(20 * TURN)}
    assert went[create] <= 3 * TURN


def test_an_aged_call_gets_every_tenth_turn() -> None:
    books = dispatcher(requests=60)
    refill = flood(Lane.URGENT, Lane.NORMAL)
    went = [ticket.lane for _, ticket in Drain(books, refill=refill).run(10 * TURN)]
    late = Counter(went[-300:])
    assert 25 <= late[Lane.NORMAL] <= 35


def test_somebody_wakes_when_a_call_comes_of_age() -> None:
    books = dispatcher(requests=12, reserve=2)
    aging = books.submit(Lane.NORMAL, 0.0, pod_operation=True)
    for until in (55.0, PER, PER, PER, PER):
        books.budget.withhold_slot(until)
    for ticket in queue(books, 10, Lane.URGENT):
        books.grant(30.0)
        books.answered(ticket, 30.0)
    assert books.budget.credits(55.0) == 2
    assert books.grant(55.0) == []
    assert books.wakes_at(55.0) == PER
    assert books.grant(PER) == [aging]


# Another loop.


def test_on_another_loop_nobody_is_left_waiting_and_what_was_sent_is_still_counted() -> None:
    books = dispatcher(requests=6, reserve=0)
    tickets = queue(books, 8)
    books.grant(5000.0)
    books.unanswered(tickets[0], 5000.0)
    books.budget.close(5030.0)
    books.rebase(5001.0, 7.0)
    assert {ticket.state for ticket in tickets} == {TicketState.OVER}
    assert (books.waiting(), books.budget.in_flight, books.budget.operations) == (0, 0, 0)
    assert books.budget.closed_until == 36.0
    books.submit(Lane.URGENT, 7.0)
    assert books.grant(36.0) == []
    assert books.wakes_at(36.0) == pytest.approx(7.0 + 10.0 - 1.0 + TURN)


def test_on_another_loop_polls_get_the_rest_of_their_tenth_when_it_is_due() -> None:
    books = dispatcher(requests=60)
    for ticket in queue(books, 6, Lane.BACKGROUND):
        books.grant(5000.0)
        books.answered(ticket, 5000.0)
    books.rebase(5001.0, 7.0)
    poll = books.submit(Lane.BACKGROUND, 7.0)
    work = [books.submit(Lane.NORMAL, 7.0, pod_operation=True) for _ in range(6)]
    assert books.grant(7.0) == work[:5]
    assert books.grant(66.0) == []
    assert books.grant(66.1) == [poll]


def test_a_loan_ends_with_the_loop_it_was_made_on() -> None:
    books = dispatcher(requests=10, reserve=3, pod_operations=1)
    queue(books, 10, pod_operation=True)
    books.grant(0.0)
    books.rebase(0.0, 0.0)
    books.submit(Lane.NORMAL, 0.0)
    for ticket in queue(books, 6, Lane.URGENT):
        assert books.grant(0.0, most=1) == [ticket]
    assert books.grant(0.0) == []


def test_an_age_ends_with_the_loop_it_was_reached_on() -> None:
    books = dispatcher(requests=60, pod_operations=1)
    books.budget.withhold_slot(PER / 2)
    books.submit(Lane.NORMAL, 0.0, pod_operation=True)
    for ticket in queue(books, 10, Lane.URGENT):
        assert books.grant(0.0, most=1) == [ticket]
        books.answered(ticket, 0.0)
    books.rebase(0.0, 0.0)
    waits = books.submit(Lane.NORMAL, 0.0, pod_operation=True)
    urgent = books.submit(Lane.URGENT, 0.0, pod_operation=True)
    assert books.grant(PER, most=1) == [urgent]
    assert waits.state is TicketState.WAITING


def test_exchanges_that_died_with_their_loop_end_with_the_grace() -> None:
    books = dispatcher(requests=60, reserve=0)
    queue(books, EXCHANGES)
    books.grant(0.0)
    books.rebase(0.0, 100.0)
    ticket = books.submit(Lane.NORMAL, 100.0)
    assert books.grant(100.0) == []
    assert books.wakes_at(100.0) == 110.0
    assert books.grant(110.0) == [ticket]


def test_the_repr_tells_who_waits_and_what_is_out() -> None:
    books = dispatcher(requests=2, reserve=0)
    queue(books, 3, pod_operation=True)
    books.grant(0.0)
    budget = "<Budget <ReceiptWindow 2 in flight, 0 coming back>, <Slots 2/5>>"
    assert repr(books) == f"<Dispatcher 1 waiting, {budget}>"
