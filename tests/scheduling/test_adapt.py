"""What refusals teach: one step an episode, the burst first, and slow recovery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._scheduling.rules.adapt import NARROWEST, Adaptation
from yotta_async._scheduling.rules.budget import RateLimit


RATE = RateLimit(60, 60.0)


def after_sending(count: int, *, spacing: float = 0.1, burst: int | None = None) -> Adaptation:
    learned = Adaptation(RATE, burst)
    for number in range(count):
        learned.sent(number * spacing)
    return learned


def refuse(learned: Adaptation, times: int, *, start: float = 1000.0) -> None:
    for number in range(times):
        assert learned.refused(start + number, sent_at=start + number)


def test_nothing_is_bounded_until_the_server_asks_for_it() -> None:
    learned = after_sending(60)
    assert (learned.burst, learned.allowed, learned.episodes) == (None, 60, 0)


@pytest.mark.parametrize(("sent", "burst"), [(40, 10), (20, 5), (3, 1), (1, 1), (0, 1)])
def test_the_first_refusal_quarters_what_had_gone_back_to_back(sent: int, burst: int) -> None:
    learned = after_sending(sent)
    refuse(learned, 1)
    assert (learned.burst, learned.allowed) == (burst, 60)


def test_only_what_goes_out_faster_than_the_even_rate_is_back_to_back() -> None:
    learned = after_sending(40, spacing=1.0)
    refuse(learned, 1)
    assert learned.burst == 1


def test_the_burst_is_quartered_down_to_one_and_then_the_limit_is_narrowed() -> None:
    learned = after_sending(40)
    seen: list[tuple[int | None, int]] = []
    for number in range(12):
        refuse(learned, 1, start=1000.0 + number)
        seen.append((learned.burst, learned.allowed))
    narrowing = [(1, allowed) for allowed in (42, 29, 20, 14)]
    assert seen[:7] == [(10, 60), (2, 60), (1, 60), *narrowing]
    assert seen[-1] == (1, int(60 * NARROWEST))


def test_where_nothing_can_pace_the_limit_is_narrowed_at_once() -> None:
    learned = after_sending(40)
    learned.can_pace = False
    refuse(learned, 1)
    assert (learned.burst, learned.allowed) == (None, 42)


def test_what_was_sent_before_a_step_says_nothing_about_it() -> None:
    learned = after_sending(40)
    assert learned.refused(10.0, sent_at=9.0)
    assert not learned.refused(11.0, sent_at=10.0)
    assert (learned.burst, learned.episodes) == (10, 1)
    assert learned.refused(12.0, sent_at=10.1)


def test_recovery_waits_for_a_window_without_refusals() -> None:
    learned = after_sending(40)
    refuse(learned, 1, start=100.0)
    assert not learned.refused(120.0, sent_at=100.0)
    assert not learned.accepted(179.9)
    assert learned.accepted(180.0)
    assert learned.burst == 11
    assert not learned.accepted(239.9)
    assert learned.accepted(240.0)
    assert learned.burst == 12


def test_the_burst_never_comes_back_to_what_was_once_refused() -> None:
    learned = after_sending(8)
    refuse(learned, 1)
    recovered = [learned.accepted(1000.0 + 60.0 * window) for window in range(1, 20)]
    assert learned.burst == 7
    assert recovered == [True] * 5 + [False] * 14


def test_the_limit_recovers_by_a_twentieth_a_window_up_to_the_plan() -> None:
    learned = after_sending(40)
    learned.can_pace = False
    refuse(learned, 1, start=0.0)
    allowed = [(learned.accepted(60.0 * window), learned.allowed)[1] for window in range(1, 9)]
    assert allowed == [45, 48, 51, 54, 57, 60, 60, 60]


def test_a_burst_that_was_asked_for_is_left_as_it_is() -> None:
    learned = after_sending(40, burst=10)
    assert not learned.accepted(1e6)
    assert learned.burst == 10


def test_a_burst_that_was_asked_for_is_quartered_when_it_is_refused() -> None:
    learned = after_sending(40, burst=10)
    refuse(learned, 1)
    assert learned.burst == 2


def test_refusals_in_a_row_are_counted_until_one_call_succeeds() -> None:
    learned = Adaptation(RATE)
    assert [learned.count(now, sent_at=now - 0.5) for now in (1.0, 2.0, 3.0)] == [True] * 3
    assert learned.streak == 3
    learned.accepted(4.0)
    assert learned.streak == 0
    assert learned.count(5.0, sent_at=4.5)
    assert learned.streak == 1


def test_what_was_on_the_wire_when_a_refusal_came_is_refused_with_it_and_counts_as_one() -> None:
    learned = Adaptation(RATE)
    counted = [learned.count(now, sent_at=0.0) for now in (1.0, 1.1, 1.2)]
    assert (counted, learned.streak) == ([True, False, False], 1)
    assert not learned.count(2.0, sent_at=1.0)
    assert learned.count(2.0, sent_at=1.01)


@pytest.mark.parametrize("clock", [0.0, 1e6])
def test_a_streak_goes_on_whatever_another_clock_shows(clock: float) -> None:
    learned = Adaptation(RATE)
    learned.count(100.0, sent_at=99.0)
    learned.rebase(101.0, clock)
    assert not learned.count(clock, sent_at=clock - 1.0)
    assert learned.count(clock, sent_at=clock - 0.9)
    assert learned.streak == 2


@given(
    requests=st.integers(1, 120),
    history=st.lists(st.tuples(st.sampled_from("sra"), st.floats(0.0, 90.0)), max_size=60),
    can_pace=st.booleans(),
)
def test_whatever_happens_something_may_be_sent_and_never_more_than_the_plan_allows(
    requests: int, history: list[tuple[str, float]], can_pace: bool
) -> None:
    learned, now = Adaptation(RateLimit(requests, 60.0), can_pace=can_pace), 0.0
    for what, gap in history:
        now += gap
        match what:
            case "s":
                learned.sent(now)
            case "r":
                learned.refused(now, sent_at=now)
            case _:
                learned.accepted(now)
        assert max(1, int(requests * NARROWEST)) <= learned.allowed <= requests
        assert learned.burst is None or 1 <= learned.burst <= max(1, requests, len(history))
