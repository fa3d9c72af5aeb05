"""Processes that share a budget in a real Redis, which is killed, restarted and flushed."""

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.scheduling.book.servers import RedisServer, redis_server
from tests.scheduling.processes import World
from yotta_async import Limits
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async._scheduling.stores.opening import opener
from yotta_async.errors import QueueTimeoutError


pytestmark = pytest.mark.real_time

NAME = "0123456789abcdef"
# A window of so many seconds; leases are as long as an exchange may take, and five.
PER, REQUESTS, GRACE, EXCHANGE = 2.0, 20, 0.2, 1.0


@pytest.fixture
def server() -> Iterator[RedisServer]:
    # A socket's path has at most 107 bytes, which pytest's own directories exceed.
    with (
        tempfile.TemporaryDirectory(prefix="shared") as folder,
        redis_server(Path(folder)) as running,
    ):
        yield running


def process(server: RedisServer, world: World, **changes: float) -> SharedScheduler:
    limits = Limits(requests=REQUESTS, per=PER, grace=GRACE, **changes)  # type: ignore[arg-type]
    world.limits = limits
    made = SharedScheduler(
        limits, opener(server.url, NAME), anyio.sleep_forever, world.events.append, EXCHANGE
    )
    world.schedulers.append(made)
    return made


async def send(world: World, number: int) -> None:
    """Send so many requests through each process, all at once."""
    async with anyio.create_task_group() as tasks:
        for each in world.schedulers:
            for _ in range(number):
                tasks.start_soon(world.send, each)


async def test_two_processes_keep_the_limit_together(server: RedisServer) -> None:
    world = World()
    for _ in range(2):
        process(server, world)
    await send(world, 20)
    assert len(world.arrivals) == 40
    assert world.worst() <= REQUESTS
    await world.close()


async def test_a_flush_lets_nothing_go_twice(server: RedisServer) -> None:
    world = World()
    for _ in range(2):
        process(server, world)
    await send(world, 8)
    server.client().flushall()
    await send(world, 12)
    assert len(world.arrivals) == 40
    assert world.worst() <= REQUESTS
    await world.close()


async def test_a_server_that_is_killed_and_comes_back_empty_lets_nothing_go_twice(
    server: RedisServer,
) -> None:
    world = World()
    for _ in range(2):
        process(server, world)
    await send(world, 8)
    server.kill()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, world, 12)
        await anyio.to_thread.run_sync(server.start)
    assert len(world.arrivals) == 40
    assert world.worst() <= REQUESTS
    await world.close()


@pytest.mark.parametrize("options", [("--appendonly", "yes"), ("--dbfilename", "dump.rdb")])
async def test_a_server_that_comes_back_with_its_last_writes_or_without_lets_nothing_go_twice(
    options: tuple[str, ...], server: RedisServer
) -> None:
    world = World()
    server.kill()
    server.options = options
    await anyio.to_thread.run_sync(server.start)
    for _ in range(2):
        process(server, world)
    await send(world, 5)
    server.client().save()
    await send(world, 4)  # which the copy of a failover lacks
    server.kill()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, world, 11)
        await anyio.to_thread.run_sync(server.start)
    assert len(world.arrivals) == 40
    assert world.worst() <= REQUESTS
    await world.close()


async def test_calls_wait_no_longer_than_they_may_for_a_server_that_hangs(
    server: RedisServer,
) -> None:
    world = World()
    one = process(server, world, queue_timeout=3.0)
    await world.send(one)
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(QueueTimeoutError) as caught:
            while True:  # the first may be granted by an answer that was on its way
                await one.admit(Lane.NORMAL)
        assert caught.value.waited < 60.0
    finally:
        server.process.send_signal(signal.SIGCONT)
    await world.close()


async def test_calls_wait_no_longer_than_they_may_for_a_server_that_is_gone(
    server: RedisServer,
) -> None:
    world = World()
    one = process(server, world, queue_timeout=4.0)  # a new book waits for a second
    await world.send(one)
    server.kill()
    with pytest.raises(QueueTimeoutError, match="lost"):
        while True:  # the first may be granted by an answer that was on its way
            await one.admit(Lane.NORMAL)
    assert [type(event).__name__ for event in world.events] == ["SharedBudgetLost"]
    await world.close()


async def test_slots_of_a_process_that_died_come_back(server: RedisServer) -> None:
    world = World()
    dead, other = process(server, world), process(server, world)
    for _ in range(5):
        dead.note_sent(await dead.admit(Lane.NORMAL, pod_operation=True))
    assert dead._asker is not None
    dead._asker.abandon()  # as by kill -9
    began = anyio.current_time()
    await world.send(other, pod_operation=True)
    assert anyio.current_time() - began > EXCHANGE + GRACE
    await other.aclose()
    await dead._asker.store.aclose()
