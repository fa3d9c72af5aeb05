"""Registry credentials in both generations."""

import json
from typing import Any

import pytest

from tests.simulator.bench import Bench
from yotta_async.simulator import WireStyle


V1 = "/openapi/v1/credentials"
V2 = "/v2/container-registry-auths"
BODY: dict[str, Any] = {"name": "hub", "username": "user", "password": "hidden"}
V1_BODY: dict[str, Any] = {"name": "hub", "username": "user", "token": "hidden"}
POD = {"name": "mine", "image": "image", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}
ENDPOINT = {
    "name": "served",
    "image": "image",
    "resources": [{"region": "us-east-1", "gpuType": "NVIDIA_L4_24G", "gpuCount": 1}],
    "workers": 1,
    "containerVolumeInGb": 20,
    "serviceMode": "CUSTOM",
}


def test_a_credential_of_one_generation_is_one_of_the_other() -> None:
    bench = Bench()
    second = bench.get("POST", V2, BODY | {"type": "GCR"})
    first = bench.get("POST", f"{V1}/create", V1_BODY | {"name": "Another one"})
    assert second == {
        "id": second["id"],
        "name": "hub",
        "type": "GCR",
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    assert bench.get("GET", f"{V1}/list") == [
        {"id": first["id"], "name": "Another one"},
        {"id": second["id"], "name": "hub"},
    ]
    assert [found["id"] for found in bench.get("GET", V2)] == [first["id"], second["id"]]
    assert bench.get("GET", f"{V1}/{second['id']}") == {"id": second["id"], "name": "hub"}
    assert bench.get("GET", f"{V2}/{second['id']}") == second
    assert bench.get("GET", f"{V2}/{first['id']}")["type"] == "DOCKER_HUB"


def test_the_secret_never_comes_back() -> None:
    bench = Bench()
    made = bench.get("POST", V2, BODY)
    target = f"{V2}/{made['id']}"
    bench.get("PATCH", target, {"password": "hidden too"})
    stored = bench.simulated._cloud.credentials.all[int(made["id"])]
    assert stored.secret == "hidden too"
    shown = [bench.get("GET", path) for path in (V2, target, f"{V1}/list", f"{V1}/{made['id']}")]
    assert "hidden" not in repr((shown, made, stored, bench.simulated.credentials))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "1st"),
        ("name", "a b"),
        ("name", "n" * 21),
        ("username", None),
        ("username", "u" * 256),
        ("password", " "),
        ("password", "p" * 256),
        ("password", 1),
        ("type", "QUAY"),
    ],
)
def test_a_v2_body_that_does_not_fit_is_refused_by_its_field(field: str, value: object) -> None:
    bench = Bench()
    status, code, message = bench.ask("POST", V2, BODY | {field: value})
    assert (status, code) == (200, 10001)
    assert field in message
    assert not bench.simulated.credentials


@pytest.mark.parametrize("field", ["name", "username", "token"])
def test_v1_needs_all_of_its_fields(field: str) -> None:
    status, code, message = Bench().ask("POST", f"{V1}/create", V1_BODY | {field: None})
    assert (status, code) == (200, 10001)
    assert field in message


@pytest.mark.parametrize("name", ["n" * 20, "a@b.c_d-1"])
def test_a_name_may_have_20_characters_of_its_kinds(name: str) -> None:
    assert Bench().get("POST", V2, BODY | {"name": name})["name"] == name


@pytest.mark.parametrize(
    "change", [{"name": "new"}, {"username": "new"}, {"password": "new"}, {}, {"name": None}]
)
def test_an_update_changes_what_it_names_alone(change: dict[str, Any]) -> None:
    bench = Bench()
    made = bench.get("POST", V2, BODY)
    bench.get("PATCH", f"{V2}/{made['id']}", change)
    stored = bench.simulated._cloud.credentials.all[int(made["id"])]
    expected = BODY | {name: value for name, value in change.items() if value}
    assert {"name": stored.name, "username": stored.username, "password": stored.secret} == expected


@pytest.mark.parametrize(
    "change", [{"name": "1"}, {"username": ""}, {"name": "ok", "password": ""}]
)
def test_an_update_that_does_not_fit_changes_nothing(change: dict[str, Any]) -> None:
    bench = Bench()
    made = bench.get("POST", V2, BODY)
    assert bench.code("PATCH", f"{V2}/{made['id']}", change) == 10001
    assert bench.simulated.credentials[0].name == "hub"


@pytest.mark.parametrize(
    "verb", [f"GET {V1}/7", f"DELETE {V1}/7", f"GET {V2}/7", f"PATCH {V2}/7", f"DELETE {V2}/7"]
)
def test_no_such_credential_is_10007(verb: str) -> None:
    method, target = verb.split()
    assert Bench().code(method, target, {} if method == "PATCH" else None) == 10007


@pytest.mark.parametrize(("prefix", "answer"), [(V1, None), (V2, True)])
def test_a_deleted_credential_is_gone(prefix: str, answer: object) -> None:
    bench = Bench()
    made = bench.get("POST", V2, BODY)
    assert bench.get("DELETE", f"{prefix}/{made['id']}") is answer
    assert bench.get("GET", V2) == []
    assert bench.code("GET", f"{V1}/{made['id']}") == 10007


def used(bench: Bench) -> tuple[str, str, str]:
    """Return the ids of a credential, and of a pod and an endpoint that use it."""
    made = bench.get("POST", V2, BODY)["id"]
    field = {"containerRegistryAuthId": made}
    pod = bench.get("POST", "/v2/pods", POD | field)["id"]
    endpoint = bench.get("POST", "/v2/serverless", ENDPOINT | field)["id"]
    return made, str(pod), str(endpoint)


@pytest.mark.parametrize("prefix", [V1, V2])
def test_a_credential_in_use_is_not_deleted(prefix: str) -> None:
    bench = Bench()
    made, pod, endpoint = used(bench)
    reply = bench.reply("DELETE", f"{prefix}/{made}")
    assert json.loads(reply.body) == {
        "message": "Credential is in use and cannot be deleted.",
        "code": 25002,
        "data": {
            "podList": [{"id": pod, "name": "mine"}],
            "elasticList": [{"id": endpoint, "name": "served"}],
        },
    }
    assert len(bench.simulated.credentials) == 1


def test_its_users_may_come_as_one_list() -> None:
    bench = Bench({"wire": WireStyle(in_use="list")})
    made, pod, endpoint = used(bench)
    assert json.loads(bench.reply("DELETE", f"{V2}/{made}").body)["data"] == [
        {"type": "POD", "id": pod, "name": "mine"},
        {"type": "ELASTIC", "id": endpoint, "name": "served"},
    ]


def test_a_credential_is_free_when_its_pod_is_terminated() -> None:
    bench = Bench()
    made = bench.get("POST", V2, BODY)["id"]
    pod = bench.get("POST", "/v2/pods", POD | {"containerRegistryAuthId": made})["id"]
    bench.get("DELETE", f"/v2/pods/{pod}")
    assert bench.code("DELETE", f"{V2}/{made}") == 25002
    bench.now += 30.0
    assert bench.code("DELETE", f"{V2}/{made}") == 10000


def test_v1s_create_may_answer_the_id_alone() -> None:
    bench = Bench({"wire": WireStyle(v1_credential="id")})
    assert bench.get("POST", f"{V1}/create", V1_BODY) == bench.simulated.credentials[0].id
    assert bench.get("GET", f"{V1}/list")[0]["name"] == "hub"


@pytest.mark.parametrize(("required", "code"), [(False, 10000), (True, 10001)])
def test_a_type_may_be_required(*, required: bool, code: int) -> None:
    bench = Bench({"wire": WireStyle(credential_type_required=required)})
    assert bench.code("POST", V2, BODY) == code
    assert bench.code("POST", V2, BODY | {"type": "ECR"}) == 10000


def test_times_are_iso_or_numbers() -> None:
    bench = Bench({"wire": WireStyle(credential_times="ms")})
    assert bench.get("POST", V2, BODY)["createdAt"] == 1767225600000


def test_the_view_shows_all_but_the_secret() -> None:
    bench = Bench()
    made = bench.get("POST", V2, BODY | {"type": "ACR"})
    view = bench.simulated.credentials[0]
    assert (view.id, view.name, view.username, view.kind) == (made["id"], "hub", "user", "ACR")
