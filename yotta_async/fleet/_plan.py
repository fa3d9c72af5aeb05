"""What a fleet would take, before anything is sent."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from .._scheduling.rules.limits import Limits
from ..errors import BudgetExceededError
from ..models import PodSpec
from .rules.estimate import least_seconds, likely_requests, likely_seconds
from .rules.money import Budget
from .rules.placement import Places
from .rules.places import Place, Placement


__all__ = ["FleetPlan", "check_budget", "plan_of"]


@frozen(kw_only=True)
class FleetPlan:
    """
    What making a fleet would take if it began with a whole window of requests.

    Attributes:
        pods: How many pods.
        requests: Creates and lists until all are ready; deleting them takes one each on top.
        least: Seconds until all are ready if everything goes as well as it can.
        likely: Seconds as it usually goes, without failures, refusals and full regions.
        places: How many pods would be in each place, if none is full.
        unplaced: How many pods the quotas have no room for.
        price_per_hour: USD an hour for all of them. None if a price is not known.
        unpriced: The GPU types whose price is not known.
    """

    pods: int
    requests: int
    least: float
    likely: float
    places: Mapping[Place, int]
    unplaced: int
    price_per_hour: Decimal | None
    unpriced: tuple[str, ...] = ()

    def __str__(self) -> str:
        price = "unknown" if self.price_per_hour is None else f"${self.price_per_hour:.2f} an hour"
        times = f"{self.least:.0f} s at least, {self.likely:.0f} s likely"
        return f"{self.pods} pods: {self.requests} requests, {times}, price {price}"


def plan_of(
    specs: Mapping[str, PodSpec],
    placement: Placement,
    budget: Budget,
    limits: Limits,
    told: Mapping[str, Decimal],
) -> FleetPlan:
    """
    Plan a fleet.

    Args:
        told: USD of one GPU and hour, by GPU type, as the server told them.
    """
    places, load, total = Places(), Counter[Place](), Decimal(0)
    unpriced: dict[str, None] = {}
    for spec in specs.values():
        candidates = placement.places(spec.regions, spec.gpu_type)
        place = places.choose(candidates, placement, load, 0.0)
        if place is not None:
            load[place] += 1
            price = budget.price(place.gpu_type, spec.gpu_count, told)
            total += price or 0
            unpriced |= {place.gpu_type: None} if price is None else {}
    number = len(specs)
    return FleetPlan(
        pods=number,
        requests=likely_requests(number, limits) if number else 0,
        least=least_seconds(number, limits) if number else 0.0,
        likely=likely_seconds(number, limits) if number else 0.0,
        places=dict(load),
        unplaced=number - load.total(),
        price_per_hour=None if unpriced else total,
        unpriced=tuple(unpriced),
    )


def check_budget(
    specs: Mapping[str, PodSpec],
    placement: Placement,
    budget: Budget,
    told: Mapping[str, Decimal],
) -> None:
    """
    Refuse a fleet that cannot be paid for even where it is cheapest.

    Raises:
        BudgetExceededError: It costs more an hour than it may, or its price is not known.
    """
    if budget.max_per_hour is None:
        return
    total = Decimal(0)
    for spec in specs.values():
        kinds = dict.fromkeys(
            place.gpu_type for place in placement.places(spec.regions, spec.gpu_type)
        )
        prices = [budget.price(kind, spec.gpu_count, told) for kind in kinds]
        known = [price for price in prices if price is not None]
        if not known:
            named = ", ".join(kinds)
            hint = f"Give Budget(prices={{{named!r}: ...}}), in USD of one GPU and hour."
            raise BudgetExceededError("gpu_type", named, "has no known price", hint=hint)
        total += min(known)
    if total > budget.max_per_hour:
        problem = f"{len(specs)} pods cost at least ${total} an hour"
        hint = "Ask for fewer or cheaper ones, or allow more."
        raise BudgetExceededError("max_per_hour", str(budget.max_per_hour), problem, hint=hint)
