"""One call for each operation, in a world that has one of everything."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from attrs import frozen

from tests.lab import SPEC
from yotta_async import AsyncYotta, EndpointSpec


__all__ = ["EXERCISES", "World", "prepare"]

GPU: Final = "NVIDIA_RTX_5090_32G"
REGION: Final = "us-east-1"
ENDPOINT: Final = EndpointSpec(
    name="queue",
    image="i",
    resources=(REGION, GPU),
    workers=1,
    container_volume_in_gb=20,
    service_mode="QUEUE",
)
WORK: Final[Mapping[str, Any]] = {"worker_port": 8000, "process_uri": "/run"}


@frozen(kw_only=True)
class World:
    """The ids of what is there."""

    pod: str
    credential: str
    endpoint: str
    worker: str
    task: str
    vm_type: int
    vm: str
    volume: str


async def prepare(yotta: AsyncYotta, api_version: str) -> World:
    """Make one of everything, and wait until it is up."""
    pod = await yotta.pods.create(SPEC)
    credential = await yotta.credentials.create(name="registry", username="u", password="p")
    endpoint = await yotta.serverless.create(ENDPOINT)
    (kind, *_) = await yotta.vms.types()
    number = next(each.vm_type_id for each in kind.regions if each.region == REGION)
    assert number is not None
    vm = await yotta.vms.create(name="machine", vm_type_id=number, region=REGION)
    await yotta.pods.wait(pod.id)
    await yotta.serverless.wait(endpoint.id)
    await yotta.vms.wait(vm.id)
    (worker, *_) = await yotta.serverless.workers(endpoint.id)
    return World(
        pod=pod.id,
        credential=credential.id,
        endpoint=endpoint.id,
        worker=worker.id,
        task=await yotta.tasks.submit(endpoint.id, {"n": 1}, **WORK),
        vm_type=number,
        vm=vm.id,
        volume=await _volume(yotta) if api_version == "v2" else "",
    )


async def _volume(yotta: AsyncYotta) -> str:
    return (await yotta.volumes.create(name="disk", storage_type="S3")).id


async def _paused(yotta: AsyncYotta, world: World) -> None:
    await yotta.pods.pause(world.pod)
    await yotta.pods.wait(world.pod, "PAUSED")
    await yotta.pods.resume(world.pod)


async def _stopped(yotta: AsyncYotta, world: World) -> None:
    await yotta.serverless.stop(world.endpoint)
    await yotta.serverless.wait(world.endpoint, "STOPPED")


async def _started(yotta: AsyncYotta, world: World) -> None:
    await _stopped(yotta, world)
    await yotta.serverless.start(world.endpoint)


async def _updated(yotta: AsyncYotta, world: World) -> object:
    await _stopped(yotta, world)
    return await yotta.serverless.update(world.endpoint, workers=2)


async def _ended(yotta: AsyncYotta, world: World) -> None:
    await _stopped(yotta, world)
    await yotta.serverless.delete(world.endpoint)


async def _resized(yotta: AsyncYotta, _: World) -> None:
    volume = await yotta.volumes.create(
        name="block", storage_type="CEPH", region=REGION, size_in_gb=10
    )
    await _active(yotta, volume.id)
    await yotta.volumes.resize(volume.id, 20)


async def _erased(yotta: AsyncYotta, world: World) -> None:
    await _active(yotta, world.volume)
    await yotta.volumes.delete(world.volume)


async def _active(yotta: AsyncYotta, volume_id: str) -> None:
    while (await yotta.volumes.get(volume_id)).status != "active":
        pass


async def _cluster(yotta: AsyncYotta, method: str, path: str, **body: object) -> object:
    made = await yotta.request(
        "POST",
        "/openapi/v1/skypilot/cluster/create",
        body={
            "clusterName": "c",
            "instanceType": "1x14v119g_NVIDIA_GeForce_RTX_5090_32G_SECURE",
            "region": REGION,
            "nodeNum": 1,
        },
    )
    status = f"/openapi/v1/skypilot/cluster/status/{made['clusterId']}"
    while (await yotta.request("GET", status))["status"] != "RUNNING":
        pass
    await yotta.request(
        "POST",
        "/openapi/v1/skypilot/cluster/create/pod",
        body={"name": "n", "image": "i", "clusterId": made["clusterId"], "clusterName": "c"},
    )
    path = path.replace("{id}", made["clusterId"])
    return await yotta.request(method, f"/openapi/v1/skypilot/cluster/{path}", body=body or None)


Exercise = Callable[[AsyncYotta, World], Awaitable[object]]

EXERCISES: Final[Mapping[str, Exercise]] = {
    "createPod": lambda yotta, _: yotta.pods.create(SPEC),
    "listPods": lambda yotta, _: yotta.pods.list(regions=[REGION], statuses=["RUNNING"]),
    "getPod": lambda yotta, world: yotta.pods.get(world.pod),
    "pausePod": lambda yotta, world: yotta.pods.pause(world.pod),
    "resumePod": _paused,
    "deletePod": lambda yotta, world: yotta.pods.delete(world.pod),
    "listGpus": lambda yotta, _: yotta.gpus.list(regions=[REGION], min_vram=24),
    "createCredential": lambda yotta, _: yotta.credentials.create(
        name="other", username="u", password="p"
    ),
    "listCredentials": lambda yotta, _: yotta.credentials.list(),
    "getCredential": lambda yotta, world: yotta.credentials.get(world.credential),
    "updateCredential": lambda yotta, world: yotta.credentials.update(world.credential, name="x"),
    "deleteCredential": lambda yotta, world: yotta.credentials.delete(world.credential),
    "createEndpoint": lambda yotta, _: yotta.serverless.create(ENDPOINT.evolve(name="second")),
    "listEndpoints": lambda yotta, _: yotta.serverless.list(statuses=["RUNNING"]),
    "getEndpoint": lambda yotta, world: yotta.serverless.get(world.endpoint),
    "updateEndpoint": _updated,
    "startEndpoint": _started,
    "stopEndpoint": _stopped,
    "deleteEndpoint": _ended,
    "scaleWorkers": lambda yotta, world: yotta.serverless.scale(world.endpoint, 2),
    "listWorkers": lambda yotta, world: yotta.serverless.workers(
        world.endpoint, statuses=["RUNNING"]
    ),
    "getWorkerLogs": lambda yotta, world: anext(
        yotta.serverless.logs(world.endpoint, world.worker)
    ),
    "submitTask": lambda yotta, world: yotta.tasks.submit(world.endpoint, [1], **WORK),
    "listTasks": lambda yotta, world: yotta.tasks.list(world.endpoint, status="SUCCESS").all(),
    "getTask": lambda yotta, world: yotta.tasks.get(world.endpoint, world.task),
    "countTasks": lambda yotta, world: yotta.tasks.count(world.endpoint),
    "createVM": lambda yotta, world: yotta.vms.create(
        name="another", vm_type_id=world.vm_type, region=REGION
    ),
    "listVMs": lambda yotta, _: yotta.vms.list(status="running").all(),
    "getVM": lambda yotta, world: yotta.vms.get(world.vm),
    "renameVM": lambda yotta, world: yotta.vms.rename(world.vm, "new"),
    "terminateVM": lambda yotta, world: yotta.vms.terminate(world.vm),
    "listVMTypes": lambda yotta, _: yotta.vms.types(),
    "createVolume": lambda yotta, _: yotta.volumes.create(name="v", storage_type="R2"),
    "listVolumes": lambda yotta, _: yotta.volumes.list("S3").all(),
    "getVolume": lambda yotta, world: yotta.volumes.get(world.volume),
    "renameVolume": lambda yotta, world: yotta.volumes.rename(world.volume, "new"),
    "resizeVolume": _resized,
    "deleteVolume": _erased,
    "getPodCpuMetrics": lambda yotta, world: yotta.metrics.cpu(world.pod),
    "getPodGpuMetrics": lambda yotta, world: yotta.metrics.gpu(world.pod),
    "getPodGpuMemoryMetrics": lambda yotta, world: yotta.metrics.gpu_memory(world.pod),
    "getPodMemoryMetrics": lambda yotta, world: yotta.metrics.memory(world.pod),
    "getPodStorageMetrics": lambda yotta, world: yotta.metrics.storage(world.pod, step="30s"),
    "checkKey": lambda yotta, _: yotta.check_key("1"),
    "listReserves": lambda yotta, _: yotta.request("GET", "/v2/reserves"),
    "listGpuResources": lambda yotta, _: yotta.request(
        "POST", "/api/v2/resource/gpu/list", body={}
    ),
    "skyClusterCreate": lambda yotta, _: _cluster(yotta, "GET", "status/{id}"),
    "skyClusterStatus": lambda yotta, _: _cluster(yotta, "GET", "status/{id}"),
    "skyPodCreate": lambda yotta, _: _cluster(yotta, "GET", "status/{id}"),
    "skyPodsList": lambda yotta, _: _cluster(yotta, "POST", "pods/list", clusterName="c", source=1),
    "skyClusterRelease": lambda yotta, _: _cluster(yotta, "POST", "release", clusterName="c"),
}
