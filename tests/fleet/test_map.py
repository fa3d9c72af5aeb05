"""How a map goes: tries and time-outs, several items on a pod, order, streams, errors, costs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import anyio
import pytest

from tests.fleet.fleets import DOOMED, make_fleet_lab
from tests.lab import SPEC, Lab
from yotta_async import Pod, ReplacePolicy
from yotta_async.errors import (
    ConfigurationError,
    NoPodLeftError,
    WorkLostError,
    WorkTimeoutError,
    YottaError,
)


async def twice(_pod: Pod, item: int) -> int:
    await anyio.sleep(5.0)
    return 2 * item


async def never(_pod: Pod, _item: object) -> None:
    raise AssertionError


async def results_of(
    lab: Lab, work: Any, items: Any, *, pods: int = 4, **options: Any
) -> list[Any]:
    """Map in a fleet of some pods, and return the outcomes as they come."""
    async with lab.client.fleet("sweep", replace=ReplacePolicy(vanished=5.0)) as fleet:
        await fleet.up([SPEC] * pods)
        return [outcome async for outcome in fleet.map(work, items, **options)]


# Tries.


async def test_one_item_kills_its_pods_one_hangs_and_all_others_are_done_in_time() -> None:
    """[S4] 198 results, 2 errors; the others end as late as the pods at hand need for them."""
    lab = make_fleet_lab()
    ended: dict[int, float] = {}

    async def work(pod: Pod, item: int) -> int:
        await anyio.sleep(5.0)
        if item == 7:
            await lab.client.pods.delete(pod.id)
        if item in (7, 11):
            await anyio.sleep_forever()
        ended[item] = anyio.current_time()
        return item

    async with lab.client.fleet("sweep", replace=ReplacePolicy(vanished=5.0)) as fleet:
        await fleet.up([SPEC] * 10)
        began = anyio.current_time()
        outcomes = [each async for each in fleet.map(work, range(200), item_timeout=60.0)]
    failed = {each.index: each.error for each in outcomes if each.error}
    assert sorted(each.index for each in outcomes) == list(range(200))
    assert isinstance(failed.pop(7), WorkLostError)
    assert isinstance(failed.pop(11), WorkTimeoutError)
    assert not failed
    # 20 rounds of 5 s on 10 pods; at most two of these were out of use at a time.
    assert max(ended.values()) - began <= 20 * 5.0 * 10 / 8 + 5.0


async def test_an_item_that_hangs_is_tried_on_other_pods_and_given_up() -> None:
    lab = make_fleet_lab()
    begun: list[str] = []

    async def hang(pod: Pod, _item: int) -> None:
        begun.append(pod.id)
        await anyio.sleep_forever()

    [outcome] = await results_of(lab, hang, [0], item_timeout=30.0)
    assert isinstance(outcome.error, WorkTimeoutError)
    assert (outcome.error.tries, outcome.error.seconds) == (3, 30.0)
    assert outcome.error.pods == tuple(begun)
    assert len(set(begun)) == 3
    assert outcome.seconds == 90.0


async def test_a_try_in_time_is_not_ended() -> None:
    [outcome] = await results_of(make_fleet_lab(), twice, [4], item_timeout=5.5)
    assert (outcome.result, outcome.tries) == (8, 1)


async def test_work_that_gives_a_result_though_it_is_late_has_done_it() -> None:
    async def stubborn(_pod: Pod, item: int) -> int:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(9.0)
        return item

    [outcome] = await results_of(make_fleet_lab(), stubborn, [4], item_timeout=5.0)
    assert (outcome.result, outcome.error, outcome.tries) == (4, None, 1)


async def test_what_late_work_raises_is_the_cause_of_its_error() -> None:
    async def bad_loser(_pod: Pod, _item: int) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise OSError

    [outcome] = await results_of(make_fleet_lab(), bad_loser, [4], item_timeout=5.0, tries=1)
    assert isinstance(outcome.error, WorkTimeoutError)
    assert isinstance(outcome.error.__cause__, OSError)


async def test_what_may_be_repeated_is_begun_again_on_another_pod() -> None:
    begun: list[str] = []

    async def shaky(pod: Pod, item: int) -> int:
        begun.append(pod.id)
        if len(begun) < 3:
            raise ConnectionResetError
        return item

    [outcome] = await results_of(make_fleet_lab(), shaky, [5], retry_on=OSError)
    assert (outcome.result, outcome.tries) == (5, 3)
    assert len(set(begun)) == 3


async def test_what_is_raised_again_and_again_is_the_outcome_in_the_end() -> None:
    async def broken(_pod: Pod, _item: int) -> None:
        raise ConnectionResetError

    [outcome] = await results_of(make_fleet_lab(), broken, [5], retry_on=(OSError, KeyError))
    assert isinstance(outcome.error, ConnectionResetError)
    assert outcome.tries == 3


async def test_on_a_lone_pod_an_item_is_begun_again_there() -> None:
    begun: list[str] = []

    async def shaky(pod: Pod, item: int) -> int:
        begun.append(pod.id)
        if len(begun) < 2:
            raise ConnectionResetError
        return item

    [outcome] = await results_of(make_fleet_lab(), shaky, [5], pods=1, retry_on=OSError)
    assert (outcome.result, len(begun), len(set(begun))) == (5, 2, 1)


async def test_a_pod_that_has_had_an_item_does_others_while_that_waits_for_another_pod() -> None:
    order: list[tuple[int, str]] = []

    async def work(pod: Pod, item: int) -> None:
        order.append((item, pod.id))
        await anyio.sleep(1.0 if item else 3.0)
        if item == 0 and len({pod for number, pod in order if number == 0}) < 2:
            raise ConnectionResetError

    outcomes = await results_of(make_fleet_lab(), work, range(12), pods=2, retry_on=OSError)
    assert [outcome.error for outcome in outcomes] == [None] * 12
    assert len({pod for item, pod in order if item == 0}) == 2


# Several at once, and their order.


@pytest.mark.parametrize("per_pod", [1, 3])
async def test_as_many_items_are_at_work_on_a_pod_as_may_be(per_pod: int) -> None:
    lab, most = make_fleet_lab(), Counter[str]()
    at_work: Counter[str] = Counter()

    async def note(pod: Pod, _item: int) -> None:
        at_work[pod.id] += 1
        most[pod.id] = max(most[pod.id], at_work[pod.id])
        await anyio.sleep(3.0)
        at_work[pod.id] -= 1

    outcomes = await results_of(lab, note, range(30), pods=2, per_pod=per_pod)
    assert all(outcome.error is None for outcome in outcomes)
    assert set(most.values()) == {per_pod}


async def test_few_items_are_spread_over_the_pods() -> None:
    outcomes = await results_of(make_fleet_lab(), twice, range(4), per_pod=4)
    assert len({outcome.pod_id for outcome in outcomes}) == 4


async def test_all_items_of_a_lost_pod_are_done_elsewhere() -> None:
    lab, begun = make_fleet_lab(), Counter[int]()

    async def work(pod: Pod, item: int) -> int:
        begun[item] += 1
        await anyio.sleep(30.0)
        if item == 0 and begun[item] == 1:
            await lab.client.pods.delete(pod.id)
            await anyio.sleep_forever()
        return item

    outcomes = await results_of(lab, work, range(4), pods=2, per_pod=2)
    assert {outcome.index: outcome.error for outcome in outcomes} == dict.fromkeys(range(4))
    assert sorted(begun.values()) in ([1, 1, 1, 2], [1, 1, 2, 2])


async def test_outcomes_come_in_the_order_of_the_items_where_that_is_wanted() -> None:
    async def slower_first(_pod: Pod, item: int) -> int:
        await anyio.sleep(20.0 - item)
        return item

    lab = make_fleet_lab()
    outcomes = await results_of(lab, slower_first, range(12), ordered=True)
    assert [outcome.index for outcome in outcomes] == list(range(12))


# Streams.


class Numbers:
    """An input without an end, which counts what is taken from it."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        self.taken += 1
        return self.taken - 1


class Stream(Numbers):
    def __aiter__(self) -> AsyncIterator[int]:
        return self._each()

    async def _each(self) -> AsyncIterator[int]:
        while True:
            await anyio.sleep(0.1)
            yield next(self)


@pytest.mark.parametrize("kind", [Numbers, Stream])
async def test_a_stream_is_taken_no_faster_than_its_outcomes_are(kind: type[Numbers]) -> None:
    lab, numbers = make_fleet_lab(), kind()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        working = fleet.map(twice, numbers)
        for delivered in range(1, 20):
            outcome = await anext(working)
            await anyio.sleep(60.0)  # all that may be done ahead is done
            assert outcome.result == 2 * outcome.item
            assert numbers.taken - delivered == 2 * 4


async def test_what_may_be_taken_ahead_can_be_said() -> None:
    lab, numbers = make_fleet_lab(), Numbers()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4)
        working = fleet.map(twice, numbers, ahead=3)
        await anyio.sleep(60.0)
        assert numbers.taken == 3
        await anext(working)
        await anyio.sleep(60.0)
        assert numbers.taken == 4


async def test_of_a_collection_as_much_is_at_hand_as_may_be_taken_ahead() -> None:
    most = 0
    at_work = 0

    async def note(_pod: Pod, _item: int) -> None:
        nonlocal most, at_work
        at_work += 1
        most = max(most, at_work)
        await anyio.sleep(3.0)
        at_work -= 1

    outcomes = await results_of(make_fleet_lab(), note, list(range(20)), ahead=2)
    assert (len(outcomes), most) == (20, 2)


async def test_without_a_pod_one_item_is_taken() -> None:
    lab, numbers = make_fleet_lab(), Numbers()
    async with lab.client.fleet("sweep") as fleet:
        fleet.map(twice, numbers)
        await anyio.sleep(60.0)
        assert numbers.taken == 1


async def test_a_stream_that_ends_is_done_as_a_whole() -> None:
    outcomes = await results_of(make_fleet_lab(), twice, (number for number in range(30)))
    assert sorted(outcome.result for outcome in outcomes) == [2 * number for number in range(30)]


async def test_an_empty_stream_is_no_work() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        assert [each async for each in fleet.map(never, iter(()))] == []


async def test_what_a_stream_raises_comes_after_the_outcomes_of_all_before() -> None:
    async def failing() -> AsyncIterator[int]:
        for number in range(5):
            yield number
        raise KeyError("the source is gone")

    lab, seen = make_fleet_lab(), list[int]()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        working = fleet.map(twice, failing())
        with pytest.raises(KeyError, match="the source is gone"):
            async for outcome in working:
                seen.append(outcome.index)
        assert [each async for each in working] == []
        assert fleet.failure is None
    assert sorted(seen) == list(range(5))


async def test_a_stream_without_any_pod_ends_with_the_reason() -> None:
    lab = make_fleet_lab(life=DOOMED)
    async with lab.client.fleet("sweep", replace=ReplacePolicy(replacements=0)) as fleet:
        fleet.launch(SPEC)
        working = fleet.map(never, Numbers())
        assert isinstance((await anext(working)).error, NoPodLeftError)
        with pytest.raises(NoPodLeftError):
            await anext(working)


async def test_a_generator_is_closed_with_its_map() -> None:
    closed: list[bool] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(1_000):
                yield number
        finally:
            closed.append(True)

    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        await anext(fleet.map(twice, numbers()))
    assert closed == [True]


# Errors.


async def test_errors_are_raised_where_that_is_wanted_and_the_others_go_on() -> None:
    async def divide(_pod: Pod, number: int) -> float:
        await anyio.sleep(1.0 + number)
        return 1 / number

    lab, seen = make_fleet_lab(), list[float | None]()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 3)
        working = fleet.map(divide, [0, 1, 2], errors="raise")
        with pytest.raises(ZeroDivisionError) as raised:
            await anext(working)
        seen = [outcome.result async for outcome in working]
        assert fleet.failure is None
    assert seen == [1.0, 0.5]
    assert "item 0, pod" in raised.value.__notes__[0]


@pytest.mark.asyncio_only
async def test_a_cancellation_of_the_works_own_task_is_its_items_error() -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def work(_pod: Pod, item: int) -> int:
        tasks.append(asyncio.current_task())
        await anyio.sleep(5.0)
        return item

    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up(SPEC)
        working = fleet.map(work, [1, 2])
        await anyio.sleep(1.0)
        assert tasks[0]
        tasks[0].cancel()
        outcomes = [outcome async for outcome in working]
    assert isinstance(outcomes[0].error, YottaError)
    assert "cancelled from outside" in str(outcomes[0].error)
    assert outcomes[1].result == 2


async def test_a_group_of_exceptions_is_an_outcome_like_any_other() -> None:
    async def work(pod: Pod, item: int) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(never, pod, item)

    [outcome] = await results_of(make_fleet_lab(), work, [1])
    assert isinstance(outcome.error, ExceptionGroup)


# What it costs.


async def test_an_outcome_says_what_its_item_took() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up(SPEC)
        working = fleet.map(twice, [1])
        outcome = await anext(working)
    assert outcome.pod_id == outcome.pod.id if outcome.pod else False
    assert outcome.seconds == 5.0
    assert outcome.cost == round(Decimal("0.65") * 5 / 3600, 6)


@pytest.mark.parametrize("per_pod", [1, 2])
async def test_items_and_idle_pods_cost_what_the_cloud_bills_meanwhile(per_pod: int) -> None:
    lab = make_fleet_lab()

    async def work(_pod: Pod, item: int) -> None:
        await anyio.sleep(20.0 + 7 * item)

    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 5)
        before = lab.cloud.billing()
        working = fleet.map(work, range(13), per_pod=per_pod)
        outcomes = [outcome async for outcome in working]
        report = working.status()
        billed = lab.cloud.billing() - before
    costs = sum((outcome.cost or Decimal(0) for outcome in outcomes), Decimal(0))
    assert float(costs + report.idle_cost) == pytest.approx(float(billed), rel=1e-3)
    assert float(report.cost) == pytest.approx(float(costs), abs=1e-4)
    assert report.idle_cost > 0


async def test_a_report_counts() -> None:
    async def work(_pod: Pod, item: int) -> None:
        await anyio.sleep(5.0)
        if item == 3:
            raise OSError

    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 2)
        working = fleet.map(work, range(4), retry_on=OSError, tries=2)
        await anyio.sleep(6.0)
        assert (working.status().at_hand, working.status().done) == (2, 2)
        async for _ in working:
            pass
        report = working.status()
    assert (report.items, report.done, report.failed, report.again) == (4, 3, 1, 1)
    assert report.is_complete
    assert str(report).startswith("sweep: 3 of 4 items done, 1 failed, 0 at work, 1 begun again; $")


# Settings.


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ({"item_timeout": 0}, "item_timeout=0: must be seconds, more than 0"),
        ({"item_timeout": float("inf")}, "item_timeout=inf: must be seconds"),
        ({"per_pod": 0}, "per_pod=0: must be a whole number of items, 1 or more"),
        ({"ahead": 0}, "ahead=0: must be a whole number of items, 1 or more"),
        ({"errors": "ignore"}, 'errors=ignore: must be "return" or "raise"'),
        ({"retry_on": BaseException}, "retry_on=.*: must be a class of exceptions, or a tuple"),
        ({"retry_on": "OSError"}, "retry_on='OSError': must be a class of exceptions"),
        ({"ordered": 1}, "ordered=1: must be True or False"),
        ({"journal": 3}, "journal=3: must be the path of a file"),
        ({"journal": ""}, "journal=: must be the path of a file"),
    ],
    ids=str,
)
async def test_settings_that_cannot_be_are_refused(setting: dict[str, Any], problem: str) -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(ConfigurationError, match=problem):
            fleet.map(never, [1], **setting)


async def test_items_that_cannot_be_iterated_over_are_refused() -> None:
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        with pytest.raises(ConfigurationError, match=r"items=\(int\): must be an iterable"):
            fleet.map(never, 3)  # type: ignore[arg-type]
