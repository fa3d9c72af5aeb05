"""Closing: nothing stays open, nothing goes out any more, and twice is as good as once."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator

import anyio
import pytest
from anyio.abc import SocketStream

from tests.lab import SPEC, make_lab
from tests.steps import let_run
from tests.wire_servers import reply, request_from, served
from yotta_async import AsyncYotta
from yotta_async.errors import ClientClosedError
from yotta_async.simulator import Faults, Latency


KEY = "sk-canary-0123456789"
real_time = pytest.mark.real_time


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def answering(stream: SocketStream) -> None:
        while True:
            await request_from(stream)
            await stream.send(reply())

    async with served(answering) as url:
        yield url


@real_time
async def test_a_closed_client_leaves_no_socket_open(server: str) -> None:
    client = AsyncYotta(KEY, base_url=server)
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(client.pods.list)
    await client.aclose()
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always", ResourceWarning)
        del client
        gc.collect()
    assert [str(each.message) for each in complaints] == []


@real_time
async def test_a_client_that_is_closed_while_it_is_at_work_leaves_no_socket_open(
    server: str,
) -> None:
    with anyio.move_on_after(0.05):
        async with AsyncYotta(KEY, base_url=server) as client, anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(client.pods.list)
    gc.collect()


async def test_closing_twice_is_closing() -> None:
    lab = make_lab()
    await lab.client.pods.list()
    await lab.client.aclose()
    await lab.client.aclose()
    assert lab.lists() == 1


async def test_a_second_close_returns_when_all_is_closed() -> None:
    lab = make_lab(latency=Latency(low=4.0, high=4.0))
    returned: list[float] = []

    async def close() -> None:
        await lab.client.aclose()
        assert lab.client._account.caller.owner.at_work == 0
        returned.append(anyio.current_time())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lab.client.pods.create, SPEC)
        await let_run()
        tasks.start_soon(close)
        await anyio.sleep(1.0)
        tasks.start_soon(close)
    assert returned == [4.0, 4.0]


@pytest.mark.asyncio_only
async def test_a_close_that_is_cancelled_natively_is_finished_by_the_next_one() -> None:
    lab = make_lab(latency=Latency(low=4.0, high=4.0))
    creating = asyncio.ensure_future(lab.client.pods.create(SPEC))
    await let_run()
    closing = asyncio.ensure_future(lab.client.aclose())
    await let_run()
    closing.cancel()
    await asyncio.wait([closing])
    await lab.close()
    assert lab.client._account.caller.transport.closed
    assert {(await creating).id} == lab.living


async def test_a_client_that_was_never_used_closes_at_once() -> None:
    async with AsyncYotta(KEY):
        pass
    assert anyio.current_time() == 0.0


async def test_after_closing_every_call_says_so_and_none_is_sent() -> None:
    lab = make_lab()
    pod = await lab.client.pods.create(SPEC)
    await lab.client.aclose()
    sent, pods = len(lab.cloud.requests), lab.client.pods
    for call in (
        lambda: pods.create(SPEC),
        lambda: pods.get(pod.id),
        pods.list,
        lambda: pods.pause(pod.id),
        lambda: pods.resume(pod.id),
        lambda: pods.delete(pod.id),
        lambda: lab.client.request("GET", "/v2/reserves"),
        lab.client.with_options(timeout=1.0).pods.list,
    ):
        with pytest.raises(ClientClosedError, match="closed"):
            await call()
    assert len(lab.cloud.requests) == sent


async def test_closing_takes_in_the_answer_of_a_create_that_another_task_sent() -> None:
    """It is not cut off: its pod is returned, on both backends."""
    lab = make_lab(latency=Latency(low=4.0, high=4.0))
    made: list[str] = []

    async def create() -> None:
        made.append((await lab.client.pods.create(SPEC)).id)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create)
        await let_run()
        await anyio.sleep(1.0)
        await lab.client.aclose()
        assert anyio.current_time() == 4.0
    assert set(made) == lab.living
    await lab.close()


@pytest.mark.parametrize("lag", [0.0, 15.0])
async def test_a_close_that_takes_a_while_is_not_silent(
    lag: float, caplog: pytest.LogCaptureFixture
) -> None:
    """[W3]."""
    faults = Faults(timeout_after=1.0, operations={"createPod"}, list_lag=lag)
    lab = make_lab(faults=faults, timeout=20.0)
    caplog.set_level("INFO", "yotta_async.progress")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lab.client.pods.create, SPEC)
        await anyio.sleep(1.0)
        tasks.cancel_scope.cancel()
        began = anyio.current_time()
        with anyio.CancelScope(shield=True):
            await lab.client.aclose()
            took = anyio.current_time() - began
    told = [each.getMessage() for each in caplog.records if each.name == "yotta_async.progress"]
    assert len(told) >= (took - 3.0) // 8.0
    assert all(line.startswith(("client: closed", "client: closing")) for line in told)
