"""Work for a fleet's pods: every item is done once, whatever becomes of the pods."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterator
from functools import partial, wraps
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import DOOMED, REGIONS, make_fleet_lab
from tests.lab import SPEC
from yotta_async import Placement, Pod, ReplacePolicy
from yotta_async.errors import BadRequestError, ConfigurationError, NoPodLeftError, WorkLostError


async def test_every_item_is_done_once_by_some_pod() -> None:
    lab = make_fleet_lab()
    done: list[int] = []

    async def square(_pod: Pod, number: int) -> int:
        await anyio.sleep(5.0)
        done.append(number)
        return number * number

    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        outcomes = [outcome async for outcome in fleet.map(square, range(20))]
    assert sorted(done) == list(range(20))
    assert {each.index: each.result for each in outcomes} == {n: n * n for n in range(20)}
    assert set(Counter(each.pod.id for each in outcomes if each.pod).values()) == {5}


async def test_a_pod_does_one_thing_at_a_time() -> None:
    lab = make_fleet_lab()
    busy: Counter[str] = Counter()

    async def note(pod: Pod, _item: int) -> None:
        busy[pod.id] += 1
        assert busy[pod.id] == 1
        await anyio.sleep(3.0)
        busy[pod.id] -= 1

    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 3)
        assert all([outcome.error is None async for outcome in fleet.map(note, range(30))])


async def test_an_item_whose_pod_is_lost_is_done_elsewhere() -> None:
    lab = make_fleet_lab()
    begun: Counter[int] = Counter()

    async def work(pod: Pod, item: int) -> str | None:
        begun[item] += 1
        await anyio.sleep(60.0)
        return pod.region

    placement = Placement(regions=REGIONS[:2], strategy="spread")
    async with lab.client.fleet("sweep", replace=ReplacePolicy(vanished=5.0)) as fleet:
        await fleet.up([SPEC] * 4, placement=placement)
        doing = fleet.map(work, range(4))
        await anyio.sleep(30.0)
        lab.cloud.burn_down(REGIONS[0])
        outcomes = [outcome async for outcome in doing]
    assert sorted(each.index for each in outcomes) == [0, 1, 2, 3]
    assert {each.result for each in outcomes} == {REGIONS[1]}
    assert sorted(begun.values()) == [1, 1, 2, 2]


async def test_what_the_work_raises_is_that_item_s_outcome() -> None:
    lab = make_fleet_lab()

    async def divide(_pod: Pod, number: int) -> float:
        await anyio.sleep(1.0)
        return 1 / number

    async with lab.client.fleet("sweep") as fleet:
        fleet.launch(SPEC)
        outcomes = [outcome async for outcome in fleet.map(divide, [1, 0, 2])]
    assert [outcome.result for outcome in outcomes] == [1.0, None, 0.5]
    assert isinstance(outcomes[1].error, ZeroDivisionError)


async def test_without_pods_the_items_are_given_up() -> None:
    lab = make_fleet_lab(life=DOOMED)

    async def never(_pod: Pod, _item: int) -> None:
        raise AssertionError

    async with lab.client.fleet("sweep", replace=ReplacePolicy(replacements=0)) as fleet:
        fleet.launch([SPEC] * 2)
        outcomes = [outcome async for outcome in fleet.map(never, range(3))]
    assert ["no pod left" in str(outcome.error) for outcome in outcomes] == [True] * 3


async def test_no_items_are_no_work() -> None:
    lab = make_fleet_lab()

    async def never(_pod: Pod, _item: int) -> None:
        raise AssertionError

    async with lab.client.fleet("sweep") as fleet:
        outcomes = [outcome async for outcome in fleet.map(never, list[int]())]
    assert outcomes == []


async def test_work_may_be_given_out_before_pods_are_asked_for() -> None:
    lab = make_fleet_lab()

    async def work(_pod: Pod, item: int) -> int:
        await anyio.sleep(1.0)
        return item

    async with lab.client.fleet("sweep") as fleet:
        doing = fleet.map(work, range(3))
        await anyio.sleep(60.0)
        fleet.launch(SPEC)
        assert [outcome.result async for outcome in doing] == [0, 1, 2]


async def test_leaving_the_fleet_ends_the_work() -> None:
    lab = make_fleet_lab()
    ended: list[int] = []

    async def work(_pod: Pod, item: int) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(item)

    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        fleet.map(work, range(5))
        await anyio.sleep(10.0)
    assert sorted(ended) == [0, 1]
    assert lab.living == set()


def plain(_pod: Pod, item: int) -> int:
    return item


def generator(_pod: Pod, item: int) -> Iterator[int]:
    yield item


async def async_generator(_pod: Pod, item: int) -> AsyncIterator[int]:
    yield item


class Plain:
    def __call__(self, _pod: Pod, item: int) -> int:
        return item


@pytest.mark.parametrize(
    "work", [plain, generator, async_generator, Plain(), partial(plain), Plain, print, 3, None]
)
async def test_work_that_is_not_async_is_refused_at_the_call(work: Any) -> None:
    """[W9]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(ConfigurationError, match=r"work=.*: must be an async function of a"):
            fleet.map(work, [1, 2])


async def tripled(_pod: Pod, item: int, factor: int = 3) -> int:
    return factor * item


class Tripling:
    async def __call__(self, pod: Pod, item: int) -> int:
        return await tripled(pod, item)


@wraps(tripled)
def decorated(pod: Pod, item: int) -> Awaitable[int]:
    return tripled(pod, item)


@pytest.mark.parametrize(
    "work",
    [
        tripled,
        partial(tripled, factor=3),
        partial(partial(tripled), factor=3),
        Tripling(),
        Tripling().__call__,
        decorated,
        lambda pod, item: tripled(pod, item, 3),
    ],
    ids=["function", "partial", "partials", "object", "method", "decorated", "lambda"],
)
async def test_any_async_work_is_taken(work: Any) -> None:
    """[W9]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 2)
        results = {each.result async for each in fleet.map(work, [1, 2, 3])}
    assert results == {3, 6, 9}


async def test_a_lambda_that_gives_nothing_to_await_is_told_so() -> None:
    """[W9]."""
    lab = make_fleet_lab()
    work: Any = lambda _pod, item: item  # noqa: E731
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch(SPEC)
        (outcome,) = [each async for each in fleet.map(work, [1])]
    assert "work returned int: it must be an async function" in str(outcome.error)


# Pods that are lost.


async def test_an_item_that_kills_its_pods_is_given_up_and_all_others_are_done() -> None:
    """[S4] 199 done, one error, and as many pods replaced as it may have tries."""
    lab = make_fleet_lab()
    begun: list[str] = []

    async def work(pod: Pod, item: int) -> int:
        await anyio.sleep(5.0)
        if item == 7:
            begun.append(pod.id)
            await lab.client.pods.delete(pod.id)
            await anyio.sleep_forever()
        return item

    async with lab.client.fleet("sweep", replace=ReplacePolicy(vanished=5.0)) as fleet:
        await fleet.up([SPEC] * 4)
        outcomes = [outcome async for outcome in fleet.map(work, range(200))]
        made = len(lab.cloud.all_pods)
    done = [outcome for outcome in outcomes if outcome.error is None]
    assert sorted(outcome.index for outcome in done) == [n for n in range(200) if n != 7]
    [lost] = [outcome for outcome in outcomes if outcome.error is not None]
    assert isinstance(lost.error, WorkLostError)
    assert (lost.index, lost.tries, lost.error.tries) == (7, 3, 3)
    assert lost.error.pods == tuple(begun)
    assert len(set(begun)) == 3
    assert made <= 4 + 3
    assert {outcome.tries for outcome in done} == {1}


@pytest.mark.parametrize("tries", [1, 2, 5])
async def test_an_item_is_begun_as_often_as_it_may_be(tries: int) -> None:
    """[S4]."""
    lab = make_fleet_lab()
    begun: list[str] = []

    async def die(pod: Pod, _item: str) -> None:
        begun.append(pod.id)
        await lab.client.pods.delete(pod.id)
        await anyio.sleep_forever()

    replace = ReplacePolicy(vanished=5.0, replacements=10)
    async with lab.client.fleet("sweep", replace=replace) as fleet:
        await fleet.up([SPEC] * 2)
        [outcome] = [each async for each in fleet.map(die, ["a"], tries=tries)]
    assert isinstance(outcome.error, WorkLostError)
    assert outcome.tries == tries == len(set(begun))


@pytest.mark.parametrize("tries", [0, -1, 1.5, True, None, "3"])
async def test_tries_that_cannot_be_are_refused(tries: object) -> None:
    """[S4]."""
    lab = make_fleet_lab()

    async def never(_pod: Pod, _item: int) -> None:
        raise AssertionError

    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(ConfigurationError, match="must be a whole number of pods, 1 or more"):
            fleet.map(never, [1], tries=tries)  # type: ignore[arg-type]


async def test_the_reason_why_there_is_no_pod_is_in_each_outcome() -> None:
    """[W1] A misspelt GPU type."""
    lab = make_fleet_lab()

    async def never(_pod: Pod, _item: int) -> None:
        raise AssertionError

    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC.evolve(gpu_type="NVIDIA_RTX_5090_32")] * 4)
        outcomes = [outcome async for outcome in fleet.map(never, range(40))]
    assert len(outcomes) == 40
    for outcome in outcomes:
        assert isinstance(outcome.error, NoPodLeftError)
        assert isinstance(outcome.error.__cause__, BadRequestError)
        assert "gpu type [NVIDIA_RTX_5090_32] not supported" in str(outcome.error)
        assert "Did you mean NVIDIA_RTX_5090_32G" in str(outcome.error)
