"""What a pod says about itself, and what it keeps to itself."""

import copy
import pickle
from decimal import Decimal
from typing import Any

import pytest

from yotta_async.models import ExposedPort, Pod, PodStatus


UP = ExposedPort(8888, host="pod.example", proxy_port=30010, healthy=True)
SECRETS = {
    "environment": {"JUPYTER_PASSWORD": "tr0ub4dor"},
    "initialization_command": "login --token tr0ub4dor",
    "ssh_cmd": "ssh root@host -i tr0ub4dor",
    "extra": {"notebookUrl": "https://host/?token=tr0ub4dor", "deep": {"list": ["tr0ub4dor"]}},
}


def a_pod(**fields: Any) -> Pod:
    return Pod(**{"id": "420522713875330018", "status": PodStatus.RUNNING, **fields})


@pytest.mark.parametrize(
    ("status", "ports", "ready"),
    [
        (PodStatus.RUNNING, (), True),
        (PodStatus.RUNNING, (UP,), True),
        (PodStatus.RUNNING, (UP, ExposedPort(22, "SSH", healthy=False)), False),
        (PodStatus.RUNNING, (UP, ExposedPort(22, "SSH")), False),
        (PodStatus.INITIALIZING, (UP,), False),
        (PodStatus.PAUSED, (), False),
        ("RUNNING_SOMEHOW", (UP,), False),
    ],
)
def test_ready_is_running_with_every_port_answering(
    status: PodStatus | str, ports: tuple[ExposedPort, ...], ready: bool
) -> None:
    assert a_pod(status=status, expose=ports).is_ready is ready


@pytest.mark.parametrize(
    ("price", "count", "hourly"),
    [
        (Decimal("0.65"), 8, Decimal("5.20")),
        (Decimal(0), 2, Decimal(0)),
        (None, 1, None),
        (Decimal("0.65"), None, None),
    ],
)
def test_the_price_is_that_of_all_gpus(
    price: Decimal | None, count: int | None, hourly: Decimal | None
) -> None:
    assert a_pod(single_card_price=price, gpu_count=count).price_per_hour == hourly


@pytest.mark.parametrize(
    ("port", "address"),
    [
        (UP, "pod.example:30010"),
        (ExposedPort(8888, host="2001:db8::1", proxy_port=30010), "[2001:db8::1]:30010"),
        (ExposedPort(8888, host="pod.example"), None),
        (ExposedPort(8888, proxy_port=30010), None),
        (ExposedPort(22, host="pod.example", proxy_port=30010), None),
    ],
)
def test_an_endpoint_is_the_public_address_of_a_port(
    port: ExposedPort, address: str | None
) -> None:
    assert a_pod(expose=(port,)).endpoint(8888) == address


SSH = ExposedPort(22, "ssh", ingress_url="ssh -p 30022 user@pod.example")


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({}, None),
        ({"expose": (UP,)}, None),
        ({"expose": (ExposedPort(22, "SSH"),)}, None),
        ({"expose": (ExposedPort(22, "SSH", ingress_url=""),), "ssh_cmd": ""}, None),
        ({"expose": (UP, SSH)}, "ssh -p 30022 user@pod.example"),
        ({"expose": (SSH,), "ssh_cmd": "ssh root@pod-ip"}, "ssh -p 30022 user@pod.example"),
        ({"expose": (ExposedPort(22, "SSH"),), "ssh_cmd": "ssh root@pod-ip"}, "ssh root@pod-ip"),
        ({"expose": (ExposedPort(80, ingress_url="http://pod.example"),)}, None),
    ],
    ids=range(8),
)
def test_the_command_for_a_shell_is_that_of_the_ssh_port(
    fields: dict[str, Any], command: str | None
) -> None:
    assert a_pod(**fields).ssh_command == command


def test_no_secret_shows_in_a_repr() -> None:
    pod = a_pod(**SECRETS, expose=(ExposedPort(22, ingress_url="ssh tr0ub4dor", extra=SECRETS),))
    for shown in (repr(pod), str(pod), f"{pod}", repr(pod.environment), repr(pod.expose)):
        assert "tr0ub4dor" not in shown
    assert "JUPYTER_PASSWORD" in repr(pod)
    assert pod.environment["JUPYTER_PASSWORD"] == "tr0ub4dor"


def test_a_pod_pickles_copies_compares_and_hashes() -> None:
    pod = a_pod(**SECRETS, expose=(UP,), single_card_price=Decimal("0.65"))
    pickled = pickle.loads(pickle.dumps(pod))  # noqa: S301
    for other in (pickled, copy.deepcopy(pod), copy.copy(pod)):
        assert other == pod
        assert hash(other) == hash(pod)
        assert "tr0ub4dor" not in repr(other)
    assert a_pod(environment={"A": "1"}) != a_pod(environment={"A": "2"})


def test_what_a_pod_was_made_of_can_change_without_it() -> None:
    environment, extra = {"A": "1"}, {"deep": {"list": [1, 2]}}
    pod = a_pod(environment=environment, extra=extra)
    environment["A"] = "2"
    extra["deep"]["list"].append(3)
    assert pod.environment == {"A": "1"}
    assert pod.extra == {"deep": {"list": (1, 2)}}
    assert repr(pod.extra) == "{'deep': {'list': (1, 2)}}"


def test_mappings_of_a_pod_cannot_be_changed() -> None:
    environment: Any = a_pod(environment={"A": "1"}).environment
    with pytest.raises(TypeError):
        environment["A"] = "2"
    with pytest.raises(TypeError):
        del environment["A"]
    assert dict(environment) == {"A": "1"}
