import anyio, pytest
from tests.lab import SPEC
from tests.client.test_client import client_of
from yotta_async import Limits
from yotta_async.simulator import ServerLimits, SimulatedYotta


@pytest.mark.parametrize("n", [30, 58, 60, 70, 120])
async def test_settled(n):
    cloud = SimulatedYotta(
        limits=ServerLimits(requests=60, operation_span="settled"),
        stock={"us-east-1": {SPEC.gpu_type: 10_000}},
    )
    client = client_of(cloud, limits=Limits(requests=60, operation_span="settled"))
    t = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for _ in range(n):
            tasks.start_soon(client.pods.create, SPEC)
    print(n, "took", anyio.current_time() - t, cloud.refusals, cloud.operations)
    await client.aclose()
