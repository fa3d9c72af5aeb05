"""The endpoints' rules, by instants alone."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.serverless_bench import (
    L4,
    advance,
    request,
    resource,
    running,
    serverless,
)
from yotta_async.errors import ConfigurationError
from yotta_async.simulator.cloud.pod import PodStatus
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.cloud.serverless import Serverless
from yotta_async.simulator.cloud.serverless_endpoint import EndpointStatus, ServiceMode
from yotta_async.simulator.cloud.serverless_life import EndpointLife


RUNNING = EndpointStatus.RUNNING


def free(home: Serverless, region: str = "us-east-1") -> int:
    return home.means.stock.free[region][L4]


def test_an_endpoint_runs_with_its_first_worker_and_not_before() -> None:
    home = serverless()
    endpoint = home.create(request(), 5.0)
    advance(home, 104.9)
    assert (endpoint.status, len(endpoint.pool.running)) == (EndpointStatus.INITIALIZING, 0)
    advance(home, 105.0)
    assert (endpoint.status, len(endpoint.pool.running)) == (RUNNING, 1)
    assert endpoint.updated_at == 105.0


def test_workers_come_to_run_one_by_one() -> None:
    home = serverless()
    endpoint = home.create(request(workers=4), 0.0)
    seen: list[int] = []
    for now in (100.0, 110.0, 119.0, 120.0, 130.0):
        advance(home, now)
        seen.append(len(endpoint.pool.running))
    assert seen == [1, 2, 2, 3, 4]


def test_all_gpus_are_taken_at_once_and_come_back_when_it_is_stopped() -> None:
    home = serverless()
    endpoint = home.create(request(workers=3, resources=(resource(gpu_count=2),)), 0.0)
    assert free(home) == 2
    advance(home, 200.0)
    home.stop(endpoint.id, 200.0)
    advance(home, 229.0)
    assert (endpoint.status, free(home)) == (EndpointStatus.STOPPING, 2)
    advance(home, 230.0)
    assert (endpoint.status, free(home)) == (EndpointStatus.STOPPED, 8)


def test_a_restart_brings_other_workers_and_a_new_uptime() -> None:
    home = serverless()
    endpoint = running(home)
    first = {worker.id for worker in endpoint.pool.living}
    home.stop(endpoint.id, 200.0)
    home.start(endpoint.id, 300.0)
    advance(home, 410.0)
    assert endpoint.status is RUNNING
    second = endpoint.pool.running
    assert len(second) == 2
    assert first.isdisjoint(worker.id for worker in second)
    assert second[0].uptime(410.0) == 10.0


def test_an_endpoint_without_any_gpu_fails_when_its_start_is_over() -> None:
    home = serverless({"us-east-1": {L4: 0}})
    endpoint, seen = home.create(request(), 0.0), list[EndpointStatus]()
    for now in (99.0, 100.0):
        advance(home, now)
        seen.append(endpoint.status)
    assert seen == [EndpointStatus.INITIALIZING, EndpointStatus.FAILED]


def test_an_endpoint_runs_with_as_many_workers_as_there_are_gpus_for() -> None:
    home = serverless({"us-east-1": {L4: 3}})
    endpoint = running(home, workers=2**31 - 1)
    advance(home, 1000.0)
    assert (endpoint.status, len(endpoint.pool.running), free(home)) == (RUNNING, 3, 0)


def test_a_start_that_fails_gives_its_gpus_back() -> None:
    home = serverless(life=EndpointLife(start=(100.0, 100.0), failing=1.0))
    endpoint = home.create(request(), 0.0)
    advance(home, 100.0)
    assert (endpoint.status, free(home), endpoint.pool.living) == (EndpointStatus.FAILED, 8, [])


def test_workers_go_to_the_first_resource_that_has_room() -> None:
    home = serverless({"us-west-1": {L4: 1}, "us-east-1": {L4: 4}})
    places = (resource("us-west-1"), resource("us-east-1"))
    endpoint = home.create(request(workers=3, resources=places), 0.0)
    found = [worker.resource.region for worker in endpoint.pool.living]
    assert found == ["us-west-1", "us-east-1", "us-east-1"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("us-east-1", {"us-east-1"}),
        ("us-east", {"us-east-1", "us-east-2"}),
        ("us", {"us-east-1", "us-east-2", "us-west-1"}),
        ("us-e", set()),
        ("", set()),
        ("eu", set()),
    ],
)
def test_a_coarse_region_stands_for_those_within_it(asked: str, found: set[str]) -> None:
    home = serverless({name: {L4: 1} for name in ("us-east-1", "us-east-2", "us-west-1")})
    endpoint = home.create(request(workers=4, resources=(resource(asked),)), 0.0)
    assert {worker.resource.region for worker in endpoint.pool.living} == found


STATUSES = {
    "start": {EndpointStatus.STOPPED, EndpointStatus.FAILED},
    "stop": {EndpointStatus.INITIALIZING, RUNNING, EndpointStatus.FAILED},
    "delete": {EndpointStatus.STOPPED},
    "update": {EndpointStatus.STOPPED},
    "scale": {EndpointStatus.INITIALIZING, RUNNING},
}
MORE: dict[str, tuple[Any, ...]] = {"update": (request(),), "scale": (1,)}


@pytest.mark.parametrize("status", EndpointStatus)
@pytest.mark.parametrize("verb", STATUSES)
def test_a_verb_works_from_its_statuses_only(verb: str, status: EndpointStatus) -> None:
    home = serverless()
    endpoint = running(home)
    endpoint.status = status
    arguments = (endpoint.id, *MORE.get(verb, ()), 200.0)
    if status in STATUSES[verb]:
        getattr(home, verb)(*arguments)
        assert endpoint.updated_at == 200.0
    else:
        with pytest.raises(CloudError) as caught:
            getattr(home, verb)(*arguments)
        assert (caught.value.problem, caught.value.code) == (Problem.WRONG_STATE, 24002)


@pytest.mark.parametrize("verb", [*STATUSES, "get", "queue"])
def test_a_deleted_endpoint_is_gone(verb: str) -> None:
    home = serverless()
    endpoint = running(home)
    home.stop(endpoint.id, 200.0)
    home.delete(endpoint.id, 230.0)
    assert home.list(231.0) == ()
    with pytest.raises(CloudError) as caught:
        getattr(home, verb)(endpoint.id, *MORE.get(verb, ()), 231.0)
    assert caught.value.problem is Problem.NOT_FOUND


def test_a_stop_overtakes_the_start() -> None:
    home = serverless()
    endpoint = home.create(request(), 0.0)
    home.stop(endpoint.id, 80.0)
    advance(home, 105.0)
    assert (endpoint.status, endpoint.pool.running) == (EndpointStatus.STOPPING, [])
    advance(home, 500.0)
    assert endpoint.status is EndpointStatus.STOPPED


def test_scaling_up_adds_workers_one_by_one() -> None:
    home = serverless()
    endpoint = running(home)
    home.scale(endpoint.id, 4, 200.0)
    assert (endpoint.request.workers, free(home)) == (4, 4)
    advance(home, 210.0)
    assert len(endpoint.pool.running) == 3
    advance(home, 220.0)
    assert len(endpoint.pool.running) == 4


def test_no_worker_that_was_added_runs_before_its_endpoint() -> None:
    home = serverless()
    endpoint = home.create(request(workers=1), 0.0)
    home.scale(endpoint.id, 3, 50.0)
    advance(home, 99.0)
    assert endpoint.pool.running == []
    advance(home, 120.0)
    assert len(endpoint.pool.running) == 3


def test_scaling_down_dismisses_the_youngest_whose_gpus_are_free_a_little_later() -> None:
    home = serverless()
    endpoint = running(home, workers=3)
    oldest = endpoint.pool.living[0]
    home.scale(endpoint.id, 1, 200.0)
    assert endpoint.pool.living == [oldest]
    assert [worker.status for worker in endpoint.pool.all.values()][1:] == ["TERMINATING"] * 2
    advance(home, 229.0)
    assert free(home) == 5
    advance(home, 230.0)
    assert free(home) == 7
    assert endpoint.status is RUNNING


def test_an_endpoint_scaled_to_nothing_still_runs() -> None:
    home = serverless()
    endpoint = home.create(request(), 0.0)
    home.scale(endpoint.id, 0, 10.0)
    advance(home, 100.0)
    assert (endpoint.status, free(home)) == (RUNNING, 8)


def test_a_stop_takes_the_workers_that_were_on_their_way_out_with_it() -> None:
    home = serverless(life=EndpointLife(start=(0.0, 0.0), worker=(0.0, 0.0), stop=(0.0, 60.0)))
    for _ in range(20):
        now = home.means.agenda.now
        endpoint = home.create(request(workers=4), now)
        home.scale(endpoint.id, 2, now)
        home.stop(endpoint.id, now)
        while endpoint.status is EndpointStatus.STOPPING:
            now += 1.0
            advance(home, now)
        assert free(home) == 8


def test_only_running_workers_cost() -> None:
    home = serverless()
    endpoint = home.create(request(workers=1, resources=(resource(gpu_count=2),)), 0.0)
    assert home.cost(100.0) == 0
    assert home.cost(1100.0) == Decimal("2.0")
    home.stop(endpoint.id, 1100.0)
    assert home.cost(5000.0) == Decimal("2.0")
    home.delete(endpoint.id, 5000.0)
    assert home.cost(6000.0) == Decimal("2.0")


def test_a_large_disk_costs_for_every_worker() -> None:
    home = serverless()
    running(home, workers=1, container_volume=1256)
    assert home.cost(3700.0) == Decimal("3.65")


def test_lists_are_newest_first_and_may_lag() -> None:
    home = serverless()
    first, second = home.create(request(), 0.0), home.create(request(), 10.0)
    assert home.list(10.0) == (second, first)
    assert home.list(10.0, lag=5.0) == (first,)


def test_an_unknown_gpu_type_is_refused_and_nothing_is_made() -> None:
    home = serverless()
    with pytest.raises(CloudError, match=r"gpu type \[X\] not supported"):
        home.create(request(resources=(resource(gpu_type="X"),)), 0.0)
    assert home.all == {}


@pytest.mark.parametrize("gpu_type", ["NVIDIA_H200_141G", "OF_MY_OWN"])
def test_a_gpu_type_is_known_by_the_documentation_or_by_the_stock(gpu_type: str) -> None:
    home = serverless({"us-east-1": {"OF_MY_OWN": 1}})
    places = (resource(gpu_type=gpu_type),)
    assert home.create(request(resources=places), 0.0).request.resources == places


def test_a_create_finds_what_has_come_free_until_then() -> None:
    home = serverless()
    first = running(home, workers=8)
    home.stop(first.id, 200.0)
    assert len(home.create(request(), 230.0).pool.living) == 2


def test_a_list_shows_what_has_happened_until_then() -> None:
    home = serverless()
    endpoint = home.create(request(), 0.0)
    assert home.list(100.0, statuses=[RUNNING]) == (endpoint,)


@pytest.mark.parametrize("mode", [ServiceMode.ALB, ServiceMode.CUSTOM])
def test_only_queue_endpoints_have_tasks(mode: ServiceMode) -> None:
    home = serverless()
    endpoint = running(home, mode=mode)
    with pytest.raises(CloudError) as caught:
        home.queue(endpoint.id, 200.0)
    assert caught.value.code == 10001


def test_it_is_known_who_uses_a_credential() -> None:
    home = serverless()
    user = running(home, credential_id=9)
    running(home, credential_id=8)
    assert home.using(9) == (user,)
    home.stop(user.id, 200.0)
    home.delete(user.id, 300.0)
    assert home.using(9) == ()


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "start", "stop", "delete", "scale", "scale", "update", "wait"]),
        st.integers(0, 5),
        st.integers(0, 60),
    ),
    max_size=60,
)


def act(home: Serverless, verb: str, which: int, now: float) -> None:
    endpoints = list(home.all.values())
    if verb == "create":
        gpus = 2 ** (which % 3)
        home.create(request(workers=which + 1, resources=(resource(gpu_count=gpus),)), now)
    elif verb == "wait" or not endpoints:
        advance(home, now)
    else:
        endpoint = endpoints[which % len(endpoints)]
        new = request(resources=(resource(gpu_count=2),))
        more: dict[str, tuple[Any, ...]] = {"scale": (which,), "update": (new,)}
        getattr(home, verb)(endpoint.id, *more.get(verb, ()), now)


def held(home: Serverless) -> int:
    workers = [worker for endpoint in home.all.values() for worker in endpoint.pool.all.values()]
    return sum(worker.resource.gpu_count for worker in workers if not worker.gone)


@given(ACTIONS, st.sampled_from([0.0, 0.5]))
def test_no_gpu_is_lost_or_made_whatever_is_done(
    actions: list[tuple[str, int, int]], failing: float
) -> None:
    life = EndpointLife(start=(0.0, 90.0), worker=(0.0, 20.0), stop=(0.0, 60.0), failing=failing)
    home, now = serverless(life=life), 0.0
    for verb, which, gap in actions:
        now += gap
        with suppress(CloudError):
            act(home, verb, which, now)
        assert free(home) + held(home) == 8
        assert free(home) >= 0
        for endpoint in home.list(now):
            assert len(endpoint.pool.living) <= endpoint.request.workers
            assert endpoint.status is RUNNING or not endpoint.pool.running
    for endpoint in home.list(now):
        if endpoint.status in STATUSES["stop"]:
            home.stop(endpoint.id, now)
    advance(home, now + 200.0)
    assert free(home) == 8


def test_the_same_seed_makes_the_same_endpoints() -> None:
    life = EndpointLife()
    first, second = serverless(life=life), serverless(life=life)
    for home in (first, second):
        home.create(request(), 0.0)
        advance(home, 1000.0)
    views = [[endpoint.view(1000.0) for endpoint in home.list(1000.0)] for home in (first, second)]
    assert views[0] == views[1]
    assert views[0][0].running_workers == 2


def test_a_view_has_the_workers_that_are_not_gone() -> None:
    home = serverless()
    endpoint = running(home)
    home.scale(endpoint.id, 1, 200.0)
    view = endpoint.view(230.0)
    assert [worker.status for worker in view.workers] == [PodStatus.RUNNING, "TERMINATING"]
    advance(home, 230.0)
    view = endpoint.view(230.0)
    assert [worker.status for worker in view.workers] == [PodStatus.RUNNING]
    assert (view.total_workers, view.running_workers, view.id) == (1, 1, str(endpoint.id))


def test_an_instant_life_is_over_at_once() -> None:
    home = serverless(life=EndpointLife.instant())
    endpoint = home.create(request(workers=3), 7.0)
    advance(home, 7.0)
    assert (endpoint.status, len(endpoint.pool.running)) == (RUNNING, 3)


@pytest.mark.parametrize(
    "settings", [{"failing": 1.1}, {"start": (5.0, 1.0)}, {"worker": (-1.0, 1.0)}]
)
def test_an_impossible_life_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        EndpointLife(**settings)
    assert caught.value.field in settings


def test_the_environment_and_the_webhook_are_not_shown() -> None:
    shown = repr(request(environment=(("KEY", "secret"),), webhook="https://secret"))
    assert "secret" not in shown
