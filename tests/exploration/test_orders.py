"""What the strategies may choose, without any loop."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as some

from tests.exploration.orders import ORDERS, PATIENCE, Order


LOOP: Any = SimpleNamespace(get_debug=lambda: False)


@define(eq=False)
class Tape:
    """Draws of which each is the first, the last, or by a function."""

    choose: Callable[[int], int]
    drawn: list[str] = field(factory=list[str])

    def draw(self, label: str, bound: int) -> int:
        self.drawn.append(label)
        return self.choose(bound)


def order_of(name: str, choose: Callable[[int], int]) -> Order:
    loop: Any = SimpleNamespace(tape=Tape(choose))
    return ORDERS[name](loop)


def soon() -> asyncio.Handle:
    return asyncio.Handle(print, (), LOOP)


def timer() -> asyncio.Handle:
    return asyncio.TimerHandle(0.0, print, (), LOOP)


@pytest.mark.parametrize("name", ORDERS)
@given(kinds=some.lists(some.booleans(), min_size=1, max_size=8))
def test_a_tape_of_zeros_is_asyncio_s_own_order(name: str, kinds: list[bool]) -> None:
    ready = [timer() if each else soon() for each in kinds]
    assert order_of(name, lambda _: 0).pick(ready) == 0


@given(kinds=some.lists(some.booleans(), min_size=1, max_size=8), pick=some.integers(0, 7))
def test_arrivals_never_change_the_order_of_what_was_called_soon(
    kinds: list[bool], pick: int
) -> None:
    ready = [timer() if each else soon() for each in kinds]
    chosen = order_of("arrivals", lambda bound: pick % bound).pick(ready)
    assert kinds[chosen] or chosen == kinds.index(False)


@given(kinds=some.lists(some.booleans(), min_size=1, max_size=8))
def test_any_one_may_be_chosen(kinds: list[bool]) -> None:
    ready = [timer() if each else soon() for each in kinds]
    chosen = {order_of("any", lambda bound, i=i: i % bound).pick(ready) for i in range(8)}  # type: ignore[misc]
    assert chosen == set(range(len(ready)))


def test_no_callback_is_passed_over_for_ever() -> None:
    draws = iter([0, 0, 0, 5])
    order = order_of("priorities", lambda _: next(draws, 0))
    oldest = soon()
    picks = [order.pick([oldest, soon()]) for _ in range(PATIENCE + 1)]
    assert picks[0] == 1
    assert picks.count(0) == 1
