"""Endpoints in both generations: what is accepted, what is answered."""

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.serverless_bench import L4, RESOURCE, SPEC, V1, V2, Bench
from yotta_async.simulator import WireStyle


# Where each generation has its verbs, with the endpoint's id for {}.
CREATE = [("POST", f"{V1}/create"), ("POST", V2)]
UPDATE = [("POST", f"{V1}/{{}}/update"), ("PATCH", f"{V2}/{{}}")]
LIST = [f"{V1}/list", V2]
BASE = [V1, V2]


def stopped(bench: Bench) -> str:
    endpoint_id = bench.running()
    bench.done("POST", f"{V2}/{endpoint_id}/stop")
    bench.now += 30.0
    return endpoint_id


@pytest.mark.parametrize(("method", "path"), CREATE)
def test_what_one_generation_made_both_show(method: str, path: str) -> None:
    bench = Bench()
    endpoint_id = bench.done(method, path, SPEC)["id"]
    by_v1 = bench.done("GET", f"{V1}/{endpoint_id}")
    by_v2 = bench.done("GET", f"{V2}/{endpoint_id}")
    assert by_v1 == by_v2
    assert bench.done("GET", f"{V1}/list") == [by_v1]
    assert bench.done("GET", V2) == [by_v2]


def test_a_new_endpoint_is_shown_as_documented() -> None:
    bench = Bench()
    port = {"port": 8000, "protocol": "http"}
    variables = [{"key": "A", "value": "b"}]
    endpoint_id = bench.create(
        expose=port, environmentVars=variables, webhook="http://me", imageRegistry="here"
    )
    shown = bench.get(endpoint_id)
    label, _, rest = shown.pop("domain").partition(".")
    assert (len(label), rest) == (12, "yottadeos.com")
    assert shown == {
        "id": endpoint_id,
        "name": "llm",
        "image": "image",
        "imageRegistry": "here",
        "status": "INITIALIZING",
        "resources": [RESOURCE],
        "totalWorkers": 2,
        "runningWorkers": 0,
        "serviceMode": "QUEUE",
        "containerVolumeInGb": 20,
        "environmentVars": variables,
        "expose": port,
        "webhook": "http://me",
        "cost": "0",
        "perHourPrice": "0",
        "perSecondPrice": "0",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
    }


def test_prices_are_those_of_the_running_workers_in_decimal_strings() -> None:
    bench = Bench({"prices": {L4: Decimal("3600.5")}})
    endpoint_id = bench.running()
    bench.now += 3600.0
    shown = bench.get(endpoint_id)
    assert (shown["perHourPrice"], shown["perSecondPrice"]) == ("7201", "2.000278")
    # The first worker has run for 10 seconds more than the hour of both.
    assert shown["cost"] == "7211.001389"
    assert bench.simulated.billing() == pytest.approx(Decimal("7211.001389"), abs=Decimal("1e-6"))


@pytest.mark.parametrize(("method", "path"), CREATE)
@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"name": None}, "name"),
        ({"name": "1llm"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "llm\n"}, "name"),
        ({"name": "n" * 51}, "name"),
        ({"image": ""}, "image"),
        ({"image": "i" * 256}, "image"),
        ({"imageRegistry": "r" * 256}, "imageRegistry"),
        ({"resources": None}, "resources"),
        ({"resources": []}, "resources"),
        ({"resources": {}}, "resources"),
        ({"resources": [RESOURCE | {"region": ""}]}, "resources[0].region"),
        ({"resources": [RESOURCE | {"gpuType": None}]}, "resources[0].gpuType"),
        ({"resources": [RESOURCE | {"gpuType": "X"}]}, "gpu type [X] not supported"),
        ({"resources": [RESOURCE | {"gpuCount": None}]}, "resources[0].gpuCount"),
        ({"resources": [RESOURCE | {"gpuCount": 0}]}, "resources[0].gpuCount"),
        ({"resources": [RESOURCE | {"gpuCount": 3}]}, "power of two"),
        ({"resources": [RESOURCE, RESOURCE | {"gpuCount": 2}]}, "same gpuCount"),
        ({"workers": None}, "workers"),
        ({"workers": 0}, "workers"),
        ({"workers": "2"}, "workers"),
        ({"containerVolumeInGb": None}, "containerVolumeInGb"),
        ({"containerVolumeInGb": 19}, "containerVolumeInGb"),
        ({"serviceMode": None}, "serviceMode"),
        ({"serviceMode": "queue"}, "serviceMode"),
        ({"serviceMode": "ALB"}, "expose"),
        ({"expose": {"port": 80}}, "expose.protocol"),
        ({"expose": {"protocol": "http"}}, "expose.port"),
        ({"expose": {"port": 65536, "protocol": "http"}}, "expose.port"),
        ({"expose": [{"port": 80, "protocol": "http"}]}, "expose"),
        ({"webhook": "w" * 513}, "webhook"),
        ({"environmentVars": {"A": "b"}}, "environmentVars"),
        ({"envVars": [{"value": "b"}]}, "envVars[0].key"),
        ({"minSingleCardVramInGb": 1537}, "minSingleCardVramInGb"),
        ({"minSingleCardRamInGb": -1}, "minSingleCardRamInGb"),
        ({"minSingleCardVcpu": -1}, "minSingleCardVcpu"),
        ({"initializationCommand": 1}, "initializationCommand"),
        ({"credentialId": "x"}, "credentialId"),
        ({"containerRegistryAuthId": -1}, "containerRegistryAuthId"),
    ],
)
def test_a_create_that_does_not_fit_is_refused_by_its_field(
    method: str, path: str, spec: dict[str, Any], word: str
) -> None:
    bench = Bench()
    code, message = bench.ask(method, path, SPEC | spec)
    assert code == 10001
    assert word in message
    assert bench.done("GET", V2) == []


@pytest.mark.parametrize(
    ("generation", "length", "code"),
    [(0, 50, 10000), (0, 51, 10001), (1, 20, 10000), (1, 21, 10001)],
)
def test_the_longest_name_is_each_generations_own(generation: int, length: int, code: int) -> None:
    method, path = CREATE[generation]
    assert Bench().ask(method, path, SPEC | {"name": "n" * length})[0] == code


def test_alb_endpoints_need_a_port() -> None:
    port = {"port": 8188, "protocol": "http"}
    assert Bench().create(serviceMode="ALB", expose=port)


@pytest.mark.parametrize("name", ["environmentVars", "envVars"])
def test_variables_go_by_either_name(name: str) -> None:
    bench = Bench()
    variables = [{"key": "A", "value": "b"}]
    endpoint_id = bench.create(**{name: variables})
    assert bench.get(endpoint_id)["environmentVars"] == variables


@pytest.mark.parametrize("name", ["credentialId", "containerRegistryAuthId"])
@pytest.mark.parametrize(("method", "path"), CREATE)
def test_a_credential_goes_by_either_name_and_must_be_there(
    method: str, path: str, name: str
) -> None:
    bench = Bench()
    assert bench.ask(method, path, SPEC | {name: 7})[0] == 10007
    login = {"name": "hub", "username": "me", "password": "secret", "type": "DOCKER_HUB"}
    credential = bench.done("POST", "/v2/container-registry-auths", login)["id"]
    assert bench.ask(method, path, SPEC | {name: credential})[0] == 10000
    (endpoint,) = bench.simulated._cloud.serverless.using(int(credential))
    assert endpoint.request.name == "llm"


@pytest.mark.parametrize(("method", "path"), UPDATE)
def test_a_stopped_endpoint_can_be_updated(method: str, path: str) -> None:
    bench = Bench()
    endpoint_id = stopped(bench)
    change = {
        "name": "other",
        "workers": 1,
        "containerVolumeInGb": 40,
        "resources": [RESOURCE | {"gpuCount": 2}],
        "envVars": [{"key": "A", "value": "b"}],
        "expose": {"port": 80, "protocol": "http"},
        "webhook": None,
    }
    shown = bench.done(method, path.format(endpoint_id), change)
    assert (shown["name"], shown["totalWorkers"], shown["containerVolumeInGb"]) == ("other", 1, 40)
    assert shown["resources"][0]["gpuCount"] == 2
    assert shown["environmentVars"] == [{"key": "A", "value": "b"}]
    assert (shown["image"], shown["status"]) == ("image", "STOPPED")


def test_what_an_update_leaves_out_stays() -> None:
    bench = Bench()
    variables = [{"key": "A", "value": "b"}]
    endpoint_id = bench.running(environmentVars=variables, webhook="http://me")
    bench.done("POST", f"{V2}/{endpoint_id}/stop")
    bench.now += 30.0
    shown = bench.done("PATCH", f"{V2}/{endpoint_id}", SPEC | {"name": "other"})
    assert (shown["environmentVars"], shown["webhook"]) == (variables, "http://me")


@pytest.mark.parametrize(("method", "path"), UPDATE)
@pytest.mark.parametrize("name", ["name", "resources", "workers", "containerVolumeInGb"])
def test_four_fields_of_an_update_are_required(method: str, path: str, name: str) -> None:
    bench = Bench()
    change = {key: value for key, value in SPEC.items() if key != name}
    code, message = bench.ask(method, path.format(stopped(bench)), change)
    assert code == 10001
    assert name in message


@pytest.mark.parametrize("base", BASE)
def test_an_endpoint_goes_through_its_life(base: str) -> None:
    bench = Bench()
    endpoint_id, seen = bench.create(), []
    steps = [
        (110.0, "POST", "/stop"),
        (140.0, "POST", "/start"),
        (250.0, "POST", "/stop"),
        (280.0, "DELETE", ""),
    ]
    for instant, method, verb in steps:
        bench.now = instant
        seen.append(bench.get(endpoint_id)["status"])
        bench.done(method, f"{base}/{endpoint_id}{verb}")
    assert seen == ["RUNNING", "STOPPED", "RUNNING", "STOPPED"]
    assert bench.done("GET", V2) == []


@pytest.mark.parametrize("base", BASE)
@pytest.mark.parametrize("verb", ["POST /start", "DELETE ", "UPDATE"])
def test_what_an_endpoint_does_not_allow_while_it_runs_is_24002(base: str, verb: str) -> None:
    bench = Bench()
    endpoint_id = bench.running()
    if verb == "UPDATE":
        method, path = UPDATE[BASE.index(base)]
        assert bench.ask(method, path.format(endpoint_id), SPEC)[0] == 24002
    else:
        method, suffix = verb.split(" ")
        assert bench.ask(method, f"{base}/{endpoint_id}{suffix}")[0] == 24002


REACH = [
    ("GET", ""),
    ("DELETE", ""),
    ("POST", "/start"),
    ("POST", "/stop"),
    ("GET", "/workers"),
]


@pytest.mark.parametrize(("base", "code"), [(V1, 14000), (V2, 24001)])
@pytest.mark.parametrize(("method", "suffix"), REACH)
def test_no_such_endpoint_has_each_generations_code(
    base: str, code: int, method: str, suffix: str
) -> None:
    assert Bench().ask(method, f"{base}/420522713875330018{suffix}")[0] == code


def test_the_codes_of_a_missing_endpoint_can_be_chosen() -> None:
    style = WireStyle(v1_endpoint_not_found_code=24001, v2_endpoint_not_found_code=14000)
    bench = Bench({"wire": style})
    assert [bench.ask("GET", f"{base}/1")[0] for base in BASE] == [24001, 14000]


@pytest.mark.parametrize("base", BASE)
@pytest.mark.parametrize("text", ["x", "-1", "9" * 20, "1.5", "%00", "%C2%B2"])
def test_an_id_that_is_none_is_an_invalid_request(base: str, text: str) -> None:
    assert Bench().ask("GET", f"{base}/{text}")[0] == 10001


@pytest.mark.parametrize("path", LIST)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("?statusList=RUNNING", {"a"}),
        ("?statusList=1", {"a"}),
        ("?statusList=0,1", {"a", "b"}),
        ("?statusList=RUNNING&statusList=INITIALIZING", {"a", "b"}),
        ("?statusList=STOPPED,FAILED", set()),
    ],
)
def test_lists_are_filtered_by_name_or_number_in_either_style(
    path: str, query: str, found: set[str]
) -> None:
    bench = Bench()
    bench.running(name="a")
    bench.create(name="b")
    assert {shown["name"] for shown in bench.done("GET", f"{path}{query}")} == found


@pytest.mark.parametrize("path", LIST)
@pytest.mark.parametrize("word", ["5", "running", "-1", "TERMINATED"])
def test_an_unknown_status_is_an_invalid_request(path: str, word: str) -> None:
    assert Bench().ask("GET", f"{path}?statusList={word}")[0] == 10001


def test_v1_scales_by_a_body() -> None:
    bench = Bench()
    endpoint_id = bench.running()
    bench.done("POST", f"{V1}/{endpoint_id}/workers", {"workers": 0})
    assert bench.get(endpoint_id)["totalWorkers"] == 0


@pytest.mark.parametrize("workers", [0, 2, 3])
def test_v5_v2_scales_in_every_form_that_a_document_has(workers: int) -> None:
    """V5: the guide's query, the description's path and the tutorial's body."""
    bench = Bench()
    for method, suffix, body in (
        ("PUT", f"/workers?count={workers}", None),
        ("PUT", f"/workers/{workers}", None),
        ("POST", "/workers", {"workers": workers}),
    ):
        endpoint_id = bench.running()
        bench.done(method, f"{V2}/{endpoint_id}{suffix}", body)
        assert bench.get(endpoint_id)["totalWorkers"] == workers


FORMS: dict[str, tuple[str, str, object]] = {
    "query": ("PUT", "/workers?count=3", None),
    "path": ("PUT", "/workers/3", None),
    "body": ("POST", "/workers", {"workers": 3}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("style", FORMS)
def test_v2_scales_in_the_form_that_the_style_has_and_in_no_other(form: str, style: Any) -> None:
    bench = Bench({"wire": WireStyle(scaling=style)})
    endpoint_id = bench.running()
    method, suffix, body = FORMS[form]
    code, _ = bench.ask(method, f"{V2}/{endpoint_id}{suffix}", body)
    assert code == (10000 if form == style else 40400)
    assert bench.get(endpoint_id)["totalWorkers"] == (3 if form == style else 2)


@pytest.mark.parametrize("query", ["", "?count=", "?count=-1", "?count=x", "?count=1.0"])
def test_a_number_of_workers_that_is_none_is_refused(query: str) -> None:
    bench = Bench()
    assert bench.ask("PUT", f"{V2}/{bench.running()}/workers{query}")[0] == 10001


@pytest.mark.parametrize("workers", [None, -1, "1", True])
def test_v1_refuses_it_too(workers: object) -> None:
    bench = Bench()
    body = {"workers": workers}
    assert bench.ask("POST", f"{V1}/{bench.running()}/workers", body)[0] == 10001


def test_v1_shows_of_a_worker_what_it_documents() -> None:
    bench = Bench()
    first, _ = bench.done("GET", f"{V1}/{bench.running()}/workers")
    assert isinstance(first.pop("id"), str)
    place = {"region": "us-east-1", "gpuType": L4, "gpuCount": 1}
    assert first == place | {"status": "RUNNING"}


def test_v2_shows_of_a_worker_what_it_is_and_costs() -> None:
    bench = Bench()
    first, second = bench.done("GET", f"{V2}/{bench.running()}/workers")
    assert first["id"] != second["id"]
    assert (first["gpuDisplayName"], first["singleCardVramInGb"]) == ("L4", 24)
    assert (first["uptime"], second["uptime"]) == (10, 0)
    assert (first["cost"], second["cost"]) == ("0.001056", "0")
    assert first["createdAt"] == 1767225600000


@pytest.mark.parametrize(("name", "other"), [("id", "workerId"), ("workerId", "id")])
def test_the_name_of_a_workers_id_is_a_switch(name: Any, other: str) -> None:
    bench = Bench({"wire": WireStyle(worker_id=name)})
    worker = bench.done("GET", f"{V2}/{bench.running()}/workers")[0]
    assert isinstance(worker[name], str)
    assert other not in worker


@pytest.mark.parametrize("base", BASE)
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 2),
        ("?statusList=RUNNING", 1),
        ("?statusList=INITIALIZE,RUNNING", 1),
        ("?statusList=1&statusList=4", 2),
        ("?statusList=TERMINATED", 0),
    ],
)
def test_workers_are_filtered_by_status(base: str, query: str, number: int) -> None:
    bench = Bench()
    endpoint_id = bench.running()
    bench.done("PUT", f"{V2}/{endpoint_id}/workers?count=1")
    assert len(bench.done("GET", f"{base}/{endpoint_id}/workers{query}")) == number


def test_workers_that_are_gone_are_shown_to_whoever_asks_for_them() -> None:
    bench = Bench()
    endpoint_id = stopped(bench)
    assert bench.done("GET", f"{V2}/{endpoint_id}/workers") == []
    assert len(bench.done("GET", f"{V2}/{endpoint_id}/workers?statusList=TERMINATED")) == 2


@pytest.mark.parametrize(
    ("style", "expected"), [("iso", "2026-01-01T00:00:00.000Z"), ("ms", 1767225600000)]
)
def test_times_of_endpoints_are_a_switch(style: Any, expected: object) -> None:
    bench = Bench({"wire": WireStyle(endpoint_times=style)})
    assert bench.get(bench.create())["createdAt"] == expected


@pytest.mark.parametrize("base", BASE)
@pytest.mark.parametrize(("style", "kind"), [("string", str), ("number", int)])
def test_v4_ids_of_endpoints_are_a_switch_of_each_generation(
    base: str, style: Any, kind: type
) -> None:
    """V4: text where nothing is said, whatever the pods' are."""
    switch = "v1_endpoint_ids" if base == V1 else "v2_endpoint_ids"
    bench = Bench({"wire": WireStyle(**{switch: style})})
    endpoint_id = bench.create()
    assert type(bench.done("GET", f"{base}/{endpoint_id}")["id"]) is kind
    usual = Bench()
    assert type(usual.done("GET", f"{base}/{usual.create()}")["id"]) is str


ACTIONS: list[tuple[str, str, object]] = [
    ("POST", "/stop", None),
    ("POST", "/start", None),
    ("POST", "/workers", {"workers": 3}),
    ("POST", "/stop", None),
    ("DELETE", "", None),
]


@pytest.mark.parametrize(
    ("base", "style", "answer"),
    [
        (V1, WireStyle(), None),
        (V1, WireStyle(v1_endpoint_acknowledgement="true"), True),
        (V1, WireStyle(acknowledgement="true"), None),
        (V2, WireStyle(), True),
        (V2, WireStyle(acknowledgement="null"), None),
        (V2, WireStyle(v2_endpoint_acknowledgement="null"), None),
    ],
)
def test_v4_what_an_endpoints_actions_answer_is_a_switch_of_each_generation(
    base: str, style: WireStyle, answer: object
) -> None:
    """V4: start, stop, scale and delete answer null in v1 where nothing is said."""
    bench = Bench({"wire": style})
    endpoint_id, seen = bench.running(), []
    for method, suffix, body in ACTIONS:
        seen.append(bench.done(method, f"{base}/{endpoint_id}{suffix}", body))
        bench.now += 200.0
    assert seen == [answer] * len(ACTIONS)


@pytest.mark.parametrize("base", BASE)
def test_v4_what_is_not_allowed_is_told_in_the_vendors_words(base: str) -> None:
    """V4: the text of 24002."""
    bench = Bench()
    refused = bench.ask("DELETE", f"{base}/{bench.running()}")
    assert refused == (24002, "Elastic action not allowed")


def test_an_endpoint_without_stock_is_accepted_and_fails() -> None:
    bench = Bench({"stock": {"us-east-1": {L4: 0}}})
    endpoint_id = bench.create()
    bench.now = 100.0
    assert bench.get(endpoint_id)["status"] == "FAILED"
    bench.done("POST", f"{V2}/{endpoint_id}/stop")
    bench.now = 130.0
    assert bench.done("DELETE", f"{V2}/{endpoint_id}") is True
