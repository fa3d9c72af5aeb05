"""Which pods a fleet is asked for, and what tells one kind from another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab import SPEC
from yotta_async import PodSpec
from yotta_async.errors import ConfigurationError
from yotta_async.fleet._launch import quorum_of
from yotta_async.fleet._specs import keyed, mark_of, scaled


CHANGES = [
    {"image": "a/b:2"},
    {"gpu_type": "NVIDIA_H100_80G"},
    {"gpu_count": 2},
    {"environment": {"A": "1"}},
    {"expose": [8888]},
    {"container_volume_in_gb": 50},
    {"initialization_command": "true"},
    {"extra": {"beta": [1, {"x": 2}]}},
]


def test_one_spec_is_one_pod() -> None:
    assert keyed(SPEC) == {"0": SPEC}
    assert keyed(SPEC.evolve(name="a")) == {"a": SPEC.evolve(name="a")}


def test_specs_may_come_from_a_generator() -> None:
    assert list(keyed(SPEC for _ in range(3))) == ["0", "1", "2"]


def test_the_mark_tells_what_a_pod_is_made_from_and_not_its_name_or_place() -> None:
    assert mark_of(SPEC) == mark_of(SPEC.evolve(name="x", regions=["eu-1"]))
    marks = [mark_of(SPEC.evolve(**change)) for change in CHANGES]  # type: ignore[arg-type]
    assert len({mark_of(SPEC), *marks}) == len(CHANGES) + 1


def test_a_mark_is_the_same_in_every_run() -> None:
    """It is what the next run finds its pods by."""
    assert mark_of(PodSpec(image="a/b", gpu_type="NVIDIA_L4_24G")) == "eafea1"


@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_the_order_of_variables_makes_no_other_pod(variables: dict[str, str]) -> None:
    clean = {f"V{n}": value for n, value in enumerate(variables.values())}
    backwards = dict(reversed(clean.items()))
    try:
        spec = SPEC.evolve(environment=clean)
    except ConfigurationError:
        return
    assert mark_of(spec) == mark_of(SPEC.evolve(environment=backwards))


def test_growing_numbers_on_and_shrinking_takes_the_last() -> None:
    three = keyed([SPEC] * 3)
    assert list(scaled(three, 5, None)) == ["0", "1", "2", "3", "4"]
    assert list(scaled(three, 1, None)) == ["0"]
    assert scaled(three, 0, None) == {}
    named = keyed({"4": SPEC, "x": SPEC})
    assert list(scaled(named, 4, None)) == ["4", "x", "0", "1"]


@given(st.integers(0, 30), st.integers(0, 30))
def test_scaling_gives_so_many_and_keeps_what_it_can(before: int, after: int) -> None:
    had = keyed([SPEC] * before)
    has = scaled(had, after, SPEC)
    assert len(has) == after
    assert list(has)[: min(before, after)] == list(had)[: min(before, after)]


@pytest.mark.parametrize(
    ("min_ready", "pods", "quorum"),
    [(None, 5, 0), (0, 5, 0), (5, 5, 5), (0.0, 5, 0), (1.0, 5, 5), (0.5, 5, 3), (0.9, 0, 0)],
)
def test_a_quorum_is_a_number_or_a_share(min_ready: float | None, pods: int, quorum: int) -> None:
    assert quorum_of(min_ready, pods) == quorum


@pytest.mark.parametrize("min_ready", [-1, 6, 1.1, -0.1, float("nan"), "3", True])
def test_what_is_no_quorum_is_refused(min_ready: object) -> None:
    with pytest.raises(ConfigurationError, match="min_ready"):
        quorum_of(min_ready, 5)  # type: ignore[arg-type]
