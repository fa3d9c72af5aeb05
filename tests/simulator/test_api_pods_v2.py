"""The pod operations of v2, over the same pods as v1's."""

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.bench import L4, V1_PODS, Bench
from yotta_async.simulator import PodLife, WireStyle


V2_PODS = "/v2/pods"
SPEC: dict[str, Any] = {"name": "mine", "image": "image", "gpuType": L4, "gpuCount": 2}
SSH = [{"port": 22, "protocol": "SSH"}]


def test_create_answers_the_pod() -> None:
    bench = Bench({"prices": {L4: Decimal("0.65")}})
    pod = bench.get(
        "POST",
        V2_PODS,
        SPEC
        | {
            "regions": ["eu-1"],
            "expose": SSH,
            "environmentVars": [{"key": "PASSWORD", "value": "tell"}],
            "containerVolumeInGb": 50,
            "shmInGb": 8,
            "initializationCommand": "sleep 1",
            "imageRegistry": "registry.example",
            "cloudType": "COMMUNITY",
        },
    )
    assert pod.pop("createdAt") == pod.pop("updatedAt")
    assert pod == {
        "id": bench.simulated.pods[0].id,
        "name": "mine",
        "image": "image",
        "imageRegistry": "registry.example",
        "resourceType": "GPU",
        "region": "eu-1",
        "cloudType": "COMMUNITY",
        "gpuType": L4,
        "gpuDisplayName": "L4",
        "gpuCount": 2,
        "singleCardVramInGb": 24,
        "singleCardRamInGb": 119,
        "singleCardVcpu": 14,
        "singleCardPrice": "0.65",
        "shmInGb": 8,
        "containerVolumeInGb": 50,
        "initializationCommand": "sleep 1",
        "environmentVars": [{"key": "PASSWORD", "value": "tell"}],
        "expose": SSH,
        "status": "INITIALIZE",
        "sshCmd": None,
        "internalIp": None,
    }


def test_what_is_left_out_is_the_usual() -> None:
    pod = Bench().get("POST", V2_PODS, SPEC)
    assert pod["imageRegistry"] == "https://index.docker.io/v1/"
    assert (pod["resourceType"], pod["cloudType"], pod["shmInGb"]) == ("GPU", "SECURE", 0)
    assert (pod["initializationCommand"], pod["environmentVars"], pod["expose"]) == ("", [], [])


def test_a_price_is_a_plain_decimal() -> None:
    bench = Bench({"prices": {L4: Decimal("1E+1")}})
    assert bench.get("POST", V2_PODS, SPEC)["singleCardPrice"] == "10"


def test_a_pod_of_one_generation_is_a_pod_of_the_other() -> None:
    bench = Bench()
    second = bench.get("POST", V2_PODS, SPEC)["id"]
    first = str(bench.create(podName="other"))
    v1 = {str(pod["id"]): pod["podName"] for pod in bench.get("GET", f"{V1_PODS}/list")}
    v2 = {pod["id"]: pod["name"] for pod in bench.get("GET", V2_PODS)}
    assert v1 == v2 == {second: "mine", first: "other"}
    assert bench.get("GET", f"{V1_PODS}/{second}")["gpuCount"] == 2
    assert bench.get("GET", f"{V2_PODS}/{first}")["gpuCount"] == 1


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"name": ""}, "name must not be blank"),
        ({"name": " "}, "name"),
        ({"name": "n" * 256}, "name"),
        ({"image": None}, "image"),
        ({"image": "i" * 256}, "image"),
        ({"gpuType": None}, "gpuType"),
        ({"gpuType": "ABACUS"}, "gpu type [ABACUS] not supported"),
        ({"gpuCount": None}, "gpuCount is required"),
        ({"gpuCount": 0}, "gpuCount"),
        ({"gpuCount": 6}, "gpuCount must be a power of two"),
        ({"regions": "eu-1"}, "regions"),
        ({"imagePublicType": "OFFICIAL"}, "imagePublicType"),
        ({"resourceType": ""}, "resourceType"),
        ({"imageRegistry": "r" * 256}, "imageRegistry"),
        ({"containerRegistryAuthId": "abc"}, "containerRegistryAuthId must be an id"),
        ({"minSingleCardVramInGb": -1}, "minSingleCardVramInGb"),
        ({"minSingleCardVcpu": "2"}, "minSingleCardVcpu"),
        ({"persistentVolumeInGb": 1}, "persistentMountPath"),
        ({"expose": [{"port": 65536, "protocol": "SSH"}]}, "expose[0].port"),
        ({"environmentVars": [{"key": ""}]}, "environmentVars[0].key"),
        ({"persistentVolumes": [{"mountPath": "/m"}]}, "persistentVolumes[0].volumeId"),
        ({"persistentVolumes": [{"volumeId": 1}]}, "persistentVolumes[0].mountPath"),
        (
            {"persistentVolumes": [{"volumeId": 1, "mountPath": "/m", "needBackup": 1}]},
            "needBackup",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_its_field(spec: dict[str, Any], word: str) -> None:
    bench = Bench()
    status, code, message = bench.ask("POST", V2_PODS, SPEC | spec)
    assert (status, code) == (200, 10001)
    assert word in message
    assert not bench.simulated.all_pods


@pytest.mark.parametrize("field", ["regions", "regionList"])
def test_regions_go_by_two_names(field: str) -> None:
    assert Bench().get("POST", V2_PODS, SPEC | {field: ["eu-1"]})["region"] == "eu-1"


@pytest.mark.parametrize("field", ["environmentVars", "envVars"])
def test_the_environment_goes_by_two_names(field: str) -> None:
    pod = Bench().get("POST", V2_PODS, SPEC | {field: [{"key": "A", "value": "b"}]})
    assert pod["environmentVars"] == [{"key": "A", "value": "b"}]


@pytest.mark.parametrize("field", ["containerRegistryAuthId", "credentialId"])
@pytest.mark.parametrize("target", [V2_PODS, f"{V1_PODS}/create"])
def test_a_credential_goes_by_two_names_and_must_be_there(target: str, field: str) -> None:
    bench = Bench()
    assert bench.code("POST", target, SPEC | {field: 420522713875330018}) == 10007
    made = bench.simulated._cloud.credentials.create("name", "user", "secret", bench.now)
    bench.get("POST", target, SPEC | {field: made.id})
    bench.get("POST", target, SPEC | {field: str(made.id)})
    assert len(bench.simulated._cloud.pods.using(made.id)) == 2


def test_a_running_pod_tells_how_to_reach_it() -> None:
    bench = Bench()
    made = bench.get("POST", V2_PODS, SPEC | {"expose": [{"port": 80, "protocol": "http"}, *SSH]})
    bench.now = 100.0
    pod = bench.get("GET", f"{V2_PODS}/{made['id']}")
    assert pod["sshCmd"] == pod["expose"][1]["ingressUrl"]
    assert pod["sshCmd"].startswith("ssh root@")
    assert pod["internalIp"].startswith("10.0.")


def test_a_pod_without_an_ssh_port_has_no_command() -> None:
    bench = Bench()
    made = bench.get("POST", V2_PODS, SPEC)
    bench.now = 100.0
    assert bench.get("GET", f"{V2_PODS}/{made['id']}")["sshCmd"] is None


def test_a_pod_goes_through_its_life() -> None:
    bench = Bench()
    made = f"{V2_PODS}/{bench.get('POST', V2_PODS, SPEC)['id']}"
    seen = []
    for instant, method, path in [
        (100.0, "POST", f"{made}/pause"),
        (200.0, "POST", f"{made}/resume"),
        (300.0, "DELETE", made),
    ]:
        bench.now = instant
        assert bench.get(method, path) is True
        seen.append(bench.get("GET", made)["status"])
    assert seen == ["PAUSING", "INITIALIZE", "TERMINATING"]
    bench.now = 400.0
    assert bench.code("GET", made) == 13000


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (WireStyle(), ("INITIALIZE", "PAUSED")),
        (WireStyle(starting="INITIALIZING"), ("INITIALIZING", "PAUSED")),
        (WireStyle(paused="STOPPED"), ("INITIALIZE", "STOPPED")),
    ],
)
def test_two_statuses_have_two_words_each(wire: WireStyle, words: tuple[str, str]) -> None:
    bench = Bench({"wire": wire})
    made = bench.get("POST", V2_PODS, SPEC)
    first = made["status"]
    bench.now = 100.0
    bench.get("POST", f"{V2_PODS}/{made['id']}/pause")
    bench.now = 200.0
    assert (first, bench.get("GET", f"{V2_PODS}/{made['id']}")["status"]) == words
    # v1 has its own words whatever v2's are.
    assert bench.get("GET", f"{V1_PODS}/{made['id']}")["status"] == "PAUSED"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("?regionList=eu-1", {"a"}),
        ("?regionList=eu-1,us-west-1", {"a", "b"}),
        ("?statusList=1", {"a"}),
        ("?statusList=RUNNING", {"a"}),
        ("?statusList=INITIALIZING", {"b"}),
        ("?statusList=INITIALIZE&statusList=RUNNING", {"a", "b"}),
        ("?statusList=STOPPED,PAUSED", set()),
        ("?statusList=0&regionList=eu-1", set()),
    ],
)
def test_lists_are_filtered_in_either_style(query: str, found: set[str]) -> None:
    bench = Bench()
    bench.get("POST", V2_PODS, SPEC | {"name": "a", "regions": ["eu-1"]})
    bench.now = 60.0
    bench.get("POST", V2_PODS, SPEC | {"name": "b", "regions": ["us-west-1"]})
    bench.now = 100.0
    assert {pod["name"] for pod in bench.get("GET", f"{V2_PODS}{query}")} == found


@pytest.mark.parametrize("word", ["7", "running", "-1", "1" * 5000, "%00"])
def test_an_unknown_status_is_an_invalid_request(word: str) -> None:
    assert Bench().code("GET", f"{V2_PODS}?statusList={word}") == 10001


@pytest.mark.parametrize("word", ["INITIALIZING", "STOPPED"])
def test_v1_knows_no_word_of_v2(word: str) -> None:
    assert Bench().code("GET", f"{V1_PODS}/list?statusList={word}") == 10001


@pytest.mark.parametrize(("style", "kind"), [("string", str), ("number", int)])
def test_ids_come_in_two_styles(style: Any, kind: type) -> None:
    bench = Bench({"wire": WireStyle(v2_ids=style)})
    made = bench.get("POST", V2_PODS, SPEC)
    assert type(made["id"]) is kind
    assert bench.get("GET", f"{V2_PODS}/{made['id']}")["id"] == made["id"]


@pytest.mark.parametrize(("style", "answer"), [("true", True), ("null", None)])
def test_what_was_accepted_is_acknowledged_in_two_styles(style: Any, answer: object) -> None:
    bench = Bench({"wire": WireStyle(acknowledgement=style)})
    made = bench.get("POST", V2_PODS, SPEC)
    assert bench.get("DELETE", f"{V2_PODS}/{made['id']}") is answer


def test_what_is_not_there_may_be_left_out() -> None:
    bench = Bench({"wire": WireStyle(missing="absent")})
    made = bench.reply("POST", V2_PODS, SPEC).body
    assert b"sshCmd" not in made
    assert b"internalIp" not in made
    assert (
        bench.reply("GET", f"{V2_PODS}/1").body == b'{"message":"pod [1] not found","code":13000}'
    )


@pytest.mark.parametrize("code", [12000, 13000])
def test_a_missing_pod_has_two_codes(code: int) -> None:
    bench = Bench({"wire": WireStyle(not_found_code=code)})
    assert bench.code("POST", f"{V2_PODS}/1/pause") == code


def test_the_wrong_state_is_12001() -> None:
    bench = Bench()
    made = bench.get("POST", V2_PODS, SPEC)
    assert bench.code("POST", f"{V2_PODS}/{made['id']}/resume") == 12001


def test_a_cpu_pod_needs_no_gpu_count() -> None:
    pod = Bench().get("POST", V2_PODS, SPEC | {"resourceType": "CPU", "gpuCount": None})
    assert (pod["resourceType"], pod["gpuCount"]) == ("CPU", 0)


def test_a_pods_operations_take_slots_in_both_generations() -> None:
    bench = Bench({"life": PodLife.instant()})
    made = bench.get("POST", V2_PODS, SPEC)["id"]
    bench.get("GET", V2_PODS)
    for method, path in [("POST", "/pause"), ("POST", "/resume"), ("DELETE", "")]:
        bench.get(method, f"{V2_PODS}/{made}{path}")
    assert bench.simulated.worst_concurrency == 1
    assert bench.simulated.operations == {
        "createPod": 1,
        "listPods": 1,
        "pausePod": 1,
        "resumePod": 1,
        "deletePod": 1,
    }


def unnamed(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in SPEC.items() if key != "name"} | fields


def test_v5_a_pod_needs_no_name() -> None:
    """V5: the vendor's README makes one without, and its SDK leaves the name out."""
    assert Bench().get("POST", V2_PODS, unnamed())["name"] == "My Pod"
    assert Bench().get("POST", V2_PODS, unnamed(name=None))["name"] == "My Pod"


def test_v5_a_name_may_be_required() -> None:
    """V5: as the guide has it."""
    bench = Bench({"wire": WireStyle(pod_name_required=True)})
    assert bench.ask("POST", V2_PODS, unnamed()) == (200, 10001, "name must not be blank")


VARIABLES = [{"name": "A", "value": "1"}, {"key": "B", "value": "2"}]


def test_v5_a_variable_may_call_its_key_a_name() -> None:
    """V5: as the vendor's command sends it; the answer has keys."""
    made = Bench().get("POST", V2_PODS, SPEC | {"environmentVars": VARIABLES})
    assert made["environmentVars"] == [{"key": "A", "value": "1"}, {"key": "B", "value": "2"}]
    strict = Bench({"wire": WireStyle(variables_by_name=False)})
    refused = strict.ask("POST", V2_PODS, SPEC | {"environmentVars": VARIABLES})
    assert refused == (200, 10001, "environmentVars[0].key must not be blank")


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("RTX_4090_24G", "NVIDIA_RTX_4090_24G"),
        ("RTX_5090_32G", "NVIDIA_RTX_5090_32G"),
        ("A100_80G", "NVIDIA_A100_80G"),
        ("H100_80G", "NVIDIA_H100_80G"),
        ("B200_192G", "NVIDIA_B200_180G"),
        ("B300_288G", "NVIDIA_B300_262G"),
    ],
)
def test_v5_a_gpu_goes_by_another_name_of_the_vendors(alias: str, code: str) -> None:
    """V5: the names of the vendor's MCP server; the answer has the code of the guide."""
    assert Bench().get("POST", V2_PODS, SPEC | {"gpuType": alias})["gpuType"] == code
    strict = Bench({"wire": WireStyle(gpu_aliases=False)})
    assert strict.code("POST", V2_PODS, SPEC | {"gpuType": alias}) == 10001
