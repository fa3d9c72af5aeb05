"""One process's side of the book: what it tells, when, and what it makes of the answers."""

from collections.abc import Callable
from math import inf

import pytest
from attrs import evolve

from yotta_async import Limits
from yotta_async._scheduling.rules.book.ledger import PATIENCE, WITNESS, Ledger
from yotta_async._scheduling.rules.book.messages import Grant, Learned, Line, Reply, Request
from yotta_async._scheduling.rules.budget import EXCHANGES
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.queueing import Ticket, TicketState
from yotta_async._scheduling.shared import settings_of


PLAIN, SLOTTED = Line(Lane.NORMAL, False), Line(Lane.NORMAL, True)
LEARNED = Learned(allowed=60, narrowed=1000, burst=0, settled=False, streak=0, closed_for=0)


def new_ledger() -> Ledger:
    return Ledger("session", "node:1", settings_of(Limits()), 35.0)


class Talk:
    """A ledger and its tickets, with a book that says what it is told to say."""

    def __init__(self) -> None:
        self.ledger = new_ledger()
        self.number = 0

    def wait(self, line: Line = PLAIN, *, now: float = 0.0) -> Ticket:
        self.number += 1
        ticket = Ticket(self.number, line.lane, line.pod_operation, now)
        self.ledger.submit(ticket)
        return ticket

    def ask(self, now: float, *lines: Line, **reply: object) -> tuple[Request, list[Ticket]]:
        """Ask, and be granted calls of these lines; their numbers count on from 100."""
        request = self.ledger.request(now, 1)
        self.number += len(lines)
        grants = tuple(Grant(line=line, number=99 + n) for n, line in enumerate(lines, self.number))
        answer = evolve(
            Reply(serial=request.serial, epoch=7, version=request.serial, learned=LEARNED),
            grants=grants,
            **reply,  # type: ignore[arg-type]
        )
        return request, self.ledger.read(answer, sent_at=now, now=now)


def test_the_oldest_call_of_a_line_goes() -> None:
    talk = Talk()
    first, second = talk.wait(), talk.wait(now=1.0)
    request, granted = talk.ask(2.0, PLAIN)
    assert [(claim.count, claim.age) for claim in request.claims] == [(2, 2000)]
    assert granted == [first]
    assert (first.state, second.state) == (TicketState.GRANTED, TicketState.WAITING)


def test_a_grant_for_a_call_that_was_withdrawn_meanwhile_is_given_back_at_once() -> None:
    talk = Talk()
    ticket = talk.wait()
    talk.ledger.withdraw(ticket)
    _, granted = talk.ask(0.0, PLAIN)
    assert granted == []
    assert talk.ledger.is_due(0.0)
    request, _ = talk.ask(0.0)
    assert [each.ending for each in request.ended] == ["refunded"]


def test_a_grant_that_comes_after_the_server_has_closed_is_given_back_and_the_call_waits() -> None:
    talk = Talk()
    ticket = talk.wait()
    talk.ledger.notice("close", 0.0, span=10.0)
    _, granted = talk.ask(0.0, PLAIN)
    assert granted == []
    assert ticket.state is TicketState.WAITING


Ends = Callable[[Talk, Ticket], object]

AT_ONCE: dict[str, tuple[Line, Ends]] = {
    "an operation ended": (SLOTTED, lambda talk, it: talk.ledger.end(it, "answered", 1.0)),
    "nothing was sent": (PLAIN, lambda talk, it: talk.ledger.end(it, "refunded", 1.0)),
    "a refusal": (PLAIN, lambda talk, _: talk.ledger.notice("refused", 1.0)),
    "a pause": (PLAIN, lambda talk, _: talk.ledger.notice("close", 1.0, span=3.0)),
    "a new line": (PLAIN, lambda talk, _: talk.wait(SLOTTED)),
    "news": (PLAIN, lambda talk, _: talk.ledger.hasten()),
}


@pytest.mark.parametrize("case", AT_ONCE)
def test_what_others_may_wait_for_is_told_at_once(case: str) -> None:
    line, happen = AT_ONCE[case]
    talk = Talk()
    ticket = talk.wait(line)
    talk.ask(0.0, line)
    assert not talk.ledger.is_due(1.0)
    happen(talk, ticket)
    assert talk.ledger.is_due(1.0)


def test_the_end_of_a_plain_call_is_told_a_little_later_or_with_the_next_request() -> None:
    talk = Talk()
    ticket = talk.wait()
    talk.ask(0.0, PLAIN)
    talk.ledger.end(ticket, "answered", 1.0)
    assert not talk.ledger.is_due(1.0)
    assert talk.ledger.asks_at() == 1.0 + PATIENCE * 60.0
    request, _ = talk.ask(2.0)
    assert [(each.ending, each.age) for each in request.ended] == [("answered", 1000)]
    assert talk.ledger.asks_at() == inf


def test_an_end_frees_a_connection_that_another_call_waits_for() -> None:
    talk = Talk()
    tickets = [talk.wait() for _ in range(EXCHANGES + 1)]
    talk.ask(0.0, *[PLAIN] * EXCHANGES)
    talk.ledger.end(tickets[0], "answered", 1.0)
    assert talk.ledger.is_due(1.0)


def test_what_a_lost_answer_leaves_open_is_told_again_by_its_new_age() -> None:
    talk = Talk()
    ticket = talk.wait()
    talk.ask(0.0, PLAIN)
    talk.ledger.end(ticket, "unanswered", 1.0)
    talk.ledger.notice("refused", 1.0, granted_at=0.5)
    talk.ledger.note_success(1.0)
    first = talk.ledger.request(2.0, 1)
    talk.ledger.lost()
    assert talk.ledger.is_due(2.0)
    second, _ = talk.ask(3.0)
    assert (first.ended[0].age, second.ended[0].age) == (1000, 2000)
    assert first.facts[0].number == second.facts[0].number == 1
    assert second.facts[0].granted_age == 2500
    assert second.succeeded
    assert second.heard == first.heard == 1
    third, _ = talk.ask(4.0)
    assert (third.ended, third.facts, third.succeeded, third.heard) == ((), (), False, 3)


def test_what_happens_while_a_request_is_on_its_way_is_told_by_the_next() -> None:
    talk = Talk()
    ticket = talk.wait(SLOTTED)
    talk.ask(0.0, SLOTTED)
    request = talk.ledger.request(1.0, 1)
    talk.ledger.end(ticket, "answered", 1.0, subject="pod")
    talk.ledger.notice("crowded", 1.0)
    talk.ledger.read(Reply(serial=request.serial, learned=LEARNED), sent_at=1.0, now=2.0)
    assert talk.ledger.is_due(2.0)
    following, _ = talk.ask(2.0)
    assert [each.subject for each in following.ended] == ["pod"]
    assert [each.kind for each in following.facts] == ["crowded"]


def test_a_call_that_joins_a_line_already_claimed_costs_no_request() -> None:
    talk = Talk()
    talk.wait()
    talk.ask(0.0, ask_in=5000)
    talk.wait()
    assert not talk.ledger.is_due(1.0)
    assert talk.ledger.asks_at() == 5.0


def test_a_line_whose_claims_are_all_granted_is_claimed_anew_by_the_next_call() -> None:
    talk = Talk()
    talk.wait()
    talk.ask(0.0, PLAIN)
    talk.wait()
    assert talk.ledger.is_due(0.0)


def test_what_is_held_is_told_to_a_store_that_has_forgotten() -> None:
    talk = Talk()
    out, back, gone = (talk.wait() for _ in range(3))
    talk.ask(0.0, PLAIN, PLAIN, PLAIN)
    talk.ledger.end(back, "answered", 1.0)
    talk.ledger.end(gone, "refunded", 1.0)
    talk.ask(2.0, tell=True)
    request, _ = talk.ask(3.0)
    assert request.held is not None
    assert [(each.has_ended, each.age) for each in request.held] == [(False, 3000), (True, 2000)]
    assert request.learned == LEARNED
    assert out.state is TicketState.GRANTED
    after, _ = talk.ask(4.0)
    assert after.held is None


def test_a_doubt_is_asked_about_again_soon_and_then_when_the_answer_says() -> None:
    talk = Talk()
    talk.wait()
    talk.ask(0.0, doubted=True, ask_in=1000)
    talk.ledger.hasten()
    assert not talk.ledger.is_due(0.0)
    assert talk.ledger.asks_at() == WITNESS
    request, _ = talk.ask(WITNESS, doubted=True, ask_in=900)
    assert request.doubted_for == 100
    assert len(request.claims) == 1
    assert talk.ledger.asks_at() == WITNESS + 0.9


def test_a_process_vouches_for_the_books_clock_with_bounds_that_hold() -> None:
    talk = Talk()
    request = talk.ledger.request(1.0, 1)
    assert request.voucher is None
    talk.ledger.read(Reply(serial=1, now=5000, learned=LEARNED), sent_at=1.0, now=1.5)
    voucher = talk.ledger.request(3.0004, 1).voucher
    assert voucher is not None
    assert (voucher.now, voucher.least, voucher.most) == (5000, 1500, 2001)


def test_it_is_quiet_when_all_is_back_and_told() -> None:
    talk = Talk()
    assert talk.ledger.is_quiet(0.0)
    ticket = talk.wait()
    assert not talk.ledger.is_quiet(0.0)
    talk.ask(0.0, PLAIN)
    talk.ledger.end(ticket, "answered", 1.0)
    talk.ask(2.0)
    assert not talk.ledger.is_quiet(61.0)
    assert talk.ledger.is_quiet(61.2)


def test_only_pods_for_which_slots_are_kept_are_told_to_be_at_rest() -> None:
    talk = Talk()
    ticket = talk.wait(SLOTTED)
    talk.ask(0.0, SLOTTED, awaited=("other",))
    talk.ledger.end(ticket, "answered", 1.0, subject="mine")
    talk.ledger.note_rest(("mine", "other", "stranger"))
    request, _ = talk.ask(1.0)
    assert request.at_rest == ("mine", "other")
    following, _ = talk.ask(2.0)
    assert following.at_rest == ()
