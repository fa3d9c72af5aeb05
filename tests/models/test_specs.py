"""What the specs of everything but pods take, what they refuse, and with which words."""

from collections.abc import Callable

import pytest

from tests.models.building import (
    SECRET,
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
from yotta_async.errors._text import harmless


REFUSED: dict[Callable[..., object], dict[str, list[object]]] = {
    a_credential: {
        "name": ["", "x" * 51, "1st", "-a", "two words", "ümlaut", "a\n", None, 5],
        "username": ["", " ", "x" * 256, "a\nb", None],
        "password": ["", " ", "x" * 256, f"{SECRET}\0", None, [SECRET]],
        "type": ["", "TWO WORDS", 1],
    },
    an_endpoint: {
        "name": ["", "x" * 51, "7b", "a b", "a/b", None],
        "image": ["", "x" * 256, "two words", None],
        "resources": [(), [], {}, "us-east", None, 5, {"us-east": 1}],
        "workers": [-1, 1.0, "1", True, None],
        "container_volume_in_gb": [19, 0, 20.0, "20", None, True],
        "service_mode": ["", "A B", None],
        "expose": [(), 0, 65536, "8000", [8000], (8000, "")],
        "image_registry": ["", "two words", "x" * 256, f"https://me:{SECRET}@registry.example/"],
        "credential_id": ["", "abc", -5, True, 1.5],
        "environment": [None, [1], {"A": 1}, {"": SECRET}, {f"A={SECRET}": ""}],
        "webhook": [
            "",
            "hook.example",
            "ftp://hook.example/",
            "https://",
            "https://[",
            "http://hook.example:99999/",
            f"https://hook.example/a b{SECRET}",
            f"https://hook.example/{SECRET:x<492}",
            5,
        ],
        "initialization_command": ["", " ", [SECRET]],
        "min_single_card_vram_in_gb": [-1, 1.5, True],
        "min_single_card_ram_in_gb": [-1],
        "min_single_card_vcpu": [-1],
        "extra": [None, [SECRET], {1: 2}],
    },
    a_machine: {
        "name": ["", " ", "x" * 256, "a\nb", None],
        "vm_type_id": [None, -1, "17", 1.0, True],
        "region": ["", "two words", None],
        "spot": [None, 0, 1, "yes"],
        "volume_mounts": [None, "1", [1], {"abc": "/a"}, {1.5: "/a"}, {True: "/a"}, {-1: "/a"}],
    },
    a_volume: {
        "name": ["", " ", "x" * 256, None],
        "storage_type": ["", "two words", None, 1],
        "region": ["", "two words", 5],
        "size_in_gb": [0, 10241, -1, 1.5, "100", True],
        "vendor_volume_type": ["", 5],
    },
    a_task: {
        "input": [
            None,
            "",
            {},
            [],
            (),
            {SECRET},
            {"a": {1, 2}},
            {"a": b"x"},
            {1: SECRET},
            {None: 1},
            [float("nan")],
            {"a": [float("inf")]},
            [f"{SECRET}\ud800"],
            {"\ud800": 1},
            object(),
            [2**3321],
            {"a": -(2**3321)},
            nested(102),
            nested_objects(102),
        ],
        "worker_port": [0, 65536, "8000", 80.0, True, None],
        "process_uri": ["", "two words", "/a\tb", "x" * 255, None, 5],
        "task_id": ["", "x" * 256, "a-b", "ümlaut", "a b", "a\n", 5],
        "webhook": ["", "hook.example", "ftp://a/b", f"http://a/{SECRET} b", "http://a:b/"],
        "webhook_auth_key": ["", f"{SECRET}\n", "x" * 256, [SECRET]],
        "headers": [
            None,
            f"A: {SECRET}",
            {"": SECRET},
            {f"A: {SECRET}": ""},
            {"Ä": SECRET},
            {1: SECRET},
        ],
    },
}
BAD = [
    pytest.param(build, field, value, id=f"{build.__name__}-{field}-{number}")
    for build, fields in REFUSED.items()
    for field, values in fields.items()
    for number, value in enumerate(values)
]
HIDDEN = {
    "environment",
    "extra",
    "headers",
    "initialization_command",
    "input",
    "password",
    "webhook",
    "webhook_auth_key",
}


@pytest.mark.parametrize(("build", "field", "value"), BAD)
def test_what_cannot_work_is_refused_by_name_with_a_remedy(
    build: Callable[..., object], field: str, value: object
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(**{field: value})
    error = caught.value
    assert error.field.partition("[")[0] == field
    assert error.hint
    shown = harmless(str(error.value))
    assert str(error).startswith(f"{error.field}={shown}")
    hidden = field in HIDDEN or SECRET in str(value)
    shown = error.value.partition("...")[0]
    assert shown == "(hidden)" if hidden else shown in f"{value} {value!r} /{value} ()"
    assert SECRET not in f"{error!s} {error!r} {error.__dict__}"


PLACES: list[tuple[Callable[..., object], str, object, str]] = [
    (an_endpoint, "resources", [US, ("eu-1",)], "resources[1]"),
    (an_endpoint, "resources", [US, None], "resources[1]"),
    (an_endpoint, "resources", [("", "g")], "resources[0].region"),
    (an_endpoint, "resources", [("us east", "g")], "resources[0].region"),
    (an_endpoint, "resources", [US, ("us", None)], "resources[1].gpu_type"),
    (an_endpoint, "resources", ("us", "g", 3), "resources[0].gpu_count"),
    (an_endpoint, "resources", ("us", "g", 0), "resources[0].gpu_count"),
    (an_endpoint, "resources", ("us", "g", True), "resources[0].gpu_count"),
    (an_endpoint, "environment", {"TOKEN": 1}, "environment['TOKEN']"),
    (a_machine, "volume_mounts", {"7": ""}, "volume_mounts['7']"),
    (a_machine, "volume_mounts", {7: None}, "volume_mounts['7']"),
    (a_task, "headers", {"X-A": 1}, "headers['X-A']"),
    (a_task, "headers", {"X-A": f"{SECRET}\r\nX-B: 1"}, "headers['X-A']"),
]


@pytest.mark.parametrize(("build", "field", "value", "place"), PLACES)
def test_of_several_the_one_at_fault_is_named(
    build: Callable[..., object], field: str, value: object, place: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(**{field: value})
    assert caught.value.field == place
    assert SECRET not in str(caught.value)


EDGES: list[tuple[Callable[..., object], str, object]] = [
    (a_credential, "name", "x" * 50),
    (a_credential, "name", "A@b.c_d-1"),
    (a_credential, "password", "x" * 255),
    (an_endpoint, "name", "Llama-3.2-3B"),
    (an_endpoint, "workers", 0),
    (an_endpoint, "service_mode", "SOMETHING_NEW"),
    (an_endpoint, "webhook", f"https://hook.example/{'x' * 491}"),
    (an_endpoint, "webhook", "http://user:word@[::1]:8080/path?query=1"),
    (a_machine, "name", "x" * 255),
    (a_machine, "vm_type_id", 0),
    (a_machine, "spot", True),
    (a_volume, "size_in_gb", 1),
    (a_volume, "size_in_gb", 10240),
    (a_volume, "storage_type", "SOMETHING_NEW"),
    (a_task, "worker_port", 1),
    (a_task, "worker_port", 65535),
    (a_task, "task_id", "x" * 255),
    (a_task, "process_uri", f"/{'x' * 254}"),
    (a_task, "webhook_auth_key", "x" * 255),
    (a_task, "input", 0),
    (a_task, "input", False),
    (a_task, "input", "text"),
    (a_task, "input", 2**3321 - 1),
    (a_task, "headers", {"X-A": ""}),
]


@pytest.mark.parametrize(("build", "field", "value"), EDGES)
def test_what_lies_at_the_edge_is_taken(
    build: Callable[..., object], field: str, value: object
) -> None:
    assert getattr(build(**{field: value}), field) == value
