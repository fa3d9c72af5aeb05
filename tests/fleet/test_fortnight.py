"""A fleet for weeks: its memory stays flat, and it sends no more than its policy says."""

from collections import Counter
from collections.abc import Awaitable, Callable

import anyio
import pytest

from tests.fleet.fleets import keys, make_fleet_lab, once_each
from tests.fleet.resting import DAY, Resting, growth, remembered
from tests.lab import SPEC, Lab
from yotta_async import AsyncYotta, Fleet, Limits, PodSpec
from yotta_async._call.transport import client_over
from yotta_async.testing import run_virtual


YEAR = 365 * DAY
SLOWEST = 12.0  # seconds between two lists while nothing changes: six times the shortest
# Objects: what one list more or less, or one more set of slots, is made of.
NOISE = 400


def resting_lab() -> tuple[Lab, AsyncYotta, Resting]:
    lab = make_fleet_lab()
    between = Resting(lab, lab.cloud.transport())
    client = AsyncYotta("another", base_url="http://localhost", limits=Limits(requests=600))
    client._account.caller.transport.new_client = lambda: client_over(between)
    return lab, client, between


def as_after_a_year(client: AsyncYotta) -> None:
    """Set the client's counters to what a year would have made of them."""
    watch, caller = client._account.pods.watch, client._account.caller
    watch.quiet = watch._rounds = caller.polls = caller.retried = int(YEAR / SLOWEST)


def run_resting(work: Callable[[Lab, Resting, Fleet], Awaitable[None]], begins: float) -> None:
    """Run a fleet of three in virtual time, from an instant on; its memory must not grow."""

    async def main() -> None:
        await anyio.sleep(begins)
        lab, client, between = resting_lab()
        async with client, client.fleet("sweep") as fleet:
            await fleet.up([SPEC] * 3)
            await anyio.sleep(600.0)
            if begins:
                as_after_a_year(client)
            await work(lab, between, fleet)
            between.is_at_rest = False
            assert keys(lab) == once_each(3)
            assert fleet.failure is None
        assert lab.living == set()

    run_virtual(main)


def checked(fleet: Fleet) -> Counter[str]:
    return remembered(fleet._life.account, fleet)


@pytest.mark.parametrize(("begins", "lists"), [(0.0, 100_000), (YEAR, 5000)])
def test_r3_t1_a_fleet_at_rest_stays_as_it_is(begins: float, lists: int) -> None:
    """[R3, T1] 100,000 lists are a fortnight."""

    async def rest(_: Lab, between: Resting, fleet: Fleet) -> None:
        before, between.is_at_rest = checked(fleet), True
        between.lists = between.others = 0
        await anyio.sleep(SLOWEST * lists)
        assert lists * 0.99 <= between.lists <= lists + 10
        assert between.others == 0
        between.is_at_rest = False
        assert_flat(before, checked(fleet))

    run_resting(rest, begins)


def assert_flat(before: Counter[str], after: Counter[str]) -> None:
    grown = growth(before, after)
    assert sum(grown.values()) < NOISE, grown


async def lose_one(lab: Lab, between: Resting, fleet: Fleet, number: int) -> None:
    """Have a pod fail, in one of two ways, and wait until there are three again."""
    between.is_at_rest = False
    lost = fleet.status().ready[number % 3]
    if number % 2:
        await lab.client.pods.delete(lost.id)
    else:
        del lab.cloud._cloud.pods.all[int(lost.id)]
    await anyio.sleep(300.0)
    assert len(fleet.status().ready) == 3
    between.is_at_rest = True


def test_r3_a_fleet_that_loses_a_pod_every_four_hours_stays_as_it_is() -> None:
    """[R3, T5] For two days, after a day of warming up."""

    async def lose(lab: Lab, between: Resting, fleet: Fleet) -> None:
        for number in range(6):
            await lose_one(lab, between, fleet, number)
        before = checked(fleet)
        between.others = 0
        for number in range(12):
            await lose_one(lab, between, fleet, number)
            await anyio.sleep(4 * 3600.0)
        assert between.others <= 12 * 3  # a question by id, a create, a delete
        assert_flat(before, checked(fleet))

    run_resting(lose, 0.0)


def named(number: int) -> dict[str, PodSpec]:
    """Return three pods, one of which is new each minute, and has a key of its own."""
    return {"web": SPEC, "db": SPEC, f"job{number}": SPEC}


def test_r3_a_service_that_scales_every_minute_stays_as_it_is() -> None:
    """[R3] For two hours, by keys that never come again, once what it remembers is full."""

    async def scale(_: Lab, __: Resting, fleet: Fleet) -> None:
        roster = fleet._life.roster
        roster.generations |= {f"old{number}": 1 for number in range(1024)}
        for number in range(75):  # names of creates are watched for an hour
            fleet.launch(named(number))
            await anyio.sleep(60.0)
        before = checked(fleet)
        for number in range(75, 195):
            fleet.launch(named(number))
            await anyio.sleep(60.0)
        assert_flat(before, checked(fleet))
        fleet.scale(0)
        await anyio.sleep(120.0)
        await fleet.up([SPEC] * 3)

    run_resting(scale, 0.0)
