"""A slip in the name of a place is doubted, and costs no request where all is well."""

import anyio
import pytest

from tests.cli.conftest import GPU
from tests.fleet.fleets import make_fleet_lab
from tests.lab import SPEC
from yotta_async import FleetPlan, Placement, PodSpec
from yotta_async.fleet.rules.doubts import doubts
from yotta_async.models import GpuOffer
from yotta_async.models._gpu_types import GPU_TYPES
from yotta_async.models._regions import REGIONS
from yotta_async.simulator.cloud import catalog


SLIP = "us-esat-1"


def test_what_is_known_here_is_what_the_simulator_rents_out() -> None:
    assert frozenset(catalog.REGIONS) == REGIONS
    assert catalog.GPU_TYPES <= GPU_TYPES


@pytest.mark.parametrize(
    ("placement", "words"),
    [
        (Placement(), ()),
        (Placement(regions="us-east-1"), ()),
        (Placement(regions=SLIP), (f"no region {SLIP} is known here. Did you mean us-",)),
        (
            Placement(gpu_types="NVIDIA_RTX_5090_32"),
            ("no GPU type NVIDIA_RTX_5090_32 is known here. Did you mean NVIDIA_RTX_5090_32G",),
        ),
        (Placement(regions=["moon"]), ("no region moon is known here.",)),
    ],
)
def test_a_plan_doubts_what_nothing_has_shown(placement: Placement, words: tuple[str, ...]) -> None:
    """[W2]."""
    found = FleetPlan.of([SPEC] * 3, placement=placement).warnings
    assert len(found) == len(words)
    assert all(text.startswith(word) for text, word in zip(found, words, strict=True))


def test_what_is_on_offer_counts_more_than_what_is_known_here() -> None:
    """[W2]."""
    offers = [GpuOffer(gpu_type="NEW_1G", region="moon-1")]
    new = {"0": PodSpec(image="a", gpu_type="NEW_1G", regions="moon-1")}
    assert doubts(new, Placement(), offers) == ()
    assert doubts({"0": SPEC}, Placement(regions=["moon-2"]), offers) == (
        f"no GPU type {GPU} is on offer.",
        "no region moon-2 is on offer. Did you mean moon-1?",
    )


@pytest.mark.parametrize("spec", [SPEC, SPEC.evolve(regions=SLIP)])
async def test_a_fleet_doubts_a_misspelt_region_at_once(
    spec: PodSpec, caplog: pytest.LogCaptureFixture
) -> None:
    """[W2]."""
    lab = make_fleet_lab()
    placement = None if spec.regions else Placement(regions=[SLIP])
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([spec] * 20, placement=placement)
        await anyio.sleep(5.0)
        (warning,) = fleet.status().warnings
        assert warning.startswith(f"no region {SLIP} is on offer. Did you mean us-")
        await anyio.sleep(300.0)
    assert caplog.messages.count(f"fleet sweep: {warning}") == 1
    assert lab.cloud.operations["listGpus"] == 1


async def test_names_that_are_right_cost_no_request() -> None:
    """[W2]."""
    lab = make_fleet_lab()
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5, placement=Placement(regions=["us-east-1"]))
    prices = lab.cloud.operations["listGpus"]
    assert report.warnings == ()
    assert prices <= 1  # v1 tells no price in its list of pods


async def test_another_place_that_is_full_is_not_doubted() -> None:
    """[W2]."""
    lab = make_fleet_lab(stock={"us-east-1": {SPEC.gpu_type: 2}, "eu-1": {SPEC.gpu_type: 9}})
    async with lab.client.fleet("sweep") as fleet:
        report = await fleet.up([SPEC] * 5, placement=Placement(regions=["us-east-1", "eu-1"]))
        assert report.warnings == ()


async def test_where_no_offers_can_be_had_nothing_is_doubted() -> None:
    """[W2]."""
    lab = make_fleet_lab(api_version="v2")
    async with lab.client.fleet("sweep") as fleet:
        fleet.launch([SPEC], placement=Placement(regions=[SLIP]))
        await anyio.sleep(120.0)
        assert fleet.status().warnings == ()
