"""The forms in which the specs of everything but pods take their fields, and what they hold."""

import pickle
from typing import Any

import attrs
import pytest

from tests.models.building import (
    EU,
    US,
    a_credential,
    a_machine,
    a_task,
    a_volume,
    an_endpoint,
    nested,
    nested_objects,
)
from yotta_async.errors import ConfigurationError
from yotta_async.models import (
    EndpointFields,
    EndpointResource,
    EndpointSpec,
    ExposedPort,
)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (US, (US,)),
        ([US, EU], (US, EU)),
        (iter((US, EU)), (US, EU)),
        (("us-east", "NVIDIA_RTX_5090_32G"), (US,)),
        (["us-east", "NVIDIA_RTX_5090_32G"], (US,)),
        ([("us-east", "NVIDIA_RTX_5090_32G", 1), EU], (US, EU)),
        (("r", "g", 8), (EndpointResource("r", "g", 8),)),
    ],
    ids=range(7),
)
def test_places_for_workers_may_be_one_or_several_values_or_tuples(given: Any, taken: Any) -> None:
    assert an_endpoint(resources=given).resources == taken


@pytest.mark.parametrize("several", [False, True])
def test_v8_a_place_may_be_as_the_vendors_client_takes_it(*, several: bool) -> None:
    """V8: the argument has the same name there; one entry, or a list of them."""
    entry = {"region": "us-east", "gpuType": "NVIDIA_RTX_5090_32G", "gpuCount": 1}
    given: Any = [entry, entry | {"region": "eu"}] if several else entry
    taken = an_endpoint(resources=given, expose={"port": 8000, "protocol": "http"})
    assert [(each.region, each.gpu_count) for each in taken.resources] == [
        ("us-east", 1),
        ("eu", 1),
    ][: 1 + several]
    assert taken.expose == ExposedPort(8000, "http")


def test_an_endpoint_has_one_worker_where_nothing_is_said() -> None:
    assert an_endpoint().workers == 1
    assert a_machine().spot is False


def test_the_remedy_tells_how_long_a_text_may_be() -> None:
    with pytest.raises(ConfigurationError, match="a string of 1 to 255 characters without white"):
        an_endpoint(image="")
    with pytest.raises(
        ConfigurationError, match="region=: must be a non-empty string without white"
    ):
        a_machine(region="")


def test_the_workers_of_an_endpoint_have_equally_many_gpus() -> None:
    with pytest.raises(ConfigurationError, match="must have the same gpu_count") as caught:
        an_endpoint(resources=[("r", "g", 2), ("r", "g", 4)])
    assert caught.value.field == "resources"


def test_what_serves_http_needs_a_port() -> None:
    with pytest.raises(ConfigurationError) as caught:
        an_endpoint(service_mode="ALB")
    assert caught.value.field == "expose"
    spec = an_endpoint(service_mode="ALB", expose=8000)
    assert spec.expose == ExposedPort(8000, "HTTP")


@pytest.mark.parametrize("port", [(8000, "tcp"), [8000, "tcp"], ExposedPort(8000, "tcp")])
def test_the_port_of_an_endpoint_is_a_number_a_pair_or_a_value(port: Any) -> None:
    assert an_endpoint(expose=port).expose == ExposedPort(8000, "tcp")


def test_a_gpu_code_in_another_case_is_taken_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="NVIDIA_L4_24G") as caught:
        spec = EndpointSpec(
            name="a",
            image="i",
            resources=("r", "nvidia_l4_24g"),
            container_volume_in_gb=20,
            service_mode="QUEUE",
        )
    assert spec.resources[0].gpu_type == "nvidia_l4_24g"
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("kind", "given", "lacking"),
    [
        ("CEPH", {"size_in_gb": 1}, "region"),
        ("CEPH", {"region": "r"}, "size_in_gb"),
        ("VENDOR", {"region": "r", "size_in_gb": 1}, "vendor_volume_type"),
        ("VENDOR", {"region": "r", "vendor_volume_type": "HDD"}, "size_in_gb"),
    ],
)
def test_some_volumes_need_more_than_a_name(
    kind: str, given: dict[str, object], lacking: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_volume(storage_type=kind, **given)
    assert caught.value.field == lacking
    assert a_volume(storage_type="S3").region is None
    assert a_volume(storage_type="R2").region is None


@pytest.mark.parametrize(("uri", "path"), [("run", "/run"), ("/run", "/run"), ("a/b?c", "/a/b?c")])
def test_a_path_begins_with_a_slash(uri: str, path: str) -> None:
    assert a_task(process_uri=uri).process_uri == path


def test_volumes_may_be_given_by_number() -> None:
    spec = a_machine(volume_mounts={420522713875330018: "/data", "7": "/more"})
    assert spec.volume_mounts == {"420522713875330018": "/data", "7": "/more"}


def test_an_input_may_be_100_levels_deep() -> None:
    assert a_task(input=nested(100)).input
    assert a_task(input=nested_objects(100)).input


def test_nothing_of_a_spec_changes_from_outside() -> None:
    inner: list[object] = [1]
    given, headers, mounts = {"a": inner}, {"X-A": "1"}, {"7": "/a"}
    task, machine = a_task(input=given, headers=headers), a_machine(volume_mounts=mounts)
    inner.append(2)
    headers["X-B"] = "2"
    mounts["8"] = "/b"
    assert task == a_task(input={"a": [1]}, headers={"X-A": "1"})
    assert machine.volume_mounts == {"7": "/a"}


def test_a_copy_of_an_endpoint_is_checked_like_the_first() -> None:
    spec = an_endpoint(expose=8000, environment={"A": "1"})
    changed = spec.evolve(workers=3, resources=[("eu-1", "g", 2)], expose=None)
    assert changed == an_endpoint(
        workers=3, resources=("eu-1", "g", 2), environment={"A": "1"}, expose=None
    )
    with pytest.raises(ConfigurationError):
        spec.evolve(workers=-1)
    with pytest.raises(TypeError):
        spec.evolve(gpus=2)  # type: ignore[call-arg]


def test_every_field_of_an_endpoint_can_be_given_by_name() -> None:
    names = {field.name for field in attrs.fields(EndpointSpec)}
    assert set(EndpointFields.__annotations__) == names


SPECS = [a_credential(), an_endpoint(), a_machine(), a_volume(), a_task()]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: type(spec).__name__)
def test_a_spec_pickles_compares_and_hashes(spec: object) -> None:
    again = pickle.loads(pickle.dumps(spec))  # noqa: S301
    assert again == spec
    assert hash(again) == hash(spec)
