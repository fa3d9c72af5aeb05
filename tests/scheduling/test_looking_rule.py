"""When a list is worth a create: the rule, by table and by property."""

from itertools import pairwise
from math import exp, log

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._scheduling.rules.looking import BootTimes, Course, Plan, looks_of


TURN = 60.0


def course_of(queue: int, *, free: int = 60, pods: int = 600, at: float = 61.0) -> Course:
    """Return a course in which a batch has just come back, and the one before it has started."""
    return Course(
        now=at,
        looked_at=0.0,
        queue=queue,
        credits=[(at, free), (at + TURN, 0)],
        allowed=60,
        turn=TURN,
        starting=[(2.0, 59)],
        pods=pods,
    )


@pytest.mark.parametrize("queue", [1, 59, 60, 61, 67])
def test_no_list_pushes_a_create_of_a_small_launch_over_its_last_edge(queue: int) -> None:
    """The edges of two windows: that one may be ready a window after all others."""
    assert looks_of(course_of(queue, pods=59 + queue), BootTimes()) == ()


@pytest.mark.parametrize("queue", [1, 59, 60])
def test_no_credit_is_kept_from_creates_of_which_all_can_go(queue: int) -> None:
    assert looks_of(course_of(queue, pods=6000), BootTimes()) == ()


def test_lists_that_are_overdue_are_one() -> None:
    late = evolve(course_of(541), now=200.0, credits=[(200.0, 60)])
    looks = looks_of(late, BootTimes())
    assert looks[0] == 200.0
    assert all(at > 200.0 for at in looks[1:])


def test_a_long_queue_is_looked_at_every_half_window() -> None:
    looks = looks_of(course_of(541), BootTimes())
    gaps = [b - a for a, b in pairwise(looks)]
    assert all(15.0 <= gap <= TURN for gap in gaps)


@pytest.mark.parametrize("queue", [300, 541, 4941])
def test_what_is_ready_is_known_a_window_later_at_the_most(queue: int) -> None:
    looks = looks_of(course_of(queue, pods=60 + queue), BootTimes())
    assert looks
    assert looks[0] <= 45.0 + TURN + 5.0


def test_no_list_is_due_before_anything_can_be_ready() -> None:
    fresh = evolve(course_of(541, at=5.0, free=0), credits=[(60.0, 60)])
    assert all(at > 60.0 for at in looks_of(fresh, BootTimes()))


@given(st.integers(1, 3000), st.integers(1, 60), st.integers(2, 120), st.floats(0.0, 300.0))
def test_plans_are_in_order_and_never_before_the_last_list(
    queue: int, free: int, allowed: int, at: float
) -> None:
    course = evolve(course_of(queue, free=free, at=at), allowed=allowed)
    looks = looks_of(course, BootTimes())
    assert list(looks) == sorted(looks)
    assert all(each > course.looked_at for each in looks)


@given(st.integers(1, 3000), st.floats(0.0, 12.0))
def test_all_creates_go_whatever_the_lists(queue: int, lists: float) -> None:
    batches = course_of(queue).batches(lists)
    assert sum(number for _, number in batches) == pytest.approx(queue)


@given(st.integers(1, 3000), st.floats(0.0, 6.0), st.floats(0.0, 6.0))
def test_more_lists_never_let_the_creates_go_earlier(queue: int, few: float, more: float) -> None:
    course, (few, more) = course_of(queue), sorted((few, more))
    assert course.starts(more) >= course.starts(few) - 1e-6


@pytest.mark.parametrize(
    ("looks", "returns", "kept"),
    [
        ((), (), 0),
        ((10.0, 20.0), (), 2),
        ((10.0, 20.0), (15.0,), 1),
        ((10.0, 20.0), (5.0, 15.0), 0),
        ((10.0, 20.0), (15.0, 16.0, 17.0), 1),
        ((10.0, 11.0, 20.0), (12.0, 13.0), 2),
    ],
)
def test_credits_are_kept_for_the_lists_before_which_none_comes_back(
    looks: tuple[float, ...], returns: tuple[float, ...], kept: int
) -> None:
    assert Plan.of(looks, returns) == Plan(looks, kept)


def test_boot_times_are_at_first_those_that_are_documented() -> None:
    boots = BootTimes()
    assert boots.share(0.0) == 0.0
    assert boots.share(105.0) == pytest.approx(0.5)


@pytest.mark.parametrize("median", [20.0, 60.0, 300.0])
def test_boot_times_become_those_that_are_seen(median: float) -> None:
    boots = BootTimes()
    for n in range(300):
        boots.note(median * exp(0.3 * (n % 21 - 10) / 6.0))
    boots.fit([])
    assert exp(boots.mean) == pytest.approx(median, rel=0.1)
    assert 0.2 < boots.spread < 0.6


def test_pods_that_still_start_count_as_slower_than_they_are_old() -> None:
    boots, slow = BootTimes(), BootTimes()
    for each in (boots, slow):
        for _ in range(20):
            each.note(60.0)
    boots.fit([])
    slow.fit([200.0] * 20)
    assert slow.mean > boots.mean
    assert exp(slow.mean) < 200.0


def test_a_pod_that_began_a_moment_ago_says_nothing() -> None:
    boots = BootTimes()
    boots.fit([5.0] * 50)
    assert boots.mean == pytest.approx(log(105.0))


@given(st.lists(st.floats(0.1, 1e4), max_size=40), st.lists(st.floats(0.0, 1e4), max_size=40))
def test_a_share_is_one_and_grows_with_time(seen: list[float], ages: list[float]) -> None:
    boots = BootTimes()
    for each in seen:
        boots.note(each)
    boots.fit(ages)
    shares = [boots.share(float(each)) for each in range(0, 700, 7)]
    assert all(0.0 <= each <= 1.0 for each in shares)
    assert shares == sorted(shares)
