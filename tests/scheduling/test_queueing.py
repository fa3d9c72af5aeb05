"""Lines: oldest first, anyone may leave, and who left leaves nothing behind."""

import gc
import weakref
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.queueing import Line, Lines, Ticket, TicketState


def ticket(number: int, lane: Lane = Lane.NORMAL, *, pod_operation: bool = False) -> Ticket:
    return Ticket(number, lane, pod_operation, 0.0)


def leave(line: Line, each: Ticket) -> None:
    each.state = TicketState.OVER
    line.left()


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_whoever_stays_goes_in_the_order_of_the_numbers(
    order: Sequence[int], leaving: set[int]
) -> None:
    line, tickets = Line(), [ticket(number) for number in range(12)]
    for number in order:
        line.join(tickets[number])
    for number in leaving:
        leave(line, tickets[number])
    went: list[int] = []
    while line.heap:
        front = line.heap[0]
        went.append(front.number)
        leave(line, front)
    assert went == [number for number in range(12) if number not in leaving]
    assert line.waiting == 0


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_hundred_thousand_who_joined_and_left_are_forgotten(oldest_first: bool) -> None:
    line, oldest = Line(), ticket(0)
    line.join(oldest)
    tickets = [ticket(number) for number in range(1, 100_001)]
    alive = [weakref.ref(each) for each in tickets]
    for each in tickets:
        line.join(each)
    if oldest_first:
        tickets.reverse()
    while tickets:
        leave(line, tickets.pop())
    gc.collect()
    assert sum(each() is not None for each in alive) < 50
    assert line.heap[0] is oldest
    assert line.waiting == 1


def test_one_who_is_refused_and_joins_again_many_times_stands_there_once() -> None:
    line, refused = Line(), ticket(0)
    for _ in range(1000):
        refused.state = TicketState.WAITING
        line.join(refused)
        assert line.heap[0] is refused
        leave(line, refused)
    assert line.heap == []
    assert line.waiting == 0


def test_fronts_are_the_oldest_of_each_line_best_lane_first() -> None:
    lines = Lines()
    read, create = ticket(3), ticket(2, pod_operation=True)
    urgent, poll = ticket(5, Lane.URGENT), ticket(1, Lane.BACKGROUND)
    for each in (read, create, urgent, poll, ticket(9), ticket(8, Lane.URGENT)):
        lines.of(each).join(each)
    assert list(lines.fronts()) == [urgent, create, read, poll]
    assert list(lines.fronts(Lane.NORMAL)) == [create, read]
    assert (lines.waiting(), lines.waiting(Lane.NORMAL, Lane.URGENT)) == (6, 5)


def test_a_grant_is_counted_by_the_worse_lanes_that_wait_and_by_no_other() -> None:
    lines = Lines()
    normal, poll = ticket(1), ticket(2, Lane.BACKGROUND)
    create, urgent = ticket(3, pod_operation=True), ticket(4, Lane.URGENT)
    for each in (normal, poll, create, urgent):
        lines.of(each).join(each)

    def counts() -> list[int]:
        return [lines.of(each).passed_over for each in (urgent, normal, create, poll)]

    for granted, expected in ((urgent, [0, 1, 1, 1]), (normal, [0, 0, 1, 2])):
        granted.state = TicketState.GRANTED
        lines.granted(granted)
        assert counts() == expected
    idle = ticket(5, Lane.BACKGROUND, pod_operation=True)
    assert lines.of(idle).passed_over == 0


def test_closing_ends_every_wait() -> None:
    lines, tickets = Lines(), [ticket(1), ticket(2, Lane.URGENT, pod_operation=True)]
    for each in tickets:
        lines.of(each).join(each)
    lines.close()
    assert [each.state for each in tickets] == [TicketState.OVER] * 2
    assert (lines.waiting(), list(lines.fronts())) == (0, [])
