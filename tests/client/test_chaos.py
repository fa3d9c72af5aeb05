"""Everything at once: faults, refusals, slow pods, cancellations, deletes; and then order."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

import anyio
import pytest
from attrs import define, field

from tests.campaign import tries
from tests.lab import SPEC, Lab, make_lab
from yotta_async import RetryPolicy, YottaError
from yotta_async._backend import running_asyncio_loop
from yotta_async.errors import APIError, WaitError
from yotta_async.simulator import FaultKind, Faults, Latency, PodLife, ServerLimits


TASKS = 40
KINDS: list[Any] = ["sliding", "sliding-strict", "fixed", "bucket"]


def chaotic_lab(dice: Random, seed: int) -> Lab:
    """Draw a server with its limits and faults, and a client's patience."""
    chances: dict[str, Any] = {kind.value: dice.choice([0.0, 0.02, 0.05]) for kind in FaultKind}
    late = dice.choice([0.0, 9.0])
    return make_lab(
        limits=ServerLimits(
            requests=dice.choice([30, 60, 120]),
            kind=dice.choice(KINDS),
            phase=17.0,
            operation_span=dice.choice(["call", "call", "settled"]),
        ),
        faults=Faults(list_lag=dice.choice([0.0, 3.0, 8.0]), late_commit=(0.0, late), **chances),
        latency=dice.choice([None, Latency(low=0.5, high=0.5)]),
        life=PodLife(failing=0.05),
        retry=RetryPolicy(attempts=dice.choice([2, 4, 10]), budget=dice.choice([None, 20])),
        seed=seed,
    )


@define
class Crowd:
    """Tasks that create, wait, delete and are cancelled, each as the dice fall."""

    lab: Lab
    dice: Random
    returned: set[str] = field(factory=set[str])
    deleted: set[str] = field(factory=set[str])
    errors: list[YottaError] = field(factory=list[YottaError])

    async def member(self) -> None:
        await anyio.sleep(self.dice.choice([0.0, 0.0, 0.5, 1.0, 5.0, 30.0]))
        if self.dice.random() < 0.4:
            await self.cancelled(self.use_a_pod, self.dice.randrange(0, 80) / 2)
        else:
            await self.use_a_pod()

    async def use_a_pod(self) -> None:
        try:
            pod = await self.lab.client.pods.create(SPEC)
            self.returned.add(pod.id)
            if self.dice.random() < 0.3:
                with suppress(WaitError):
                    await self.lab.client.pods.wait(pod.id, timeout=300.0)
            if self.dice.random() < 0.3:
                self.deleted.add(pod.id)
                await self.lab.client.pods.delete(pod.id)
        except YottaError as error:
            self.errors.append(error)

    async def cancelled(self, work: Callable[[], Awaitable[None]], delay: float) -> None:
        if running_asyncio_loop() is None or self.dice.random() < 0.5:
            with anyio.move_on_after(delay):
                await work()
            return
        task = asyncio.ensure_future(work())
        await asyncio.sleep(delay)
        for _ in range(self.dice.choice([1, 1, 2])):
            task.cancel()
            await asyncio.sleep(0)
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(tries(8)))
async def test_what_lives_in_the_end_is_what_was_returned_and_not_deleted(seed: int) -> None:
    dice = Random(seed)
    crowd = Crowd(chaotic_lab(dice, seed), dice)
    async with anyio.create_task_group() as tasks:
        for _ in range(TASKS):
            tasks.start_soon(crowd.member)
    await crowd.lab.close()
    client, living = crowd.lab.client, crowd.lab.living
    named = {pod.id for pod in crowd.lab.cloud.all_pods if pod.name in client.left_behind}
    assert living - crowd.returned - named == set()
    assert crowd.returned - crowd.deleted - living == set()
    assert all(isinstance(error, APIError) for error in crowd.errors)
    if crowd.lab.cloud.limits.operation_span == "call":
        assert crowd.lab.cloud.violations == ()
