"""Which pods are exchanged next."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.fleet.rules.members import Member, Stage
from yotta_async.fleet.rules.rollout import Rollout, next_turn


def serving(key: str) -> Member:
    return Member(key=key, mark="old", pod_id=key, stage=Stage.READY, ready_since=0.0)


def idle(key: str) -> Member:
    return Member(key=key, mark="old", pod_id=key, stage=Stage.STARTING)


def homeless(key: str) -> Member:
    return Member(key=key, mark="old")


def beside(key: str) -> Member:
    return serving(key).succeeding("new", beside=True)


def instead(key: str) -> Member:
    return serving(key).succeeding("new", beside=False)


ABC = [serving("a"), serving("b"), serving("c")]


@pytest.mark.parametrize(
    ("rollout", "waiting", "under_way", "first", "then"),
    [
        (Rollout(), ABC, [], "a", ""),
        (Rollout(surge=2), ABC, [], "ab", ""),
        (Rollout(surge=9), ABC, [], "abc", ""),
        (Rollout(surge=0, unavailable=1), ABC, [], "", "a"),
        (Rollout(surge=1, unavailable=1), ABC, [], "a", "b"),
        (Rollout(), ABC, [beside("x")], "", ""),
        (Rollout(surge=2), ABC, [beside("x")], "a", ""),
        (Rollout(surge=0, unavailable=1), ABC, [instead("x")], "", ""),
        (Rollout(surge=0, unavailable=2), ABC, [instead("x")], "", "a"),
        (Rollout(), [serving("a"), homeless("b"), homeless("c")], [], "a", "bc"),
        (Rollout(), [serving("a"), homeless("b")], [beside("x")], "", "b"),
        (Rollout(), [serving("a"), idle("b"), idle("c")], [], "a", "b"),
        (Rollout(), [idle("b"), idle("c")], [instead("x")], "", ""),
        (Rollout(surge=0, unavailable=1), [serving("a"), idle("b")], [], "", "b"),
        (Rollout(surge=0, unavailable=2), [serving("a"), idle("b")], [], "", "ba"),
        (Rollout(surge=0, unavailable=1), [serving("a"), homeless("b")], [], "", "b"),
    ],
)
def test_what_is_exchanged_next(
    rollout: Rollout,
    waiting: Sequence[Member],
    under_way: Sequence[Member],
    first: str,
    then: str,
) -> None:
    turn = next_turn(rollout, waiting, under_way)
    assert ("".join(turn.beside), "".join(turn.instead)) == (first, then)


@given(
    surge=st.integers(0, 4),
    unavailable=st.integers(0, 4),
    kinds=st.lists(st.sampled_from([serving, idle, homeless]), min_size=1, max_size=9),
    order=st.randoms(use_true_random=False),
)
def test_all_are_exchanged_and_the_numbers_are_kept(
    surge: int, unavailable: int, kinds: list[object], order: object
) -> None:
    """New pods get ready, and old ones end, in any order."""
    if not surge + unavailable:
        surge = 1
    rollout = Rollout(surge=surge, unavailable=unavailable)
    waiting = {str(n): kind(str(n)) for n, kind in enumerate(kinds)}  # type: ignore[operator]
    served, under_way = sum(each.serves for each in waiting.values()), dict[str, Member]()
    for _ in range(100):
        turn = next_turn(rollout, waiting.values(), under_way.values())
        for key in (*turn.beside, *turn.instead):
            member = waiting.pop(key).succeeding("new", beside=key in turn.beside)
            under_way[key] = evolve(member, pod_id=f"{key}'", stage=Stage.STARTING)
        assert sum(each.predecessor is not None for each in under_way.values()) <= surge
        lost = sum(each.predecessor is None and not each.serves for each in under_way.values())
        idle_before = len(kinds) - served
        assert lost <= unavailable + max(idle_before, surge)
        if not under_way:
            break
        done = order.choice(list(under_way))  # type: ignore[attr-defined]
        del under_way[done]
    assert not waiting
