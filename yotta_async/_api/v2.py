"""
The rows of the v2 reference, under ``/v2``.

Source: OpenAPI document of v2, read 2026-11-23. Two rows have no schema anywhere and are reached by
`AsyncYotta.request`.
"""

from typing import Final

from .rows import Fields, Generation, row
from .shapes import (
    as_one_port,
    as_pod_codes,
    as_ports,
    as_resources,
    as_status,
    as_task_word,
    as_times,
    as_variables,
    as_volumes,
    as_worker_words,
    bounded,
    flag,
    integer,
    plain,
    regions,
    words,
)
from .v1 import CHECK_KEY


__all__ = ["V2"]

_POD: Final = "/v2/pods/{pod_id}"
_REGISTRY: Final = "/v2/container-registry-auths"
_CREDENTIAL: Final = f"{_REGISTRY}/{{credential_id}}"
_ENDPOINT: Final = "/v2/serverless/{endpoint_id}"
_VM: Final = "/v2/vms/{vm_id}"
_VOLUME: Final = "/v2/volumes/{volume_id}"
_METRICS: Final = "/v2/metrics"

_POD_FIELDS: Final[Fields] = {
    "name": "name",
    "image": "image",
    "gpu_type": "gpuType",
    "gpu_count": "gpuCount",
    "regions": lambda value: {"regions": list(value)},
    "image_public_type": "imagePublicType",
    "image_registry": "imageRegistry",
    "image_registry_username": "imageRegistryUsername",
    "image_registry_token": "imageRegistryPassword",
    "credential_id": integer("containerRegistryAuthId"),
    "resource_type": "resourceType",
    "shm_in_gb": "shmInGb",
    "min_single_card_vram_in_gb": "minSingleCardVramInGb",
    "min_single_card_ram_in_gb": "minSingleCardRamInGb",
    "min_single_card_vcpu": "minSingleCardVcpu",
    "container_volume_in_gb": "containerVolumeInGb",
    "persistent_volume_in_gb": "persistentVolumeInGb",
    "persistent_mount_path": "persistentMountPath",
    "persistent_volumes": as_volumes,
    "initialization_command": "initializationCommand",
    "environment": as_variables,
    "expose": as_ports,
}
_POD_FILTER: Final[Fields] = {"regions": regions, "statuses": as_pod_codes}
_CREDENTIAL_FIELDS: Final[Fields] = {
    "name": bounded("name", 20),
    "type": "type",
    "username": "username",
    "password": "password",
}
_ENDPOINT_BASICS: Final[Fields] = {
    "name": bounded("name", 20),
    "resources": as_resources,
    "workers": "workers",
    "container_volume_in_gb": "containerVolumeInGb",
    "min_single_card_vram_in_gb": "minSingleCardVramInGb",
    "min_single_card_ram_in_gb": "minSingleCardRamInGb",
    "min_single_card_vcpu": "minSingleCardVcpu",
    "initialization_command": "initializationCommand",
    "environment": as_variables,
    "expose": as_one_port,
    "webhook": "webhook",
}
# The credential's field is named differently by the create and by the change.
_ENDPOINT_FIELDS: Final[Fields] = {
    **_ENDPOINT_BASICS,
    "image": "image",
    "image_registry": "imageRegistry",
    "service_mode": "serviceMode",
    "credential_id": integer("containerRegistryAuthId"),
}
_ENDPOINT_CHANGE: Final[Fields] = {**_ENDPOINT_BASICS, "credential_id": integer("credentialId")}
_TASK_FIELDS: Final[Fields] = {
    "task_id": "taskId",
    "input": plain("input"),
    "worker_port": "workerPort",
    "process_uri": "processUri",
    "webhook": "webhook",
    "webhook_auth_key": "webhookAuthKey",
    "headers": plain("headers"),
}
_TASK_PAGE: Final[Fields] = {"page": "pageNumber", "size": "pageSize", "status": as_task_word}
_LOG_FILTER: Final[Fields] = {
    "page_size": "pageSize",
    "keyword": "keyword",
    "start": as_times("startTime"),
    "end": as_times("endTime"),
    "after_time": "searchAfterTime",
    "after_offset": "searchAfterOffset",
    "direction": "direction",
}
_VM_FIELDS: Final[Fields] = {
    "name": "name",
    "vm_type_id": "vmTypeId",
    "region": "region",
    "spot": flag("isSpot"),
    "volume_mounts": plain("volumeMountPaths"),
}
_VM_PAGE: Final[Fields] = {"page": "page", "size": "size", "status": as_status}
_VOLUME_FIELDS: Final[Fields] = {
    "name": "name",
    "storage_type": "storageType",
    "region": "region",
    "size_in_gb": "sizeInGb",
    "vendor_volume_type": "vendorVolumeType",
}
_VOLUME_PAGE: Final[Fields] = {
    "page": "page",
    "size": "size",
    "storage_type": "storageType",
    "region": "region",
}
_NAME: Final[Fields] = {"name": "name"}
_SIZE: Final[Fields] = {"size_in_gb": "sizeInGb"}
_SPAN: Final[Fields] = {"start": as_times("start"), "end": as_times("end"), "step": "step"}
_BY_STATUS: Final[Fields] = {"statuses": words("statusList")}
_WORKER_FILTER: Final[Fields] = {"statuses": as_worker_words}
_COUNT: Final[Fields] = {"workers": "count"}

_ROWS: Final = (
    row("createPod", "POST /v2/pods", body=_POD_FIELDS),
    row("listPods", "GET /v2/pods", query=_POD_FILTER),
    row("getPod", f"GET {_POD}", "getPodById"),
    row("pausePod", f"POST {_POD}/pause"),
    row("resumePod", f"POST {_POD}/resume"),
    row("deletePod", f"DELETE {_POD}"),
    row("listCredentials", f"GET {_REGISTRY}"),
    row("createCredential", f"POST {_REGISTRY}", body=_CREDENTIAL_FIELDS),
    row("getCredential", f"GET {_CREDENTIAL}", "getCredentialById"),
    row("updateCredential", f"PATCH {_CREDENTIAL}", body=_CREDENTIAL_FIELDS),
    row("deleteCredential", f"DELETE {_CREDENTIAL}"),
    row("listEndpoints", "GET /v2/serverless", query=_BY_STATUS),
    row("createEndpoint", "POST /v2/serverless", body=_ENDPOINT_FIELDS),
    row("getEndpoint", f"GET {_ENDPOINT}", "getEndpointById"),
    row("updateEndpoint", f"PATCH {_ENDPOINT}", body=_ENDPOINT_CHANGE),
    row("deleteEndpoint", f"DELETE {_ENDPOINT}"),
    row("startEndpoint", f"POST {_ENDPOINT}/start"),
    row("stopEndpoint", f"POST {_ENDPOINT}/stop"),
    row("listWorkers", f"GET {_ENDPOINT}/workers", query=_WORKER_FILTER),
    row("scaleWorkers", f"PUT {_ENDPOINT}/workers", query=_COUNT),
    row("getWorkerLogs", f"GET {_ENDPOINT}/workers/{{worker_id}}/logs", query=_LOG_FILTER),
    row("submitTask", f"POST {_ENDPOINT}/tasks", body=_TASK_FIELDS),
    row("listTasks", f"GET {_ENDPOINT}/tasks", query=_TASK_PAGE),
    row("countTasks", f"GET {_ENDPOINT}/tasks/count", "getTaskCount"),
    row("getTask", f"GET {_ENDPOINT}/tasks/{{task_id}}", "getTaskById"),
    row("listVMs", "GET /v2/vms", query=_VM_PAGE),
    row("createVM", "POST /v2/vms", body=_VM_FIELDS),
    row("listVMTypes", "GET /v2/vms/types", "getVMTypes"),
    row("getVM", f"GET {_VM}", "getVMById"),
    row("renameVM", f"PATCH {_VM}", "updateVM", body=_NAME),
    row("terminateVM", f"DELETE {_VM}"),
    row("listVolumes", "GET /v2/volumes", query=_VOLUME_PAGE),
    row("createVolume", "POST /v2/volumes", body=_VOLUME_FIELDS),
    row("getVolume", f"GET {_VOLUME}", "getVolumeById"),
    row("deleteVolume", f"DELETE {_VOLUME}"),
    row("renameVolume", f"POST {_VOLUME}/name", body=_NAME),
    row("resizeVolume", f"POST {_VOLUME}/resize", body=_SIZE),
    row("getPodCpuMetrics", f"GET {_METRICS}/cpu/pods/{{pod_id}}", query=_SPAN),
    row("getPodGpuMetrics", f"GET {_METRICS}/gpu/pods/{{pod_id}}", query=_SPAN),
    row("getPodGpuMemoryMetrics", f"GET {_METRICS}/gpu/pods/{{pod_id}}/memory", query=_SPAN),
    row("getPodMemoryMetrics", f"GET {_METRICS}/memory/pods/{{pod_id}}", query=_SPAN),
    row("getPodStorageMetrics", f"GET {_METRICS}/storage/pods/{{pod_id}}", query=_SPAN),
    CHECK_KEY,
    row("listReserves", "GET /v2/reserves"),
    row("listGpuResources", "POST /api/v2/resource/gpu/list"),
)

V2: Final = Generation("v2", _ROWS)
