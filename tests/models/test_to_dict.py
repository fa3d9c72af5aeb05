"""[W10] Models as JSON for other programs: complete, plain, and without secrets."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from tests.models.bodies import EXAMPLES, POD, SECRET, Example
from yotta_async import Unreadable
from yotta_async.errors import ConfigurationError
from yotta_async.models import ExposedPort, Pod, PodSpec, structure


POD_READ: Pod = structure(POD, Pod)
of_each_model = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def test_w10_a_pod_is_plain_json_by_python_s_names() -> None:
    """[W10] Money as text, times in ISO 8601, statuses as words."""
    pod = Pod(
        id="5",
        status=structure(0, Pod.__annotations__["status"]),
        single_card_price=Decimal("1.850"),
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        expose=(ExposedPort(22, "SSH"),),
        gpu_count=2,
    )
    found = json.loads(json.dumps(pod.to_dict()))
    assert found["id"] == "5"
    assert found["status"] == "INITIALIZING"
    assert found["single_card_price"] == "1.850"
    assert found["created_at"] == "2026-01-02T00:00:00+00:00"
    assert (found["expose"][0]["port"], found["expose"][0]["healthy"]) == (22, None)
    assert (found["gpu_count"], found["region"], found["environment"]) == (2, None, {})


@of_each_model
def test_w10_every_field_is_there_and_no_secret(example: Example) -> None:
    """[W10] Whatever the model."""
    model = structure(example.body, example.kind)
    found = model.to_dict()
    assert list(found) == [field.name for field in attrs.fields(example.kind)]
    assert SECRET not in json.dumps(found)
    assert dict(model) == found


@of_each_model
def test_w10_secrets_are_shown_to_who_asks_for_them(example: Example) -> None:
    """[W10] Then nothing is lost."""
    model = structure(example.body, example.kind)
    shown = json.dumps(model.to_dict(secrets=True))
    assert (SECRET in shown) == (SECRET in json.dumps(example.body))


def test_w10_what_is_hidden_keeps_its_keys() -> None:
    """[W10] As in the repr."""
    found = POD_READ.to_dict()
    assert found["environment"] == {"TOKEN": "***", "MODE": "***"}
    assert found["extra"] == {"newInTheYear2031": "***"}
    assert (found["initialization_command"], found["ssh_cmd"]) == ("***", "***")
    assert found["expose"][0]["ingress_url"] == "***"
    assert found["expose"][1]["ingress_url"] is None


def test_w10_what_is_no_unicode_can_be_sent_all_the_same() -> None:
    """[W10] A stranger's name may be half of a surrogate pair."""
    pod = structure({"id": 1, "status": 1, "name": "a\ud83d"}, Pod)
    assert pod.to_dict()["name"] == "a?"


def test_w10_what_cannot_be_read_is_json_too() -> None:
    """[W10] Its value may hold secrets."""
    value = structure({"id": 1, "status": 1, "x": {"y": SECRET}}, Pod).extra
    odd = Unreadable(id="1", name=None, status=None, path="[0].x", reason="odd", value=value)
    assert odd.to_dict()["value"] == {"x": "***"}
    assert odd.to_dict(secrets=True)["value"] == {"x": {"y": SECRET}}


def test_w10_a_port_alone_is_still_no_list_of_ports() -> None:
    """[W10] Though a model can be iterated over."""
    with pytest.raises(ConfigurationError, match="must be a tuple or a list"):
        PodSpec(image="i", gpu_type="g", expose=ExposedPort(22))  # type: ignore[arg-type]
