"""The API's recorded bodies: each is read as what it is, and nothing of it is lost."""

import json
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.models.comparing import lost
from yotta_async._call.rules.envelope import SUCCESS
from yotta_async.models import (
    VM,
    Credential,
    CredentialSpec,
    Endpoint,
    EndpointResource,
    EndpointSpec,
    ExposedPort,
    LogPage,
    Pod,
    PodSpec,
    Task,
    TaskCallback,
    TaskSpec,
    VMSpec,
    VMType,
    Volume,
    VolumeMount,
    VolumeSpec,
    Worker,
    read_page,
    structure,
    unstructure,
)
from yotta_async.models._wire import spellings


SAMPLES = Path(__file__).parents[3] / "shared" / "yotta-api" / "samples"
FILES = sorted(path.name for path in SAMPLES.glob("*.json") if not path.name.startswith("00_"))

Reader = Callable[[Any], list[Any]]


def one(kind: type[Any]) -> Reader:
    return lambda data: [structure(data, kind)]


def several(kind: type[Any]) -> Reader:
    return lambda data: structure(data, list[kind])  # type: ignore[valid-type]


def page(kind: type[Any]) -> Reader:
    return lambda data: list(read_page(data, kind).items)


def a_pod_with(variable: object) -> Pod:
    return structure({"id": 1, "status": 1, "environmentVars": [variable]}, Pod)


# What is read is the envelope's data, or the body itself.
MODELS: list[tuple[str, Reader]] = [
    ("model__credential__*", one(Credential)),
    ("v2__get-v2-container-registry-auths__response*", several(Credential)),
    ("model__endpoint__*", one(Endpoint)),
    ("model__endpointexpose__*", one(ExposedPort)),
    ("model__endpointresource__*", one(EndpointResource)),
    ("model__environmentvariable__*", lambda pair: [a_pod_with(pair)]),
    ("model__persistentvolume__*", one(VolumeMount)),
    ("model__pod__*", one(Pod)),
    ("model__portexpose__*", one(ExposedPort)),
    ("model__task__*", one(Task)),
    ("model__vm__*", one(VM)),
    ("model__vmtype__*", one(VMType)),
    ("model__volume__*", one(Volume)),
    ("model__worker__*", one(Worker)),
    ("model__workerlog__*", one(LogPage)),
    ("sdkapi__pod-record__*", one(Pod)),
    ("v1__callback-notification__*", one(TaskCallback)),
    ("v1__get-openapi-v1-skywalker-tasks-usertaskid__*", one(Task)),
    ("v1__get-openapi-v1-skywalker-tasks__*", page(Task)),
    ("v1__pod-expose-entry-ssh__*", one(ExposedPort)),
    ("v1__post-openapi-v1-vms-create__response*", one(VM)),
    ("v2__get-v2-pods__response*", several(Pod)),
    ("v2__get-v2-serverless-id-tasks-taskid__*", one(Task)),
    ("v2__get-v2-serverless-id-tasks__*", page(Task)),
    ("v2__get-v2-serverless-id-workers-workerid-logs__*", one(LogPage)),
    ("v2__get-v2-vms-types__*", several(VMType)),
    ("v2__get-v2-vms__*", page(VM)),
    ("v2__get-v2-volumes__*", page(Volume)),
    ("v2__post-v2-pods__response*", one(Pod)),
    ("v2__post-v2-serverless__response*", one(Endpoint)),
    ("v2__post-v2-vms__response*", one(VM)),
    ("v2__post-v2-volumes__response*", one(Volume)),
]
SPECS: list[tuple[str, type[Any]]] = [
    ("model__createcredentialrequest__*", CredentialSpec),
    ("v1__post-openapi-v1-credentials-create__request*", CredentialSpec),
    ("v2__post-v2-container-registry-auths__request*", CredentialSpec),
    ("model__createendpointrequest__*", EndpointSpec),
    ("v1__post-openapi-v1-elastic-deploy-create__request*", EndpointSpec),
    ("v2__post-v2-serverless__request*", EndpointSpec),
    ("model__createpodrequest__*", PodSpec),
    ("v1__post-openapi-v1-pods-create__request*", PodSpec),
    ("v2__post-v2-pods__request*", PodSpec),
    ("model__createvmrequest__*", VMSpec),
    ("v1__post-openapi-v1-vms-create__request*", VMSpec),
    ("v2__post-v2-vms__request*", VMSpec),
    ("model__createvolumerequest__*", VolumeSpec),
    ("v2__post-v2-volumes__request*", VolumeSpec),
    ("model__submittaskrequest__*", TaskSpec),
    ("v1__post-openapi-v1-skywalker-tasks-create__request*", TaskSpec),
    ("v2__post-v2-serverless-id-tasks__request*", TaskSpec),
]
# Changes hold some fields of a create, by the names that the spec knows.
CHANGES: list[tuple[str, type[Any]]] = [
    ("model__updatecredentialrequest__*", CredentialSpec),
    ("v2__patch-v2-container-registry-auths-id__request*", CredentialSpec),
    ("model__updateendpointrequest__*", EndpointSpec),
    ("v2__patch-v2-serverless-id__request*", EndpointSpec),
    ("*-workers__request*", EndpointSpec),
    ("model__updatevmrequest__*", VMSpec),
    ("v2__patch-v2-vms-id__request*", VMSpec),
    ("model__re????volumerequest__*", VolumeSpec),
    ("v2__post-v2-volumes-id-*__request*", VolumeSpec),
]
# Bodies without a model: flags, bare ids and counts, and what is no part of this package.
WITHOUT_A_MODEL = [
    "*__get-openapi-key-check__response*",
    "*-tasks-processing-count__response*",
    "*-tasks-count__response*",
    "v2__post-v2-serverless-id-tasks__response*",
    "*-tasks-create__response*",
    "*-pods-create__response*",
    "v2__delete-*__response*",
    "v2__post-v2-volumes-id-resize__response*",
    "model__standardresponse__*",
    "generic__*",
    "*skypilot-cluster-*",
    "*-gpus-list__request*",
    "catalog__*",
    "error__*",
]


pytestmark = pytest.mark.skipif(not FILES, reason="the recorded samples are not beside this tree")


def load(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def matching(table: list[tuple[str, Any]]) -> list[Any]:
    """Each sample that a table names, with what the table says of it."""
    return [
        pytest.param(name, entry, id=name.removesuffix(".json"))
        for name in FILES
        for pattern, entry in table
        if fnmatch(name, pattern)
    ]


def data_of(body: Any) -> Any:
    return body["data"] if isinstance(body, dict) and body.get("code") == SUCCESS else body


def bodies_of(data: Any) -> list[Any]:
    """The bodies of a page, of a list, or the one that it is."""
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        return list(data["items"])
    return data if isinstance(data, list) else [data]


@pytest.mark.parametrize("name", FILES)
def test_every_sample_is_in_one_table(name: str) -> None:
    patterns = [pattern for pattern, _ in [*MODELS, *SPECS, *CHANGES]] + WITHOUT_A_MODEL
    assert len([pattern for pattern in patterns if fnmatch(name, pattern)]) == 1


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in [*MODELS, *SPECS, *CHANGES]])
def test_every_pattern_has_a_sample(pattern: str) -> None:
    assert any(fnmatch(name, pattern) for name in FILES)


@pytest.mark.parametrize(("name", "read"), matching(MODELS))
def test_what_was_recorded_is_read_and_nothing_of_it_lost(name: str, read: Reader) -> None:
    data = data_of(load(name))
    models = read(data)
    bodies = bodies_of(data)
    if name.startswith("model__environmentvariable"):
        bodies = [{"environmentVars": [data]}]
    assert len(models) == len(bodies)
    for model, body in zip(models, bodies, strict=True):
        written = json.loads(json.dumps(unstructure(model)))
        assert lost(body, written, type(model)) == []
        assert structure(written, type(model)) == model


@pytest.mark.parametrize(("name", "kind"), matching(SPECS))
def test_what_was_sent_is_a_spec_and_nothing_of_it_lost(name: str, kind: type[Any]) -> None:
    body = load(name)
    spec = structure(body, kind)
    assert not getattr(spec, "extra", {})
    written = json.loads(json.dumps(unstructure(spec)))
    assert lost(body, written, kind) == []
    assert structure(written, kind) == spec


@pytest.mark.parametrize(("name", "kind"), matching(CHANGES))
def test_what_was_changed_goes_by_names_that_the_spec_knows(name: str, kind: type[Any]) -> None:
    known = {wire for wires in spellings(kind).values() for wire in wires}
    assert set(load(name)) <= known
