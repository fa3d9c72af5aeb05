"""Whatever a model holds, it comes back from JSON as it was."""

import json
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campaign import tries
from tests.models import strategies
from tests.models.bodies import EXAMPLES, SECRET, Example
from tests.models.comparing import lost
from tests.models.strategies import amounts
from yotta_async.models import (
    VM,
    Credential,
    CredentialSpec,
    Endpoint,
    EndpointResource,
    EndpointSpec,
    ExposedPort,
    GpuOffer,
    LogLine,
    LogPage,
    Metric,
    Page,
    Pod,
    PodSpec,
    Point,
    Series,
    Task,
    TaskCallback,
    TaskSpec,
    VMSpec,
    VMType,
    VMTypeRegion,
    Volume,
    VolumeMount,
    VolumeSpec,
    Worker,
    structure,
    unstructure,
)


MODELS = (
    Pod,
    ExposedPort,
    Credential,
    GpuOffer,
    Endpoint,
    EndpointResource,
    Worker,
    LogLine,
    LogPage,
    Task,
    TaskCallback,
    VM,
    VMType,
    VMTypeRegion,
    Volume,
    Metric,
    Series,
    Point,
)
ports = st.builds(
    ExposedPort,
    st.integers(1, 65535),
    st.sampled_from(["HTTP", "SSH", "tcp"]),
    host=st.none() | strategies.text,
    proxy_port=st.none() | st.integers(1, 65535),
    healthy=st.none() | st.booleans(),
    extra=strategies.extras,
)
urls = st.sampled_from(["https://hook.example/a", "http://[::1]:8080/?token=1"])
secrets = st.text("a=$' \"", min_size=1, max_size=9).filter(str.strip)
sizes = st.none() | st.integers(0, 2**31)
resources = st.integers(0, 3).flatmap(
    lambda power: st.lists(
        st.builds(EndpointResource, strategies.words, strategies.words, st.just(2**power)),
        min_size=1,
        max_size=3,
    )
)
lines = st.text("ab= 漢", min_size=1, max_size=9).filter(str.strip)
inputs = strategies.any_json.filter(lambda value: value not in (None, "", [], {}))
SPECS: dict[type[Any], st.SearchStrategy[Any]] = {
    PodSpec: st.builds(
        PodSpec,
        image=strategies.words,
        gpu_type=strategies.words,
        gpu_count=st.sampled_from([1, 2, 4, 8]),
        name=st.none() | strategies.words,
        regions=st.lists(strategies.words, max_size=3),
        environment=st.dictionaries(strategies.words, st.text("a= \n漢", max_size=10), max_size=3),
        expose=st.lists(ports, max_size=3),
        credential_id=st.none() | st.integers(0, 2**64 - 1),
        shm_in_gb=sizes,
        persistent_volume_in_gb=sizes,
        persistent_mount_path=st.just("/data"),
        persistent_volumes=st.lists(
            st.builds(
                VolumeMount, st.integers(0, 2**64 - 1).map(str), strategies.words, st.booleans()
            )
        ),
        initialization_command=st.none() | strategies.words,
        extra=strategies.extras,
    ),
    CredentialSpec: st.builds(
        CredentialSpec,
        name=strategies.names,
        username=strategies.words,
        password=secrets,
        type=st.none() | strategies.words,
    ),
    EndpointSpec: st.builds(
        EndpointSpec,
        name=strategies.names,
        image=strategies.words,
        resources=resources,
        workers=st.integers(0, 1000),
        container_volume_in_gb=st.integers(20, 5000),
        service_mode=st.sampled_from(["QUEUE", "ALB", "CUSTOM", "NEW"]),
        expose=ports,
        credential_id=st.none() | strategies.ids,
        environment=st.dictionaries(strategies.words, lines, max_size=2),
        webhook=st.none() | urls,
        initialization_command=st.none() | secrets,
        min_single_card_vram_in_gb=sizes,
        min_single_card_ram_in_gb=sizes,
        min_single_card_vcpu=sizes,
        extra=strategies.extras,
    ),
    VMSpec: st.builds(
        VMSpec,
        name=lines,
        vm_type_id=st.integers(0, 2**31 - 1),
        region=strategies.words,
        spot=st.booleans(),
        volume_mounts=st.dictionaries(strategies.ids, lines, max_size=3),
    ),
    VolumeSpec: st.builds(
        VolumeSpec,
        name=lines,
        storage_type=st.sampled_from(["S3", "R2", "CEPH", "VENDOR", "NEW"]),
        region=strategies.words,
        size_in_gb=st.integers(1, 10240),
        vendor_volume_type=st.sampled_from(["NVMe", "HDD"]),
    ),
    TaskSpec: st.builds(
        TaskSpec,
        input=inputs,
        worker_port=st.integers(1, 65535),
        process_uri=st.just("/v1/run") | strategies.words,
        task_id=st.none() | st.from_regex(r"[A-Za-z0-9_]{1,30}", fullmatch=True),
        webhook=st.none() | urls,
        webhook_auth_key=st.none() | secrets,
        headers=st.dictionaries(st.sampled_from(["Authorization", "X-A"]), lines, max_size=2),
    ),
}


def through_json(model: Any) -> Any:
    return structure(json.loads(json.dumps(unstructure(model))), type(model))


@pytest.mark.campaign
@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=tries(15), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_model_comes_back_as_it_was(kind: type[Any], data: st.DataObject) -> None:
    model = data.draw(strategies.of(kind))
    assert through_json(model) == model
    assert hash(through_json(model)) == hash(model)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", SPECS)
@settings(max_examples=tries(20), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spec_comes_back_as_it_was(kind: type[Any], data: st.DataObject) -> None:
    spec = data.draw(SPECS[kind])
    assert through_json(spec) == spec
    assert hash(through_json(spec)) == hash(spec)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_body_is_read_whole_and_nothing_of_it_lost(example: Example) -> None:
    model = structure(example.body, example.kind)
    written = unstructure(model)
    body = example.body
    if example.kind is VMType:  # a bare region comes back as an object
        body = body | {"regions": [body["regions"][0], {"region": "eu-1"}]}
    assert lost(body, written, example.kind) == []
    assert set(model.extra) <= {"newInTheYear2031"}
    assert through_json(model) == model


@given(st.integers(2**53, 2**63 - 1), amounts)
def test_every_digit_of_ids_inputs_and_prices_survives(number: int, price: Decimal) -> None:
    task = structure({"taskId": 1, "endpointId": number, "status": 0, "input": [number]}, Task)
    assert (task.endpoint_id, task.input) == (str(number), (number,))
    volume = structure({"id": number, "status": "active", "cost": str(price)}, Volume)
    assert (volume.id, str(volume.cost)) == (str(number), str(price))


@pytest.mark.parametrize("kind", MODELS)
def test_what_a_model_does_not_know_is_kept(kind: type[Any]) -> None:
    least: dict[type[Any], dict[str, object]] = {
        ExposedPort: {"port": 1},
        GpuOffer: {"gpuType": "g"},
        EndpointResource: {"region": "r", "gpuType": "g"},
        LogLine: {},
        LogPage: {},
        Task: {"taskId": "1", "status": "NEW"},
        TaskCallback: {"status": "NEW"},
        VMType: {"gpuType": "g"},
        VMTypeRegion: {"region": "r"},
        Metric: {"metric_name": "cpu"},
        Series: {},
        Point: {"timestamp": 0},
    }
    body = least.get(kind, {"id": "1", "status": "NEW"}) | {"x.new": {"deep": [SECRET, None]}}
    model = structure(body, kind)
    assert model.extra["x.new"] == {"deep": (SECRET, None)}
    assert unstructure(model)["x.new"] == {"deep": [SECRET, None]}
    assert SECRET not in repr(model)


@pytest.mark.parametrize("kind", [*MODELS, *SPECS, Page])
def test_what_has_many_fields_is_given_them_by_name(kind: type[Any]) -> None:
    given_by_place = {ExposedPort, EndpointResource, Point}
    assert all(field.kw_only for field in attrs.fields(kind)) is (kind not in given_by_place)
