"""What ends pods of a fleet ends the dearest first: an end, a pause, a smaller fleet, a release."""

from collections.abc import Callable
from decimal import Decimal

import anyio
import pytest
from attrs import evolve

from tests.fleet.fleets import QUICK, REGIONS
from tests.lab import SPEC, Lab, make_lab
from yotta_async.fleet import Fleet
from yotta_async.fleet._settings import OnExit
from yotta_async.simulator import PodView, ServerLimits


L4, H100 = "NVIDIA_L4_24G", "NVIDIA_H100_80G"
PRICES = {L4: Decimal("0.65"), H100: Decimal("2.80"), SPEC.gpu_type: Decimal("1.10")}
KINDS = [
    SPEC.evolve(gpu_type=L4),
    SPEC.evolve(gpu_type=H100, gpu_count=8),
    SPEC,
    SPEC.evolve(gpu_type=H100),
]
# A pod that was asked to end, or to pause, stays on its way for longer than a test takes.
SLOW = evolve(QUICK, delete=(500.0, 500.0), pause=(500.0, 500.0))


def make_mixed_lab() -> Lab:
    """Return a lab in which the pods end one after the other."""
    stock = {region: dict.fromkeys(PRICES, 100) for region in REGIONS}
    limits = ServerLimits(requests=600, pod_operations=1)
    return make_lab(limits=limits, stock=stock, life=SLOW, prices=PRICES)


def price(pod: PodView) -> Decimal:
    return PRICES[pod.gpu_type] * pod.gpu_count


def in_order_of_ending(lab: Lab) -> list[Decimal]:
    """Return what the pods cost an hour, in the order in which they were asked to end."""
    return [price(pod) for pod in sorted(lab.cloud.all_pods, key=lambda pod: pod.updated_at)]


def is_dearest_first(lab: Lab) -> bool:
    prices = in_order_of_ending(lab)
    return len(prices) == 2 * len(KINDS) and prices == sorted(prices, reverse=True)


@pytest.mark.parametrize("on_exit", ["delete", "pause"])
async def test_an_end_begins_with_the_dearest(on_exit: OnExit) -> None:
    lab = make_mixed_lab()
    async with lab.client.fleet("mixed", on_exit=on_exit) as fleet:
        await fleet.up(KINDS * 2)
    assert is_dearest_first(lab)


def scale(fleet: Fleet) -> None:
    fleet.scale(0)


def release(fleet: Fleet) -> None:
    fleet.release(*(each.key for each in fleet.status().members))


@pytest.mark.parametrize("shrink", [scale, release])
async def test_what_is_not_wanted_any_more_goes_dearest_first(
    shrink: Callable[[Fleet], None],
) -> None:
    lab = make_mixed_lab()
    async with lab.client.fleet("mixed", on_exit="keep") as fleet:
        await fleet.up(KINDS * 2)
        shrink(fleet)
        await anyio.sleep(60.0)
        assert is_dearest_first(lab)
