"""
How long creating takes, against the least that the contract allows, and that nobody is refused.

The contract is "so many requests in any window": a client that does not know which kind of window
the server keeps can be no faster than a sliding one allows.
"""

import anyio
import pytest

from tests.lab import SPEC, Lab, make_lab
from yotta_async.events import Adapted
from yotta_async.simulator import Latency, ServerLimits


COLD = Latency(cold=(0.1, 0.4), cold_requests=120)
KINDS = {
    "sliding": {},
    "sliding-strict": {},
    "fixed": {"phase": 42.0},
    "bucket": {},
}
PLENTY = {"us-east-1": {SPEC.gpu_type: 10_000}}


async def create_all(lab: Lab, count: int) -> float:
    """Create so many pods at once; return the seconds that it took."""
    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(lab.client.pods.create, SPEC)
    return anyio.current_time() - began


def least_possible(lab: Lab, count: int, requests: int) -> float:
    """Add the full windows before the last batch to the wire time of that batch in five slots."""
    full_windows, last = divmod(count - 1, requests)
    on_the_wire = lab.creates_on_the_wire()[-(last + 1) :]
    return full_windows * 60.0 + sum(on_the_wire) / 5


async def check_makespan(kind: str, requests: int, count: int) -> None:
    limits = ServerLimits(requests=requests, kind=kind, **KINDS[kind])  # type: ignore[arg-type]
    lab = make_lab(limits=limits, latency=COLD, stock=PLENTY, seed=count)
    took = await create_all(lab, count)
    assert lab.cloud.violations == ()
    assert len(lab.living) == count
    assert lab.cloud.worst_window <= requests
    assert lab.cloud.worst_concurrency <= 5
    if count >= 2 * requests:
        assert took <= 1.05 * least_possible(lab, count, requests)
    await lab.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("requests", [60, 120])
@pytest.mark.parametrize("count", [50, 200])
async def test_creates_are_never_refused_and_close_to_the_least_possible(
    kind: str, requests: int, count: int
) -> None:
    await check_makespan(kind, requests, count)


@pytest.mark.asyncio_only
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("requests", [60, 120])
async def test_so_it_is_with_six_hundred_over_many_windows(kind: str, requests: int) -> None:
    await check_makespan(kind, requests, 600)


@pytest.mark.asyncio_only
@pytest.mark.parametrize("seed", range(3))
async def test_a_small_bucket_is_learned_in_at_most_ten_refusals(seed: int) -> None:
    limits = ServerLimits(requests=120, kind="bucket", burst=10)
    lab = make_lab(limits=limits, latency=COLD, stock=PLENTY, seed=seed)
    took = await create_all(lab, 600)
    assert 1 <= lab.cloud.refusals <= 10
    assert took <= 1.1 * (600 - 10) / 2  # the bucket's content at once, the rest at two a second
    assert lab.told(Adapted)[0].burst < 10


async def test_a_small_bucket_narrows_the_limit_where_nothing_can_pace() -> None:
    limits = ServerLimits(requests=120, kind="bucket", burst=10)
    lab = make_lab(limits=limits, stock=PLENTY)
    await create_all(lab, 40)
    assert len(lab.living) == 40
    learned = lab.told(Adapted)[0]
    assert learned.burst is not None or learned.requests < 120


@pytest.mark.asyncio_only
async def test_holding_the_reserve_costs_no_window() -> None:
    """600 creates fill five windows of 120 to the last credit, the reserve's two included."""
    lab = make_lab(limits=ServerLimits(requests=120), stock=PLENTY)
    assert await create_all(lab, 600) < 260.0
    assert lab.cloud.worst_window == 120


async def test_polls_do_not_push_the_last_creates_into_another_window() -> None:
    """Sixty tasks that create and then wait need all of the sixty credits for their creates."""
    lab = make_lab(limits=ServerLimits(requests=60), stock=PLENTY)

    async def create_and_wait() -> None:
        await lab.client.pods.wait((await lab.client.pods.create(SPEC)).id)

    async with anyio.create_task_group() as tasks:
        for _ in range(60):
            tasks.start_soon(create_and_wait)
    creates = [r.instant for r in lab.cloud.requests if r.operation == "createPod"]
    assert max(creates) - min(creates) < 10.0
    assert lab.cloud.refusals == 0


async def test_a_delete_does_not_wait_for_the_creates_where_the_reserve_is_kept() -> None:
    lab = make_lab(limits=ServerLimits(requests=60), stock=PLENTY)
    first = await lab.client.pods.create(SPEC)
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(lab.client.pods.create, SPEC)
        await anyio.sleep(30.0)
        asked = anyio.current_time()
        await lab.client.pods.delete(first.id)
        assert anyio.current_time() - asked < 1.0
        tasks.cancel_scope.cancel()
    await lab.client.aclose()
