"""The rules of pods, by instants alone."""

import math
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async.errors import ConfigurationError
from yotta_async.simulator import PodLife, PodStatus
from yotta_async.simulator.cloud.pod import Pod, PodRequest, Port
from yotta_async.simulator.cloud.pods import Pods
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.cloud.stock import Stock


L4 = "NVIDIA_L4_24G"
# Every change takes a time of its own, so that a mixed-up one shows.
LIFE: dict[str, Any] = {
    "start_span": (90.0, 90.0),
    "ports": (20.0, 20.0),
    "pause": (10.0, 10.0),
    "resume": (40.0, 40.0),
    "delete": (30.0, 30.0),
}


def pods_of(stock: dict[str, dict[str, int]] | None = None, **life: Any) -> Pods:
    return Pods(
        life=PodLife(**LIFE | life),
        stock=Stock(stock or {"east": {L4: 8}}),
        prices={L4: Decimal("3.6")},
        dice=Random(1),
        moves=Random(2),
    )


def request(**fields: Any) -> PodRequest:
    defaults: dict[str, Any] = {"image": "image", "gpu_type": L4, "gpu_count": 1}
    return PodRequest(**defaults | fields)


def running(home: Pods, **fields: Any) -> Pod:
    pod = home.create(request(**fields), 0.0)
    home.agenda.advance(90.0)
    assert pod.status is PodStatus.RUNNING
    return pod


def free(home: Pods, region: str = "east") -> int:
    return home.stock.free[region][L4]


def test_a_pod_runs_when_its_start_is_over_and_not_before() -> None:
    home = pods_of()
    pod = home.create(request(), 5.0)
    home.agenda.advance(94.9)
    assert (pod.status, pod.updated_at) == (PodStatus.INITIALIZE, 5.0)
    home.agenda.advance(95.0)
    assert (pod.status, pod.updated_at) == (PodStatus.RUNNING, 95.0)


def test_a_port_answers_some_time_after_running() -> None:
    home = pods_of()
    pod = running(home, ports=(Port(port=22, protocol="SSH"),))
    assert not pod.ready(109.0)
    assert pod.ready(110.0)


def test_changes_keep_their_own_instants_however_late_one_looks() -> None:
    home = pods_of()
    pod = running(home)
    home.pause(pod.id, 100.0)
    home.agenda.advance(1000.0)
    assert (pod.status, pod.updated_at) == (PodStatus.PAUSED, 110.0)


def test_a_resumed_pod_initializes_and_runs_again() -> None:
    home = pods_of()
    pod = running(home)
    home.pause(pod.id, 100.0)
    home.resume(pod.id, 200.0)
    assert (pod.status, pod.updated_at) == (PodStatus.INITIALIZE, 200.0)
    home.agenda.advance(240.0)
    assert (pod.status, pod.updated_at) == (PodStatus.RUNNING, 240.0)


def test_a_delete_overtakes_the_change_under_way() -> None:
    home = pods_of()
    pod = home.create(request(), 0.0)
    home.delete(pod.id, 80.0)
    home.agenda.advance(95.0)
    assert pod.view(95.0).status is PodStatus.TERMINATING
    home.agenda.advance(110.0)
    assert pod.status is PodStatus.TERMINATED


VERBS = {
    "pause": {PodStatus.RUNNING},
    "resume": {PodStatus.PAUSED},
    "delete": set(PodStatus) - {PodStatus.TERMINATING, PodStatus.TERMINATED},
}


@pytest.mark.parametrize("status", PodStatus)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_works_from_its_statuses_only(verb: str, status: PodStatus) -> None:
    home = pods_of(shows_terminated=True)
    pod = running(home)
    pod.status = status
    if status in VERBS[verb]:
        getattr(home, verb)(pod.id, 100.0)
        assert pod.moves_at is not None
    else:
        with pytest.raises(CloudError) as caught:
            getattr(home, verb)(pod.id, 100.0)
        assert caught.value.problem is Problem.WRONG_STATE


@pytest.mark.parametrize(("shows", "listed"), [(False, 0), (True, 1)])
def test_a_terminated_pod_is_gone_unless_it_is_to_be_shown(*, shows: bool, listed: int) -> None:
    home = pods_of(shows_terminated=shows)
    pod = running(home)
    home.delete(pod.id, 100.0)
    assert len(home.list(200.0)) == listed
    if shows:
        assert home.get(pod.id, 200.0) is pod
    else:
        with pytest.raises(CloudError) as caught:
            home.get(pod.id, 200.0)
        assert caught.value.problem is Problem.NOT_FOUND


def test_gpus_are_taken_at_once_and_come_back_when_paused_terminated_or_failed() -> None:
    home = pods_of()
    pod = running(home, gpu_count=4)
    assert free(home) == 4
    home.pause(pod.id, 100.0)
    home.agenda.advance(109.0)
    assert free(home) == 4
    home.agenda.advance(110.0)
    assert free(home) == 8
    home.resume(pod.id, 120.0)
    assert free(home) == 4
    home.delete(pod.id, 130.0)
    home.agenda.advance(160.0)
    assert free(home) == 8


def test_a_failed_pod_gives_its_gpus_back_once() -> None:
    home = pods_of(failing=1.0)
    pod = home.create(request(), 0.0)
    home.agenda.advance(90.0)
    assert (pod.status, free(home)) == (PodStatus.FAILED, 8)
    home.delete(pod.id, 100.0)
    home.agenda.advance(200.0)
    assert free(home) == 8


def test_without_stock_a_create_and_a_resume_are_refused() -> None:
    home = pods_of({"east": {L4: 1}})
    first = running(home)
    with pytest.raises(CloudError, match="no capacity") as caught:
        home.create(request(), 95.0)
    assert caught.value.problem is Problem.NO_CAPACITY
    home.pause(first.id, 100.0)
    home.create(request(), 120.0)
    with pytest.raises(CloudError, match="no capacity"):
        home.resume(first.id, 130.0)
    assert first.status is PodStatus.PAUSED


def test_without_stock_a_pod_may_be_accepted_and_fail_later() -> None:
    home = pods_of({"east": {L4: 0}}, when_full="fail")
    pod = home.create(request(regions=("east",)), 0.0)
    assert (pod.status, pod.region) == (PodStatus.INITIALIZE, "east")
    home.agenda.advance(90.0)
    assert (pod.status, free(home)) == (PodStatus.FAILED, 0)


REGIONS = {"west": {L4: 1}, "east": {L4: 5}, "north": {L4: 3}}


@pytest.mark.parametrize(
    ("regions", "chosen"),
    [((), "east"), (("west",), "west"), (("west", "north"), "north"), (("moon", "west"), "west")],
)
def test_a_pod_is_put_where_most_is_free_of_the_regions_asked_for(
    regions: tuple[str, ...], chosen: str
) -> None:
    assert pods_of(REGIONS).create(request(regions=regions), 0.0).region == chosen


def test_a_region_that_nobody_knows_has_no_capacity() -> None:
    with pytest.raises(CloudError, match="not free in moon") as caught:
        pods_of().create(request(regions=("moon",)), 0.0)
    assert caught.value.problem is Problem.NO_CAPACITY


def test_a_gpu_type_that_nobody_knows_is_an_invalid_request() -> None:
    with pytest.raises(CloudError, match=r"gpu type \[ABACUS\] not supported") as caught:
        pods_of().create(request(gpu_type="ABACUS"), 0.0)
    assert caught.value.problem is Problem.INVALID


def test_a_gpu_type_of_the_stock_alone_is_known() -> None:
    home = pods_of({"east": {"ABACUS": 1}})
    assert home.create(request(gpu_type="ABACUS"), 0.0).region == "east"


def test_lists_show_the_newest_update_first() -> None:
    home = pods_of()
    pods = [home.create(request(), float(second)) for second in range(3)]
    assert home.list(10.0) == tuple(reversed(pods))
    home.delete(pods[0].id, 20.0)
    assert home.list(21.0)[0] is pods[0]


def test_lists_filter_by_region_and_status() -> None:
    home = pods_of({"east": {L4: 4}, "west": {L4: 4}})
    east = home.create(request(regions=("east",)), 0.0)
    west = home.create(request(regions=("west",)), 50.0)
    assert home.list(100.0, regions=["west"]) == (west,)
    assert home.list(100.0, statuses=[PodStatus.RUNNING]) == (east,)
    assert home.list(100.0, regions=["west"], statuses=[PodStatus.RUNNING]) == ()


def test_lists_lag_behind_creates_but_reads_do_not() -> None:
    home = pods_of()
    pod = home.create(request(), 10.0)
    assert home.list(12.9, lag=3.0) == ()
    assert home.get(pod.id, 12.9) is pod
    assert home.list(13.0, lag=3.0) == (pod,)


def test_ids_have_18_digits_and_do_not_survive_a_double() -> None:
    home = pods_of({"east": {L4: 500}})
    ids = [home.create(request(), second / 7).id for second in range(300)]
    assert len(set(ids)) == 300
    assert all(len(str(number)) == 18 and int(float(number)) != number for number in ids)


def test_ids_tell_the_milliseconds_of_their_creation() -> None:
    home = pods_of()
    first, second = home.create(request(), 7.0).id, home.create(request(), 8.5).id
    assert (second >> 22) - (first >> 22) == 1500


def test_the_cloud_remembers_the_latest_instant() -> None:
    home = pods_of()
    home.create(request(), 5.0)
    home.agenda.advance(500.0)
    home.agenda.advance(400.0)
    assert home.agenda.now == 500.0


def test_money_runs_while_a_pod_runs() -> None:
    home = pods_of()
    pod = home.create(request(gpu_count=2), 0.0)
    assert home.cost(90.0) == 0
    # 2 GPUs at 3.6 an hour, 10 seconds.
    assert home.cost(100.0) == Decimal("0.02")
    home.delete(pod.id, 100.0)
    assert home.cost(5000.0) == Decimal("0.02")


def test_a_paused_pod_pays_for_its_volume_only() -> None:
    home = pods_of()
    pod = running(home, persistent_volume=730)
    home.pause(pod.id, 90.0)
    assert home.cost(90.0 + 3600.0) == pytest.approx(Decimal("0.036"))


def test_disk_is_free_up_to_256_gb() -> None:
    home = pods_of()
    running(home, container_volume=256 + 1000, gpu_count=1)
    assert home.cost(90.0 + 3600.0) == Decimal("3.6") + Decimal("0.05")


def test_a_start_is_log_normal_around_its_median_and_clipped() -> None:
    dice, life = Random(3), PodLife()
    draws = sorted(life.draw_start(dice) for _ in range(2001))
    assert 80 < draws[1000] < 100
    assert draws[0] >= 30
    assert draws[-1] == 180


def test_left_alone_a_life_takes_the_times_that_users_report() -> None:
    assert PodLife() == PodLife(
        start_median=90.0,
        start_span=(30.0, 180.0),
        ports=(0.0, 30.0),
        pause=(5.0, 60.0),
        resume=(5.0, 60.0),
        delete=(5.0, 60.0),
        failing=0.0,
    )


def test_the_failing_share_of_starts_fails() -> None:
    home = pods_of({"east": {L4: 2000}}, failing=0.1)
    for _ in range(1000):
        home.create(request(), 0.0)
    failed = len(home.list(100.0, statuses=[PodStatus.FAILED]))
    assert 60 < failed < 140


def test_what_happens_to_a_pod_leaves_the_starts_of_later_ones_alone() -> None:
    spread: dict[str, Any] = {"start_span": (30.0, 180.0), "ports": (0.0, 30.0), "failing": 0.3}

    def start_of_the_next(*, moved: bool) -> tuple[float | None, tuple[float, ...]]:
        home = pods_of(**spread)
        pod = home.create(request(), 0.0)
        if moved:
            home.delete(pod.id, 1.0)
        later = home.create(request(ports=(Port(port=22, protocol="SSH"),)), 2.0)
        return later.moves_at, later.healthy_at

    assert start_of_the_next(moved=True) == start_of_the_next(moved=False)


def test_a_life_of_no_duration_is_over_at_once() -> None:
    home = Pods(
        life=PodLife.instant(),
        stock=Stock({"e": {L4: 1}}),
        prices={},
        dice=Random(0),
        moves=Random(0),
    )
    pod = home.create(request(ports=(Port(port=22, protocol="SSH"),)), 1.0)
    home.agenda.advance(1.0)
    assert pod.ready(1.0)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "pause", "resume", "delete"]),
        st.integers(0, 7),
        st.integers(0, 60),
    ),
    max_size=60,
)


@given(ACTIONS, st.sampled_from([0.0, 0.3]), st.sampled_from(["refuse", "fail"]))
def test_no_gpu_is_lost_or_made_whatever_is_done(
    actions: list[tuple[str, int, int]], failing: float, when_full: str
) -> None:
    home, now = pods_of({"east": {L4: 4}}, failing=failing, when_full=when_full), 0.0
    for verb, which, gap in actions:
        now += gap
        pods = list(home.all.values())
        try:
            if verb == "create":
                home.create(request(gpu_count=2 ** (which % 3)), now)
            elif pods:
                getattr(home, verb)(pods[which % len(pods)].id, now)
        except CloudError:
            pass
        held = sum(pod.request.gpu_count for pod in home.all.values() if pod.holds_gpus)
        assert free(home) + held == 4
        assert free(home) >= 0
    for pod in home.list(now):
        if pod.status is not PodStatus.TERMINATING:
            home.delete(pod.id, now)
    home.agenda.advance(now + 100)
    assert free(home) == 4
    assert not home.list(now + 100)


@pytest.mark.parametrize(
    "settings",
    [
        {"failing": 1.1},
        {"pause": (5.0, 1.0)},
        {"delete": (0.0, math.inf)},
        {"start_median": -1.0},
        {"when_full": "wait"},
    ],
)
def test_an_impossible_life_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PodLife(**settings)
    assert caught.value.field in settings


def test_a_negative_stock_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="east"):
        Stock({"east": {L4: -1}})


def test_the_stock_given_is_not_changed() -> None:
    given_stock = {"east": {L4: 8}}
    pods_of(given_stock).create(request(), 0.0)
    assert given_stock == {"east": {L4: 8}}
