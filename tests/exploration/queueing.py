"""Calls that wait for their turn: who keeps the time hands over, and nothing is spent on no one."""

import asyncio
from contextlib import suppress
from math import ceil

from attrs import evolve

from tests.exploration.bench import PER, TICK, Bench, Chance, expect
from yotta_async import Lane


__all__ = ["keeper_handover", "lanes_lend", "refused_and_back"]

TURN = PER * 1.001 + 2 * TICK  # from a grant until its credit is back


async def keeper_handover(chance: Chance) -> None:
    """
    Six reads for two credits a window, of which two are cancelled: the others take no more windows
    than they need, and no credit is spent on those that are gone before they were sent.
    """
    bench = Bench.open(requests=2, reserve=0)
    reads = [asyncio.ensure_future(bench.client.pods.list()) for _ in range(6)]
    for who in ("one", "other"):
        victim = chance.one_of(who, *reads)
        await chance.moment(who, 20)
        victim.cancel()
    left = [read for read in reads if not read.done()]
    async with asyncio.timeout(ceil(len(left) / 2 + 1) * TURN):
        for read in reads:
            with suppress(asyncio.CancelledError):
                await read
    chance.note(f"{sum(read.cancelled() for read in reads)} cancelled")
    expect(sum(read.cancelled() for read in reads) <= 2, "what is not cancelled goes in time")
    await bench.close()
    bench.assert_never_refused()


async def lanes_lend(chance: Chance) -> None:
    """
    A queue of work borrows what is kept for other lanes, and part of it is cancelled: what was lent
    comes back, and the rest goes in time.
    """
    bench = Bench.open(requests=4, reserve=1)
    lanes = (*(Lane.NORMAL,) * 7, Lane.BACKGROUND, Lane.URGENT)
    clients = [bench.client.with_options(lane=lane) for lane in lanes]
    calls = [asyncio.ensure_future(client.pods.list()) for client in clients]
    victims = chance.one_of("cancelled", calls[:1], calls[3:7], calls[:7], calls)
    await chance.moment("cancel", 40)
    for victim in victims:
        victim.cancel()
    async with asyncio.timeout(4 * TURN):
        for call in calls:
            with suppress(asyncio.CancelledError):
                await call
    others = [call for call in calls if call not in victims]
    expect(not any(call.cancelled() for call in others), "what is not cancelled goes in time")
    chance.note(f"{sum(call.cancelled() for call in calls)} cancelled")
    await bench.close()
    bench.assert_never_refused()


async def refused_and_back(chance: Chance) -> None:
    """
    The server admits less than the client was told: calls are refused, go again in the order in
    which they came, and all come through but the one that is cancelled.
    """
    bench = Bench.open(requests=3, reserve=0)
    client = bench.add(limits=evolve(bench.client._account.caller.scheduler.limits, requests=6))
    calls = [asyncio.ensure_future(client.pods.list()) for _ in range(5)]
    victim = chance.one_of("victim", *calls)
    await chance.moment("cancel", 24)
    victim.cancel()
    async with asyncio.timeout(8 * TURN):
        for call in calls:
            with suppress(asyncio.CancelledError):
                await call
    expect(sum(call.cancelled() for call in calls) <= 1, "what is not cancelled goes in time")
    chance.note(f"{bench.cloud.refusals} refused")
    expect(bench.cloud.refusals, "the server refuses here")
    await bench.close()
