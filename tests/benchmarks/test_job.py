"""The job in the smallest size: everybody comes to an end, and the books balance."""

from collections.abc import Callable

import pytest

from benchmarks.job import CONTENDERS
from benchmarks.job_books import Books
from benchmarks.job_least import least_of, least_seconds
from benchmarks.job_results import LEAST, Results
from benchmarks.job_world import BAD_DAY, FAIR_WEATHER, LATENCY, Fate, Job, World
from benchmarks.report import OURS, Sample
from yotta_async.simulator import SimulatedYotta


WORLDS = [FAIR_WEATHER, BAD_DAY]
by_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
by_contender = pytest.mark.parametrize("who", CONTENDERS)


def small(world: World, seed: int = 3) -> Job:
    return Job(world=world, wanted=5, requests=60, seed=seed)


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch) -> list[SimulatedYotta]:
    """Keep every cloud that a job makes."""
    made, make = list[SimulatedYotta](), Job.cloud

    def keep(job: Job, clock: Callable[[], float] | None = None) -> SimulatedYotta:
        made.append(make(job, clock))
        return made[-1]

    monkeypatch.setattr(Job, "cloud", keep)
    return made


@by_contender
@by_world
def test_a_small_job_ends_and_its_books_balance(
    who: str, world: World, clouds: list[SimulatedYotta]
) -> None:
    job = small(world)
    books = CONTENDERS[who](job)
    (cloud,) = clouds
    alive = [pod for pod in cloud.pods if pod.status not in {"FAILED", "TERMINATING"}]
    assert books.requests == len(cloud.requests)
    assert books.refusals == cloud.refusals
    assert len(alive) == job.wanted - books.missing + books.leaked
    assert books.idle >= 0.0
    if not books.missing:
        assert books.seconds >= least_seconds(job)


@by_contender
def test_the_same_job_gives_the_same_books(who: str) -> None:
    run = CONTENDERS[who]
    assert run(small(BAD_DAY)) == run(small(BAD_DAY))


@by_contender
def test_in_fair_weather_all_are_ready_and_none_is_left_over(who: str) -> None:
    books = CONTENDERS[who](small(FAIR_WEATHER))
    assert (books.missing, books.leaked) == (0, 0)


@by_world
def test_ours_leaks_and_misses_nothing_and_is_never_refused(world: World) -> None:
    for seed in range(5):
        books = CONTENDERS[OURS](small(world, seed))
        assert (books.missing, books.leaked, books.refusals) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_on_a_bad_day_ours_takes_at_most_a_tenth_longer_than_the_least(seed: int) -> None:
    """Two hundred pods at 60 a minute; in virtual time, so that no machine is too slow for it."""
    job = Job(world=BAD_DAY, wanted=200, requests=60, seed=seed)
    books = CONTENDERS[OURS](job)
    assert (books.missing, books.leaked, books.refusals) == (0, 0, 0)
    assert books.seconds <= 1.10 * least_seconds(job)


@by_contender
def test_a_pods_fate_is_the_same_for_all(who: str, clouds: list[SimulatedYotta]) -> None:
    for seed in range(5):
        job = small(BAD_DAY, seed)
        CONTENDERS[who](job)
        pods = clouds[-1].transport().server.cloud.pods.all.values()
        for pod, fate in zip(pods, job.fates(), strict=False):
            if pod.status in {"FAILED", "RUNNING"}:
                fated_at = pod.updated_at if fate.fails else max(pod.healthy_at)
                assert fate.fails == (pod.status == "FAILED")
                assert fated_at - pod.created_at == pytest.approx(fate.seconds)


def test_the_least_waits_for_the_window_and_for_the_slots() -> None:
    exchange = LATENCY.low
    ready = [Fate(10.0, fails=False)] * 12
    assert least_of(ready, wanted=1, requests=60) == pytest.approx(exchange + 10.0)
    assert least_of(ready, wanted=6, requests=60) == pytest.approx(2 * exchange + 10.0)
    assert least_of(ready, wanted=3, requests=2) == pytest.approx(60.0 + exchange + 10.0)
    assert least_of(ready, wanted=5, requests=2) == pytest.approx(120.0 + exchange + 10.0)


def test_the_least_makes_another_pod_only_when_one_is_known_to_have_failed() -> None:
    exchange = LATENCY.low
    fates = [Fate(50.0, fails=True), Fate(20.0, fails=False), Fate(30.0, fails=False)]
    assert least_of(fates, wanted=2, requests=60) == pytest.approx(50.0 + 30.0 + 2 * exchange)


def books_with(missing: int) -> Books:
    return Books(seconds=12.0, requests=9, refusals=1, missing=missing, leaked=2, idle=3.0)


def test_who_gave_up_has_no_makespan_to_compare() -> None:
    books = {OURS: [books_with(0)], "all": [books_with(0)], "fewer": [books_with(2)]}
    results = Results(job=small(FAIR_WEATHER), least=Sample([10.0]), books=books)
    times, *counts = results.cases()
    assert list(times.samples) == [LEAST, OURS, "all"]
    assert {case.unit for case in counts} >= {"refusals", "pods missing", "pods leaked"}
    assert all(list(case.samples) == list(books) for case in counts)
    ratios = [row[4] for row in results.rows()]
    assert ratios == ["1.20 [1.20, 1.20]"] * 2 + [""]
