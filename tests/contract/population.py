"""A cloud with one of everything in it, and for each operation a request that must succeed."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import httpx
from attrs import define, field, frozen


Ids: TypeAlias = Mapping[str, str]

GPU = "NVIDIA_H100_80G"
REGION = "us-east-1"
RESOURCES = [{"region": REGION, "gpuType": GPU, "gpuCount": 1}]
ENVIRONMENT = [{"key": "NAME", "value": "value"}]
PORTS = [{"port": 22, "protocol": "SSH"}, {"port": 8000, "protocol": "HTTP"}]
POD: dict[str, object] = {
    "image": "image",
    "gpuType": GPU,
    "gpuCount": 1,
    "environmentVars": ENVIRONMENT,
    "expose": PORTS,
}
ENDPOINT: dict[str, object] = {
    "image": "image",
    "resources": RESOURCES,
    "workers": 1,
    "containerVolumeInGb": 20,
    "serviceMode": "QUEUE",
    "environmentVars": ENVIRONMENT,
    "expose": PORTS[1],
}
CLUSTER: dict[str, object] = {
    "clusterName": "cluster",
    "instanceType": f"1x14v119g_{GPU}_SECURE",
    "region": REGION,
    "imageName": "image",
    "nodeNum": 1,
    "clusterType": 1,
    "source": 1,
}
CREDENTIAL: dict[str, object] = {
    "username": "user",
    "password": "secret",
    "type": "DOCKER_HUB",
}
TASK: dict[str, object] = {"workerPort": 8000, "processUri": "/run"}
LONG = 3600.0  # seconds in which every change is over


@define
class Clock:
    """A clock that stands still until it is set forward."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@define
class Settler:
    """Fills an empty cloud over HTTP, as any client would, and notes the ids."""

    http: httpx.Client
    clock: Clock
    ids: dict[str, str] = field(factory=dict[str, str])

    def settle(self) -> Ids:
        self._make("credential", "/v2/container-registry-auths", name="credential", **CREDENTIAL)
        for kind in ("pod", "paused_pod"):
            self._make(kind, "/v2/pods", name=kind, **POD)
        for kind in ("endpoint", "stopped_endpoint"):
            self._make(kind, "/v2/serverless", name=kind.title().replace("_", "-"), **ENDPOINT)
        self._make("volume", "/v2/volumes", name="v", storageType="CEPH", region=REGION, sizeInGb=9)
        self._make("vm", "/v2/vms", name="vm", **self._vm_type())
        self._make("cluster", "/openapi/v1/skypilot/cluster/create", **CLUSTER)
        self.clock.now += LONG
        self._post("/openapi/v1/skypilot/cluster/create/pod", **cluster_pod(self.ids))
        self._post(f"/v2/pods/{self.ids['paused_pod']}/pause")
        self._post(f"/v2/serverless/{self.ids['stopped_endpoint']}/stop")
        endpoint = f"/v2/serverless/{self.ids['endpoint']}"
        self._make("task", f"{endpoint}/tasks", taskId="task", input={"n": 1}, **TASK)
        worker = _data(self.http.get(f"{endpoint}/workers"))[0]
        self.ids["worker"] = str(worker.get("id") or worker["workerId"])
        self.clock.now += LONG
        return self.ids

    def _vm_type(self) -> dict[str, Any]:
        kinds = _data(self.http.get("/v2/vms/types"))
        place = next(place for kind in kinds for place in kind["regions"] if place["available"])
        self.ids |= {"vm_type": str(place["vmTypeId"]), "vm_region": place["region"]}
        return {"vmTypeId": place["vmTypeId"], "region": place["region"]}

    def _make(self, kind: str, path: str, **body: object) -> None:
        made = self._post(path, **body)
        self.ids[kind] = str(
            next(made[key] for key in ("id", "taskId", "clusterId") if key in made)
        )

    def _post(self, path: str, **body: object) -> Any:
        return _data(self.http.post(path, json=body))


def _data(reply: httpx.Response) -> Any:
    envelope = reply.json()
    assert envelope["code"] == 10000, f"{reply.request.url}: {reply.text}"
    return envelope["data"]


def cluster_pod(ids: Ids) -> dict[str, Any]:
    return {
        "name": "cluster-head",
        "image": "image",
        "imagePublicType": "PUBLIC",
        "clusterId": ids["cluster"],
        "clusterName": "cluster",
        "expose": PORTS,
    }


@frozen
class Sound:
    """
    What makes a request succeed, besides ids that exist.

    Attributes:
        body: Of the request, made from the ids.
        query: Its parameters.
        of: Kinds by path parameter, where the thing must be in a state of its own.
    """

    body: Callable[[Ids], object] | None = None
    query: Mapping[str, object] = field(factory=dict[str, object])
    of: Mapping[str, str] = field(factory=dict[str, str])


def _fixed(**body: object) -> Callable[[Ids], object]:
    return lambda _: body


def _vm(name: str, **more: object) -> Callable[[Ids], object]:
    return lambda ids: {
        name: "another-vm",
        "vmTypeId": int(ids["vm_type"]),
        "region": ids["vm_region"],
        **more,
    }


_STOPPED = {"id": "stopped_endpoint"}
_UPDATE: dict[str, object] = {
    "name": "Updated",
    "resources": RESOURCES,
    "workers": 2,
    "containerVolumeInGb": 30,
}
_V1_TASK: dict[str, object] = {"userTaskId": "another", "taskData": {"n": 2}, **TASK}

SOUND: Mapping[str, Sound] = {
    # v1
    "create_4": Sound(_fixed(podName="another", **POD)),
    "resumePodV1": Sound(of={"podId": "paused_pod"}),
    "listGpusV1": Sound(_fixed(minSingleCardVramInGb=0, maxSingleCardVramInGb=1536)),
    "createCredentialV1": Sound(_fixed(name="another", username="user", token="secret")),
    "endpointCreate": Sound(_fixed(name="Another", **ENDPOINT)),
    "updateElasticV1": Sound(_fixed(**_UPDATE), of=_STOPPED),
    "startElasticV1": Sound(of=_STOPPED),
    "deleteElasticV1": Sound(of=_STOPPED),
    "scaleWorkersV1": Sound(_fixed(workers=2)),
    "createTaskV1": Sound(_fixed(**_V1_TASK)),
    "create_2": Sound(_vm("nickName", isSpot=0)),
    "listVmsV1": Sound(_fixed(pageNumber=1, pageSize=10)),
    "checkKey": Sound(query={"orgId": "1"}),
    "skyClusterCreate": Sound(_fixed(**CLUSTER | {"clusterName": "another"})),
    "skyPodCreate": Sound(cluster_pod),
    "skyPodsList": Sound(_fixed(clusterName="cluster", source=1)),
    "skyClusterRelease": Sound(_fixed(clusterName="cluster")),
    # v2
    "listGpuResources": Sound(_fixed()),
    "createCredential": Sound(_fixed(name="another", **CREDENTIAL)),
    "updateCredential": Sound(_fixed(name="renamed")),
    "createPod": Sound(_fixed(name="another", **POD)),
    "resumePod": Sound(of={"id": "paused_pod"}),
    "createEndpoint": Sound(_fixed(name="Another", **ENDPOINT)),
    "updateEndpoint": Sound(_fixed(**_UPDATE), of=_STOPPED),
    "startEndpoint": Sound(of=_STOPPED),
    "deleteEndpoint": Sound(of=_STOPPED),
    "submitTask": Sound(_fixed(input={"n": 2}, **TASK)),
    "scaleWorkers": Sound(query={"count": 2}),
    "createVM": Sound(_vm("name")),
    "updateVM": Sound(_fixed(name="renamed")),
    "listVolumes": Sound(query={"storageType": "CEPH"}),
    "createVolume": Sound(_fixed(name="a", storageType="CEPH", region=REGION, sizeInGb=10)),
    "renameVolume": Sound(_fixed(name="renamed")),
    "resizeVolume": Sound(_fixed(sizeInGb=20)),
}

_NAMED = {
    "podId": "pod",
    "pod_id": "pod",
    "taskId": "task",
    "userTaskId": "task",
    "workerId": "worker",
    "vmId": "vm",
    "clusterId": "cluster",
    "X-Endpoint-ID": "endpoint",
}
_BY_PATH = {
    "container-registry-auths": "credential",
    "credentials": "credential",
    "pods": "pod",
    "deploy": "endpoint",
    "serverless": "endpoint",
    "vms": "vm",
    "volumes": "volume",
}


def kind_of(path: str, parameter: str) -> str:
    """Return what a path parameter is the id of."""
    if parameter in _NAMED:
        return _NAMED[parameter]
    words = path.split("/")
    return _BY_PATH[words[words.index(f"{{{parameter}}}") - 1]]
