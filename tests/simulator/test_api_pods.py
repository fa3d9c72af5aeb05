"""The pod operations of v1: what is accepted, what is answered."""

from typing import Any

import pytest

from tests.simulator.bench import L4, SPEC, V1_PODS, Bench
from yotta_async.simulator import WireStyle


def test_create_answers_the_bare_id_of_a_pod_that_is_there() -> None:
    bench = Bench()
    assert bench.create() == int(bench.simulated.pods[0].id)


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"image": None}, "image"),
        ({"image": " "}, "image"),
        ({"image": "i" * 256}, "image"),
        ({"image": 7}, "image"),
        ({"gpuType": ""}, "gpuType"),
        ({"gpuType": "nvidia_l4_24g"}, r"gpu type [nvidia_l4_24g] not supported"),
        ({"gpuCount": None}, "gpuCount is required"),
        ({"gpuCount": 3}, "gpuCount must be a power of two"),
        ({"gpuCount": -1}, "gpuCount"),
        ({"gpuCount": 2**31}, "gpuCount"),
        ({"gpuCount": "1"}, "gpuCount"),
        ({"gpuCount": True}, "gpuCount"),
        ({"persistentVolumeInGb": 10}, "persistentMountPath"),
        ({"containerVolumeInGb": -1}, "containerVolumeInGb"),
        ({"resourceType": "TPU"}, "resourceType"),
        ({"regionList": "us-east-1"}, "regionList"),
        ({"regionList": [1]}, "regionList"),
        ({"environmentVars": {"A": "b"}}, "environmentVars"),
        ({"environmentVars": [{"value": "b"}]}, "environmentVars[0].key"),
        ({"expose": [{"port": 22, "protocol": "SSH"}, {"port": 0}]}, "expose[1].port"),
        ({"expose": [{"port": 22}]}, "expose[0].protocol"),
        ({"expose": ["22"]}, "expose"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_its_field(spec: dict[str, Any], word: str) -> None:
    bench = Bench()
    status, code, message = bench.ask("POST", f"{V1_PODS}/create", SPEC | spec)
    assert (status, code) == (200, 10001)
    assert word in message
    assert not bench.simulated.all_pods


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", b"1" * 9999])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert Bench().ask("POST", f"{V1_PODS}/create", body)[:2] == (200, 10001)


def test_everything_optional_may_be_null_or_left_out() -> None:
    bench = Bench()
    bench.create(region=None, podName=None, expose=None, environmentVars=None)
    assert bench.simulated.pods[0].name == "My Pod"


def test_an_image_may_have_255_characters() -> None:
    assert Bench().create(image="i" * 255)


def test_a_cpu_pod_needs_no_gpu_count() -> None:
    bench = Bench()
    bench.create(resourceType="CPU", gpuCount=None)
    assert bench.simulated.pods[0].gpu_count == 0


@pytest.mark.parametrize(
    "place", [{"region": "eu-1"}, {"regionList": ["eu-1"]}, {"region": "eu-1", "regionList": []}]
)
def test_a_region_may_be_given_in_either_field(place: dict[str, Any]) -> None:
    bench = Bench()
    bench.create(**place)
    assert bench.simulated.pods[0].region == "eu-1"


def test_a_new_pod_shows_its_ports_bare() -> None:
    bench = Bench()
    pod_id = bench.create(expose=[{"port": 22, "protocol": "SSH"}], podName="mine")
    _, _, pod = bench.ask("GET", f"{V1_PODS}/{pod_id}")
    assert pod["id"] == pod_id
    assert (pod["podName"], pod["status"]) == ("mine", "INITIALIZE")
    assert pod["expose"] == [{"port": 22, "protocol": "SSH"}]


def test_a_running_pod_shows_how_to_reach_it_and_when_it_answers() -> None:
    bench = Bench()
    pod_id = bench.create(
        expose=[{"port": 22, "protocol": "SSH"}, {"port": 8888, "protocol": "HTTP"}]
    )
    bench.now = 100.0
    ssh, http = bench.ask("GET", f"{V1_PODS}/{pod_id}")[2]["expose"]
    assert set(ssh) == {
        "port",
        "proxyPort",
        "protocol",
        "host",
        "healthy",
        "ingressUrl",
        "serviceName",
    }
    assert ssh["ingressUrl"].startswith(f"ssh root@{ssh['host']} -p {ssh['proxyPort']} ")
    assert (ssh["serviceName"], http["ingressUrl"], ssh["healthy"]) == ("SSH Port", "", False)
    assert ssh["proxyPort"] != http["proxyPort"]
    bench.now = 120.0
    assert bench.ask("GET", f"{V1_PODS}/{pod_id}")[2]["expose"][0]["healthy"] is True


def test_environment_values_come_back_in_clear() -> None:
    bench = Bench()
    pod_id = bench.create(environmentVars=[{"key": "PASSWORD", "value": "tell"}])
    pod = bench.ask("GET", f"{V1_PODS}/{pod_id}")[2]
    assert pod["environmentVars"] == [{"key": "PASSWORD", "value": "tell"}]
    assert "tell" not in repr(bench.simulated._cloud.pods.all[pod_id].request)


def test_a_pod_goes_through_its_life_by_the_api() -> None:
    bench = Bench()
    pod_id, seen = bench.create(), []
    for instant, method, path in [
        (100.0, "POST", f"pause/{pod_id}"),
        (200.0, "POST", f"resume/{pod_id}"),
        (300.0, "DELETE", f"{pod_id}"),
    ]:
        bench.now = instant
        assert bench.ask(method, f"{V1_PODS}/{path}") == (200, 10000, True)
        seen.append(bench.ask("GET", f"{V1_PODS}/{pod_id}")[2]["status"])
    assert seen == ["PAUSING", "INITIALIZE", "TERMINATING"]


def test_the_wrong_state_is_12001() -> None:
    bench = Bench()
    pod_id = bench.create()
    assert bench.ask("POST", f"{V1_PODS}/pause/{pod_id}")[:2] == (200, 12001)


@pytest.mark.parametrize("verb", ["GET {}", "DELETE {}", "POST pause/{}", "POST resume/{}"])
def test_v4_no_such_pod_is_12000(verb: str) -> None:
    """V4: code and words as the vendor's clients expect them of v1."""
    method, path = verb.format(420522713875330018).split()
    assert Bench().ask(method, f"{V1_PODS}/{path}") == (200, 12000, "Pod not exist")


@pytest.mark.parametrize("pod_id", ["abc", "-1", "1" * 20, "%C2%B2", "1.5"])
def test_an_id_that_is_none_is_an_invalid_request(pod_id: str) -> None:
    assert Bench().ask("GET", f"{V1_PODS}/{pod_id}")[:2] == (200, 10001)


def test_out_of_stock_is_the_capacity_code_and_says_so() -> None:
    bench = Bench({"stock": {"us-east-1": {L4: 0}}})
    status, code, message = bench.ask("POST", f"{V1_PODS}/create", SPEC)
    assert (status, code) == (200, 12002)
    assert "no capacity" in message


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("?regionList=eu-1", {"a"}),
        ("?regionList=eu-1&regionList=us-west-1", {"a", "b"}),
        ("?regionList=eu-1,us-west-1", {"a", "b"}),
        ("?statusList=1", {"a"}),
        ("?statusList=RUNNING", {"a"}),
        ("?statusList=0,1", {"a", "b"}),
        ("?statusList=INITIALIZE&statusList=1", {"a", "b"}),
        ("?statusList=0&regionList=eu-1", set()),
        ("?statusList=5", set()),
    ],
)
def test_lists_are_filtered_in_either_style(query: str, found: set[str]) -> None:
    bench = Bench()
    bench.create(podName="a", region="eu-1")
    bench.now = 60.0
    bench.create(podName="b", region="us-west-1")
    bench.now = 100.0
    pods = bench.ask("GET", f"{V1_PODS}/list{query}")[2]
    assert {pod["podName"] for pod in pods} == found


@pytest.mark.parametrize("word", ["7", "running", "-1", "²"])
def test_an_unknown_status_is_an_invalid_request(word: str) -> None:
    assert Bench().ask("GET", f"{V1_PODS}/list?statusList={word}")[:2] == (200, 10001)


def test_times_are_the_simulators_own() -> None:
    bench = Bench({"wire": WireStyle(times="iso", ids="string")})
    bench.now = 3600.0
    _, _, pod_id = bench.ask("POST", f"{V1_PODS}/create", SPEC)
    pod = bench.ask("GET", f"{V1_PODS}/{pod_id}")[2]
    assert pod["id"] == pod_id
    assert isinstance(pod_id, str)
    assert pod["createdAt"].startswith("2026-01-01T00:00:00.")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, 40400),
        ("GET", f"{V1_PODS}/pause/1", 405, 40500),
        ("PUT", f"{V1_PODS}/list", 405, 40500),
        ("GET", f"{V1_PODS}/", 404, 40400),
        ("GET", "/v9/pods", 404, 40400),
    ],
)
def test_an_unknown_path_or_method_is_an_envelope_too(
    method: str, path: str, status: int, code: int
) -> None:
    assert Bench().ask(method, path)[:2] == (status, code)


@pytest.mark.parametrize(
    ("right", "given", "status"),
    [(None, "", 401), (None, "any", 200), ("a", "b", 401), ("a", "a", 200)],
)
def test_only_the_right_key_is_let_in(right: str | None, given: str, status: int) -> None:
    bench = Bench({"api_key": right})
    assert bench.ask("GET", f"{V1_PODS}/list", key=given)[0] == status


def test_a_wrong_key_does_nothing_and_is_told_by_40101() -> None:
    bench = Bench({"api_key": "right"})
    answer = bench.ask("POST", f"{V1_PODS}/create", SPEC, key="wrong")
    assert answer == (401, 40101, "Authentication context not found")
    assert not bench.simulated.all_pods
    assert "right" not in repr(bench.simulated._gate)


def test_v4_a_pod_shows_its_speed() -> None:
    """V4: networkUploadMbps, which the vendor's examples show of v1's pods."""
    bench = Bench()
    shown = bench.get("GET", f"{V1_PODS}/{bench.create()}")
    assert type(shown["networkUploadMbps"]) is int
