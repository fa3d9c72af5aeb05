"""Storms of cancelled requests over real sockets and a real pool; afterwards all is as before."""

from random import Random

import anyio
import httpx
import pytest

from tests.lab import SPEC, assert_nothing_is_held
from yotta_async import AsyncYotta, Limits, YottaError
from yotta_async.simulator import Latency, ServerLimits, SimulatedYotta


pytestmark = pytest.mark.real_time

STORMS, TASKS = 20, 40


def cloud() -> SimulatedYotta:
    limits = ServerLimits(requests=100_000, per=60.0)
    return SimulatedYotta(limits=limits, latency=Latency(low=0.005, high=0.02))


async def storm(client: AsyncYotta, dice: Random) -> None:
    async def call() -> None:
        with anyio.move_on_after(dice.choice([0.0, 0.005, 0.01, 0.02, 0.05])):
            try:
                await (client.pods.list() if dice.random() < 0.7 else client.pods.create(SPEC))
            except YottaError:
                return

    async with anyio.create_task_group() as tasks:
        for _ in range(TASKS):
            tasks.start_soon(call)


async def weather_storms(client: AsyncYotta) -> None:
    dice = Random(3)
    for _ in range(STORMS):
        await storm(client, dice)
    assert await client._account.caller.owner.drain(600.0)
    for _ in range(10):
        assert isinstance(await client.pods.list(), list)
    assert_nothing_is_held(client)


LIMITS = Limits(requests=100_000, grace=0.0)


async def test_after_storms_of_cancellations_ten_of_ten_calls_succeed() -> None:
    async with (
        cloud().serve() as server,
        AsyncYotta("key", base_url=server.url, limits=LIMITS) as client,
    ):
        await weather_storms(client)


async def test_the_same_holds_for_a_client_of_the_users_own() -> None:
    async with (
        cloud().serve() as server,
        httpx.AsyncClient(limits=httpx.Limits(max_connections=64)) as http,
        AsyncYotta("key", base_url=server.url, limits=LIMITS, http_client=http) as client,
    ):
        await weather_storms(client)


async def test_the_same_holds_for_httpx2() -> None:
    httpx2 = pytest.importorskip("httpx2")
    async with (
        cloud().serve() as server,
        httpx2.AsyncClient(limits=httpx2.Limits(max_connections=64)) as http,
        AsyncYotta("key", base_url=server.url, limits=LIMITS, http_client=http) as client,
    ):
        await weather_storms(client)
