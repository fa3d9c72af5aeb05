"""The budget of a key: what a call takes, how it comes back, and what the server says about it."""

from math import inf

import pytest

from yotta_async._scheduling.rules.budget import EXCHANGES, Budget
from yotta_async._scheduling.rules.dispatch import Dispatcher
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.rules.queueing import Ticket


PER, GRACE = 60.0, 10.0
TURN = 60.06


def budget(requests: int = 60, **plan: object) -> Budget:
    settings = {"requests": requests, "per": PER, "reserve": 0, "grace": GRACE, **plan}
    return Budget(Limits(**settings))  # type: ignore[arg-type]  # checked by Limits itself


def ticket(lane: Lane = Lane.NORMAL, *, pod_operation: bool = False) -> Ticket:
    return Ticket(1, lane, pod_operation, 0.0)


def taken(books: Budget, lane: Lane = Lane.NORMAL, *, pod_operation: bool = False) -> Ticket:
    taker = ticket(lane, pod_operation=pod_operation)
    books.take(taker)
    return taker


def standing(books: Budget, now: float) -> tuple[int, int, int, int, int]:
    """Return all that can be taken or is: credits, slots, polls, requests in flight, operations."""
    held, free = books.polls_held(now), (books.credits(now), books.free_slots(now))
    return (*free, held, books.in_flight, books.operations)


@pytest.mark.parametrize(
    ("taker", "left"),
    [
        (ticket(), (59, 5, 0, 1, 0)),
        (ticket(pod_operation=True), (59, 4, 0, 1, 1)),
        (ticket(Lane.BACKGROUND), (59, 5, 1, 1, 0)),
    ],
    ids=["a read", "an operation", "a poll"],
)
def test_a_call_takes_what_it_needs_and_a_refund_is_as_if_it_never_had(
    taker: Ticket, left: tuple[int, ...]
) -> None:
    books = budget()
    books.take(taker)
    assert standing(books, 0.0) == left
    books.refund(taker)
    assert standing(books, 0.0) == (60, 5, 0, 0, 0)


def test_an_answer_frees_the_slot_at_once_and_the_credit_a_window_later() -> None:
    books = budget()
    books.give_back(taken(books, pod_operation=True), 5.0)
    assert standing(books, 5.0) == (59, 5, 0, 0, 0)
    assert books.next_return(5.0) == books.next_credit(5.0) == pytest.approx(5.0 + TURN)
    assert standing(books, 5.0 + TURN + 1e-6) == (60, 5, 0, 0, 0)


def test_a_poll_holds_its_part_of_the_window_as_long_as_its_credit() -> None:
    books = budget()
    books.give_back(taken(books, Lane.BACKGROUND), 5.0)
    assert [books.polls_held(now) for now in (5.0, 65.0, 65.1)] == [1, 1, 0]


def test_what_was_given_up_counts_for_a_grace_longer() -> None:
    books = budget()
    books.give_up(taken(books, pod_operation=True), 5.0)
    assert standing(books, 14.9) == (59, 4, 0, 0, 0)
    assert (books.next_return(5.0), books.next_slot(5.0)) == (15.0, 15.0)
    assert books.next_credit(15.0) == pytest.approx(15.0 + TURN)
    assert books.free_slots(15.0) == 5


def test_nothing_is_free_while_closed_and_the_later_end_counts() -> None:
    books = budget()
    books.close(7.0)
    books.close(3.0)
    assert [books.free(now) for now in (0.0, 6.9, 7.0)] == [0, 0, 60]
    assert [books.next_return(now) for now in (0.0, 7.0)] == [7.0, inf]


def test_nothing_is_free_while_every_connection_is_in_use() -> None:
    books = budget()
    takers = [taken(books) for _ in range(EXCHANGES)]
    assert (books.free(0.0), books.credits(0.0)) == (0, 60 - EXCHANGES)
    books.refund(takers[0])
    assert books.free(0.0) == 60 - EXCHANGES + 1


@pytest.mark.parametrize(
    ("allowed", "reserve", "share"), [(60, 9, 6), (20, 9, 2), (10, 9, 1), (5, 4, 1), (1, 0, 1)]
)
def test_a_narrowed_limit_leaves_plain_work_a_credit(
    allowed: int, reserve: int, share: int
) -> None:
    books = budget(reserve=9)
    books.narrow(allowed)
    assert books.credits(0.0) == books.allowed == allowed
    assert (books.reserve, books.polls_share) == (reserve, share)
    assert allowed - books.reserve >= 1


def test_a_pod_in_motion_keeps_its_slot_where_operations_last_until_rest() -> None:
    books = budget(operation_span="settled")
    books.give_back(taken(books, pod_operation=True), 0.0, subject="pod")
    assert (books.any_moving, books.awaits_rest, books.free_slots(500.0)) == (True, True, 4)
    books.at_rest("another", "pod")
    assert (books.any_moving, books.awaits_rest, books.free_slots(500.0)) == (False, False, 5)


def test_a_slot_can_be_kept_unused_for_a_while() -> None:
    books = budget()
    books.withhold_slot(8.0)
    assert [books.free_slots(now) for now in (0.0, 7.9, 8.0)] == [4, 4, 5]
    assert books.operations == 0


def test_that_operations_last_until_rest_is_news_once_and_keeps_the_slots_of_pods_in_motion() -> (
    None
):
    books = budget()
    books.give_back(taken(books, pod_operation=True), 0.0, subject="pod")
    assert (books.free_slots(1.0), books.awaits_rest, books.any_moving) == (5, True, False)
    assert [books.extend_operations(now) for now in (1.0, 2.0)] == [True, False]
    assert (books.operation_span, books.free_slots(2.0), books.any_moving) == ("settled", 4, True)


def test_an_operation_that_was_given_up_explains_a_refusal_better() -> None:
    books = budget()
    books.give_up(taken(books, pod_operation=True), 100.0)
    assert [books.extend_operations(now) for now in (159.9, 160.0)] == [False, True]


def test_on_another_clock_what_was_in_flight_is_given_up() -> None:
    books = budget(requests=20)
    for _ in range(EXCHANGES - 1):
        taken(books)
    taken(books, Lane.BACKGROUND, pod_operation=True)
    books.rebase(5001.0, 7.0)
    assert standing(books, 7.0) == (4, 4, 1, 0, 0)
    assert [books.free(now) for now in (7.0, 16.9, 17.0)] == [0, 0, 4]
    assert books.free_slots(17.0) == 5
    assert standing(books, 17.1 + TURN) == (20, 5, 0, 0, 0)


def test_another_clock_changes_instants_and_not_waits() -> None:
    books = budget()
    books.give_up(taken(books), 5000.0)
    books.close(5030.0)
    books.rebase(5001.0, 7.0)
    assert books.closed_until == 36.0
    assert books.next_credit(36.0) == pytest.approx(7.0 + GRACE - 1.0 + TURN)
    assert [books.extend_operations(now) for now in (65.9, 66.0)] == [False, True]


def test_exchanges_that_were_abandoned_on_one_clock_after_the_other_end_one_after_the_other() -> (
    None
):
    books = budget()
    taken(books)
    books.rebase(0.0, 100.0)
    for _ in range(EXCHANGES - 1):
        taken(books)
    books.rebase(105.0, 0.0)
    assert books.free(0.0) == 0
    assert books.next_return(0.0) == 5.0
    assert books.free(5.0) > 0


def test_two_dispatchers_with_one_budget_keep_its_limits_together() -> None:
    books = budget(requests=10, pod_operations=3)
    both = [Dispatcher(books), Dispatcher(books)]
    for each in both:
        for number in range(20):
            each.submit(Lane.NORMAL, 0.0, pod_operation=number % 2 == 0)
    went = [one for each in both for one in each.grant(0.0)]
    assert len(went) == 10
    assert sum(one.pod_operation for one in went) == 3


def test_r3_a_lone_caller_that_never_waits_leaves_no_receipts_behind() -> None:
    """[R3] One poll at a time, each later than a turn of the window."""
    lone, poll = budget(), ticket(Lane.BACKGROUND)
    for number in range(10_000):
        lone.take(poll)
        lone.give_back(poll, number * 100.0)
    assert all(len(window._returns) == 1 for window in (lone._window, lone._polls))


def test_the_repr_tells_what_is_out() -> None:
    books = budget()
    taken(books, pod_operation=True)
    assert repr(books) == "<Budget <ReceiptWindow 1 in flight, 0 coming back>, <Slots 1/5>>"


def test_a_call_that_was_given_up_brings_no_other_credit_back_early() -> None:
    """Its own comes back a grace later; that of an earlier one is not back by then."""
    books = budget(requests=3)
    answered, given_up = taken(books), taken(books)
    books.give_back(answered, 0.0)
    books.give_up(given_up, PER - 1.0)
    assert books.credits(PER - 1.0) == 1
