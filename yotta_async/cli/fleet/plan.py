"""Before anything is made: what a fleet takes, what it costs, and what may be a mistake in it."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..._scheduling.rules.limits import Limits
from ...errors import BudgetExceededError
from ...errors._arguments import did_you_mean
from ...fleet import FleetPlan, prices_of
from ...models import GpuOffer
from ...simulator.cloud.catalog import GPU_TYPES, PRICES
from .._failures import text_of
from .._words import counted
from .desired import DesiredFleet


__all__ = ["as_data", "budget_warnings", "last_prices", "plan_for", "plan_lines", "warnings_about"]

_PLACES = 6
_ENDS = {
    "delete": "deletes its pods",
    "pause": "pauses its pods",
    "keep": "leaves its pods running",
}


def last_prices(offered: Iterable[GpuOffer]) -> Mapping[str, Decimal]:
    """Return USD of one GPU and hour, by GPU type; the last known ones where none is told."""
    return {**PRICES, **prices_of(offered)}


def plan_for(desired: DesiredFleet, limits: Limits, prices: Mapping[str, Decimal]) -> FleetPlan:
    """Return the plan of a fleet; prices in its budget count more than those told."""
    budget = desired.settings.budget
    return FleetPlan.of(
        desired.specs,
        placement=desired.placement,
        budget=budget,
        limits=limits,
        prices={**prices, **budget.prices},
    )


def warnings_about(desired: DesiredFleet, offers: Iterable[GpuOffer] = ()) -> list[str]:
    """Return what may be a mistake, in words: the lists of GPUs and regions are open."""
    offered, warnings = list(offers), list(desired.warnings)
    kinds = {each.gpu_type for each in offered} or GPU_TYPES
    whence = "is on offer" if offered else "is known here"
    warnings += _unknown("GPU type", _gpu_types(desired), kinds, whence)
    regions = {each.region for each in offered if each.region}
    if regions:
        warnings += _unknown("region", _regions(desired), regions, whence)
    return warnings


def budget_warnings(desired: DesiredFleet, prices: Mapping[str, Decimal]) -> list[str]:
    """Return whether a fleet would be refused for its price, in words."""
    try:
        desired.check_budget(prices)
    except BudgetExceededError as error:
        return [text_of(error)]
    return []


def _unknown(thing: str, names: Iterable[str], known: Collection[str], whence: str) -> list[str]:
    folded = {each.casefold() for each in known}
    strange = [name for name in dict.fromkeys(names) if name not in known]
    return [
        f"no {thing} {name} {whence}. {did_you_mean(name, known)}".strip()
        for name in strange
        if thing != "GPU type" or name.casefold() not in folded  # the spec itself warns about case
    ]


def _gpu_types(desired: DesiredFleet) -> list[str]:
    return list(desired.placement.gpu_types) or [each.gpu_type for each in desired.specs.values()]


def _regions(desired: DesiredFleet) -> list[str]:
    named = desired.placement.regions
    return list(named) or [name for each in desired.specs.values() for name in each.regions]


def plan_lines(
    desired: DesiredFleet, plan: FleetPlan, limits: Limits, *, detach: bool
) -> list[str]:
    """Return a plan in words."""
    end = "itself, when all are ready or given up; its pods run on" if detach else _end(desired)
    return [
        f"fleet {desired.name}: {counted(plan.pods)}, {_kinds(desired)}",
        f"  where     {_where(plan)}",
        f"  requests  {plan.requests}, at {limits.requests} a minute",
        f"  ready in  {plan.least:.0f} s at least, {plan.likely:.0f} s likely",
        f"  price     {_price(plan, desired)}",
        f"  ends by   {end}",
    ]


def _kinds(desired: DesiredFleet) -> str:
    found = dict.fromkeys(f"{spec.gpu_count} x {spec.image}" for spec in desired.specs.values())
    images = dict.fromkeys(spec.image for spec in desired.specs.values())
    counts = dict.fromkeys(spec.gpu_count for spec in desired.specs.values())
    gpus = f"{next(iter(counts))} GPU each" if len(counts) == 1 else "of different GPU counts"
    return f"{gpus}, {next(iter(images))}" if len(images) == 1 else f"of {len(found)} kinds"


def _where(plan: FleetPlan) -> str:
    places = [f"{number} x {place}" for place, number in plan.places.items()]
    shown = ", ".join(places[:_PLACES])
    more = f", and {len(places) - _PLACES} places more" if len(places) > _PLACES else ""
    unplaced = f"; the quotas have no room for {plan.unplaced}" if plan.unplaced else ""
    return f"{shown}{more}{unplaced}"


def _price(plan: FleetPlan, desired: DesiredFleet) -> str:
    budget, known = desired.settings.budget, plan.price_per_hour
    price = f"${known:.2f} an hour" if known is not None else "unknown"
    if plan.unpriced:
        price += f" (none is known for {', '.join(plan.unpriced)})"
    hourly = f"; at most ${budget.max_per_hour} an hour" if budget.max_per_hour is not None else ""
    total = f"; ends at ${budget.max_total} in all" if budget.max_total is not None else ""
    return f"{price}{hourly}{total}"


def _end(desired: DesiredFleet) -> str:
    after = desired.settings.max_lifetime
    when = "Ctrl-C" if after is None else f"Ctrl-C, or after {after:g} s"
    return f"{when}, which {_ENDS[desired.settings.on_exit]}"


def as_data(desired: DesiredFleet, plan: FleetPlan) -> dict[str, Any]:
    """Return a plan for programs."""
    places = [
        {"region": place.region, "gpu_type": place.gpu_type, "pods": number}
        for place, number in plan.places.items()
    ]
    return {
        "name": desired.name,
        "pods": plan.pods,
        "requests": plan.requests,
        "least_seconds": round(plan.least, 1),
        "likely_seconds": round(plan.likely, 1),
        "price_per_hour": plan.price_per_hour,
        "unpriced": list(plan.unpriced),
        "places": places,
        "unplaced": plan.unplaced,
    }
