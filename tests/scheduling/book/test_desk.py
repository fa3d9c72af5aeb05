"""Which process of a line goes first: a table of books, without an event loop."""

import pytest

from tests.scheduling.book.worlds import settings
from yotta_async._scheduling.rules.book.accounts import forget_use
from yotta_async._scheduling.rules.book.clock import Clock
from yotta_async._scheduling.rules.book.desk import Desk
from yotta_async._scheduling.rules.book.loss import new_book
from yotta_async._scheduling.rules.book.messages import Request
from yotta_async._scheduling.rules.book.state import Book, Return, Session, Token


NOW = 100_000
PLAIN, SLOTTED, POLLS = 2, 3, 4


def book_of(*names: str, requests: int = 60, line: int = PLAIN, waiting: int = 9) -> Book:
    """Return a book in which each of these waits in a line, in the order of their names."""
    plan = settings(requests, 60.0, reserve=0, pod_operations=5)
    first = Request(
        session="a", label="", serial=1, heard=0, epoch=0, version=0, dice=1, settings=plan, lease=1
    )
    book = new_book(Clock(now=0), first)
    book.last = NOW
    for key, name in enumerate(names, 1):
        session = Session(name, name, key, NOW)
        queue = session.lines[line]
        queue.count, queue.since, queue.stamp = waiting, NOW - 1000, key
        book.sessions.append(session)
    book.stamp = len(names)
    return book


def hold(book: Book, key: int, number: int, *, line: int = PLAIN, at: int = NOW + 30_000) -> None:
    """Have a session's credits come back."""
    book.returns += [Return(at, line // 2, 0, key) for _ in range(number)]
    book.returns.sort(key=lambda each: each.at)


def dealt(book: Book, number: int, *, now: int = NOW) -> str:
    """Deal out so many credits; return who they fall to."""
    desk, found = Desk(book, NOW), ""
    desk.move_on(now)
    for _ in range(number):
        claimant = desk.next()
        assert claimant is not None
        desk.take(claimant)
        found += claimant.session.name
    return found


def test_those_that_hold_equally_many_take_turns() -> None:
    assert dealt(book_of("a", "b", "c"), 7) == "abcabca"


def test_the_one_that_holds_fewer_credits_goes_first_until_it_holds_as_many() -> None:
    book = book_of("a", "b", "c")
    hold(book, 1, 3)
    hold(book, 2, 1)
    book.sessions[0].used, book.sessions[1].used = 3000, 1000
    assert dealt(book, 7) == "cbcbcab"


def test_a_credit_on_the_wire_is_held() -> None:
    book = book_of("a", "b")
    book.tokens.append(Token(1, 1, PLAIN, NOW, NOW + 30_000, 1))
    assert dealt(book, 2) == "ba"


def test_a_credit_that_is_back_is_held_no_more() -> None:
    book = book_of("a", "b")
    hold(book, 1, 2)
    assert dealt(book, 2, now=NOW + 29_999) == "bb"
    assert dealt(book, 2, now=NOW + 30_000) == "ab"


def test_credits_of_another_lane_count_for_nothing() -> None:
    book = book_of("a", "b")
    hold(book, 1, 5, line=POLLS)
    assert dealt(book, 2) == "ab"


def test_a_lane_is_one_with_and_without_a_slot() -> None:
    book = book_of("a", "b")
    hold(book, 1, 1, line=SLOTTED)
    assert dealt(book, 2) == "ba"


def test_of_those_that_hold_equally_many_the_one_that_had_less_of_late_goes_first() -> None:
    book = book_of("a", "b")
    book.sessions[0].used, book.sessions[1].used = 1500, 1000
    assert dealt(book, 3) == "bab"


def test_one_that_had_much_more_of_late_counts_as_holding_one_credit_more() -> None:
    book = book_of("a", "b", "c")
    book.sessions[0].used = 9000
    assert dealt(book, 6) == "bcbcab"


def test_however_much_it_had_it_gets_no_less_than_one_below_an_even_share() -> None:
    book = book_of("a", "b", "c", "d", "e", waiting=60)
    book.sessions[0].used = 60_000
    found = dealt(book, 60)
    assert [found.count(name) for name in "abcde"] == [11, 13, 12, 12, 12]


def test_what_was_had_is_forgotten_window_by_window() -> None:
    book = book_of("a")
    book.sessions[0].used, book.last = 10_000, 59_999
    forget_use(book, 60_000)
    assert book.sessions[0].used == 7000
    book.last = 60_000
    forget_use(book, 119_999)
    assert book.sessions[0].used == 7000
    forget_use(book, 180_000)
    assert book.sessions[0].used == 3430


def test_after_a_long_time_nothing_of_it_is_left() -> None:
    book = book_of("a")
    book.sessions[0].used, book.last = 60_000, 0
    forget_use(book, 10**12)
    assert book.sessions[0].used == 0


@pytest.mark.parametrize("line", [PLAIN, POLLS])
def test_in_a_line_that_was_passed_over_for_long_all_take_turns_too(line: int) -> None:
    book = book_of("a", "b", line=line)
    book.sessions[0].lines[line].since = NOW - 500_000
    book.sessions[1].lines[line].since = NOW - 1000
    hold(book, 1, 1, line=line)
    urgent = Session("d", "d", 3, NOW)
    urgent.lines[0].count, urgent.lines[0].since = 50, NOW
    book.sessions.append(urgent)
    book.passed[line] = 9
    assert dealt(book, 2) == "bd"


def test_a_process_with_all_its_connections_in_use_is_passed_over() -> None:
    book = book_of("a", "b")
    hold(book, 2, 20)
    book.tokens += [Token(n, 1, 0, NOW, NOW + 30_000, 1) for n in range(16)]
    assert dealt(book, 2) == "bb"


def test_the_best_lane_goes_first_whoever_holds_what() -> None:
    book = book_of("a", "b")
    hold(book, 1, 20)
    book.sessions[0].lines[0].count = 2
    assert dealt(book, 3) == "aab"
