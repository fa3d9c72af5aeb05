"""Slots that last until a pod is at rest: one of the calls that wait for a slot looks for all."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import anyio
import pytest
from attrs import define, field

from tests.steps import let_run
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.rules.limits import Limits
from yotta_async._scheduling.scheduler import Scheduler


def limits(slots: int, **changes: float) -> Limits:
    plan = {"requests": 100, "pod_operations": slots, "grace": 4.0, **changes}
    return Limits(operation_span="settled", **plan)  # type: ignore[arg-type]  # checked by Limits


Call = Callable[[], Coroutine[Any, Any, None]]


@define(eq=False)
class Cloud:
    """
    Pods that come to rest at given instants, and a scheduler that has to find out by looking.

    Attributes:
        tick: Seconds that one look takes.
        looks: The instants at which looks began.
    """

    limits: Limits
    rests_at: dict[str, float]
    tick: float = 1.0
    scheduler: Scheduler = field(init=False)
    looks: list[float] = field(factory=list[float])
    went: dict[str, float] = field(factory=dict[str, float])
    lookers: int = 0

    def __attrs_post_init__(self) -> None:
        self.scheduler = Scheduler(self.limits, self.look)

    async def look(self) -> None:
        self.looks.append(anyio.current_time())
        self.lookers += 1
        assert self.lookers == 1
        try:
            await anyio.sleep(self.tick)
        finally:
            self.lookers -= 1
        now = anyio.current_time()
        self.scheduler.pods_at_rest(*[pod for pod, at in self.rests_at.items() if at <= now])

    async def create(self, pod: str, took: float = 0.0) -> None:
        admission = await self.scheduler.admit(Lane.NORMAL, pod_operation=True)
        self.went[pod] = anyio.current_time()
        self.scheduler.note_sent(admission)
        await anyio.sleep(took)
        admission.answered(subject=pod)

    def at_once(self, *pods: str) -> list[Call]:
        return [partial(self.create, pod) for pod in pods]


@define(eq=False)
class FirstLookFails(Cloud):
    failed: bool = False

    async def look(self) -> None:
        if not self.failed:
            self.failed = True
            raise LookupError
        await super().look()


async def together(*calls: Call) -> None:
    async with anyio.create_task_group() as tasks:
        for call in calls:
            tasks.start_soon(call)
            await let_run()


async def test_a_call_that_waits_for_a_slot_looks_until_a_pod_is_at_rest() -> None:
    cloud = Cloud(limits(1), {"a": 4.5})
    await together(*cloud.at_once("a", "b"))
    assert cloud.looks == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert cloud.went == {"a": 0.0, "b": 5.0}


async def test_nobody_looks_while_a_slot_is_free() -> None:
    cloud = Cloud(limits(3), {})
    await together(*cloud.at_once("a", "b", "c"))
    assert cloud.looks == []


async def test_of_many_that_wait_one_looks() -> None:
    cloud = Cloud(limits(1), dict.fromkeys("abcdefgh", 3.5))
    await together(*cloud.at_once(*"abcdefgh"))
    assert cloud.looks == [float(n) for n in range(len(cloud.looks))]
    assert len(cloud.went) == 8


async def test_a_call_that_keeps_the_time_looks_when_that_becomes_what_is_needed() -> None:
    """It began to wait behind an exchange; only the answer told that a pod keeps the slot."""
    cloud = Cloud(limits(1), {"a": 0.0})
    await together(lambda: cloud.create("a", took=2.0), *cloud.at_once("b"))
    assert cloud.looks == [2.0]
    assert cloud.went["b"] == 3.0


async def test_a_cancelled_looker_is_replaced_in_the_same_instant() -> None:
    cloud = Cloud(limits(1), {"a": 5.5})
    looker = anyio.CancelScope()

    async def cancelled() -> None:
        with looker:
            await cloud.create("never")

    async def cancel() -> None:
        await anyio.sleep(2.25)
        looker.cancel()

    await together(*cloud.at_once("a"), cancelled, *cloud.at_once("b"), cancel)
    assert cloud.looks == [0.0, 1.0, 2.0, 2.25, 3.25, 4.25, 5.25]
    assert cloud.went == {"a": 0.0, "b": 6.25}


async def test_a_look_ends_when_the_looker_may_go() -> None:
    cloud = Cloud(limits(1), {}, tick=1000.0)

    async def tell() -> None:
        await anyio.sleep(3.0)
        cloud.scheduler.pods_at_rest("a")

    await together(*cloud.at_once("a", "b"), tell)
    assert cloud.went["b"] == 3.0
    assert cloud.lookers == 0


@pytest.mark.parametrize("took", [0.0, 1.0], ids=["before it looks", "while it looks"])
async def test_a_lone_looker_gets_a_slot_that_comes_back_by_time_alone(took: float) -> None:
    cloud = Cloud(limits(2), {}, tick=1000.0)

    async def lose() -> None:
        admission = await cloud.scheduler.admit(Lane.NORMAL, pod_operation=True)
        cloud.scheduler.note_sent(admission)
        await anyio.sleep(took)
        admission.unanswered()

    await together(lose, *cloud.at_once("a", "b"))
    assert cloud.went["b"] == took + cloud.limits.grace


@pytest.mark.parametrize("cancelled", [False, True])
async def test_while_one_looks_another_keeps_the_time(*, cancelled: bool) -> None:
    """And yet another one, should that be cancelled."""
    cloud = Cloud(limits(1, requests=2, per=10.0, reserve=0), {}, tick=1000.0)
    went: list[float] = []
    keeper = anyio.CancelScope()

    async def read() -> None:
        admission = await cloud.scheduler.admit(Lane.NORMAL)
        went.append(anyio.current_time())
        cloud.scheduler.note_sent(admission)
        admission.answered()

    async def keep_time() -> None:
        with keeper:
            await read()

    async def cancel() -> None:
        await anyio.sleep(5.0)
        if cancelled:
            keeper.cancel()

    with anyio.move_on_after(50.0):
        await together(*cloud.at_once("a", "b"), read, keep_time, read, cancel)
    first, *later = went
    assert first == 0.0
    assert later == pytest.approx([10.01] if cancelled else [10.01, 10.01])


async def test_a_look_that_fails_fails_the_call_that_looked_and_another_looks() -> None:
    cloud = FirstLookFails(limits(1), {"a": 2.5})

    async def fails() -> None:
        with pytest.raises(LookupError):
            await cloud.create("never")

    await together(*cloud.at_once("a"), fails, *cloud.at_once("b"))
    assert cloud.went == {"a": 0.0, "b": 3.0}


async def test_a_refusal_for_concurrency_is_learned_from() -> None:
    """The slots of pods that were released too early are kept after all, until these rest."""
    cloud = Cloud(Limits(requests=100, pod_operations=2), {"a": 1.5, "b": 3.5})
    await together(*cloud.at_once("a", "b"))
    assert cloud.scheduler.statistics().operation_span == "call"
    refused = await cloud.scheduler.admit(Lane.NORMAL, pod_operation=True)
    refused.answered()
    assert cloud.scheduler.learn_concurrency(refused).changed
    cloud.scheduler.withhold_slot(0.5)
    assert cloud.scheduler.statistics().operation_span == "settled"
    assert not cloud.scheduler.learn_concurrency(refused).changed
    await together(*cloud.at_once("c", "d"))
    assert (cloud.went["c"], cloud.went["d"]) == (1.5, 3.5)
