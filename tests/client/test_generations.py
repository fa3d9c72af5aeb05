"""Both generations of the API: the same programs, and a clear word where one lacks something."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from tests.lab import ENDPOINT, SPEC, client_of, in_both_generations, make_lab
from yotta_async import AsyncYotta, RetryPolicy, VolumeMount
from yotta_async._api import GENERATIONS
from yotta_async._api.operations import OPERATIONS
from yotta_async.errors import ConfigurationError, UnsupportedOperationError
from yotta_async.events import PodRecovered, PodRemoved
from yotta_async.simulator import FaultKind, Faults, Latency, SimulatedYotta, WireStyle


PATIENT = RetryPolicy(attempts=100, budget=None, patience=3600.0)
ON_THE_TICK = Latency(low=0.5, high=0.5)
AFTER_COMMIT = [FaultKind.RESET_AFTER, FaultKind.HTML, FaultKind.TRUNCATED, FaultKind.EMPTY]


@in_both_generations
async def test_a_pod_lives_from_create_to_gone(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    pods = lab.client.pods
    pod = await pods.create(SPEC.evolve(name="trainer", expose=[22], regions="us-east-1"))
    ready = await pods.wait(pod.id)
    assert (ready.id, ready.name, ready.region) == (pod.id, "trainer", "us-east-1")
    assert ready.endpoint(22) is not None
    await pods.pause(pod.id)
    assert (await pods.wait(pod.id, until="PAUSED")).status == "PAUSED"
    assert [each.id for each in await pods.list(statuses=["PAUSED"])] == [pod.id]
    await pods.resume(pod.id)
    assert (await pods.wait(pod.id)).is_ready
    await pods.delete(pod.id)
    await pods.wait(pod.id, until="gone")
    assert lab.cloud.pods == ()
    await lab.close()


@pytest.mark.parametrize("starting", ["INITIALIZE", "INITIALIZING"])
@pytest.mark.parametrize("paused", ["PAUSED", "STOPPED"])
async def test_the_other_words_of_v2_mean_the_same(starting: Any, paused: Any) -> None:
    lab = make_lab(api_version="v2", wire=WireStyle(starting=starting, paused=paused))
    pod = await lab.client.pods.create(SPEC)
    assert pod.status == "INITIALIZING"
    await lab.client.pods.wait(pod.id)
    await lab.client.pods.pause(pod.id)
    await lab.client.pods.wait(pod.id, until="PAUSED")
    await lab.close()


@in_both_generations
@pytest.mark.parametrize("kind", AFTER_COMMIT)
async def test_a_pod_whose_answer_is_lost_is_found_by_its_name(
    kind: FaultKind, api_version: str
) -> None:
    faults = Faults(operations={"createPod"}, list_lag=3.0, **{kind.value: 1.0})  # type: ignore[arg-type]
    lab = make_lab(api_version=api_version, faults=faults)
    pod = await lab.client.pods.create(SPEC)
    assert lab.living == {pod.id}
    assert lab.cloud.operations["createPod"] == 1
    assert lab.told(PodRecovered)[0].pod_id == pod.id
    await lab.close()


@in_both_generations
async def test_a_pod_whose_creator_was_cancelled_is_deleted(api_version: str) -> None:
    lab = make_lab(api_version=api_version, latency=ON_THE_TICK)
    with anyio.move_on_after(0.3):
        await lab.client.pods.create(SPEC)
    await lab.close()
    assert lab.living == set()
    assert [event.pod_id for event in lab.told(PodRemoved)] == [
        pod.id for pod in lab.cloud.all_pods
    ]


@in_both_generations
@pytest.mark.parametrize("seed", range(2))
async def test_a_storm_of_faults_leaves_exactly_the_pods_that_were_returned(
    seed: int, api_version: str
) -> None:
    faults = Faults.everything(0.3)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=seed)
    made: list[str] = []

    async def live() -> None:
        pod = await lab.client.pods.create(SPEC)
        await lab.client.pods.wait(pod.id)
        await lab.client.pods.pause(pod.id)
        made.append(pod.id)

    async with lab.client, anyio.create_task_group() as tasks:
        for _ in range(15):
            tasks.start_soon(live)
    assert lab.living == set(made)
    assert len(set(made)) == 15
    assert sum(lab.cloud.faults_fired.values()) > 5
    await lab.close()


async def test_what_one_generation_makes_the_other_one_sees_and_ends() -> None:
    cloud = SimulatedYotta()
    old, new = (client_of(cloud, api_version=each) for each in ("v1", "v2"))
    pod = await old.pods.create(SPEC.evolve(name="trainer", environment={"A": "1"}))
    seen = await new.pods.wait(pod.id)
    assert (seen.name, seen.gpu_type, seen.environment) == ("trainer", SPEC.gpu_type, {"A": "1"})
    endpoint = await new.serverless.create(ENDPOINT)
    assert [each.id for each in await old.serverless.list()] == [endpoint.id]
    credential = await new.credentials.create(name="hub", username="me", password="secret")
    assert (await old.credentials.get(credential.id)).name == "hub"
    await new.pods.delete(pod.id)
    await old.pods.wait(pod.id, until="gone")
    assert cloud.pods == ()


async def test_clients_of_both_generations_may_wait_for_each_others_tasks() -> None:
    lab = make_lab(api_version="v2")
    old = client_of(lab.cloud, api_version="v1")
    endpoint = await lab.endpoint()
    task_id = await old.tasks.submit(endpoint.id, {"n": 1}, worker_port=80, process_uri="/run")
    assert (await lab.client.tasks.wait(endpoint.id, task_id)).output == {"echo": {"n": 1}}


Verb = Callable[[AsyncYotta], Awaitable[object]]


async def _logs(client: AsyncYotta) -> object:
    return await anext(client.serverless.logs("1", "2"))


LACKING: dict[str, dict[str, Verb]] = {
    "v1": {
        "credentials.update": lambda client: client.credentials.update("1", name="n"),
        "serverless.logs": _logs,
        "vms.rename": lambda client: client.vms.rename("1", "n"),
        "volumes.create": lambda client: client.volumes.create(name="n", storage_type="S3"),
        "volumes.list": lambda client: client.volumes.list("S3").all(),
        "volumes.get": lambda client: client.volumes.get("1"),
        "volumes.rename": lambda client: client.volumes.rename("1", "n"),
        "volumes.resize": lambda client: client.volumes.resize("1", 10),
        "volumes.delete": lambda client: client.volumes.delete("1"),
        "metrics.cpu": lambda client: client.metrics.cpu("1"),
        "metrics.gpu": lambda client: client.metrics.gpu("1"),
        "metrics.gpu_memory": lambda client: client.metrics.gpu_memory("1"),
        "metrics.memory": lambda client: client.metrics.memory("1"),
        "metrics.storage": lambda client: client.metrics.storage("1", start=datetime.now(UTC)),
    },
    "v2": {"gpus.list": lambda client: client.gpus.list()},
}


@pytest.mark.parametrize("api_version", LACKING)
def test_every_verb_that_a_generation_lacks_is_tried(api_version: str) -> None:
    rows = GENERATIONS[api_version].rows
    lacking = {traits.verb for name, traits in OPERATIONS.items() if name not in rows}
    assert set(LACKING[api_version]) == lacking - {"request"}


@pytest.mark.parametrize(
    ("api_version", "verb"),
    [(version, verb) for version, verbs in LACKING.items() for verb in verbs],
)
async def test_a_verb_that_the_generation_lacks_says_so_and_sends_nothing(
    api_version: str, verb: str
) -> None:
    lab = make_lab(api_version=api_version)
    other = "v1" if api_version == "v2" else "v2"
    with pytest.raises(UnsupportedOperationError, match=f"{api_version} API lacks it") as caught:
        await LACKING[api_version][verb](lab.client)
    assert f'api_version="{other}"' in caught.value.hint
    assert lab.cloud.requests == ()


def _pod(**fields: Any) -> Verb:
    return lambda client: client.pods.create(SPEC.evolve(**fields))


def _endpoint(**fields: Any) -> Verb:
    return lambda client: client.serverless.create(ENDPOINT.evolve(**fields))


def _change(**fields: Any) -> Verb:
    return lambda client: client.serverless.update("1", **fields)


def _credential(**fields: Any) -> Verb:
    known = {"name": "hub", "username": "me", "password": "secret"}
    return lambda client: client.credentials.create(**known | fields)


MOUNT = VolumeMount("420522713875330018", "/data")
NO_PLACE: list[tuple[str, str, str, Verb]] = [
    ("v1", "pods.create", "min_single_card_vram_in_gb", _pod(min_single_card_vram_in_gb=24)),
    ("v1", "pods.create", "min_single_card_vcpu", _pod(min_single_card_vcpu=8)),
    ("v1", "pods.create", "persistent_volumes", _pod(persistent_volumes=[MOUNT])),
    ("v1", "serverless.create", "webhook", _endpoint(webhook="https://host.example/told")),
    ("v1", "serverless.update", "webhook", _change(webhook="https://host.example/told")),
    ("v1", "credentials.create", "type", _credential(type="GCR")),
    ("v2", "pods.create", "cloud_type", _pod(cloud_type="SECURE")),
    ("v2", "pods.create", "official_image", _pod(official_image="CUSTOM")),
    ("v2", "serverless.create", "name", _endpoint(name="N" * 21)),
    ("v2", "serverless.update", "name", _change(name="N" * 21)),
    ("v2", "credentials.create", "name", _credential(name="n" * 21)),
    (
        "v2",
        "credentials.update",
        "name",
        lambda client: client.credentials.update("1", name="n" * 21),
    ),
]


@pytest.mark.parametrize(
    ("api_version", "field", "verb"),
    [pytest.param(row[0], row[2], row[3], id="-".join(row[:3])) for row in NO_PLACE],
)
async def test_a_field_that_the_generation_lacks_is_refused_and_nothing_is_sent(
    api_version: str, field: str, verb: Verb
) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(ConfigurationError) as caught:
        await verb(lab.client)
    assert caught.value.field == field
    assert caught.value.hint
    assert lab.cloud.requests == ()


async def test_a_long_name_that_v2_refuses_is_good_enough_for_v1() -> None:
    lab = make_lab(api_version="v1")
    endpoint = await lab.client.serverless.create(ENDPOINT.evolve(name="N" * 50))
    assert endpoint.name == "N" * 50


@in_both_generations
async def test_the_environment_chooses_the_generation(
    monkeypatch: pytest.MonkeyPatch, api_version: str
) -> None:
    monkeypatch.setenv("YOTTA_API_VERSION", api_version)
    client = AsyncYotta.simulated()
    assert client._account.api is GENERATIONS[api_version]
    other = "v1" if api_version == "v2" else "v2"
    assert AsyncYotta.simulated(api_version=other)._account.api is GENERATIONS[other]


def test_without_a_word_it_is_v1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOTTA_API_VERSION", raising=False)
    assert AsyncYotta.simulated()._account.api is GENERATIONS["v1"]


@pytest.mark.parametrize("word", ["v3", "2", "V1"])
def test_a_generation_that_there_is_not_is_refused(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=f"api_version={word}"):
        AsyncYotta.simulated(api_version=word)
    monkeypatch.setenv("YOTTA_API_VERSION", word)
    with pytest.raises(ConfigurationError, match=f"YOTTA_API_VERSION={word}"):
        AsyncYotta.simulated()


@in_both_generations
async def test_the_key_can_be_checked(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    assert await lab.client.check_key("295310909206171649") is True
    with pytest.raises(ConfigurationError, match="organization_id"):
        await lab.client.check_key("")
    assert lab.cloud.operations == {"checkKey": 1}
