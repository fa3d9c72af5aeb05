"""One client and several event loops: it moves from one to the next, or says what to do."""

import asyncio
import threading

import anyio
import pytest

from tests.lab import SPEC
from yotta_async import AsyncYotta, Limits
from yotta_async.errors import ConfigurationError
from yotta_async.simulator import ServerLimits, SimulatedYotta
from yotta_async.testing import run_virtual


def simulated() -> AsyncYotta:
    """Make a client that keeps the usual limits, on a cloud that has none and whose clock rests."""
    return AsyncYotta.simulated(limits=ServerLimits.none(), clock=lambda: 0.0)


def test_two_runs_one_after_the_other_work() -> None:
    client = simulated()
    for _ in range(2):
        assert asyncio.run(client.pods.list()) == []
    assert client.statistics().sent == 2


def test_the_second_run_remembers_what_the_first_has_spent() -> None:
    client = simulated()

    async def spend(count: int) -> float:
        began = anyio.current_time()
        for _ in range(count):
            await client.pods.list()
        return anyio.current_time() - began

    assert run_virtual(spend, 50) < 30.0
    assert run_virtual(spend, 50) > 50.0


def test_a_client_moves_from_asyncio_to_trio_and_back() -> None:
    client = simulated()
    for backend in ("asyncio", "trio", "asyncio"):
        assert run_virtual(client.pods.list, backend=backend) == []


def test_a_loop_that_died_in_the_middle_of_a_call_leaves_nothing_stuck() -> None:
    client = simulated()

    async def leave_in_the_middle() -> None:
        calls = [asyncio.ensure_future(client.pods.list()) for _ in range(20)]
        await asyncio.sleep(0.01)
        assert not any(call.done() for call in calls)

    run_virtual(leave_in_the_middle)
    run_virtual(client.pods.list)
    assert client.statistics().in_flight == 0


def test_a_second_loop_while_the_first_is_at_work_is_told_what_to_do() -> None:
    client = simulated()
    errors: list[ConfigurationError] = []

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="one event loop at a time") as caught:
            asyncio.run(client.pods.list())
        errors.append(caught.value)

    async def here() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(client.pods.list())
            await asyncio.sleep(0)
            await asyncio.to_thread(elsewhere)

    run_virtual(here)  # whose clock waits for the thread
    assert "one client a loop" in str(errors[0])


def test_a_burst_needs_asyncio_and_says_so() -> None:
    cloud = SimulatedYotta()
    client = AsyncYotta("key", base_url="http://localhost", limits=Limits(burst=5))
    with pytest.raises(ConfigurationError, match="asyncio"):
        run_virtual(client.pods.create, SPEC, backend="trio")
    assert cloud.requests == ()


async def test_the_books_of_a_moved_client_are_readable_anywhere() -> None:
    client = simulated()
    reader = threading.Thread(target=client.statistics)
    reader.start()
    reader.join()
    assert client.statistics().sent == 0
