"""
The documented samples beside the simulator's own answers, field by field.

A field of a sample must be in the answer, as a value of the same kind; how ids, times and money
are spelt are switches, of which the samples have now one side and now the other. What was sent in
a sample must be taken.
"""

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from tests.simulator.bench import Bench
from yotta_async.simulator import (
    EndpointLife,
    TaskLife,
    VMLife,
    VolumeLife,
)


SAMPLES = Path(__file__).parents[3] / "shared" / "yotta-api" / "samples"
FILES = sorted(path.name for path in SAMPLES.glob("*.json") if not path.name.startswith("00_"))
pytestmark = pytest.mark.skipif(not FILES, reason="the recorded samples are not beside this tree")

# Fields that are spelt as numbers in one sample and as texts in another.
SPELT = {
    "id": "an id",
    "orgId": "an id",
    "endpointId": "an id",
    "endpoint_id": "an id",
    "task_id": "an id",
    "clusterId": "an id",
    "volumeId": "an id",
    "createdAt": "a time",
    "updatedAt": "a time",
    "terminatedAt": "a time",
    "cost": "an amount",
}
# Where an answer differs from a sample all the same, and why.
DIFFERENT = {
    ("model__worker__*", "workerId"): "a switch: the vendor's MCP client reads `id`",
}
# JSON of the user's own, which no two samples have alike.
FREE = frozenset({"input", "output", "taskData", "taskResult", "result", "headers", "header"})
# What has no answer of the simulator to be beside.
WITHOUT_AN_ANSWER = (
    "generic__*",
    "model__standardresponse__*",
    "model__persistentvolume__*",  # stands in requests alone
    "sdkapi__*",  # of an internal API
    "error__*",
    "*__error-cluster-not-found__*",
    "catalog__*",
)

GPU = "NVIDIA_RTX_4090_24G"
POD: dict[str, Any] = {
    "name": "pod",
    "image": "image",
    "gpuType": GPU,
    "gpuCount": 1,
    "environmentVars": [{"key": "A", "value": "1"}],
    "expose": [{"port": 22, "protocol": "SSH"}, {"port": 8080, "protocol": "http"}],
}
ENDPOINT: dict[str, Any] = {
    "name": "llama-inference",
    "image": "image",
    "resources": [{"region": "us-east-1", "gpuType": GPU, "gpuCount": 1}],
    "workers": 2,
    "containerVolumeInGb": 120,
    "serviceMode": "QUEUE",
    "expose": {"port": 8000, "protocol": "http"},
}
TASK: dict[str, Any] = {
    "taskId": "done",
    "input": {"prompt": "x"},
    "workerPort": 8000,
    "processUri": "/run",
    "webhook": "http://host.example/",
}
CLUSTER: dict[str, Any] = {
    "clusterName": "sky",
    "instanceType": "1x14v119g_NVIDIA_GeForce_RTX_5090_32G_SECURE",
    "region": "us-east-2",
    "imageName": "image",
}
V1_TASK = {"userTaskId": "open", "taskData": {"a": 1}, "workerPort": 8000, "processUri": "/run"}
TASKS = "/openapi/v1/skywalker/tasks"


@define
class World:
    """A cloud with one of everything in it, an hour after it was made."""

    bench: Bench = field(init=False)
    endpoint: str = field(init=False)
    ids: dict[str, str] = field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        self.bench = Bench(
            {
                "endpoint_life": EndpointLife.instant(),
                "task_life": TaskLife(duration=(5.0, 5.0), callbacks_failing=0.0),
                "vm_life": VMLife(start=(60.0, 60.0), terminate=(5.0, 5.0)),
                "volume_life": VolumeLife(create=(1.0, 1.0)),
            }
        )
        self.endpoint = self.post("/v2/serverless", ENDPOINT)["id"]
        self.post(f"/v2/serverless/{self.endpoint}/tasks", TASK)
        self.ids["pod"] = self.post("/v2/pods", POD)["id"]
        self.ids["vm"] = self.post("/v2/vms", {"name": "vm", "vmTypeId": 1, "region": "us-east-1"})[
            "id"
        ]
        body = {"name": "c", "type": "DOCKER_HUB", "username": "u", "password": "p"}
        self.ids["credential"] = self.post("/v2/container-registry-auths", body)["id"]
        self.ids["volume"] = self.post("/v2/volumes", self.volume())["id"]
        self.bench.now = 3600.0

    def post(self, path: str, body: object = None) -> Any:
        return self.bench.get("POST", path, body)

    def get(self, path: str) -> Any:
        return self.bench.get("GET", path)

    def v1_tasks(self, method: str, path: str, body: object = None) -> Any:
        reply = self.bench.reply(method, path, body, endpoint=self.endpoint)
        return json.loads(reply.body)["data"]

    def volume(self) -> dict[str, Any]:
        return {"name": "v", "storageType": "CEPH", "region": "us-west-1", "sizeInGb": 100}

    def worker(self) -> str:
        return str(self.get(f"/v2/serverless/{self.endpoint}/workers")[0]["id"])

    def terminated_vm(self) -> Any:
        body = {"nickName": "vm", "vmTypeId": 10086, "region": "sg", "isSpot": 0}
        made = self.post("/openapi/v1/vms/create", body)["id"]
        self.bench.now += 100.0
        self.bench.get("DELETE", f"/openapi/v1/vms/{made}/terminate")
        self.bench.now += 100.0
        return self.get(f"/openapi/v1/vms/{made}")

    def waiting_task(self) -> Any:
        self.post(f"/v2/serverless/{self.endpoint}/stop")
        self.v1_tasks("POST", f"{TASKS}/create", V1_TASK | {"notifyUrl": "http://host.example/"})
        return self.v1_tasks("GET", f"{TASKS}/open")

    def callback(self) -> Any:
        self.v1_tasks("POST", f"{TASKS}/create", V1_TASK | {"notifyUrl": "http://host.example/"})
        self.bench.now += 100.0
        return json.loads(self.bench.simulated.callbacks[-1].body)


Ask = Callable[[World], Any]


def got(path: str) -> Ask:
    return lambda world: world.get(
        path.format(endpoint=world.endpoint, worker=world.worker(), **world.ids)
    )


def posted(path: str, body: dict[str, Any]) -> Ask:
    return lambda world: world.post(path.format(endpoint=world.endpoint), body)


def deleted(kind: str, path: str) -> Ask:
    return lambda world: world.bench.get("DELETE", f"{path}/{world.ids[kind]}")


ONE_TASK = got("/v2/serverless/{endpoint}/tasks/done")
LOGS = got("/v2/serverless/{endpoint}/workers/{worker}/logs?pageSize=1")
PORT: Ask = lambda world: got("/v2/pods/{pod}")(world)["expose"][0]  # noqa: E731
ANSWERS: dict[str, Ask] = {
    "v1__get-openapi-key-check__response*": got("/openapi/key/check?orgId=1"),
    "*-tasks-processing-count__response*": lambda world: world.v1_tasks(
        "GET", f"{TASKS}/processing/count"
    ),
    "*-tasks-usertaskid__response-data__*": lambda world: world.v1_tasks("GET", f"{TASKS}/done"),
    "*-tasks-usertaskid__response__*": World.waiting_task,
    "v1__get-openapi-v1-skywalker-tasks__response*": lambda world: world.v1_tasks("GET", TASKS),
    "*-skywalker-tasks-create__response*": lambda world: world.v1_tasks(
        "POST", f"{TASKS}/create", V1_TASK
    ),
    "v1__post-openapi-v1-pods-create__response*": posted(
        "/openapi/v1/pods/create", {"image": "image", "gpuType": GPU, "gpuCount": 1}
    ),
    "*-cluster-create__response*": posted("/openapi/v1/skypilot/cluster/create", CLUSTER),
    "v1__post-openapi-v1-vms-create__response*": World.terminated_vm,
    "v1__pod-expose-entry-ssh__*": PORT,
    "v1__callback-notification__*": World.callback,
    "v2__delete-v2-vms-id__*": deleted("vm", "/v2/vms"),
    "v2__delete-v2-volumes-id__*": deleted("volume", "/v2/volumes"),
    "v2__get-v2-container-registry-auths__*": got("/v2/container-registry-auths"),
    "v2__get-v2-pods__*": got("/v2/pods"),
    "v2__get-v2-serverless-id-tasks-count__*": got("/v2/serverless/{endpoint}/tasks/count"),
    "v2__get-v2-serverless-id-tasks-taskid__*": ONE_TASK,
    "v2__get-v2-serverless-id-tasks__*": got("/v2/serverless/{endpoint}/tasks"),
    "v2__get-v2-serverless-id-workers-workerid-logs__*": LOGS,
    "v2__get-v2-vms-types__*": got("/v2/vms/types"),
    "v2__get-v2-vms__*": got("/v2/vms"),
    "v2__get-v2-volumes__*": got("/v2/volumes?storageType=CEPH"),
    "v2__post-v2-pods__response-data__*": posted("/v2/pods", POD),
    "v2__post-v2-pods__response__*": got("/v2/pods/{pod}"),
    "v2__post-v2-serverless-id-tasks__response*": posted(
        "/v2/serverless/{endpoint}/tasks", TASK | {"taskId": "another"}
    ),
    "v2__post-v2-serverless__response*": posted("/v2/serverless", ENDPOINT),
    "v2__post-v2-vms__response*": got("/v2/vms/{vm}"),
    "v2__post-v2-volumes-id-resize__response*": lambda world: world.post(
        f"/v2/volumes/{world.ids['volume']}/resize", {"sizeInGb": 200}
    ),
    "v2__post-v2-volumes__response*": lambda world: world.post("/v2/volumes", world.volume()),
    "model__credential__*": got("/v2/container-registry-auths/{credential}"),
    "model__endpoint__*": got("/v2/serverless/{endpoint}"),
    "model__endpointexpose__*": lambda world: got("/v2/serverless/{endpoint}")(world)["expose"],
    "model__endpointresource__*": lambda world: got("/v2/serverless/{endpoint}")(world)[
        "resources"
    ][0],
    "model__environmentvariable__*": lambda world: got("/v2/pods/{pod}")(world)["environmentVars"][
        0
    ],
    "model__pod__*": got("/v2/pods/{pod}"),
    "model__portexpose__*": PORT,
    "model__task__*": ONE_TASK,
    "model__vm__*": got("/v2/vms/{vm}"),
    "model__vmtype__*": lambda world: world.get("/v2/vms/types")[0],
    "model__volume__*": got("/v2/volumes/{volume}"),
    "model__worker__*": lambda world: world.get(f"/v2/serverless/{world.endpoint}/workers")[0],
    "model__workerlog__*": LOGS,
}
RESPONSES = [name for name in FILES if "__request" not in name and "__codes__" not in name]


def load(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def kind_of(value: object, name: str = "") -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool) and name in SPELT:
        return SPELT[name]
    if isinstance(value, bool) or value is None:
        return str(value)
    kinds: Mapping[type, str] = {int: "a number", float: "a number", str: "a text"}
    return kinds.get(type(value), type(value).__name__)


def lacking(sample: Any, answer: Any, name: str = "") -> list[str]:
    """Return the fields of a sample that an answer has not, or has as another kind of value."""
    if isinstance(sample, dict) and isinstance(answer, dict):
        if name in FREE:
            return []
        return [
            fault
            for key, value in sample.items()
            for fault in (
                lacking(value, answer[key], key) if key in answer else [f"{key}: it is missing"]
            )
        ]
    if isinstance(sample, list) and isinstance(answer, list):
        first = [lacking(sample[0], answer[0], name)] if sample and answer else []
        return [fault for faults in first for fault in faults]
    kinds = kind_of(sample, name), kind_of(answer, name)
    is_flag = {*kinds} <= {"True", "False"}
    return [] if kinds[0] in ("None", kinds[1]) or is_flag else [f"{name}: {kinds[1]}"]


@pytest.mark.parametrize("name", RESPONSES)
def test_every_sample_of_an_answer_is_in_one_table(name: str) -> None:
    assert len([each for each in (*ANSWERS, *WITHOUT_AN_ANSWER) if fnmatch(name, each)]) == 1


@pytest.mark.parametrize(
    ("name", "pattern"),
    [(name, each) for name in RESPONSES for each in ANSWERS if fnmatch(name, each)],
)
def test_what_is_documented_is_in_the_simulators_answer(name: str, pattern: str) -> None:
    sample = load(name)
    if isinstance(sample, dict) and sample.get("code") == 10000:
        sample = sample["data"]
    found = lacking(sample, ANSWERS[pattern](World()))
    known = [key for each, key in DIFFERENT if fnmatch(name, each)]
    assert [fault for fault in found if fault.partition(":")[0] not in known] == []


def sent(name: str) -> tuple[str, str]:
    """Return where a sample of a request goes."""
    routes = {
        "v2__post-v2-container-registry-auths__": "POST /v2/container-registry-auths",
        "v2__patch-v2-container-registry-auths-id__": (
            "PATCH /v2/container-registry-auths/{credential}"
        ),
        "v2__post-v2-pods__": "POST /v2/pods",
        "v2__post-v2-serverless-id-tasks__": "POST /v2/serverless/{endpoint}/tasks",
        "v2__post-v2-serverless-id-workers__": "POST /v2/serverless/{endpoint}/workers",
        "v2__post-v2-serverless__": "POST /v2/serverless",
        "v2__post-v2-vms__": "POST /v2/vms",
        "v2__patch-v2-vms-id__": "PATCH /v2/vms/{vm}",
        "v2__post-v2-volumes-id-name__": "POST /v2/volumes/{volume}/name",
        "v2__post-v2-volumes-id-resize__": "POST /v2/volumes/{volume}/resize",
        "v2__post-v2-volumes__": "POST /v2/volumes",
        "v1__post-openapi-v1-credentials-create__": "POST /openapi/v1/credentials/create",
        "v1__post-openapi-v1-elastic-deploy-create__": "POST /openapi/v1/elastic/deploy/create",
        "v1__post-openapi-v1-elastic-deploy-id-workers__": (
            "POST /openapi/v1/elastic/deploy/{endpoint}/workers"
        ),
        "v1__post-openapi-v1-gpus-list__": "POST /openapi/v1/gpus/list",
        "v1__post-openapi-v1-pods-create__": "POST /openapi/v1/pods/create",
        "v1__post-openapi-v1-skypilot-cluster-create__": (
            "POST /openapi/v1/skypilot/cluster/create"
        ),
        "v1__post-openapi-v1-skypilot-cluster-create-pod__": (
            "POST /openapi/v1/skypilot/cluster/create/pod"
        ),
        "v1__post-openapi-v1-skywalker-tasks-create__": f"POST {TASKS}/create",
        "v1__post-openapi-v1-vms-create__": "POST /openapi/v1/vms/create",
    }
    method, path = routes[f"{name.partition('__request')[0]}__"].split()
    return method, path


REQUESTS = [
    name
    for name in FILES
    if "__request" in name and name.startswith("v") and not name.startswith("v2__patch-v2-serverl")
]


def filled(body: Any, world: World) -> Any:
    """Return a body whose ids are those of what is there."""
    if isinstance(body, list):
        return [filled(each, world) for each in body]
    if not isinstance(body, dict):
        return body
    credential, volume = int(world.ids["credential"]), int(world.ids["volume"])
    there = {
        "containerRegistryAuthId": credential,
        "credentialId": credential,
        "volumeId": volume,
        "volumeMountPaths": {str(volume): "/mnt/data"},
        "clusterId": world.ids.get("cluster"),
    }
    return {key: there.get(key, filled(value, world)) for key, value in body.items()}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_documented_as_a_request_is_taken(name: str) -> None:
    world = World()
    method, path = sent(name)
    if path.endswith("/create/pod"):
        body = {"clusterName": "sky-abc"}
        world.ids["cluster"] = world.post("/openapi/v1/skypilot/cluster/create", CLUSTER | body)[
            "clusterId"
        ]
    target = path.format(endpoint=world.endpoint, **world.ids)
    reply = world.bench.reply(method, target, filled(load(name), world), endpoint=world.endpoint)
    assert (reply.status, reply.code) == (200, 10000), reply.body


def test_the_update_of_an_endpoint_is_taken_where_it_is_stopped() -> None:
    world = World()
    world.post(f"/v2/serverless/{world.endpoint}/stop")
    body = load("v2__patch-v2-serverless-id__request__docs-elastic-deployment.json")
    updated = world.bench.get("PATCH", f"/v2/serverless/{world.endpoint}", body)
    assert updated["environmentVars"] == body["envVars"]
    assert updated["totalWorkers"] == body["workers"]


CATALOGUE = "catalog__skypilot-yotta-vms__rows__skypilot-catalog.json"


@pytest.mark.parametrize("row", load(CATALOGUE) if FILES else [])
def test_a_row_of_skypilots_catalogue_is_a_pods_shape_and_price(row: dict[str, Any]) -> None:
    world = World()
    place = {"region": row["region"], "instanceType": row["instanceType"]}
    name = {"clusterName": "row"}
    world.post("/openapi/v1/skypilot/cluster/create", CLUSTER | place | name)
    body = {**name, "name": "row-head", "image": "image", "expose": []}
    made = world.post("/openapi/v1/skypilot/cluster/create/pod", body)
    pod = world.get(f"/v2/pods/{made}")
    count = pod["gpuCount"]
    assert (count, pod["region"]) == (row["count"], row["region"])
    assert (pod["singleCardVcpu"] * count, pod["singleCardRamInGb"] * count) == (
        row["vCPUs"],
        row["memoryGiB"],
    )
    assert float(pod["singleCardPrice"]) * count == pytest.approx(row["pricePerHourUsd"])


def test_every_refusal_of_the_task_table_is_told_by_its_code_and_words() -> None:
    world = World()
    table = load("error__skywalker-v1-table__codes__docs.json")
    told = {(row["code"], row["message"]) for row in table}
    wrong: list[dict[str, Any]] = [
        {"userTaskId": ""},
        {"workerPort": 0},
        {"workerPort": 65536},
        {"processUri": ""},
        {"processUri": "/a b"},
        {"notifyUrl": "nowhere"},
        {"taskData": None},
        {"taskData": {}},
        {"header": ["a"]},
    ]
    asked: list[tuple[str, str, Any]] = [
        ("POST", f"{TASKS}/create", V1_TASK | each) for each in wrong
    ]
    asked += [("GET", f"{TASKS}?status=4", None), ("GET", f"{TASKS}/unknown", None)]
    for method, path, body in asked:
        reply = world.bench.reply(method, path, body, endpoint=world.endpoint)
        assert (reply.code, json.loads(reply.body)["message"]) in told, (path, body)
    refused = Bench({"api_key": "right"}).reply("GET", TASKS, key="wrong")
    assert (refused.code, json.loads(refused.body)["message"]) in told


def test_a_cluster_that_is_not_there_is_told_as_in_the_sample() -> None:
    (name,) = [name for name in FILES if fnmatch(name, "*__error-cluster-not-found__*")]
    sample = load(name)
    path, body = "/openapi/v1/skypilot/cluster/pods/list", {"clusterName": "none", "source": 1}
    reply = Bench().reply("POST", path, body)
    assert (reply.status, reply.code) == (sample["http_status"], sample["body"]["code"])
