"""Serverless endpoints: their verbs, and what happens when answers are lost."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.lab import ENDPOINT, SPEC, Lab, in_both_generations, make_lab
from yotta_async import AsyncYotta, Endpoint, EndpointResource, EndpointStatus, RetryPolicy
from yotta_async.errors import (
    BadRequestError,
    ConfigurationError,
    ConflictError,
    EndpointFailedError,
    MaybeSentError,
    NotFoundError,
    NotSentError,
    UnresolvedCreateError,
    WaitTimeoutError,
)
from yotta_async.simulator import EndpointLife, FaultKind, Faults, WireStyle


PATIENT = RetryPolicy(attempts=50, budget=None)
NOBODY = "100000000000000001"
ALB = ENDPOINT.evolve(
    name="Web",
    service_mode="ALB",
    expose=(8000, "HTTP"),
    environment={"MODEL": "large"},
    container_volume_in_gb=30,
)
FIXED = {"image", "image_registry", "service_mode", "extra"}
LOST = [FaultKind.RESET_AFTER, FaultKind.ERROR_AFTER, FaultKind.HTML, FaultKind.TRUNCATED]


async def stopped(lab: Lab, **changes: Any) -> Endpoint:
    """Make an endpoint, and return it when it has been stopped."""
    endpoint = await lab.endpoint(**changes)
    await lab.client.serverless.stop(endpoint.id)
    return await lab.client.serverless.wait(endpoint.id, until="STOPPED")


@in_both_generations
async def test_an_endpoint_lives_from_create_to_gone(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    serverless = lab.client.serverless
    made = await serverless.create(ENDPOINT)
    assert (made.name, made.status, made.total_workers) == ("Queue", "INITIALIZING", 2)
    await serverless.wait(made.id)
    await serverless.wait(made.id, until=lambda endpoint: endpoint.running_workers == 2)
    await serverless.stop(made.id)
    assert (await serverless.wait(made.id, until="STOPPED")).running_workers == 0
    await serverless.start(made.id)
    assert (await serverless.wait(made.id)).status is EndpointStatus.RUNNING
    await serverless.stop(made.id)
    await serverless.wait(made.id, until=EndpointStatus.STOPPED)
    await serverless.delete(made.id)
    assert await serverless.list() == []
    await lab.close()


@in_both_generations
async def test_fields_do_as_well_as_a_spec(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.client.serverless.create(
        name="Web",
        image="yottalabsai/worker:1.0",
        resources=[("us-east", SPEC.gpu_type, 2), EndpointResource("eu-1", SPEC.gpu_type, 2)],
        workers=1,
        container_volume_in_gb=30,
        service_mode="ALB",
        expose=8000,
        environment={"A": "1"},
    )
    got = await lab.client.serverless.get(endpoint.id)
    assert (got.id, got.name, got.service_mode) == (endpoint.id, "Web", "ALB")
    assert [(place.region, place.gpu_count) for place in got.resources] == [
        ("us-east", 2),
        ("eu-1", 2),
    ]
    assert (got.container_volume_in_gb, got.environment) == (30, {"A": "1"})
    assert got.expose is not None
    assert (got.expose.port, got.expose.protocol) == (8000, "HTTP")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "name"),
        ({"name": "Queue", "image": "a/b"}, "resources"),
        ({"name": "7up"}, "name"),
        ({"workers": -1}, "workers"),
        ({"container_volume_in_gb": 10}, "container_volume_in_gb"),
        ({"service_mode": "ALB"}, "expose"),
        ({"resources": ()}, "resources"),
        ({"werkers": 1}, "werkers"),
    ],
)
async def test_a_bad_spec_is_refused_before_anything_is_sent(
    fields: dict[str, Any], named: str
) -> None:
    lab = make_lab()
    sound = {
        "name": "Queue",
        "image": "a/b",
        "resources": ("us-east-1", SPEC.gpu_type),
        "container_volume_in_gb": 20,
        "service_mode": "QUEUE",
    }
    given = fields if not fields or "image" in fields else sound | fields
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.serverless.create(**given)
    assert caught.value.field == named
    assert lab.cloud.requests == ()


async def test_a_spec_and_fields_together_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="evolve"):
        await make_lab().client.serverless.create(ENDPOINT, workers=3)


@in_both_generations
async def test_lists_can_be_filtered(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    running = await lab.endpoint()
    resting = await stopped(lab, name="Idle")
    serverless = lab.client.serverless
    assert {each.id for each in await serverless.list()} == {running.id, resting.id}
    assert [each.id for each in await serverless.list(statuses="STOPPED")] == [resting.id]
    both = [EndpointStatus.RUNNING, EndpointStatus.STOPPED]
    assert len(await serverless.list(statuses=both)) == 2
    assert await serverless.list(statuses=["FAILED"]) == []


Verb = Callable[[AsyncYotta, str], Awaitable[object]]

BY_ID: dict[str, Verb] = {
    "getEndpoint": lambda client, text: client.serverless.get(text),
    "startEndpoint": lambda client, text: client.serverless.start(text),
    "stopEndpoint": lambda client, text: client.serverless.stop(text),
    "deleteEndpoint": lambda client, text: client.serverless.delete(text),
    "scaleWorkers": lambda client, text: client.serverless.scale(text, 1),
    "listWorkers": lambda client, text: client.serverless.workers(text),
}


@in_both_generations
@pytest.mark.parametrize("style", [14000, 24001])
@pytest.mark.parametrize("operation", BY_ID)
async def test_an_endpoint_that_is_not_there_is_not_found(
    operation: str, style: int, api_version: str
) -> None:
    wire = WireStyle(v1_endpoint_not_found_code=style, v2_endpoint_not_found_code=style)
    lab = make_lab(api_version=api_version, wire=wire)
    with pytest.raises(NotFoundError) as caught:
        await BY_ID[operation](lab.client, NOBODY)
    assert (caught.value.operation, caught.value.code) == (operation, style)
    assert lab.cloud.operations == Counter({operation: 1})


CHECKED: dict[str, Verb] = BY_ID | {
    "updateEndpoint": lambda client, text: client.serverless.update(text, workers=1),
    "wait": lambda client, text: client.serverless.wait(text),
}


@in_both_generations
@pytest.mark.parametrize("endpoint_id", ["", ".", "..", "a\nb"])
@pytest.mark.parametrize("operation", CHECKED)
async def test_what_is_no_id_is_refused_before_anything_is_sent(
    operation: str, endpoint_id: str, api_version: str
) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(ConfigurationError, match="endpoint_id"):
        await CHECKED[operation](lab.client, endpoint_id)
    assert lab.cloud.requests == ()


@in_both_generations
async def test_a_change_keeps_what_the_server_told(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await stopped(
        lab, name="Web", workers=3, environment={"A": "1"}, container_volume_in_gb=50
    )
    changed = await lab.client.serverless.update(endpoint.id, expose=9000)
    assert (changed.total_workers, changed.name, changed.container_volume_in_gb) == (3, "Web", 50)
    assert changed.resources == endpoint.resources
    assert (changed.environment, changed.image) == ({"A": "1"}, endpoint.image)


@in_both_generations
async def test_a_change_changes_what_it_names(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await stopped(lab, environment={"A": "1"})
    changed = await lab.client.serverless.update(
        endpoint.id,
        name="Other",
        resources=("eu-1", SPEC.gpu_type, 4),
        workers=2,
        container_volume_in_gb=40,
        environment={"B": "2"},
        expose=9000,
    )
    got = await lab.client.serverless.get(endpoint.id)
    assert changed == got
    assert (got.name, got.total_workers, got.container_volume_in_gb) == ("Other", 2, 40)
    assert [(place.region, place.gpu_count) for place in got.resources] == [("eu-1", 4)]
    assert got.environment == {"B": "2"}
    assert got.expose is not None
    assert got.expose.port == 9000


@in_both_generations
async def test_an_empty_environment_empties_it(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await stopped(lab, environment={"A": "1"})
    assert (await lab.client.serverless.update(endpoint.id, environment={})).environment == {}


@in_both_generations
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"image": "a/b"}, "image"),
        ({"service_mode": "ALB"}, "service_mode"),
        ({"image_registry": "https://registry.example"}, "image_registry"),
        ({"extra": {"x": 1}}, "extra"),
        ({"workers": -1}, "workers"),
        ({"name": "7up"}, "name"),
        ({"container_volume_in_gb": 19}, "container_volume_in_gb"),
        ({"resources": [("a", "b", 1), ("a", "b", 2)]}, "resources"),
        ({"werkers": 1}, "werkers"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_before_anything_is_sent(
    changes: dict[str, Any], named: str, api_version: str
) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.serverless.update(NOBODY, **changes)
    assert caught.value.field == named
    assert caught.value.hint
    assert ("Make another endpoint" in caught.value.hint) is (named in FIXED)
    assert lab.cloud.requests == ()


def _answering(data: object) -> AsyncYotta:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"code": 10000, "message": "success", "data": data})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return AsyncYotta("key", base_url="http://localhost", http_client=http)


async def test_what_stays_must_be_known() -> None:
    client = _answering({"id": "7", "name": "Web", "status": "STOPPED", "totalWorkers": 1})
    with pytest.raises(ConfigurationError, match="with every change") as caught:
        await client.serverless.update("7", workers=2, container_volume_in_gb=20)
    assert caught.value.field == "resources"


@in_both_generations
async def test_an_endpoint_without_workers_is_changed_only_with_their_number(
    api_version: str,
) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    serverless = lab.client.serverless
    await serverless.scale(endpoint.id, 0)
    await serverless.stop(endpoint.id)
    await serverless.wait(endpoint.id, "STOPPED")
    with pytest.raises(ConfigurationError) as caught:
        await serverless.update(endpoint.id, container_volume_in_gb=30)
    assert caught.value.field == "workers"
    assert (await serverless.update(endpoint.id, workers=1)).total_workers == 1


@in_both_generations
async def test_a_running_endpoint_is_neither_changed_nor_deleted_nor_started(
    api_version: str,
) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint()
    serverless = lab.client.serverless
    for refused in (
        serverless.update(endpoint.id, workers=1),
        serverless.delete(endpoint.id),
        serverless.start(endpoint.id),
    ):
        with pytest.raises(ConflictError) as caught:
            await refused
        assert (caught.value.code, caught.value.attempts) == (24002, 1)


@in_both_generations
async def test_workers_can_be_scaled_and_listed(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.endpoint(workers=1)
    serverless = lab.client.serverless
    await serverless.scale(endpoint.id, 3)
    await serverless.wait(endpoint.id, until=lambda endpoint: endpoint.running_workers == 3)
    workers = await serverless.workers(endpoint.id)
    assert [worker.status for worker in workers] == ["RUNNING"] * 3
    assert {worker.region for worker in workers} == {"us-east-1"}
    await serverless.scale(endpoint.id, 0)
    assert {worker.id for worker in await serverless.workers(endpoint.id, statuses="TERMINATING")}
    assert await serverless.workers(endpoint.id, statuses=["INITIALIZING", "RUNNING"]) == []


async def test_a_workers_id_may_have_another_name() -> None:
    lab = make_lab(api_version="v2", wire=WireStyle(worker_id="workerId"))
    endpoint = await lab.endpoint()
    workers = await lab.client.serverless.workers(endpoint.id)
    assert [worker.id for worker in workers] == [str(each.id) for each in lab.workers(endpoint.id)]


@pytest.mark.parametrize("workers", [-1, True, 1.0, "1", None])
async def test_what_is_no_number_of_workers_is_refused_before_anything_is_sent(
    workers: Any,
) -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError, match="workers"):
        await lab.client.serverless.scale(NOBODY, workers)
    assert lab.cloud.requests == ()


@in_both_generations
@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("operation", ["stopEndpoint", "startEndpoint"])
async def test_after_a_lost_answer_the_endpoint_is_looked_at_before_it_is_told_again(
    operation: str, kind: FaultKind, api_version: str
) -> None:
    faults = Faults(operations={operation}, **{kind.value: 1.0})  # type: ignore[arg-type]
    lab = make_lab(api_version=api_version, faults=faults)
    endpoint = await stopped(lab)
    await lab.client.serverless.start(endpoint.id)
    await lab.client.serverless.wait(endpoint.id)
    assert lab.cloud.operations[operation] == 1
    await lab.close()


@in_both_generations
@pytest.mark.parametrize("seed", range(6))
async def test_what_happens_only_after_the_look_is_no_conflict(seed: int, api_version: str) -> None:
    """The first stop is done late, between the look and its own repeat, which is refused."""
    faults = Faults(operations={"stopEndpoint"}, reset_after=0.5, late_commit=(2.0, 2.0))
    retry = RetryPolicy(attempts=50, budget=None, initial=4.0, jitter=False)
    lab = make_lab(api_version=api_version, faults=faults, retry=retry, seed=seed)
    endpoint = await lab.endpoint()
    await lab.client.serverless.stop(endpoint.id)
    await lab.client.serverless.wait(endpoint.id, until="STOPPED")
    assert lab.cloud.operations["stopEndpoint"] <= 2
    await lab.close()


@in_both_generations
async def test_a_stop_that_did_not_happen_is_told_again(api_version: str) -> None:
    faults = Faults(operations={"stopEndpoint"}, reset_before=0.7)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=1)
    endpoint = await lab.endpoint()
    await lab.client.serverless.stop(endpoint.id)
    assert lab.cloud.operations["stopEndpoint"] > 1
    await lab.client.serverless.wait(endpoint.id, until="STOPPED")


@pytest.mark.parametrize(
    ("kind", "error"), [("refuse", NotSentError), ("reset_before", MaybeSentError)]
)
async def test_a_stop_that_never_gets_through_is_given_up(
    kind: str, error: type[MaybeSentError | NotSentError]
) -> None:
    faults = Faults(operations={"stopEndpoint"}, **{kind: 1.0})  # type: ignore[arg-type]
    lab = make_lab(faults=faults)
    endpoint = await lab.endpoint()
    with pytest.raises(error) as caught:
        await lab.client.serverless.stop(endpoint.id)
    assert caught.value.attempts == 4
    assert len(caught.value.__notes__) == 3


@in_both_generations
async def test_a_delete_whose_answer_is_lost_is_told_again_and_done(api_version: str) -> None:
    faults = Faults(operations={"deleteEndpoint"}, reset_after=0.7)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=1)
    endpoint = await stopped(lab)
    await lab.client.serverless.delete(endpoint.id)
    assert lab.cloud.operations["deleteEndpoint"] > 1
    assert await lab.client.serverless.list() == []


@in_both_generations
@pytest.mark.parametrize("kind", [*LOST, FaultKind.TIMEOUT_AFTER, FaultKind.EMPTY])
async def test_a_create_with_a_lost_answer_is_never_repeated_and_named(
    kind: FaultKind, api_version: str
) -> None:
    faults = Faults(operations={"createEndpoint"}, **{kind.value: 1.0})  # type: ignore[arg-type]
    lab = make_lab(api_version=api_version, faults=faults)
    with pytest.raises(UnresolvedCreateError, match="may exist, and bill") as caught:
        await lab.client.serverless.create(ENDPOINT)
    assert (caught.value.name, caught.value.operation) == ("Queue", "createEndpoint")
    assert lab.cloud.operations == Counter(createEndpoint=1)
    assert [each.name for each in await lab.client.serverless.list()] == ["Queue"]
    await lab.close()


async def test_a_create_that_was_not_sent_is_repeated() -> None:
    lab = make_lab(faults=Faults(operations={"createEndpoint"}, refuse=0.6), retry=PATIENT, seed=1)
    await lab.client.serverless.create(ENDPOINT)
    assert lab.cloud.faults_fired["refuse"] > 0
    assert len(await lab.client.serverless.list()) == 1


@pytest.mark.parametrize("data", [None, 7, "7", [], {"name": "Queue"}], ids=repr)
async def test_a_create_whose_answer_cannot_be_read_is_named(data: object) -> None:
    with pytest.raises(UnresolvedCreateError) as caught:
        await _answering(data).serverless.create(ENDPOINT)
    assert caught.value.name == "Queue"


@in_both_generations
async def test_a_create_that_is_refused_is_not_repeated(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(BadRequestError, match="not supported"):
        await lab.client.serverless.create(ENDPOINT.evolve(resources=("us-east-1", "ABACUS")))
    assert lab.cloud.operations == Counter(createEndpoint=1)


@in_both_generations
async def test_an_endpoint_that_fails_ends_the_wait_at_once(api_version: str) -> None:
    lab = make_lab(api_version=api_version, endpoint_life=EndpointLife(failing=1.0))
    endpoint = await lab.client.serverless.create(ENDPOINT)
    with pytest.raises(EndpointFailedError, match="is FAILED and will not be RUNNING") as caught:
        await lab.client.serverless.wait(endpoint.id)
    assert caught.value.subject == endpoint.id
    assert [status for _, status in caught.value.history] == ["INITIALIZING", "FAILED"]
    assert (await lab.client.serverless.wait(endpoint.id, until="FAILED")).status == "FAILED"


@in_both_generations
async def test_a_wait_that_takes_too_long_tells_what_was_last_seen(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    endpoint = await lab.client.serverless.create(ENDPOINT)
    with pytest.raises(WaitTimeoutError, match="last seen INITIALIZING") as caught:
        await lab.client.serverless.wait(endpoint.id, timeout=10.0)
    assert isinstance(caught.value.last_seen, Endpoint)


async def test_a_wait_for_nothing_is_refused_and_for_nobody_not_found() -> None:
    lab = make_lab()
    with pytest.raises(ConfigurationError, match="until=sleepy"):
        await lab.client.serverless.wait(NOBODY, until="sleepy")
    assert lab.cloud.requests == ()
    with pytest.raises(NotFoundError):
        await lab.client.serverless.wait(NOBODY)


async def test_looks_that_fail_fail_no_wait() -> None:
    faults = Faults(operations={"getEndpoint"}, refuse=0.2, html=0.2, error_before=0.2, empty=0.2)
    lab = make_lab(faults=faults, seed=2)
    endpoint = await lab.client.serverless.create(ENDPOINT)
    assert (await lab.client.serverless.wait(endpoint.id)).status == "RUNNING"
    assert sum(lab.cloud.faults_fired.values()) > 3


async def test_a_wait_in_which_no_look_succeeds_says_why() -> None:
    lab = make_lab(faults=Faults(operations={"getEndpoint"}, error_before=1.0))
    with pytest.raises(WaitTimeoutError, match="could not be looked at") as caught:
        await lab.client.serverless.wait(NOBODY, timeout=30.0)
    assert caught.value.__cause__ is not None
    assert caught.value.last_seen is None


async def test_no_secret_of_an_endpoint_is_in_a_repr_or_an_error() -> None:
    lab = make_lab(api_version="v2", faults=Faults(operations={"createEndpoint"}, reset_after=1.0))
    spec = ENDPOINT.evolve(environment={"TOKEN": "canary"}, webhook="https://host.example/canary")
    with pytest.raises(UnresolvedCreateError) as caught:
        await lab.client.serverless.create(spec)
    (made,) = await lab.client.serverless.list()
    assert made.environment == {"TOKEN": "canary"}
    assert "canary" not in f"{spec!r} {made!r} {caught.value!r} {caught.value}"
