"""Slots: taken, lingering, kept for what moves."""

from math import inf

import pytest

from yotta_async._scheduling.rules.slots import Slots


def taken(size: int, count: int) -> Slots:
    slots = Slots(size)
    for _ in range(count):
        slots.take()
    return slots


def test_a_taken_slot_is_busy_until_it_is_released() -> None:
    slots = taken(2, 2)
    assert (slots.busy, slots.free(0.0)) == (2, 0)
    slots.release()
    assert (slots.busy, slots.free(0.0)) == (1, 1)


def test_a_lingering_slot_is_free_at_its_instant() -> None:
    slots = taken(1, 1)
    slots.linger(5.0)
    assert slots.next_release(0.0) == 5.0
    assert [slots.free(now) for now in (4.9, 5.0)] == [0, 1]
    assert slots.next_release(5.0) == inf


def test_a_kept_slot_is_free_at_rest_or_when_it_runs_out() -> None:
    slots = taken(2, 2)
    slots.keep_for("first", 600.0)
    slots.keep_for("second", 700.0)
    assert slots.moving == {"first", "second"}
    slots.at_rest("first")
    assert [slots.free(now) for now in (0.0, 699.0, 700.0)] == [1, 1, 2]


def test_two_operations_on_one_pod_keep_one_slot_for_the_longer_of_the_two() -> None:
    slots = taken(2, 2)
    slots.keep_for("pod", 700.0)
    slots.keep_for("pod", 600.0)
    assert slots.free(650.0) == 1
    slots.at_rest("pod")
    assert slots.free(650.0) == 2


def test_what_keeps_no_slot_may_come_to_rest() -> None:
    slots = taken(1, 1)
    slots.at_rest("nobody")
    assert slots.free(0.0) == 0


def test_released_slots_are_kept_after_all_once_it_is_known_that_they_should_have_been() -> None:
    slots = taken(2, 2)
    slots.release_as("moving", 0.0, 600.0)
    slots.release_as("rested", 0.0, 600.0)
    slots.at_rest("rested")
    assert slots.free(0.0) == 2
    slots.keep_released()
    assert (slots.free(0.0), slots.moving) == (1, frozenset({"moving"}))


def test_more_may_be_kept_than_there_are_and_then_none_is_free() -> None:
    slots = Slots(1)
    for name in ("first", "second", "third"):
        slots.take()
        slots.release_as(name, 0.0, 600.0)
    slots.keep_released()
    assert (slots.free_at_rest, slots.free(0.0)) == (-2, 0)
    slots.at_rest("first")
    slots.at_rest("second")
    assert slots.free(0.0) == 0
    slots.at_rest("third")
    assert slots.free(0.0) == 1


def test_what_was_released_long_ago_is_forgotten() -> None:
    slots = taken(3, 2)
    slots.release_as("old", 0.0, 600.0)
    slots.release_as("new", 600.0, 1200.0)
    slots.keep_released()
    assert slots.moving == {"new"}


def test_another_clock_changes_instants_and_not_waits() -> None:
    slots = taken(4, 3)
    slots.linger(1010.0)
    slots.keep_for("kept", 1600.0)
    slots.release_as("released", 1000.0, 1300.0)
    slots.rebase(1000.0, 5.0)
    assert slots.next_release(5.0) == 15.0
    slots.keep_released()
    assert [slots.free(now) for now in (5.0, 15.0, 305.0, 605.0)] == [1, 2, 3, 4]


def test_what_has_run_out_on_the_old_clock_has_run_out_on_the_new() -> None:
    slots = taken(1, 1)
    slots.linger(10.0)
    slots.rebase(50.0, 5.0)
    assert slots.free(5.0) == 1


def test_abandoned_slots_all_linger() -> None:
    slots = taken(3, 2)
    slots.abandon(7.0)
    assert slots.busy == 0
    assert [slots.free(now) for now in (6.9, 7.0)] == [1, 3]


@pytest.mark.parametrize(("busy", "shown"), [(0, "<Slots 0/5>"), (3, "<Slots 3/5>")])
def test_the_repr_tells_how_many_are_out(busy: int, shown: str) -> None:
    assert repr(taken(5, busy)) == shown
