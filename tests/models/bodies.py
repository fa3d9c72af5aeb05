"""One realistic body of each model, as the API would send it; the values are made up."""

from typing import Any

from attrs import frozen

from yotta_async.models import (
    VM,
    Credential,
    Endpoint,
    GpuOffer,
    LogPage,
    Metric,
    Pod,
    Task,
    TaskCallback,
    VMType,
    Volume,
    Worker,
)


SECRET = "SECRET-tr0ub4dor"

Body = dict[str, Any]

POD: Body = {
    "id": "431998877665544332",
    "name": "trainer-0",
    "image": "registry.example/team/trainer:1.4",
    "imageRegistry": "https://registry.example/v1/",
    "resourceType": "GPU",
    "region": "us-east-3",
    "cloudType": "SECURE",
    "gpuType": "NVIDIA_H100_80G",
    "gpuDisplayName": "H100",
    "gpuCount": 4,
    "singleCardVramInGb": 80,
    "singleCardRamInGb": 120,
    "singleCardVcpu": 16,
    "singleCardPrice": "1.85",
    "containerVolumeInGb": 200,
    "persistentVolumeInGb": 500,
    "persistentMountPath": "/data",
    "shmInGb": 16,
    "environmentVars": [{"key": "TOKEN", "value": SECRET}, {"key": "MODE", "value": "train"}],
    "expose": [
        {
            "port": 22,
            "protocol": "SSH",
            "proxyPort": 30122,
            "host": "pod-7.example",
            "healthy": True,
            "ingressUrl": f"ssh user@pod-7.example -p 30122 -i {SECRET}",
            "serviceName": "SSH Port",
        },
        {"port": 8888, "protocol": "HTTP", "proxyPort": 30188, "healthy": False},
    ],
    "initializationCommand": f"login {SECRET}",
    "internalIp": "10.7.0.31",
    "sshCmd": f"ssh user@pod-7.example -p 30122 # {SECRET}",
    "networkUploadMbps": 940.5,
    "status": "RUNNING",
    "createdAt": 1767757113485,
    "updatedAt": "1767757200123",
    "newInTheYear2031": {"deep": [1, None, {"token": SECRET}]},
}
CREDENTIAL: Body = {
    "id": 431998877665544333,
    "name": "team-registry",
    "type": "PRIVATE",
    "username": "robot",
    "createdAt": "2026-01-07T03:38:33.485Z",
}
ENDPOINT: Body = {
    "id": "431998877665544334",
    "name": "chat-7b",
    "image": "registry.example/team/serve:2",
    "imageRegistry": "https://registry.example/v1/",
    "status": "RUNNING",
    "resources": [
        {"region": "us-east", "gpuType": "NVIDIA_L40S_48G", "gpuCount": 2},
        {"region": "eu-1", "gpuType": "NVIDIA_L40S_48G", "gpuCount": 2},
    ],
    "totalWorkers": 3,
    "runningWorkers": 2,
    "serviceMode": "QUEUE",
    "webhook": f"https://hook.example/{SECRET}",
    "cost": "12.3456",
    "perHourPrice": "3.40",
    "perSecondPrice": "0.000944",
    "domain": "k3v9x2.example",
    "containerVolumeInGb": 120,
    "environmentVars": [{"key": "HF_TOKEN", "value": SECRET}],
    "expose": {"port": 8000, "protocol": "http"},
    "credentialId": "431998877665544333",
    "initializationCommand": f"serve --key {SECRET}",
    "minSingleCardVramInGb": 40,
    "creator": 431998877665544000,
    "createdAt": "2026-01-07T03:38:33Z",
    "updatedAt": "2026-01-08T00:00:00Z",
}
WORKER: Body = {
    "id": "431998877665544335",
    "status": "INITIALIZE",
    "region": "us-east-3",
    "gpuType": "NVIDIA_L40S_48G",
    "gpuDisplayName": "L40S",
    "gpuCount": 2,
    "singleCardVramInGb": 48,
    "singleCardVcpu": 8,
    "singleCardRamInGb": 64,
    "uptime": 1234,
    "cost": "0.42",
    "createdAt": 1767757113485,
}
LOG_PAGE: Body = {
    "logs": [
        {"timestamp": "2026-01-07T03:38:33.485Z", "log": f"using {SECRET}", "offset": 71},
        {"timestamp": "2026-01-07T03:38:34.001Z", "log": "ready 漢字", "offset": 72},
    ],
    "hasMore": True,
    "nextSearchAfterTime": "1767757114001",
    "nextSearchAfterOffset": "72",
}
TASK: Body = {
    "taskId": "batch_17_item_4",
    "endpointId": 431998877665544334,
    "endpointName": "chat-7b",
    "status": "DELIVERED",
    "workerUrl": "http://10.7.0.44:8000/v1/run",
    "webhook": f"https://hook.example/{SECRET}",
    "deliveryStatus": "FAILED",
    "deliveryAttempts": 2,
    "nextDeliveryAt": "2026-01-07 03:43:33.485",
    "error": None,
    "input": {"prompt": SECRET, "n": 9223372036854775807, "stop": [], "t": 0.25},
    "output": [{"text": f"the word was {SECRET}"}, None],
    "headers": {"Authorization": f"Bearer {SECRET}"},
    "createdAt": 1767757113485,
    "updatedAt": 1767757114000,
    "deliveredAt": 1767757114000,
}
OFFER: Body = {
    "gpuType": "NVIDIA_L4_24G",
    "gpuCount": 8,
    "region": "us-west-1",
    "gpuDisplayName": "L4",
    "singleCardVramInGb": 24,
    "singleCardPrice": 0.38,
}
MACHINE: Body = {
    "id": "431998877665544336",
    "orgId": "431998877665540000",
    "nickname": "workbench",
    "gpuDisplayName": "1x A6000",
    "gpuType": "NVIDIA_RTX_A6000_48G",
    "ipAddress": "203.0.113.7",
    "domainName": "vm-7.example",
    "cpuCores": 6,
    "memoryInGb": "24",
    "gpuCount": 1,
    "gpuMemoryInGb": "48",
    "storageInGb": "256.5",
    "region": "mc-us-central-3",
    "notebookUrl": f"http://vm-7.example:8888/lab?token={SECRET}",
    "sshTemplate": f"ssh -i <your-private-key> user@vm-7.example # {SECRET}",
    "status": "Terminated",
    "osInfo": "Ubuntu 24.04 LTS",
    "isSpot": 0,
    "createdAt": "1767757113485",
    "updatedAt": "1767758190693",
    "terminatedAt": "1767758190693",
}
MACHINE_TYPE: Body = {
    "gpuType": "NVIDIA_RTX_A6000_48G",
    "regions": [
        {"region": "us-west-1", "regionName": "US West", "available": True, "vmTypeId": 17},
        "eu-1",
    ],
}
VOLUME: Body = {
    "id": "431998877665544337",
    "name": "weights",
    "type": "VENDOR",
    "status": "active",
    "sizeInGb": 120,
    "sizeBytes": "128849018880",
    "region": "us-east-3",
    "vendorVolumeType": "NVMe",
    "mountCount": 2,
    "cost": "8.376",
    "createdAt": 1767757113485,
}
METRIC: Body = {
    "metric_name": "gpu_memory_used",
    "series": [
        {
            "labels": {"gpu": "0", "uuid": "GPU-7"},
            "data_points": [
                {"timestamp": 1767757110000, "value": 51539607552},
                {"timestamp": 1767757140000, "value": 51539607552.5},
            ],
            "latest_total": 85899345920,
        }
    ],
    "latest_total": 85899345920,
}
CALLBACK: Body = {
    "task_id": 431998877665544338,
    "user_task_id": "batch_17_item_4",
    "endpoint_id": "431998877665544334",
    "status": "Failed",
    "success": False,
    "timestamp": "2026-01-07 03:38:33.485",
    "retry_count": 1,
    "result": {"text": SECRET},
    "failed_reason": "the worker answered 500",
}


@frozen
class Example:
    """A body and the model that it is of."""

    kind: type[Any]
    body: Body

    @property
    def name(self) -> str:
        return self.kind.__name__


EXAMPLES = (
    Example(Pod, POD),
    Example(Credential, CREDENTIAL),
    Example(Endpoint, ENDPOINT),
    Example(Worker, WORKER),
    Example(LogPage, LOG_PAGE),
    Example(Task, TASK),
    Example(GpuOffer, OFFER),
    Example(VM, MACHINE),
    Example(VMType, MACHINE_TYPE),
    Example(Volume, VOLUME),
    Example(Metric, METRIC),
    Example(TaskCallback, CALLBACK),
)
