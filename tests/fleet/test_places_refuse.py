"""Places that refuse, accounts that are full, places that let pods fail: others are used."""

from collections import Counter
from itertools import pairwise

import anyio
import pytest
from attrs import evolve

from tests.fleet.fleets import REGIONS, by_region, keys, make_fleet_lab, once_each, stocked
from tests.lab import SPEC, Lab, in_both_generations
from yotta_async import Placement, PodSpec
from yotta_async.errors import (
    APIStatusError,
    BadRequestError,
    ConflictError,
    PermissionDeniedError,
    YottaError,
)
from yotta_async.simulator import PodLife, Refusing


REFUSALS = {
    "20001": (Refusing(status=200, code=20001, message="parameter error"), BadRequestError),
    "403": (Refusing(status=403, code=10004, message="no permission"), PermissionDeniedError),
    "409": (Refusing(status=409, code=12001, message="conflict"), ConflictError),
    "unknown": (Refusing(status=200, code=98765, message="not here"), APIStatusError),
    "404": (Refusing(status=404, code=40400, message="no such region"), YottaError),
}
LIMITS = {
    **{name: refusing for name, (refusing, _) in REFUSALS.items()},
    "500": Refusing(status=500, code=10002, message="system error"),
    "500 HTML": Refusing(status=500, message="Internal Server Error"),
    "503 in 200": Refusing(status=200, code=50000, message="quota"),
    "401": Refusing(status=401, code=40101, message="no"),
}
TWO = Placement(regions=REGIONS[:2])


# A place that refuses.


@in_both_generations
async def test_a_gpu_type_that_the_server_does_not_know_is_not_the_end(api_version: str) -> None:
    """[S1]."""
    types = ["NVIDIA_B300_999G", SPEC.gpu_type]
    lab = make_fleet_lab(api_version=api_version)
    async with lab.client.fleet("sweep") as fleet:
        placement = Placement(regions=REGIONS[:1], gpu_types=types)
        report = await fleet.up([SPEC] * 10, placement=placement)
        assert {pod.gpu_type for pod in report.ready} == {SPEC.gpu_type}
        assert len(report.ready) == 10
        assert lab.cloud.operations["createPod"] <= 20
    assert anyio.current_time() < 120.0


@pytest.mark.parametrize("words", REFUSALS)
@pytest.mark.parametrize("strategy", ["ordered", "spread"])
async def test_a_region_that_refuses_is_ruled_out_and_the_next_one_tried(
    words: str, strategy: str
) -> None:
    """[S1]."""
    lab = make_fleet_lab()
    refusing, _ = REFUSALS[words]
    lab.cloud.refuse(evolve(refusing, regions=REGIONS[0]))
    placement = Placement(regions=REGIONS[:2], strategy=strategy)  # type: ignore[arg-type]
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10, placement=placement)
        assert by_region(lab, (pod.id for pod in report.ready)) == {REGIONS[1]: 10}
        assert lab.cloud.operations["createPod"] <= 20
        assert fleet.failure is None


ILL = {
    "500": Refusing(status=500, code=10002, message="system error"),
    "500 in 200": Refusing(status=200, code=50000, message="system error"),
    "502 page": Refusing(status=502, message="Bad Gateway"),
    "firewall": Refusing(status=403, message="Forbidden"),
}


@pytest.mark.parametrize("words", ILL)
@pytest.mark.parametrize("strategy", ["ordered", "spread"])
@pytest.mark.parametrize("healthy", [1, 3])
async def test_a_place_where_creates_never_get_a_clear_answer_is_left_for_another(
    words: str, strategy: str, healthy: int
) -> None:
    """[S1] Nor does each pod find out anew; three minutes are enough for all."""
    lab = make_fleet_lab()
    lab.cloud.refuse(evolve(ILL[words], regions=REGIONS[0], operations=["createPod"]))
    placement = Placement(regions=REGIONS[: 1 + healthy], strategy=strategy)  # type: ignore[arg-type]
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 10, placement=placement)
        await anyio.sleep(180.0)
        assert fleet.status().count("ready") == 10
        assert lab.cloud.operations["createPod"] <= 40


@pytest.mark.parametrize("words", REFUSALS)
async def test_a_pod_that_all_places_refuse_is_given_up_with_the_reason_of_each(
    words: str,
) -> None:
    """[S1]."""
    lab = make_fleet_lab()
    refusing, kind = REFUSALS[words]
    lab.cloud.refuse(evolve(refusing, operations=["createPod"]))
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 10, placement=TWO)
        assert len(report.failed) == 10
        for outcome in report.failed:
            assert isinstance(outcome.error, kind)
            assert all(region in str(outcome.error) for region in REGIONS[:2])
            assert refusing.message in str(outcome.error)
        assert fleet.failure is None
        assert lab.cloud.operations["createPod"] <= 20
    assert anyio.current_time() < 60.0


async def test_a_place_that_was_ruled_out_is_tried_again_later() -> None:
    """[S1] After ten minutes, by one create."""
    lab = make_fleet_lab(stock=stocked(*REGIONS[:2], number=4))
    lab.cloud.refuse(evolve(REFUSALS["20001"][0], regions=REGIONS[0]), seconds=300.0)
    async with lab.client.fleet("sweep") as fleet:
        await fleet.up([SPEC] * 4, placement=TWO)
        await anyio.sleep(600.0)
        report = await fleet.up([SPEC] * 8, placement=TWO)
        assert by_region(lab, (pod.id for pod in report.ready)) == {REGIONS[0]: 4, REGIONS[1]: 4}


async def test_one_wrong_spec_does_not_take_the_others_along() -> None:
    """[S1]."""
    lab = make_fleet_lab()
    wrong = PodSpec(image="a/b", gpu_type="NVIDIA_NONE_1G")
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up({"a": SPEC, "b": wrong, "c": SPEC}, placement=TWO)
        assert [outcome.key for outcome in report.failed] == ["b"]
        assert len(report.ready) == 2


# An account that has as many pods as it may.


def creates(lab: Lab) -> list[float]:
    return [each.instant for each in lab.cloud.requests if each.operation == "createPod"]


@pytest.mark.parametrize("words", LIMITS)
@pytest.mark.parametrize("regions", [1, 5])
async def test_an_account_with_a_limit_has_what_it_may_and_asks_seldom_for_more(
    words: str, regions: int
) -> None:
    """[S3] In whatever words the limit is told."""
    lab = make_fleet_lab()
    lab.cloud.refuse(evolve(LIMITS[words], most_pods=12, operations=["createPod"]))
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 40, placement=Placement(regions=REGIONS[:regions]))
        began = anyio.current_time()
        await anyio.sleep(400.0)
        assert len(lab.living) == 12
        assert fleet.status().count("ready") == 12
        assert fleet.status().count("lost") == 0
        assert fleet.failure is None
        refused = [at for at in creates(lab) if at >= began][12:]
        assert len(refused) < 20
    assert lab.living == set()


@pytest.mark.parametrize("words", ["20001", "403", "500"])
async def test_what_gets_free_of_a_limit_is_taken_up(words: str) -> None:
    """[S3]."""
    lab = make_fleet_lab()
    lab.cloud.refuse(evolve(LIMITS[words], most_pods=12, operations=["createPod"]), seconds=250.0)
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 20)
        assert len(report.ready) == 20
    assert anyio.current_time() < 600.0


async def test_a_full_account_is_tried_by_one_create_at_growing_intervals() -> None:
    """[S3]."""
    lab = make_fleet_lab()
    lab.cloud.refuse(evolve(LIMITS["20001"], most_pods=5, operations=["createPod"]))
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC] * 8)
        await anyio.sleep(590.0)
        probes = [at for at in creates(lab) if at > 30.0]
        gaps = [later - earlier for earlier, later in pairwise(probes)]
        assert len(probes) >= 2
        assert all(later > 1.5 * earlier for earlier, later in pairwise(gaps))


# Places that accept pods and let them fail.

ELSEWHERE = [f"full-{number}" for number in range(11)]
FAILING = PodLife(start_median=10.0, start_span=(5.0, 20.0), ports=(0.0, 2.0), when_full="fail")


@pytest.mark.parametrize("strategy", ["ordered", "spread"])
@pytest.mark.asyncio_only
async def test_places_that_let_pods_fail_use_up_no_replacements_while_others_are_untried(
    strategy: str,
) -> None:
    """[S2] Eleven of twelve."""
    stock = {each: {SPEC.gpu_type: 0} for each in ELSEWHERE} | {"good": {SPEC.gpu_type: 1000}}
    lab = make_fleet_lab(life=FAILING, stock=stock)
    placement = Placement(regions=[*ELSEWHERE, "good"], strategy=strategy)  # type: ignore[arg-type]
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 100, placement=placement)
        assert Counter(pod.region for pod in report.ready) == {"good": 100}
        assert keys(lab) == once_each(100)
        assert lab.cloud.operations["createPod"] <= 300
    assert lab.living == set()


async def test_a_pod_that_fails_in_all_places_is_given_up() -> None:
    """[S2] Each place is tried once for nothing, then failures count."""
    lab = make_fleet_lab(life=FAILING, stock={each: {SPEC.gpu_type: 0} for each in REGIONS})
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 4, placement=Placement(regions=REGIONS))
        assert len(report.failed) == 4
        most = len(REGIONS) + 4  # the first try, and three replacements
        assert lab.cloud.operations["createPod"] <= 4 * most
