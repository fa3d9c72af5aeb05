"""Limits and retry policies refuse numbers that cannot be, by name, value and remedy."""

from typing import Any

import pytest

from yotta_async._call.rules.retry import RetryPolicy
from yotta_async._checks import is_finite, is_whole
from yotta_async._scheduling.rules.limits import Limits
from yotta_async.errors import ConfigurationError


NAN, INF, HUGE = float("nan"), float("inf"), 10**400
NO_COUNT = [0, -1, 1.0, 2.5, NAN, INF, True, "60", None, HUGE]
NO_SECONDS = [-1, -0.001, NAN, INF, -INF, True, "60", None, HUGE]
BAD_LIMITS = [
    *(("requests", value) for value in NO_COUNT),
    *(("pod_operations", value) for value in NO_COUNT),
    *(("burst", value) for value in NO_COUNT if value is not None),
    *(("reserve", value) for value in (-1, 1.0, NAN, False, "2", None, 60, 61, HUGE)),
    *(("per", value) for value in (0, 0.0, *NO_SECONDS)),
    *(("grace", value) for value in NO_SECONDS),
    *(("queue_timeout", value) for value in (0, *NO_SECONDS) if value is not None),
    *(("operation_span", value) for value in ("Call", "", None, 1)),
]
BAD_POLICIES = [
    *(("attempts", value) for value in NO_COUNT),
    *(("budget", value) for value in (-1, 2.5, NAN, True, "20", HUGE)),
    *(("factor", value) for value in (0, 0.99, *NO_SECONDS)),
    *(
        (name, value)
        for name in ("initial", "maximum", "settle", "patience", "longest_pause")
        for value in NO_SECONDS
    ),
]


def shown(value: object) -> str:
    return (value if isinstance(value, str) else repr(value))[:80]


def named(case: tuple[str, object]) -> str:
    name, value = case
    return f"{name}={'huge' if value == HUGE else value!r}"


@pytest.mark.parametrize("case", BAD_LIMITS, ids=named)
def test_limits_that_cannot_be_are_refused(case: tuple[str, Any]) -> None:
    name, value = case
    with pytest.raises(ConfigurationError) as caught:
        Limits(**{name: value})
    assert caught.value.field == f"Limits.{name}"
    assert f"Limits.{name}=" in str(caught.value)
    assert caught.value.value.startswith(shown(value))
    assert caught.value.hint


@pytest.mark.parametrize("case", BAD_LIMITS, ids=named)
def test_the_error_says_what_is_allowed(case: tuple[str, Any]) -> None:
    name, value = case
    with pytest.raises(ConfigurationError, match=r": must be [^.]+\. \w"):
        Limits(**{name: value})


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"requests": 0}, "Limits.requests=0: must be a whole number of at least 1."),
        ({"per": -1.0}, "Limits.per=-1.0: must be a finite number of seconds, more than zero."),
        ({"reserve": 60}, "Limits.reserve=60: must be less than `requests`, 60."),
        ({"requests": 1}, "Limits.reserve=2: must be less than `requests`, 1."),
        ({"operation_span": "Call"}, 'Limits.operation_span=Call: must be "call" or "settled".'),
    ],
    ids=repr,
)
def test_the_error_names_the_field_the_value_and_what_is_allowed(
    given: dict[str, Any], text: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Limits(**given)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("case", BAD_POLICIES, ids=named)
def test_policies_that_cannot_be_are_refused(case: tuple[str, Any]) -> None:
    name, value = case
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(**{name: value})
    assert caught.value.field == f"RetryPolicy.{name}"
    assert f"RetryPolicy.{name}=" in str(caught.value)
    assert caught.value.value.startswith(shown(value))
    assert caught.value.hint


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"requests": 1, "reserve": 0},
        {"requests": 3, "reserve": 2},
        {"per": 1, "grace": 0, "queue_timeout": 0.5},
        {"burst": 1, "pod_operations": 1, "operation_span": "settled"},
    ],
    ids=repr,
)
def test_limits_that_can_be_are_taken(fine: dict[str, Any]) -> None:
    limits = Limits(**fine)
    assert {name: getattr(limits, name) for name in fine} == fine


@pytest.mark.parametrize(
    "fine",
    [{}, {"attempts": 1, "budget": 0}, {"budget": None}, {"initial": 0, "maximum": 0, "factor": 1}],
    ids=repr,
)
def test_policies_that_can_be_are_taken(fine: dict[str, Any]) -> None:
    policy = RetryPolicy(**fine)
    assert {name: getattr(policy, name) for name in fine} == fine


def test_the_defaults_are_the_smallest_plan() -> None:
    limits = Limits()
    assert (limits.requests, limits.per, limits.pod_operations) == (60, 60.0, 5)


def test_a_truth_value_is_no_number() -> None:
    assert not is_whole(value=True)
    assert not is_finite(value=True)


def test_a_number_beyond_the_floats_is_not_finite() -> None:
    assert is_whole(HUGE)
    assert not is_finite(HUGE)
