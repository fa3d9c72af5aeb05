"""Which request is which operation."""

import pytest

from yotta_async.simulator.api import ROUTES
from yotta_async.simulator.api.routing import Context, Done, Route, Router
from yotta_async.simulator.wire import Request


def nothing(_: Context) -> Done:
    return Done(data=None)


ROUTER = Router(
    [
        Route("get", "GET", "/pods/{pod_id}", nothing),
        Route("list", "GET", "/pods/list", nothing),
        Route("delete", "DELETE", "/pods/{pod_id}", nothing),
        Route("logs", "GET", "/{kind}/list/logs", nothing),
        Route("pause", "POST", "/pods/{pod_id}/pause", nothing),
    ]
)


def request(method: str, target: str) -> Request:
    return Request.parse(method, target, [], b"")


@pytest.mark.parametrize(
    ("method", "target", "operation", "parameters"),
    [
        ("GET", "/pods/list", "list", {}),
        ("GET", "/pods/7", "get", {"pod_id": "7"}),
        ("GET", "/pods/7?x=/pods/list", "get", {"pod_id": "7"}),
        ("DELETE", "/pods/list", "delete", {"pod_id": "list"}),
        ("GET", "/pods/list/logs", "logs", {"kind": "pods"}),
        ("POST", "/pods/list/pause", "pause", {"pod_id": "list"}),
        ("GET", "/pods/a%20b", "get", {"pod_id": "a b"}),
    ],
)
def test_a_fixed_path_goes_first_and_a_parameter_takes_the_rest(
    method: str, target: str, operation: str, parameters: dict[str, str]
) -> None:
    match = ROUTER.find(request(method, target))
    assert (match.operation, match.parameters) == (operation, parameters)


@pytest.mark.parametrize("target", ["/pods/a%2Fpause", "/pods/%2Flist", "/pods/..%2f..%2Fx"])
def test_an_encoded_slash_cuts_nothing(target: str) -> None:
    assert ROUTER.find(request("GET", target)).operation == "get"


@pytest.mark.parametrize(
    ("method", "target", "known"),
    [
        ("PUT", "/pods/7", True),
        ("GET", "/pods/7/pause", True),
        ("GET", "/pods/", False),
        ("GET", "/pods//pause", False),
        ("GET", "/pods", False),
        ("GET", "/pods/7/pause/8", False),
        ("GET", "", False),
        ("GET", "/" * 5000, False),
    ],
)
def test_a_path_without_an_operation_is_known_by_its_other_methods(
    method: str, target: str, *, known: bool
) -> None:
    match = ROUTER.find(request(method, target))
    assert (match.route, match.path_known) == (None, known)


def test_no_two_operations_share_a_method_and_a_path() -> None:
    places = [
        (route.method, *(n if n[:1] != "{" else "{}" for n in route.names)) for route in ROUTES
    ]
    assert len(set(places)) == len(places)


BOTH = """
    createPod listPods getPod pausePod resumePod deletePod
    createCredential listCredentials getCredential deleteCredential
    createVM listVMs getVM terminateVM listVMTypes
"""
V1_ALONE = "listGpus skyClusterCreate skyClusterStatus skyPodCreate skyPodsList skyClusterRelease"
V2_ALONE = """
    updateCredential renameVM listReserves
    createVolume listVolumes getVolume renameVolume resizeVolume deleteVolume
    getPodCpuMetrics getPodGpuMetrics getPodGpuMemoryMetrics getPodMemoryMetrics
    getPodStorageMetrics
"""


def test_an_operation_has_one_name_in_both_generations() -> None:
    first, second = (
        {route.operation for route in ROUTES if route.template.startswith(prefix)}
        for prefix in ("/openapi/v1", "/v2")
    )
    assert set(BOTH.split()) <= first & second
    assert set(V1_ALONE.split()) <= first - second
    assert set(V2_ALONE.split()) <= second - first


def test_what_changes_a_pod_is_a_pod_operation_and_nothing_else() -> None:
    assert {route.operation for route in ROUTES if route.pod_operation} == {
        "createPod",
        "pausePod",
        "resumePod",
        "deletePod",
        "skyPodCreate",
    }
