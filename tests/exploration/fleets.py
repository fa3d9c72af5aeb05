"""Fleets of three that are ended, in each of the ways, at every point."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
from attrs import frozen

from tests.exploration.bench import Bench, Chance, expect
from tests.lab import SPEC
from yotta_async import AsyncYotta
from yotta_async.errors import ClientClosedError
from yotta_async.fleet import Fleet, OnExit


__all__ = ["fleet_ended", "fleet_scaled"]

NUMBER = 3
# Ticks until all is ready, and a little longer.
TICKS = 24
PAUSED = {"PAUSING", "PAUSED"}


@frozen
class Block:
    """
    What is in the block of a fleet.

    Attributes:
        chance: When it ends.
        client: The fleet's.
        fleet: The one that is entered.
    """

    chance: Chance
    client: AsyncYotta
    fleet: Fleet

    async def some_time(self) -> None:
        await self.chance.moment("end", TICKS)


End = Callable[[Block], Awaitable[None]]


async def by_leaving(block: Block) -> None:
    await block.some_time()


async def by_an_error(block: Block) -> None:
    await block.some_time()
    raise ZeroDivisionError


async def by_cancel(block: Block) -> None:
    task = asyncio.current_task()
    assert task is not None

    async def cancel() -> None:
        await block.some_time()
        task.cancel()

    canceller = asyncio.ensure_future(cancel())
    try:
        await anyio.sleep_forever()
    finally:
        await canceller


async def by_closing_the_client(block: Block) -> None:
    await block.some_time()
    await block.client.aclose()


async def by_taking_it_down(block: Block) -> None:
    await block.some_time()
    await block.fleet.down()


ON_EXIT: tuple[OnExit, ...] = ("delete", "pause", "keep")
ENDS: tuple[End, ...] = (
    by_leaving,
    by_an_error,
    by_cancel,
    by_closing_the_client,
    by_taking_it_down,
)
EXPECTED = (ZeroDivisionError, asyncio.CancelledError, ClientClosedError)


async def fleet_ended(chance: Chance) -> None:
    """A fleet of three ends while they are made: none is left but what was to be kept."""
    end = chance.one_of("way", *ENDS)
    on_exit = chance.one_of("on exit", *ON_EXIT)
    bench = Bench.open()
    with suppress(*EXPECTED):
        async with bench.client.fleet("three", on_exit=on_exit, signals=False) as fleet:
            fleet.launch([SPEC] * NUMBER)
            await end(Block(chance, bench.client, fleet))
    statuses = {pod.id: pod.status.value for pod in bench.cloud.pods}
    names = [pod.name for pod in bench.cloud.pods]
    expect(len(names) == len(set(names)), "a member has one pod", names)
    chance.note(f"{len(bench.living)} left by {on_exit}")
    if on_exit == "delete" or end is by_taking_it_down:
        expect(not bench.living, "a fleet that ends deletes its pods", bench.living)
    elif on_exit == "pause":
        left = {statuses[pod_id] for pod_id in bench.living}
        expect(left <= PAUSED, "a fleet that ends pauses its pods", statuses)
    bench.owned |= bench.living
    await bench.close()
    expect(len(bench.living) <= NUMBER, "there are no more pods than were asked for")
    bench.assert_never_refused()


async def fleet_scaled(chance: Chance) -> None:
    """
    A fleet is scaled twice while it is made, and gets there: it has what was asked for last, and
    what was cut away is deleted.
    """
    first, then = chance.one_of("first", 0, 1, 4), chance.one_of("then", 1, 3)
    bench = Bench.open()
    async with bench.client.fleet("scaled", signals=False) as fleet:
        fleet.launch([SPEC] * 2)
        await chance.moment("first", TICKS // 2)
        fleet.scale(first, SPEC)
        await chance.moment("then", TICKS // 4)
        async with asyncio.timeout(120.0):
            report = await fleet.scale(then, SPEC)
            while len(bench.living) != then:  # noqa: ASYNC110  # deletes tell of themselves nowhere
                await anyio.sleep(1.0)
        expect(len(report.ready) == then, "a fleet has what was asked for last", report)
    expect(not bench.living, "a fleet that ends deletes its pods", bench.living)
    chance.note(f"2, {first}, {then}")
    await bench.close()
    bench.assert_never_refused()
