"""Wrong arguments: the error names the right word."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.lab import SPEC, make_lab
from yotta_async import (
    AsyncYotta,
    Budget,
    EndpointSpec,
    FleetPlan,
    Limits,
    Place,
    Placement,
    PodSpec,
    ReplacePolicy,
    RetryPolicy,
)
from yotta_async._checks import is_async
from yotta_async.errors import ConfigurationError
from yotta_async.errors._arguments import explained
from yotta_async.fleet import FleetSettings
from yotta_async.simulator import Faults, PodLife, ServerLimits, SimulatedYotta


POD: dict[str, Any] = {"image": "a", "gpu_type": "NVIDIA_L4_24G"}


def client() -> Any:
    return AsyncYotta.simulated()


def fleet() -> Any:
    return client().fleet("sweep")


# What is called, the wrong word, and the right one.
WORDS: list[tuple[Callable[..., Any], str, str]] = [
    *(
        (lambda **given: PodSpec(**POD, **given), wrong, right)
        for wrong, right in {
            "gpu": "gpu_type= or gpu_count=",
            "gpus": "gpu_type= or gpu_count=",
            "gpuType": "gpu_type=",
            "gpuCount": "gpu_count=",
            "num_gpus": "gpu_count=",
            "count": "gpu_count=",
            "env": "environment=",
            "envVars": "environment=",
            "env_vars": "environment=",
            "environmentVars": "environment=",
            "region": "regions=",
            "regionList": "regions=",
            "zone": "regions=",
            "port": "expose=",
            "ports": "expose=",
            "podName": "name=",
            "cmd": "initialization_command=",
            "initializationCommand": "initialization_command=",
            "containerVolumeInGb": "container_volume_in_gb=",
            "disk": "container_volume_in_gb=",
            "shmInGb": "shm_in_gb=",
            "volumes": "persistent_volumes=",
            "imageRegistryToken": "image_registry_token=",
            "environmental": "environment=",
        }.items()
    ),
    (SPEC.evolve, "gpu", "gpu_type= or gpu_count="),
    (Budget, "max", "max_total= or max_per_hour="),
    (Budget, "total", "max_total="),
    (Budget, "maxTotal", "max_total="),
    (Budget, "max_cost", "max_total= or max_per_hour="),
    (Placement, "region", "regions="),
    (Placement, "gpu", "gpu_types="),
    (Placement, "gpu_type", "gpu_types="),
    (Placement, "quota", "quotas="),
    (Place, "zone", "region="),
    (Limits, "rpm", "requests="),
    (Limits, "concurrency", "pod_operations="),
    (Limits, "request", "requests="),
    (RetryPolicy, "max_retries", "attempts="),
    (RetryPolicy, "retries", "attempts="),
    (ReplacePolicy, "retries", "replacements="),
    (FleetSettings, "ttl", "max_lifetime="),
    (EndpointSpec, "env", "environment="),
    (AsyncYotta, "key", "api_key="),
    (AsyncYotta, "token", "api_key="),
    (AsyncYotta, "url", "base_url="),
    (AsyncYotta, "apiVersion", "api_version="),
    (AsyncYotta, "rate_limit", "limits="),
    (SimulatedYotta, "seeds", "seed="),
    (PodLife, "start_medium", "start_median="),
    (ServerLimits, "rpm", "requests="),
    (Faults, "list_lags", "list_lag="),
    (FleetPlan.of, "where", "placement="),
    (lambda **given: client().fleet("a", **given), "lifetime", "max_lifetime="),
    (lambda **given: client().fleet("a", **given), "policy", "replace="),
    (lambda **given: client().fleet("a").launch(SPEC, **given), "where", "placement="),
    (lambda **given: client().fleet("a").up(SPEC, **given), "minReady", "min_ready="),
    (fleet().scale, "n", "number="),
    (lambda **given: client().fleet("a").map(items=[], **given), "func", "work="),
    (client().pods.list, "region", "regions="),
    (client().pods.list, "status", "statuses="),
    (lambda **given: client().pods.wait("1", **given), "seconds", "timeout="),
    (lambda **given: client().pods.wait("1", **given), "state", "until="),
    (client().pods.watch, "region", "regions="),
    (client().gpus.list, "region", "regions="),
]


@pytest.mark.parametrize(
    ("call", "wrong", "right"), WORDS, ids=[f"{n} {each[1]}" for n, each in enumerate(WORDS)]
)
def test_an_unknown_word_is_answered_by_the_right_one(
    call: Callable[..., Any], wrong: str, right: str
) -> None:
    """[W9]."""
    with pytest.raises(TypeError) as caught:
        call(**{wrong: 1})
    assert f"has no argument {wrong!r}. Did you mean {right}?" in str(caught.value)


@pytest.mark.parametrize(("wrong", "right"), [("gpu", "gpu_type="), ("env", "environment=")])
async def test_a_pod_is_not_made_of_an_unknown_word(wrong: str, right: str) -> None:
    """[W9]."""
    lab = make_lab()
    with pytest.raises(ConfigurationError, match=f"Did you mean .*{right}"):
        await lab.client.pods.create(**{**POD, wrong: "a"})
    await lab.close()


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Budget(10), "Budget() takes max_per_hour=, max_total= and prices= by name."),  # type: ignore[call-arg]
        (lambda: Limits(60), "Limits() takes requests=, per=, "),  # type: ignore[call-arg]
        (lambda: Placement(["eu-1"]), "Placement() takes regions=, gpu_types=, "),  # type: ignore[call-arg]
        (lambda: PodSpec("a", "b"), "PodSpec() takes image=, gpu_type=, "),  # type: ignore[call-arg]
        (lambda: RetryPolicy(3), "RetryPolicy() takes attempts=, "),  # type: ignore[call-arg]
        (lambda: client().fleet("a", "keep"), "AsyncYotta.fleet() takes settings=, on_exit=, "),
        (lambda: client().pods.watch(["1"]), "Pods.watch() takes ids= and regions= by name."),
    ],
)
def test_what_is_given_by_name_alone_is_named(call: Callable[[], Any], named: str) -> None:
    """[W9]."""
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(named)


def test_what_is_like_nothing_is_answered_by_all_that_there_is() -> None:
    with pytest.raises(TypeError, match="It takes max_per_hour=, max_total= and prices="):
        Budget(qqq=1)  # type: ignore[call-arg]


def test_a_type_error_from_within_stays_what_it_is() -> None:
    @explained
    def fail(number: int) -> int:
        return number + "a"  # type: ignore[operator]

    with pytest.raises(TypeError, match="unsupported operand"):
        fail(1)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'number'"):
        fail()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: AsyncYotta("a", limits=60), "limits=60: must be a Limits"),  # type: ignore[arg-type]
        (lambda: AsyncYotta("a", retry=3), "retry=3: must be a RetryPolicy"),  # type: ignore[arg-type]
        (lambda: client().fleet("a", budget=10), "budget=10: must be a Budget"),
        (lambda: client().fleet("a", replace=0), "replace=0: must be a ReplacePolicy"),
        (lambda: client().fleet("a").launch(SPEC, placement="eu-1"), "placement=(str): must be"),
        (lambda: FleetPlan.of(SPEC, budget=11), "budget=11: must be a Budget"),  # type: ignore[arg-type]
        (lambda: FleetPlan.of(SPEC, limits=61), "limits=61: must be a Limits"),  # type: ignore[arg-type]
    ],
)
def test_a_setting_of_another_kind_is_refused(call: Callable[[], Any], named: str) -> None:
    """[W9]."""
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert str(caught.value).startswith(named)


async def async_hook(_event: object) -> None: ...


@pytest.mark.parametrize("hook", [async_hook, "print", 3])
def test_a_hook_that_cannot_be_called_with_events_is_refused(hook: Any) -> None:
    """[W9]."""
    with pytest.raises(ConfigurationError, match=r"on_event=.*: must be a function"):
        AsyncYotta("a-key", on_event=hook)


class Caller:
    async def __call__(self, *_: object) -> None: ...


def test_what_is_async_is_seen_through_objects() -> None:
    assert is_async(Caller())
    assert not is_async(Caller)
