"""Slots: taken, lingering, kept for what moves."""

from math import inf

import pytest

from yotta_async._scheduling.rules.slots import LONGEST_MOTION, Slots


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
    slots.keep_for("first", 0.0)
    slots.keep_for("second", 100.0)
    assert set(slots.moving) == {"first", "second"}
    slots.at_rest("first")
    assert [slots.free(now) for now in (100.0, 699.0, 700.0)] == [1, 1, 2]


def test_two_operations_on_one_pod_keep_one_slot_for_the_longer_of_the_two() -> None:
    slots = taken(2, 2)
    slots.keep_for("pod", 0.0)
    slots.keep_for("pod", 100.0)
    assert [slots.free(now) for now in (600.0, 699.0, 700.0)] == [1, 1, 2]


def test_two_operations_on_one_pod_end_with_its_rest() -> None:
    slots = taken(2, 2)
    slots.keep_for("pod", 0.0)
    slots.keep_for("pod", 100.0)
    slots.at_rest("pod")
    assert slots.free(100.0) == 2


def test_what_keeps_no_slot_may_come_to_rest() -> None:
    slots = taken(1, 1)
    slots.at_rest("unknown")
    assert slots.free(0.0) == 0


def test_released_slots_are_kept_after_all_once_it_is_known_that_they_should_have_been() -> None:
    slots = taken(2, 2)
    slots.release_as("moving", 0.0)
    slots.release_as("rested", 0.0)
    slots.at_rest("rested")
    assert slots.free(0.0) == 2
    slots.keep_released()
    assert (slots.free(0.0), set(slots.moving)) == (1, {"moving"})


def test_more_may_be_kept_than_there_are_and_then_none_is_free() -> None:
    slots = Slots(1)
    for name in ("first", "second", "third"):
        slots.take()
        slots.release_as(name, 0.0)
    slots.keep_released()
    assert (repr(slots), slots.free(0.0)) == ("<Slots 3/1>", 0)
    slots.at_rest("first")
    slots.at_rest("second")
    assert slots.free(0.0) == 0
    slots.at_rest("third")
    assert slots.free(0.0) == 1


def test_what_was_released_long_ago_is_forgotten() -> None:
    slots = taken(3, 2)
    slots.release_as("old", 0.0)
    slots.release_as("new", LONGEST_MOTION)
    slots.keep_released()
    assert set(slots.moving) == {"new"}


def test_what_was_released_twice_is_remembered_for_the_longer_of_the_two() -> None:
    slots = taken(3, 3)
    slots.release_as("twice", 0.0)
    slots.release_as("between", 50.0)
    slots.release_as("twice", 100.0)
    slots.keep_released()
    assert [slots.free(now) for now in (649.0, 650.0, 699.0, 700.0)] == [1, 2, 2, 3]


def test_what_is_kept_after_all_runs_out_in_its_turn_among_what_was_kept_before() -> None:
    slots = taken(3, 3)
    slots.release_as("first", 0.0)
    slots.keep_for("second", 10.0)
    slots.release_as("third", 20.0)
    slots.keep_released()
    assert [slots.next_release(now) for now in (599.0, 600.0, 610.0, 620.0)] == [600, 610, 620, inf]
    assert slots.free(620.0) == 3


class Counted(float):
    """An instant that counts how often one is compared with another."""

    comparisons = 0

    def __add__(self, seconds: float) -> "Counted":
        return Counted(float(self) + seconds)

    def __lt__(self, other: float) -> bool:
        Counted.comparisons += 1
        return super().__lt__(other)

    def __le__(self, other: float) -> bool:
        Counted.comparisons += 1
        return super().__le__(other)

    def __gt__(self, other: float) -> bool:
        Counted.comparisons += 1
        return super().__gt__(other)


@pytest.mark.parametrize("kept", [False, True])
def test_an_operation_costs_the_same_however_many_there_were_in_ten_minutes(*, kept: bool) -> None:
    slots, count, Counted.comparisons = Slots(5), 4000, 0
    for number in range(count):
        now = Counted(number * 0.25)
        slots.take()
        (slots.keep_for if kept else slots.release_as)(f"pod-{number}", now)
        slots.free(now)
        slots.next_release(now)
    assert Counted.comparisons < 10 * count


def test_no_more_is_remembered_than_was_released_in_ten_minutes() -> None:
    slots = Slots(5)
    for number in range(10_000):
        slots.take()
        slots.release_as(f"pod-{number}", float(number))
    slots.keep_released()
    assert len(slots.moving) == LONGEST_MOTION


def test_another_clock_changes_instants_and_not_waits() -> None:
    slots = taken(4, 3)
    slots.linger(1010.0)
    slots.release_as("released", 700.0)
    slots.keep_for("kept", 1000.0)
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
