"""
The rows of the v1 reference, under ``/openapi/v1``.

Source: OpenAPI document of v1, read 2026-11-23. In v1 the verb stands before the pod's id, and
tasks name their endpoint in a header. Where the document has no readable operationId (``create_4``)
it is noted as the row's reference.
"""

from typing import Final

from .rows import Fields, Generation, row
from .shapes import (
    as_one_port,
    as_pod_codes,
    as_ports,
    as_resources,
    as_status,
    as_task_code,
    as_variables,
    as_worker_words,
    flag,
    in_header,
    integer,
    one_or_many,
    plain,
    regions,
    words,
)


__all__ = ["CHECK_KEY", "V1"]

_ROOT: Final = "/openapi/v1"
_PODS: Final = f"{_ROOT}/pods"
_REGISTRY: Final = f"{_ROOT}/credentials"
_DEPLOY: Final = f"{_ROOT}/elastic/deploy"
_DEPLOYED: Final = f"{_DEPLOY}/{{endpoint_id}}"
_TASKS: Final = f"{_ROOT}/skywalker/tasks"
_VMS: Final = f"{_ROOT}/vms"
_SKY: Final = f"{_ROOT}/skypilot/cluster"

_POD_FILTER: Final[Fields] = {"regions": regions, "statuses": as_pod_codes}
_POD: Final[Fields] = {
    "name": "podName",
    "image": "image",
    "gpu_type": "gpuType",
    "gpu_count": "gpuCount",
    "regions": one_or_many("region", "regionList"),
    "image_public_type": "imagePublicType",
    "image_registry": "imageRegistry",
    "image_registry_username": "imageRegistryUsername",
    "image_registry_token": "imageRegistryToken",
    "credential_id": integer("credentialId"),
    "resource_type": "resourceType",
    "cloud_type": "cloudType",
    "official_image": "officialImage",
    "shm_in_gb": "shmInGb",
    "min_single_card_ram_in_gb": "minSingleCardRamInGb",
    "container_volume_in_gb": "containerVolumeInGb",
    "persistent_volume_in_gb": "persistentVolumeInGb",
    "persistent_mount_path": "persistentMountPath",
    "initialization_command": "initializationCommand",
    "environment": as_variables,
    "expose": as_ports,
}
_CREDENTIAL: Final[Fields] = {"name": "name", "username": "username", "password": "token"}
_BY_STATUS: Final[Fields] = {"statuses": words("statusList")}
_WORKER_FILTER: Final[Fields] = {"statuses": as_worker_words}
_SCALE: Final[Fields] = {"workers": "workers"}
_DEPLOYMENT_CHANGE: Final[Fields] = {
    "name": "name",
    "resources": as_resources,
    "workers": "workers",
    "container_volume_in_gb": "containerVolumeInGb",
    "credential_id": integer("credentialId"),
    "min_single_card_vram_in_gb": "minSingleCardVramInGb",
    "min_single_card_ram_in_gb": "minSingleCardRamInGb",
    "min_single_card_vcpu": "minSingleCardVcpu",
    "initialization_command": "initializationCommand",
    "environment": as_variables,
    "expose": as_one_port,
}
_DEPLOYMENT: Final[Fields] = {
    **_DEPLOYMENT_CHANGE,
    "image": "image",
    "image_registry": "imageRegistry",
    "service_mode": "serviceMode",
}
_GPU_FILTER: Final[Fields] = {
    "regions": "regions",
    "min_vram": "minSingleCardVramInGb",
    "max_vram": "maxSingleCardVramInGb",
    "min_ram": "minSingleCardRamInGb",
    "max_ram": "maxSingleCardRamInGb",
}
_TASK: Final[Fields] = {
    "task_id": "userTaskId",
    "input": plain("taskData"),
    "worker_port": "workerPort",
    "process_uri": "processUri",
    "webhook": "notifyUrl",
    "webhook_auth_key": "notifyAuthKey",
    "headers": plain("header"),
}
_VM: Final[Fields] = {
    "name": "nickName",
    "vm_type_id": "vmTypeId",
    "region": "region",
    "spot": flag("isSpot"),
    "volume_mounts": plain("volumeMountPaths"),
}
# Not documented; the shape that the vendor's first client sent to the same method and path.
_VM_PAGE: Final[Fields] = {
    "page": "pageNumber",
    "size": "pageSize",
    "status": lambda status: {"search": as_status(status)} if status is not None else {},
}
_TASK_PAGE: Final[Fields] = {"page": "page", "size": "pageSize", "status": as_task_code}
_OF_ENDPOINT: Final[Fields] = {"endpoint_id": in_header("X-Endpoint-ID", "endpoint_id")}

# Its path bears no version.
CHECK_KEY: Final = row("checkKey", "GET /openapi/key/check", query={"organization_id": "orgId"})

_ROWS: Final = (
    row("createPod", f"POST {_PODS}/create", "create_4", body=_POD),
    row("listPods", f"GET {_PODS}/list", "listPodsV1", query=_POD_FILTER),
    row("getPod", f"GET {_PODS}/{{pod_id}}", "getPodV1"),
    row("pausePod", f"POST {_PODS}/pause/{{pod_id}}", "pausePodV1"),
    row("resumePod", f"POST {_PODS}/resume/{{pod_id}}", "resumePodV1"),
    # Not on the reference page of 2026, but in the vendor's v1 client and the page's earlier text.
    row("deletePod", f"DELETE {_PODS}/{{pod_id}}", "deletePodV1"),
    row("listGpus", f"POST {_ROOT}/gpus/list", "listGpusV1", body=_GPU_FILTER),
    row("createCredential", f"POST {_REGISTRY}/create", "createCredentialV1", body=_CREDENTIAL),
    row("listCredentials", f"GET {_REGISTRY}/list", "listCredentialsV1"),
    row("getCredential", f"GET {_REGISTRY}/{{credential_id}}", "getCredentialV1"),
    row("deleteCredential", f"DELETE {_REGISTRY}/{{credential_id}}", "deleteCredentialV1"),
    row("createEndpoint", f"POST {_DEPLOY}/create", "endpointCreate", body=_DEPLOYMENT),
    row("listEndpoints", f"GET {_DEPLOY}/list", "listElasticV1", query=_BY_STATUS),
    row("getEndpoint", f"GET {_DEPLOYED}", "getElasticV1"),
    row("deleteEndpoint", f"DELETE {_DEPLOYED}", "deleteElasticV1"),
    row("updateEndpoint", f"POST {_DEPLOYED}/update", "updateElasticV1", body=_DEPLOYMENT_CHANGE),
    row("startEndpoint", f"POST {_DEPLOYED}/start", "startElasticV1"),
    row("stopEndpoint", f"POST {_DEPLOYED}/stop", "stopElasticV1"),
    row("listWorkers", f"GET {_DEPLOYED}/workers", "listWorkersV1", query=_WORKER_FILTER),
    row("scaleWorkers", f"POST {_DEPLOYED}/workers", "scaleWorkersV1", body=_SCALE),
    row("submitTask", f"POST {_TASKS}/create", "createTaskV1", headers=_OF_ENDPOINT, body=_TASK),
    row("countTasks", f"GET {_TASKS}/processing/count", "countTasksV1", headers=_OF_ENDPOINT),
    row("getTask", f"GET {_TASKS}/{{task_id}}", "getTaskV1", headers=_OF_ENDPOINT),
    row("listTasks", f"GET {_TASKS}", "listTasksV1", headers=_OF_ENDPOINT, query=_TASK_PAGE),
    row("createVM", f"POST {_VMS}/create", "create_2", body=_VM),
    row("listVMs", f"POST {_VMS}/list", "listVmsV1", body=_VM_PAGE),
    row("listVMTypes", f"GET {_VMS}/type", "vmTypesV1"),
    row("getVM", f"GET {_VMS}/{{vm_id}}", "getVmV1"),
    row("terminateVM", f"DELETE {_VMS}/{{vm_id}}/terminate", "terminateVmV1"),
    CHECK_KEY,
    row("skyClusterCreate", f"POST {_SKY}/create"),
    row("skyClusterStatus", f"GET {_SKY}/status/{{cluster_id}}"),
    row("skyPodCreate", f"POST {_SKY}/create/pod"),
    row("skyPodsList", f"POST {_SKY}/pods/list"),
    row("skyClusterRelease", f"POST {_SKY}/release"),
)

V1: Final = Generation("v1", _ROWS)
