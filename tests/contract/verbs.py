"""Everything that a user can call with an id, a name or a word of unknown origin."""

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, TypeAlias

from attrs import frozen

from tests.lab import SPEC
from yotta_async import AsyncYotta


Make: TypeAlias = Callable[[AsyncYotta, str], Awaitable[object]]


@frozen
class Verb:
    """
    A call with a text in one of its arguments, the others being sound.

    Attributes:
        operation: The id of the operation that it sends.
        argument: Which one takes the text.
        call: Makes it.
        word: A text that is good enough for it.
    """

    operation: str
    argument: str
    call: Make
    word: str = "word0"

    def __str__(self) -> str:
        return f"{self.operation}-{self.argument}"


POD = SPEC.evolve(name="pod")
NUMBER = "90071992547409931"
ENDPOINT: dict[str, Any] = {
    "name": "Endpoint",
    "image": "image",
    "resources": ("us-east-1", "NVIDIA_H100_80G"),
    "container_volume_in_gb": 20,
    "service_mode": "QUEUE",
}
TASK: dict[str, Any] = {"task_id": "task", "worker_port": 8000, "process_uri": "/run"}
VM: dict[str, Any] = {"name": "vm", "vm_type_id": 1, "region": "us-east-1"}
CREDENTIAL: dict[str, Any] = {"name": "credential", "username": "user", "password": "secret"}
VOLUME: dict[str, Any] = {
    "name": "volume",
    "storage_type": "CEPH",
    "region": "us-east-1",
    "size_in_gb": 10,
}


async def _all(things: AsyncIterable[object]) -> list[object]:
    return [thing async for thing in things]


PODS = (
    Verb("createPod", "name", lambda yotta, text: yotta.pods.create(SPEC.evolve(name=text))),
    Verb("createPod", "region", lambda yotta, text: yotta.pods.create(POD.evolve(regions=text))),
    Verb(
        "createPod",
        "credential_id",
        lambda yotta, text: yotta.pods.create(POD.evolve(credential_id=text)),
        NUMBER,
    ),
    Verb("listPods", "region", lambda yotta, text: yotta.pods.list(regions=[text])),
    Verb("getPod", "id", lambda yotta, text: yotta.pods.get(text)),
    Verb("pausePod", "id", lambda yotta, text: yotta.pods.pause(text)),
    Verb("resumePod", "id", lambda yotta, text: yotta.pods.resume(text)),
    Verb("deletePod", "id", lambda yotta, text: yotta.pods.delete(text)),
    Verb("getPodCpuMetrics", "id", lambda yotta, text: yotta.metrics.cpu(text), NUMBER),
    Verb("getPodGpuMetrics", "id", lambda yotta, text: yotta.metrics.gpu(text), NUMBER),
    Verb(
        "getPodGpuMemoryMetrics", "id", lambda yotta, text: yotta.metrics.gpu_memory(text), NUMBER
    ),
    Verb("getPodMemoryMetrics", "id", lambda yotta, text: yotta.metrics.memory(text), NUMBER),
    Verb("getPodStorageMetrics", "id", lambda yotta, text: yotta.metrics.storage(text), NUMBER),
    Verb("listGpus", "region", lambda yotta, text: yotta.gpus.list(regions=[text])),
)

CREDENTIALS = (
    Verb(
        "createCredential",
        "name",
        lambda yotta, text: yotta.credentials.create(**CREDENTIAL | {"name": text}),
    ),
    Verb("getCredential", "id", lambda yotta, text: yotta.credentials.get(text)),
    Verb("updateCredential", "id", lambda yotta, text: yotta.credentials.update(text, name="name")),
    Verb("updateCredential", "name", lambda yotta, text: yotta.credentials.update("1", name=text)),
    Verb("deleteCredential", "id", lambda yotta, text: yotta.credentials.delete(text)),
)

SERVERLESS = (
    Verb(
        "createEndpoint",
        "name",
        lambda yotta, text: yotta.serverless.create(**ENDPOINT | {"name": text}),
    ),
    Verb("getEndpoint", "id", lambda yotta, text: yotta.serverless.get(text)),
    Verb("updateEndpoint", "id", lambda yotta, text: yotta.serverless.update(text, workers=2)),
    Verb("startEndpoint", "id", lambda yotta, text: yotta.serverless.start(text)),
    Verb("stopEndpoint", "id", lambda yotta, text: yotta.serverless.stop(text)),
    Verb("deleteEndpoint", "id", lambda yotta, text: yotta.serverless.delete(text)),
    Verb("scaleWorkers", "id", lambda yotta, text: yotta.serverless.scale(text, 1)),
    Verb("listWorkers", "id", lambda yotta, text: yotta.serverless.workers(text)),
    Verb("getWorkerLogs", "id", lambda yotta, text: _all(yotta.serverless.logs(text, "1"))),
    Verb("getWorkerLogs", "worker_id", lambda yotta, text: _all(yotta.serverless.logs("1", text))),
    Verb(
        "getWorkerLogs",
        "keyword",
        lambda yotta, text: _all(yotta.serverless.logs("1", "2", keyword=text)),
    ),
)

TASKS = (
    Verb("submitTask", "id", lambda yotta, text: yotta.tasks.submit(text, [1], **TASK)),
    Verb(
        "submitTask",
        "task_id",
        lambda yotta, text: yotta.tasks.submit("1", [1], **TASK | {"task_id": text}),
    ),
    Verb("submitTask", "input", lambda yotta, text: yotta.tasks.submit("1", [text], **TASK)),
    Verb(
        "submitTask",
        "header",
        lambda yotta, text: yotta.tasks.submit("1", [1], headers={"name": text}, **TASK),
    ),
    Verb("getTask", "id", lambda yotta, text: yotta.tasks.get(text, "1")),
    Verb("getTask", "task_id", lambda yotta, text: yotta.tasks.get("1", text)),
    Verb("listTasks", "id", lambda yotta, text: _all(yotta.tasks.list(text))),
    Verb("countTasks", "id", lambda yotta, text: yotta.tasks.count(text)),
)

VMS = (
    Verb("createVM", "name", lambda yotta, text: yotta.vms.create(**VM | {"name": text})),
    Verb("createVM", "region", lambda yotta, text: yotta.vms.create(**VM | {"region": text})),
    Verb(
        "createVM",
        "volume_id",
        lambda yotta, text: yotta.vms.create(**VM, volume_mounts={text: "/mnt"}),
        NUMBER,
    ),
    Verb("getVM", "id", lambda yotta, text: yotta.vms.get(text)),
    Verb("listVMs", "status", lambda yotta, text: _all(yotta.vms.list(status=text))),
    Verb("renameVM", "id", lambda yotta, text: yotta.vms.rename(text, "name")),
    Verb("renameVM", "name", lambda yotta, text: yotta.vms.rename("1", text)),
    Verb("terminateVM", "id", lambda yotta, text: yotta.vms.terminate(text)),
)

VOLUMES = (
    Verb(
        "createVolume", "name", lambda yotta, text: yotta.volumes.create(**VOLUME | {"name": text})
    ),
    Verb(
        "createVolume",
        "region",
        lambda yotta, text: yotta.volumes.create(**VOLUME | {"region": text}),
    ),
    Verb("getVolume", "id", lambda yotta, text: yotta.volumes.get(text)),
    Verb(
        "listVolumes", "region", lambda yotta, text: _all(yotta.volumes.list("CEPH", region=text))
    ),
    Verb("renameVolume", "id", lambda yotta, text: yotta.volumes.rename(text, "name")),
    Verb("renameVolume", "name", lambda yotta, text: yotta.volumes.rename("1", text)),
    Verb("resizeVolume", "id", lambda yotta, text: yotta.volumes.resize(text, 20)),
    Verb("deleteVolume", "id", lambda yotta, text: yotta.volumes.delete(text)),
)

OTHERS = (
    Verb("checkKey", "organization_id", lambda yotta, text: yotta.check_key(text)),
    Verb(
        "skyClusterRelease",
        "body",
        lambda yotta, text: yotta.request(
            "POST", "/openapi/v1/skypilot/cluster/release", body={"clusterName": text}
        ),
    ),
    Verb(
        "listReserves",
        "query",
        lambda yotta, text: yotta.request("GET", "/v2/reserves", name=text),
    ),
)

VERBS: tuple[Verb, ...] = (
    *PODS,
    *CREDENTIALS,
    *SERVERLESS,
    *TASKS,
    *VMS,
    *VOLUMES,
    *OTHERS,
)
