"""Registry credentials: stored, used, and never shown again."""

from collections import Counter
from typing import Any

import pytest

from tests.lab import ENDPOINT, SPEC, Lab, in_both_generations, make_lab
from yotta_async import Credential, RetryPolicy
from yotta_async.errors import (
    APIError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    UnresolvedCreateError,
)
from yotta_async.simulator import FaultKind, Faults, WireStyle


NOBODY = "100000000000000001"
PATIENT = RetryPolicy(attempts=50, budget=None)


async def store(lab: Lab, name: str = "hub", **more: Any) -> Credential:
    return await lab.client.credentials.create(name=name, username="me", password="canary", **more)


@in_both_generations
@pytest.mark.parametrize("style", ["detail", "id"])
async def test_a_credential_is_stored_read_listed_and_deleted(style: Any, api_version: str) -> None:
    lab = make_lab(api_version=api_version, wire=WireStyle(v1_credential=style))
    credentials = lab.client.credentials
    made = await store(lab)
    other = await store(lab, "other")
    assert made.name == "hub"
    assert [(each.id, each.name, each.username) for each in lab.cloud.credentials] == [
        (made.id, "hub", "me"),
        (other.id, "other", "me"),
    ]
    assert (await credentials.get(made.id)).name == "hub"
    assert {each.id for each in await credentials.list()} == {made.id, other.id}
    await credentials.delete(made.id)
    assert [each.id for each in await credentials.list()] == [other.id]
    await lab.close()


async def test_v2_keeps_the_type() -> None:
    lab = make_lab(api_version="v2")
    assert (await store(lab, type="GCR")).type == "GCR"
    assert (await lab.client.credentials.list())[0].type == "GCR"


async def test_a_server_that_wants_the_type_gets_it() -> None:
    lab = make_lab(api_version="v2", wire=WireStyle(credential_type_required=True))
    assert (await store(lab, type="DOCKER_HUB")).type == "DOCKER_HUB"


async def test_what_is_not_given_stays() -> None:
    lab = make_lab(api_version="v2")
    made = await store(lab)
    changed = await lab.client.credentials.update(made.id, name="renamed")
    assert (changed.id, changed.name) == (made.id, "renamed")
    await lab.client.credentials.update(made.id, username="you")
    (kept,) = lab.cloud.credentials
    assert (kept.name, kept.username) == ("renamed", "you")
    await lab.client.credentials.update(made.id, password="canary2")
    (stored,) = lab.cloud._cloud.credentials.all.values()
    assert (stored.secret, stored.name, stored.username) == ("canary2", "renamed", "you")


@in_both_generations
async def test_a_stored_credential_serves_pods_and_endpoints(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    made = await store(lab)
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer", credential_id=made.id))
    endpoint = await lab.client.serverless.create(ENDPOINT.evolve(credential_id=int(made.id)))
    assert pod.id
    assert endpoint.id
    with pytest.raises(NotFoundError):
        await lab.client.pods.create(SPEC.evolve(credential_id=NOBODY))


@in_both_generations
@pytest.mark.parametrize("style", ["object", "list"])
async def test_a_credential_in_use_stays_and_the_error_says_what_uses_it(
    style: Any, api_version: str
) -> None:
    lab = make_lab(api_version=api_version, wire=WireStyle(in_use=style))
    made = await store(lab)
    pod = await lab.client.pods.create(SPEC.evolve(name="trainer", credential_id=made.id))
    with pytest.raises(ConflictError, match="in use") as caught:
        await lab.client.credentials.delete(made.id)
    assert (caught.value.code, caught.value.attempts) == (25002, 1)
    user = {"id": pod.id, "name": "trainer"}
    assert caught.value.data == (
        [{"type": "POD", **user}] if style == "list" else {"podList": [user], "elasticList": []}
    )
    assert len(lab.cloud.credentials) == 1


@in_both_generations
async def test_a_delete_whose_answer_is_lost_is_told_again_and_done(api_version: str) -> None:
    faults = Faults(operations={"deleteCredential"}, reset_after=0.7)
    lab = make_lab(api_version=api_version, faults=faults, retry=PATIENT, seed=1)
    made = await store(lab)
    await lab.client.credentials.delete(made.id)
    assert lab.cloud.operations["deleteCredential"] > 1
    assert lab.cloud.credentials == ()


@in_both_generations
@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.HTML, FaultKind.EMPTY])
async def test_a_create_with_a_lost_answer_is_never_repeated_and_named(
    kind: FaultKind, api_version: str
) -> None:
    faults = Faults(operations={"createCredential"}, **{kind.value: 1.0})  # type: ignore[arg-type]
    lab = make_lab(api_version=api_version, faults=faults)
    with pytest.raises(UnresolvedCreateError) as caught:
        await store(lab)
    assert (caught.value.name, caught.value.operation) == ("hub", "createCredential")
    assert lab.cloud.operations == Counter(createCredential=1)


@in_both_generations
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "7up"}, "name"),
        ({"username": ""}, "username"),
        ({"password": ""}, "password"),
        ({"password": "canary" * 50}, "password"),
    ],
)
async def test_a_bad_field_is_refused_before_anything_is_sent(
    fields: dict[str, Any], named: str, api_version: str
) -> None:
    lab = make_lab(api_version=api_version)
    sound = {"name": "hub", "username": "me", "password": "canary"}
    with pytest.raises(ConfigurationError) as caught:
        await lab.client.credentials.create(**sound | fields)
    assert caught.value.field == named
    assert "canary" not in str(caught.value)
    assert lab.cloud.requests == ()


async def test_a_change_that_cannot_be_is_refused_before_anything_is_sent() -> None:
    lab = make_lab(api_version="v2")
    credentials = lab.client.credentials
    for changes, named in (
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "7up"}, "name"),
        ({"username": "n" * 256}, "username"),
        ({"password": ""}, "password"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            await credentials.update(NOBODY, **changes)
        assert caught.value.field == named
    assert lab.cloud.requests == ()


@in_both_generations
async def test_a_credential_that_is_not_there_is_not_found(api_version: str) -> None:
    lab = make_lab(api_version=api_version)
    with pytest.raises(NotFoundError):
        await lab.client.credentials.get(NOBODY)
    with pytest.raises(NotFoundError):
        await lab.client.credentials.delete(NOBODY)
    for verb in (lab.client.credentials.get, lab.client.credentials.delete):
        with pytest.raises(ConfigurationError, match="credential_id"):
            await verb("")


@in_both_generations
async def test_no_password_is_in_a_repr_an_error_or_a_log(
    api_version: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    faults = Faults(operations={"createCredential"}, error_after=1.0)
    lab = make_lab(api_version=api_version, faults=faults)
    with pytest.raises(APIError) as caught:
        await store(lab)
    (made,) = await lab.client.credentials.list()
    shown = f"{caught.value!r} {caught.value} {made!r} {lab.events!r} {lab.client!r}"
    assert "canary" not in shown + caplog.text
