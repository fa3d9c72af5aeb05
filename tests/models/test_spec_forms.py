"""The forms in which a `PodSpec` takes its fields, and what it never shows."""

import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from yotta_async.errors import ConfigurationError
from yotta_async.models import ExposedPort, PodSpec, VolumeMount


SECRET = "tr0ub4dor"


def a_spec(**fields: Any) -> PodSpec:
    return PodSpec(**{"image": "repo/image:tag", "gpu_type": "NVIDIA_L4_24G", **fields})


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("us-east-1", ("us-east-1",)),
        (["b", "a", "b"], ("b", "a")),
        ({"b", "c", "a"}, ("a", "b", "c")),
        (iter(["a"]), ("a",)),
        ((), ()),
    ],
    ids=["text", "twice", "set", "iterator", "none"],
)
def test_regions_are_ordered_and_each_stands_once(given: Any, taken: tuple[str, ...]) -> None:
    assert a_spec(regions=given).regions == taken


def test_ports_may_be_numbers_pairs_or_values() -> None:
    given = [8888, (22, "SSH"), [53, "tcp"], ExposedPort(443, "HTTPS"), 22]
    assert a_spec(expose=given).expose == (
        ExposedPort(8888, "HTTP"),
        ExposedPort(22, "SSH"),
        ExposedPort(53, "tcp"),
        ExposedPort(443, "HTTPS"),
        ExposedPort(22, "SSH"),
    )


def test_v8_a_port_may_be_as_the_vendors_client_takes_it() -> None:
    """V8: `expose=[{"port": 22, "protocol": "SSH"}]`."""
    given: list[Any] = [{"port": 22, "protocol": "SSH"}, {"port": 22}, {"port": 80}]
    assert a_spec(expose=given).expose == (
        ExposedPort(22, "SSH"),
        ExposedPort(22, "SSH"),
        ExposedPort(80, "HTTP"),
    )


@pytest.mark.parametrize(
    "port",
    [
        {},
        {"protocol": "SSH"},
        {"port": "22", "protocol": "SSH"},
        {"port": 0, "protocol": "SSH"},
        {"port": 22, "protocol": ""},
        {"port": 22, "proto": "SSH"},
        {"port": True},
    ],
    ids=repr,
)
def test_v8_a_mapping_that_is_no_port_is_refused_with_its_place(port: Any) -> None:
    """V8: an unknown name in it, too, which would be lost otherwise."""
    with pytest.raises(ConfigurationError) as caught:
        a_spec(expose=[8888, port])
    assert caught.value.field == "expose[1]"


def test_v8_a_mount_may_be_as_the_vendors_client_takes_it() -> None:
    """V8: the argument has the same name there."""
    given: list[Any] = [
        {"volumeId": 123, "mountPath": "/a"},
        {"volumeId": "124", "mountPath": "/b", "needBackup": True},
    ]
    assert a_spec(persistent_volumes=given).persistent_volumes == (
        VolumeMount("123", "/a"),
        VolumeMount("124", "/b", need_backup=True),
    )
    with pytest.raises(ConfigurationError) as caught:
        a_spec(persistent_volumes=[{"volumeId": "1", "path": "/a"}])
    assert caught.value.field == "persistent_volumes[0]"


@pytest.mark.parametrize(
    "port",
    [0, -1, 65536, True, "80", 80.0, None, (80,), (80, ""), (80, None), ("80", "HTTP"), (0, "TCP")],
    ids=repr,
)
def test_a_port_that_is_none_is_refused_with_its_place(port: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(expose=[8888, port])
    assert caught.value.field == "expose[1]"


@pytest.mark.parametrize("port", [1, 65535])
def test_the_first_and_the_last_port_are_ports(port: int) -> None:
    assert a_spec(expose=[port]).expose[0].port == port


@pytest.mark.parametrize(
    ("environment", "field"),
    [
        ({"PORT": 8080}, "environment['PORT']"),
        ({"FLAG": True}, "environment['FLAG']"),
        ({"NONE": None}, "environment['NONE']"),
        ({"TOKEN": f"{SECRET}\0"}, "environment['TOKEN']"),
        ({"": SECRET}, "environment"),
        ({f"TOKEN={SECRET}": ""}, "environment"),
        ({5: SECRET}, "environment"),
    ],
    ids=ascii,
)
def test_variables_are_text_and_never_shown(environment: Any, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(environment=environment)
    assert caught.value.field == field
    assert caught.value.value == "(hidden)"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"image_registry_username": "me", "image_registry_token": f"{SECRET}\n"},
        {"image_registry_username": "me", "image_registry_token": ""},
        {"image_registry_token": SECRET},
        {"image_registry_username": "me", "image_registry_token": [SECRET]},
        {"initialization_command": [SECRET]},
        {"image_registry": f"https://me:{SECRET}@registry.example/"},
        {"environment": SECRET},
        {"extra": [SECRET]},
    ],
    ids=ascii,
)
def test_no_secret_reaches_an_error(fields: Mapping[str, object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(**fields)
    assert SECRET not in f"{caught.value!s} {caught.value!r} {caught.value.__dict__}"


def test_no_secret_shows_in_a_repr() -> None:
    spec = a_spec(
        environment={"TOKEN": SECRET},
        image_registry_username="me",
        image_registry_token=SECRET,
        initialization_command=f"login\n{SECRET}",
        extra={"newField": {"deep": SECRET}},
    )
    assert SECRET not in f"{spec!r} {spec!s} {spec.environment!r}"
    assert "TOKEN" in repr(spec)
    assert spec.environment["TOKEN"] == spec.image_registry_token == SECRET


def test_a_persistent_volume_needs_a_place() -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(persistent_volume_in_gb=1)
    assert caught.value.field == "persistent_mount_path"
    spec = a_spec(persistent_volume_in_gb=1, persistent_mount_path="/data")
    assert spec.persistent_mount_path == "/data"


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({"image_registry_username": "me"}, "image_registry_token"),
        ({"image_registry_token": SECRET}, "image_registry_username"),
    ],
    ids=["username", "token"],
)
def test_a_registry_takes_both_name_and_token(given: dict[str, str], lacking: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(**given)
    assert caught.value.field == lacking


@pytest.mark.parametrize(
    "mount",
    ["1", VolumeMount("abc", "/x"), VolumeMount("1", ""), VolumeMount("1", "a\0b")],
    ids=repr,
)
def test_a_mount_has_a_volume_and_a_place(mount: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(persistent_volumes=[VolumeMount("1", "/a"), mount])
    assert caught.value.field == "persistent_volumes[1]"


@pytest.mark.parametrize("credential", [420522713875330018, "420522713875330018"], ids=repr)
def test_a_credential_may_be_given_as_a_number(credential: object) -> None:
    assert a_spec(credential_id=credential).credential_id == "420522713875330018"


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("nvidia_l4_24g", "NVIDIA_L4_24G"),
        ("NVIDIA_H100_PCIE_80G", "NVIDIA_H100_PCIe_80G"),
    ],
)
def test_a_gpu_code_in_another_case_is_taken_with_a_warning(code: str, meant: str) -> None:
    with pytest.warns(UserWarning, match=meant) as caught:
        spec = PodSpec(image="i", gpu_type=code)
    assert spec.gpu_type == code
    assert caught[0].filename == __file__


def test_a_copy_is_checked_like_the_first() -> None:
    spec = a_spec(expose=[8888], environment={"A": "1"})
    assert spec.evolve(gpu_count=2, regions="sg") == a_spec(
        expose=[8888], environment={"A": "1"}, gpu_count=2, regions=["sg"]
    )
    with pytest.raises(ConfigurationError):
        spec.evolve(gpu_count=3)
    with pytest.raises(TypeError):
        spec.evolve(gpus=2)  # type: ignore[call-arg]


def test_a_spec_cannot_be_changed_from_outside() -> None:
    environment, extra = {"A": "1"}, {"list": [1]}
    spec = a_spec(environment=environment, extra=extra)
    environment["A"] = "2"
    extra["list"].append(2)
    assert spec == a_spec(environment={"A": "1"}, extra={"list": [1]})


def test_a_spec_pickles_compares_and_hashes() -> None:
    spec = a_spec(environment={"A": SECRET}, expose=[22], extra={"new": [1, {"a": None}]})
    again = pickle.loads(pickle.dumps(spec))  # noqa: S301
    assert again == spec
    assert hash(again) == hash(spec)
    assert SECRET not in repr(again)
