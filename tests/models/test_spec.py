"""What a spec takes, what it refuses and with which words, and what it never shows."""

from typing import Any

import pytest

from yotta_async.errors import ConfigurationError
from yotta_async.models import PodSpec


SECRET = "tr0ub4dor"


def a_spec(**fields: Any) -> PodSpec:
    return PodSpec(**{"image": "repo/image:tag", "gpu_type": "NVIDIA_L4_24G", **fields})


def test_a_spec_needs_an_image_and_a_gpu_type_alone() -> None:
    spec = PodSpec(image="repo/image:tag", gpu_type="NVIDIA_L4_24G")
    assert (spec.gpu_count, spec.name, spec.regions, spec.expose) == (1, None, (), ())
    assert spec.environment == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", ""),
        ("image", "  "),
        ("image", "x" * 256),
        ("image", "two words"),
        ("image", "line\nbreak"),
        ("image", None),
        ("image", 5),
        ("gpu_type", ""),
        ("gpu_type", None),
        ("gpu_type", "NVIDIA L4"),
        ("gpu_count", 3),
        ("gpu_count", 6),
        ("gpu_count", 12),
        ("gpu_count", 0),
        ("gpu_count", -1),
        ("gpu_count", -2),
        ("gpu_count", True),
        ("gpu_count", "2"),
        ("gpu_count", 2.0),
        ("gpu_count", None),
        ("name", ""),
        ("name", "x" * 256),
        ("name", "bell\a"),
        ("name", "half \ud83d"),
        ("name", 5),
        ("regions", ["us-east-1", ""]),
        ("regions", [" "]),
        ("regions", [None]),
        ("regions", [1]),
        ("regions", 1),
        ("regions", None),
        ("regions", {"us-east-1": 1}),
        ("expose", 8888),
        ("expose", "8888"),
        ("expose", None),
        ("shm_in_gb", -1),
        ("shm_in_gb", 1.5),
        ("shm_in_gb", True),
        ("container_volume_in_gb", "20"),
        ("persistent_volume_in_gb", -1),
        ("min_single_card_vram_in_gb", -1),
        ("min_single_card_ram_in_gb", -1),
        ("min_single_card_vcpu", -1),
        ("persistent_mount_path", ""),
        ("persistent_volumes", "1"),
        ("credential_id", "abc"),
        ("credential_id", ""),
        ("credential_id", True),
        ("credential_id", -5),
        ("credential_id", "٥"),  # noqa: RUF001  # a digit to Python, not to a server
        ("image_registry", "x" * 256),
        ("image_registry", ""),
        ("image_registry", "two words"),
        ("image_registry_username", ""),
        ("image_public_type", ""),
        ("resource_type", ""),
        ("cloud_type", "VERY SECURE"),
        ("official_image", 1),
        ("environment", None),
        ("environment", ["A=1"]),
        ("extra", None),
        ("extra", {1: 2}),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_cannot_work_is_refused_by_name_with_a_remedy(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_spec(**{field: value})
    assert caught.value.field == field
    assert caught.value.hint
    shown = caught.value.value.partition("...")[0]
    assert shown == "(hidden)" or shown in f"{value} {value!r}"


@pytest.mark.parametrize("count", [1, 2, 4, 8, 16])
def test_gpu_counts_are_powers_of_two(count: int) -> None:
    assert a_spec(gpu_count=count).gpu_count == count


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", "x" * 255),
        ("name", "x" * 255),
        ("name", "a name with spaces, 漢字 and 👩‍💻"),
        ("shm_in_gb", 0),
        ("persistent_volume_in_gb", 0),
        ("gpu_type", "SOMETHING_NEW_1T"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_lies_at_the_edge_is_taken(field: str, value: object) -> None:
    assert getattr(a_spec(**{field: value}), field) == value
