"""Which item is next, on which pod, how often it is begun, and how many are taken ahead."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from yotta_async import Pod
from yotta_async.fleet.rules.items import Item, ItemQueue, Outbox


PODS = [Pod(id=str(number), status="RUNNING") for number in range(1, 5)]


def queue_of(number: int, *, tries: int = 3) -> ItemQueue[int]:
    queue = ItemQueue[int](tries)
    for value in range(number):
        queue.add(value)
    return queue


def begin(queue: ItemQueue[int], pod: Pod, *, elsewhere: bool = True) -> Item[int]:
    item = queue.next_for(pod.id, lambda _: elsewhere)
    assert item is not None
    item.pods.append(pod)
    return item


def test_items_are_begun_in_their_order() -> None:
    queue = queue_of(3)
    assert [begin(queue, PODS[0]).index for _ in range(3)] == [0, 1, 2]


def test_an_item_begun_in_vain_comes_after_all_that_were_not_begun() -> None:
    queue = queue_of(3)
    assert queue.put_back(begin(queue, PODS[0]))
    assert [begin(queue, PODS[1]).index for _ in range(3)] == [1, 2, 0]


def test_an_item_is_not_begun_again_on_the_same_pod_while_there_is_another() -> None:
    queue = queue_of(1)
    queue.put_back(begin(queue, PODS[0]))
    assert queue.next_for(PODS[0].id, lambda _: True) is None
    assert queue.next_for(PODS[1].id, lambda _: True) is not None


def test_an_item_is_begun_again_on_the_same_pod_where_there_is_no_other() -> None:
    queue = queue_of(1)
    queue.put_back(begin(queue, PODS[0]))
    assert queue.next_for(PODS[0].id, lambda _: False) is not None


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_an_item_is_put_back_as_often_as_it_may_be(tries: int) -> None:
    queue = queue_of(1, tries=tries)
    put_back = [queue.put_back(begin(queue, PODS[number])) for number in range(tries)]
    assert put_back == [True] * (tries - 1) + [False]


@pytest.mark.parametrize(
    ("pod_id", "ready", "needed"),
    [
        ("1", {"1"}, True),  # it was begun there, and no other is ready
        ("1", {"1", "2"}, False),
        ("2", {"1", "2"}, True),
        (None, {"1"}, True),
    ],
)
def test_a_pod_is_needed_for_an_item_that_can_be_begun_there(
    pod_id: str | None, ready: set[str], *, needed: bool
) -> None:
    queue = queue_of(1)
    queue.put_back(begin(queue, PODS[0]))
    assert queue.needs(pod_id, ready) is needed


def test_no_pod_is_needed_without_items_that_wait() -> None:
    queue = queue_of(1)
    begin(queue, PODS[0])
    assert not queue.needs(None, set())


def test_one_item_is_taken_before_any_pod_is_ready() -> None:
    queue = ItemQueue[int](3)
    assert queue.wants_more(places=0, free=0)
    queue.add(0)
    assert not queue.wants_more(places=0, free=0)


@given(ahead=st.integers(1, 20), places=st.integers(0, 30))
def test_no_more_is_taken_than_may_be_ahead(ahead: int, places: int) -> None:
    queue = ItemQueue[int](3, ahead)
    while queue.wants_more(places, free=places):
        queue.add(0)
    assert queue.added <= ahead


def test_an_input_that_is_closed_is_not_asked_for_more() -> None:
    assert not ItemQueue[int](3, is_closed=True).wants_more(places=8, free=8)


@given(st.permutations(range(12)))
def test_outcomes_come_in_the_order_of_their_items_where_that_is_wanted(order: list[int]) -> None:
    outbox, taken = Outbox[int](is_ordered=True), list[int]()
    for index in order:
        outbox.put(index, index)
        while (outcome := outbox.take()) is not None:
            taken.append(outcome)
    assert taken == list(range(12))
    assert len(outbox) == 0


@given(st.permutations(range(12)))
def test_outcomes_come_as_they_are_known_elsewhere(order: list[int]) -> None:
    outbox = Outbox[int]()
    for index in order:
        outbox.put(index, index)
    assert [outbox.take() for _ in order] == order


class Maps(RuleBasedStateMachine):
    """Pods take items, finish them, fail them and are lost, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = ItemQueue[int](tries=3, ahead=10)
        self.at_hand: list[Item[int]] = []
        self.begun: dict[int, list[str]] = {}
        self.ended: list[int] = []

    @rule()
    def take_from_the_input(self) -> None:
        if self.queue.wants_more(places=len(PODS), free=len(PODS) - len(self.at_hand)):
            self.queue.add(self.queue.added)

    @rule(pod=st.sampled_from(PODS))
    def begin(self, pod: Pod) -> None:
        def elsewhere(item: Item[int]) -> bool:
            return not all(item.was_on(each.id) for each in PODS)

        item = self.queue.next_for(pod.id, elsewhere)
        if item is not None:
            item.pods.append(pod)
            self.begun.setdefault(item.index, []).append(pod.id)
            self.at_hand.append(item)

    @precondition(lambda self: self.at_hand)
    @rule(data=st.data(), succeeds=st.booleans())
    def end(self, data: st.DataObject, *, succeeds: bool) -> None:
        item = self.at_hand.pop(data.draw(st.integers(0, len(self.at_hand) - 1)))
        if succeeds or not self.queue.put_back(item):
            self.ended.append(item.index)
            self.queue.finished += 1

    @rule()
    def take_an_outcome(self) -> None:
        if self.queue.delivered < self.queue.finished:
            self.queue.delivered += 1

    @invariant()
    def no_item_is_lost_and_none_is_there_twice(self) -> None:
        held = len(self.at_hand) + self.queue.waiting + len(self.ended)
        assert held == self.queue.added
        assert len(set(self.ended)) == len(self.ended)

    @invariant()
    def each_try_is_on_another_pod_and_there_are_three_at_most(self) -> None:
        for pods in self.begun.values():
            assert len(set(pods)) == len(pods) <= 3

    @invariant()
    def what_is_taken_is_bounded(self) -> None:
        assert self.queue.added - self.queue.delivered <= 10


TestMaps: Any = Maps.TestCase
