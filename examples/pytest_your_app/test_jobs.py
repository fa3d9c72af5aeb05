"""Your tests: hours of renting and failing take milliseconds, and go the same each time."""

import anyio
import pytest
from jobs import REGIONS, SPEC, first_free, rented, run_all

from yotta_async import AsyncYotta, Pod
from yotta_async.errors import OutOfCapacityError, PodFailedError
from yotta_async.simulator import Faults, PodLife, ServerLimits


pytestmark = pytest.mark.anyio

HOUR = 3600.0
NO_GPU = {SPEC.gpu_type: 0}
ONE_GPU = {SPEC.gpu_type: 1}


async def an_hour(pod: Pod) -> float:
    """Stand for a job: it would speak to ``pod.endpoint(8000)``."""
    assert pod.endpoint(8000)
    await anyio.sleep(HOUR)
    return 0.5


async def for_ever(_pod: Pod) -> float:
    await anyio.sleep_forever()
    return 0.0  # for the type checker


async def test_each_job_gets_a_pod_and_gives_it_back(client: AsyncYotta) -> None:
    began = anyio.current_time()
    results = await run_all(client, {"a": an_hour, "b": an_hour}, longest=2 * HOUR)
    assert results == {"a": 0.5, "b": 0.5}
    assert HOUR < anyio.current_time() - began < HOUR + 600  # side by side


async def test_a_job_that_hangs_costs_no_more_than_its_time(client: AsyncYotta) -> None:
    results = await run_all(client, {"a": an_hour, "b": for_ever}, longest=2 * HOUR)
    assert results == {"a": 0.5}


async def test_the_pod_is_given_back_when_the_block_fails(client: AsyncYotta) -> None:
    with pytest.raises(ZeroDivisionError):
        async with rented(client):
            raise ZeroDivisionError


# Whatever second it is in: while it waits its turn, while it creates, starts, runs or deletes.
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 1.0, 60.0, 1000.0])
async def test_nothing_is_left_when_it_is_cancelled(client: AsyncYotta, seconds: float) -> None:
    with anyio.move_on_after(seconds):
        await run_all(client, {"a": for_ever, "b": for_ever}, longest=HOUR)


@pytest.mark.cloud(stock={"us-east-1": NO_GPU, "us-west-1": ONE_GPU, "eu-1": ONE_GPU})
async def test_the_next_region_is_taken_when_one_is_full(client: AsyncYotta) -> None:
    async with rented(client) as first, rented(client) as second:
        assert {first.region, second.region} == {"us-west-1", "eu-1"}
        with pytest.raises(OutOfCapacityError):
            await first_free(client, REGIONS)


@pytest.mark.cloud(life=PodLife(failing=1.0))
async def test_a_pod_that_fails_to_start_is_deleted_and_told_of(client: AsyncYotta) -> None:
    with pytest.raises(PodFailedError):
        async with rented(client):
            pass


@pytest.mark.cloud(limits=ServerLimits(requests=60))
async def test_more_jobs_than_a_minute_allows_keep_to_the_plan(client: AsyncYotta) -> None:
    """The fixture sees whether a limit was broken; here, that nothing was even refused."""
    results = await run_all(client, {str(n): an_hour for n in range(70)}, longest=2 * HOUR)
    assert len(results) == 70
    assert client.statistics().refused == 0


@pytest.mark.parametrize("seed", range(3))
async def test_no_pod_is_lost_and_none_made_twice_on_a_bad_day(seed: int) -> None:
    """A tenth of all requests goes wrong: resets, time-outs, pages instead of answers."""
    async with AsyncYotta.simulated(faults=Faults.everything(0.1), seed=seed) as client:
        results = await run_all(client, {str(n): an_hour for n in range(20)}, longest=2 * HOUR)
        cloud = client.simulator
        assert cloud is not None
        assert cloud.faults_fired.total() > 0
    assert len(results) == 20
    assert len(cloud.all_pods) == 20
    assert [pod for pod in cloud.pods if pod.status != "TERMINATING"] == []
