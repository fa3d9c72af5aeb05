"""
The contract: every operation of both generations by the operationId of its OpenAPI document.

Written down apart from the package's own rows, so that each is a check of the other.
"""

from typing import Final

from attrs import frozen


__all__ = ["CONTRACT", "Documented"]


@frozen
class Documented:
    """One operation as its document has it."""

    generation: str
    reference: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.generation}-{self.reference}"


_TABLE: Final = """
v1 create_4               POST   /openapi/v1/pods/create
v1 listPodsV1             GET    /openapi/v1/pods/list
v1 getPodV1               GET    /openapi/v1/pods/{podId}
v1 deletePodV1            DELETE /openapi/v1/pods/{podId}
v1 pausePodV1             POST   /openapi/v1/pods/pause/{podId}
v1 resumePodV1            POST   /openapi/v1/pods/resume/{podId}
v1 listGpusV1             POST   /openapi/v1/gpus/list
v1 createCredentialV1     POST   /openapi/v1/credentials/create
v1 listCredentialsV1      GET    /openapi/v1/credentials/list
v1 getCredentialV1        GET    /openapi/v1/credentials/{id}
v1 deleteCredentialV1     DELETE /openapi/v1/credentials/{id}
v1 endpointCreate         POST   /openapi/v1/elastic/deploy/create
v1 listElasticV1          GET    /openapi/v1/elastic/deploy/list
v1 getElasticV1           GET    /openapi/v1/elastic/deploy/{id}
v1 deleteElasticV1        DELETE /openapi/v1/elastic/deploy/{id}
v1 updateElasticV1        POST   /openapi/v1/elastic/deploy/{id}/update
v1 startElasticV1         POST   /openapi/v1/elastic/deploy/{id}/start
v1 stopElasticV1          POST   /openapi/v1/elastic/deploy/{id}/stop
v1 listWorkersV1          GET    /openapi/v1/elastic/deploy/{id}/workers
v1 scaleWorkersV1         POST   /openapi/v1/elastic/deploy/{id}/workers
v1 createTaskV1           POST   /openapi/v1/skywalker/tasks/create
v1 countTasksV1           GET    /openapi/v1/skywalker/tasks/processing/count
v1 getTaskV1              GET    /openapi/v1/skywalker/tasks/{userTaskId}
v1 listTasksV1            GET    /openapi/v1/skywalker/tasks
v1 create_2               POST   /openapi/v1/vms/create
v1 listVmsV1              POST   /openapi/v1/vms/list
v1 vmTypesV1              GET    /openapi/v1/vms/type
v1 getVmV1                GET    /openapi/v1/vms/{vmId}
v1 terminateVmV1          DELETE /openapi/v1/vms/{vmId}/terminate
v1 checkKey               GET    /openapi/key/check
v1 skyClusterCreate       POST   /openapi/v1/skypilot/cluster/create
v1 skyClusterStatus       GET    /openapi/v1/skypilot/cluster/status/{clusterId}
v1 skyPodCreate           POST   /openapi/v1/skypilot/cluster/create/pod
v1 skyPodsList            POST   /openapi/v1/skypilot/cluster/pods/list
v1 skyClusterRelease      POST   /openapi/v1/skypilot/cluster/release
v2 listGpuResources       POST   /api/v2/resource/gpu/list
v2 listCredentials        GET    /v2/container-registry-auths
v2 createCredential       POST   /v2/container-registry-auths
v2 getCredentialById      GET    /v2/container-registry-auths/{id}
v2 updateCredential       PATCH  /v2/container-registry-auths/{id}
v2 deleteCredential       DELETE /v2/container-registry-auths/{id}
v2 getPodCpuMetrics       GET    /v2/metrics/cpu/pods/{pod_id}
v2 getPodGpuMetrics       GET    /v2/metrics/gpu/pods/{pod_id}
v2 getPodGpuMemoryMetrics GET    /v2/metrics/gpu/pods/{pod_id}/memory
v2 getPodMemoryMetrics    GET    /v2/metrics/memory/pods/{pod_id}
v2 getPodStorageMetrics   GET    /v2/metrics/storage/pods/{pod_id}
v2 listPods               GET    /v2/pods
v2 createPod              POST   /v2/pods
v2 getPodById             GET    /v2/pods/{id}
v2 deletePod              DELETE /v2/pods/{id}
v2 pausePod               POST   /v2/pods/{id}/pause
v2 resumePod              POST   /v2/pods/{id}/resume
v2 listReserves           GET    /v2/reserves
v2 listEndpoints          GET    /v2/serverless
v2 createEndpoint         POST   /v2/serverless
v2 getEndpointById        GET    /v2/serverless/{id}
v2 updateEndpoint         PATCH  /v2/serverless/{id}
v2 deleteEndpoint         DELETE /v2/serverless/{id}
v2 startEndpoint          POST   /v2/serverless/{id}/start
v2 stopEndpoint           POST   /v2/serverless/{id}/stop
v2 submitTask             POST   /v2/serverless/{id}/tasks
v2 listTasks              GET    /v2/serverless/{id}/tasks
v2 getTaskCount           GET    /v2/serverless/{id}/tasks/count
v2 getTaskById            GET    /v2/serverless/{id}/tasks/{taskId}
v2 listWorkers            GET    /v2/serverless/{id}/workers
v2 scaleWorkers           PUT    /v2/serverless/{id}/workers
v2 getWorkerLogs          GET    /v2/serverless/{id}/workers/{workerId}/logs
v2 listVMs                GET    /v2/vms
v2 createVM               POST   /v2/vms
v2 getVMTypes             GET    /v2/vms/types
v2 getVMById              GET    /v2/vms/{id}
v2 updateVM               PATCH  /v2/vms/{id}
v2 terminateVM            DELETE /v2/vms/{id}
v2 listVolumes            GET    /v2/volumes
v2 createVolume           POST   /v2/volumes
v2 getVolumeById          GET    /v2/volumes/{id}
v2 deleteVolume           DELETE /v2/volumes/{id}
v2 renameVolume           POST   /v2/volumes/{id}/name
v2 resizeVolume           POST   /v2/volumes/{id}/resize
"""

CONTRACT: Final = tuple(Documented(*line.split()) for line in _TABLE.split("\n") if line)
