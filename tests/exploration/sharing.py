"""Two processes with one budget in one store: cancelled calls give back what the book gave them."""

import asyncio
from contextlib import suppress

import anyio

from tests.exploration.bench import GRACE, PER, TICK, Chance, expect
from tests.scheduling.processes import World
from yotta_async import Lane, Limits
from yotta_async._backend import current_time
from yotta_async._scheduling.rules.book.view import view


__all__ = ["budget_shared"]

REQUESTS, SLOTS = 4, 1
LIMITS = Limits(requests=REQUESTS, per=PER, pod_operations=SLOTS, reserve=0, grace=GRACE)
# A grant, an exchange, and the way of the credit back.
TURN = PER * 1.001 + 2 * TICK


async def budget_shared(chance: Chance) -> None:
    """
    Six calls of two processes, some of them pod operations, wait for four credits and one slot; two
    are cancelled: the rest go within the windows that they need, no window is breached, and in the
    end the book has all credits and slots again.
    """
    world = World(limits=LIMITS)
    processes = [world.process(), world.process()]
    for process in processes:
        process._clock = current_time
    calls = [
        asyncio.ensure_future(
            world.send(each, Lane.NORMAL, takes=2 * TICK, pod_operation=number == 0)
        )
        for each in processes
        for number in range(3)
    ]
    victims = [chance.one_of("first", *calls), chance.one_of("second", *calls)]
    await chance.moment("cancel", 3)
    victims[0].cancel()
    await chance.moment("cancel again", 3)
    victims[1].cancel()
    async with asyncio.timeout(3 * TURN):
        for call in calls:
            with suppress(asyncio.CancelledError):
                await call
    others = [call for call in calls if call not in victims]
    expect(not any(call.cancelled() for call in others), "what is not cancelled goes in time")
    chance.note(f"{sum(call.cancelled() for call in calls)} cancelled")
    # As long as they are there, as the book takes what a process that leaves has held to be back.
    await anyio.sleep(PER + GRACE + 1.0)
    for process in processes:
        expect(process.is_idle, "no call waits or holds credit or slot", process)
    _see_that_all_is_free(world)
    for process in processes:
        await process.aclose()
    expect(world.worst() <= REQUESTS, "no window is breached", world.arrivals)
    expect(world.most_operations <= SLOTS, "no slot is taken twice")
    expect(not world.book.sessions, "a process that is closed has left the book")


def _see_that_all_is_free(world: World) -> None:
    book = world.book.book
    if book is None:
        raise AssertionError("a book that was used is there")
    status = view(book, world.book.clock())
    expect(status.credits == REQUESTS, "every credit comes back", status)
    slots = status.slots_busy + status.slots_lingering + status.slots_moving
    expect(not slots, "every slot comes back", status)
    waiting = [each.waiting for each in status.sessions if each.waiting]
    expect(not waiting, "no call that is over waits", waiting)
