"""SkyPilot's helpers: clusters and the pods in them."""

from typing import Any

import pytest

from tests.simulator.bench import V1_PODS, Bench
from yotta_async.simulator import PodStatus
from yotta_async.simulator.cloud.pod import PodRequest


SKY = "/openapi/v1/skypilot/cluster"
RTX = "NVIDIA_GeForce_RTX_5090_32G"
BODY: dict[str, Any] = {
    "clusterName": "sky",
    "instanceType": f"2x28v238g_{RTX}_SECURE",
    "region": "us-east-2",
    "imageName": "image",
    "expose": [{"port": 22, "protocol": "SSH"}],
    "nodeNum": 1,
    "clusterType": 1,
    "source": 1,
    "containerVolumeInGb": 256,
}
POD: dict[str, Any] = {
    "name": "sky-head",
    "image": "image",
    "imagePublicType": "PUBLIC",
    "clusterName": "sky",
    "expose": [{"port": 22, "protocol": "SSH"}],
    "initializationCommand": "sleep 1",
}


def cluster(bench: Bench) -> str:
    """Return the id of a cluster that runs."""
    made: str = bench.get("POST", f"{SKY}/create", BODY)["clusterId"]
    bench.now += 20.0
    return made


def status(bench: Bench, made: str) -> object:
    return bench.get("GET", f"{SKY}/status/{made}")["status"]


def test_a_cluster_runs_some_time_after_its_create_and_takes_pods_before() -> None:
    bench = Bench()
    made = bench.get("POST", f"{SKY}/create", BODY)["clusterId"]
    assert status(bench, made) == "INITIALIZE"
    assert bench.code("POST", f"{SKY}/create/pod", POD) == 10000
    bench.now = 20.0
    assert status(bench, made) == "RUNNING"


@pytest.mark.parametrize("by_id", [True, False])
def test_a_pod_of_a_cluster_has_the_clusters_shape_and_is_a_pod(*, by_id: bool) -> None:
    bench = Bench()
    made = cluster(bench)
    pod_id = bench.get("POST", f"{SKY}/create/pod", POD | ({"clusterId": made} if by_id else {}))
    pod = bench.get("GET", f"{V1_PODS}/{pod_id}")
    assert (pod["podName"], pod["gpuType"], pod["gpuCount"]) == ("sky-head", RTX, 2)
    assert (pod["region"], pod["containerVolumeInGb"]) == ("us-east-2", 256)
    listed = bench.get("POST", f"{SKY}/pods/list", {"clusterName": "sky", "source": 1})
    assert listed == [pod | {"name": "sky-head"}]


def test_v6_a_clusters_head_is_found_by_its_name() -> None:
    """V6: SkyPilot 0.14.1 reads `name` where a cluster exists, and `podName` elsewhere."""
    bench = Bench()
    cluster(bench)
    bench.get("POST", f"{SKY}/create/pod", POD)
    (pod,) = bench.get("POST", f"{SKY}/pods/list", {"clusterName": "sky", "source": 1})
    assert pod["name"] == pod["podName"] == "sky-head"


def test_a_create_of_a_pod_takes_a_slot() -> None:
    bench = Bench()
    cluster(bench)
    bench.get("POST", f"{SKY}/create/pod", POD)
    assert bench.simulated.worst_concurrency == 1


def test_a_released_cluster_ends_with_its_pods_and_still_shows_them() -> None:
    bench = Bench()
    made = cluster(bench)
    for name in ("a", "b"):
        bench.get("POST", f"{SKY}/create/pod", POD | {"name": name})
    bench.get("DELETE", f"{V1_PODS}/{bench.simulated.pods[0].id}")
    assert bench.get("POST", f"{SKY}/release", {"clusterName": "sky"}) is None
    assert status(bench, made) == "TERMINATING"
    assert bench.code("POST", f"{SKY}/create/pod", POD) == 12001
    bench.now += 30.0
    assert status(bench, made) == "TERMINATED"
    shown = bench.get("POST", f"{SKY}/pods/list", {"clusterName": "sky"})
    assert [pod["status"] for pod in shown] == ["TERMINATED", "TERMINATED"]
    assert not bench.simulated.pods
    assert bench.get("POST", f"{SKY}/release", {"clusterName": "sky"}) is None


def test_a_name_is_one_clusters_until_it_is_released() -> None:
    bench = Bench()
    first = cluster(bench)
    assert bench.code("POST", f"{SKY}/create", BODY) == 12001
    bench.get("POST", f"{SKY}/create", BODY | {"clusterName": "other"})
    bench.get("POST", f"{SKY}/release", {"clusterName": "sky"})
    second = cluster(bench)
    assert second != first
    bench.get("POST", f"{SKY}/create/pod", POD)
    assert len(bench.get("POST", f"{SKY}/pods/list", {"clusterName": "sky"})) == 1


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("create/pod", POD),
        ("create/pod", POD | {"clusterId": "7"}),
        ("pods/list", {"clusterName": "sky"}),
        ("release", {"clusterName": "sky"}),
    ],
)
def test_no_such_cluster_is_44003(target: str, body: object) -> None:
    assert Bench().code("POST", f"{SKY}/{target}", body) == 44003


def test_a_cluster_without_pods_lists_none_by_44003() -> None:
    bench = Bench()
    cluster(bench)
    assert bench.code("POST", f"{SKY}/pods/list", {"clusterName": "sky"}) == 44003
    assert bench.code("GET", f"{SKY}/status/7") == 44003


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clusterName", None),
        ("region", ""),
        ("instanceType", None),
        ("instanceType", "2x28v238g"),
        ("instanceType", f"x28v238g_{RTX}_SECURE"),
        ("instanceType", f"2x28v238g_{RTX}_PRIVATE"),
        ("instanceType", "9" * 5000 + f"x28v238g_{RTX}_SECURE"),
        ("nodeNum", 0),
        ("containerVolumeInGb", -1),
        ("expose", [{"port": 0}]),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_its_field(field: str, value: object) -> None:
    code, message = Bench().ask("POST", f"{SKY}/create", BODY | {field: value})[1:]
    assert code == 10001
    assert field in message


@pytest.mark.parametrize("field", ["name", "image", "clusterName"])
def test_a_pod_needs_a_name_an_image_and_a_cluster(field: str) -> None:
    bench = Bench()
    cluster(bench)
    code, message = bench.ask("POST", f"{SKY}/create/pod", POD | {field: None})[1:]
    assert code == 10001
    assert field in message
    assert not bench.simulated.all_pods


def test_a_gpu_type_that_nobody_knows_is_refused_with_the_pod() -> None:
    bench = Bench()
    bench.get("POST", f"{SKY}/create", BODY | {"instanceType": "1x1v1g_ABACUS_SECURE"})
    bench.now = 20.0
    assert bench.code("POST", f"{SKY}/create/pod", POD) == 10001


def test_a_failed_pod_does_not_keep_a_cluster_from_ending() -> None:
    bench = Bench()
    made = cluster(bench)
    pod_id = bench.get("POST", f"{SKY}/create/pod", POD)
    bench.simulated._cloud.pods.all[pod_id].become(PodStatus.FAILED, bench.now)
    bench.get("POST", f"{SKY}/release", {"clusterName": "sky"})
    bench.now += 30.0
    assert status(bench, made) == "TERMINATED"


def test_a_clusters_pods_are_shown_as_they_stand_at_the_instant() -> None:
    clusters = Bench().simulated._cloud.clusters
    spec: dict[str, Any] = {"region": "us-east-2", "gpu_type": RTX, "gpu_count": 1}
    cluster = clusters.create("sky", 0.0, container_volume=0, **spec)
    cluster.pods.append(
        clusters.pods.create(PodRequest(image="image", gpu_type=RTX, gpu_count=1), 0.0)
    )
    assert clusters.named("sky", 90.0).pods[0].status is PodStatus.RUNNING
    clusters.release("sky", 100.0)
    assert clusters.get(cluster.id, 130.0).status(130.0) == "TERMINATED"
