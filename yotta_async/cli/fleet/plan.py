"""Before anything is made: what a fleet takes, what it costs, and what may be a mistake in it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..._scheduling.rules.limits import Limits
from ...errors import BudgetExceededError
from ...fleet import FleetPlan, prices_of
from ...models import GpuOffer
from ...simulator.cloud.catalog import PRICES
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


def plan_for(
    desired: DesiredFleet,
    limits: Limits,
    prices: Mapping[str, Decimal],
    offers: Iterable[GpuOffer] = (),
) -> FleetPlan:
    """Return the plan of a fleet; prices in its budget count more than those told."""
    budget = desired.settings.budget
    return FleetPlan.of(
        desired.specs,
        placement=desired.placement,
        budget=budget,
        limits=limits,
        prices={**prices, **budget.prices},
        offers=offers,
    )


def warnings_about(desired: DesiredFleet, plan: FleetPlan) -> list[str]:
    """Return what may be a mistake, in words, once each."""
    # The spec itself warns about letters in the wrong case.
    told = " ".join(desired.warnings)
    doubted = [each for each in plan.warnings if not _is_told(each, told)]
    return [*desired.warnings, *doubted]


def _is_told(doubt: str, told: str) -> bool:
    return doubt.startswith("no GPU type ") and repr(doubt.split()[3]) in told


def budget_warnings(desired: DesiredFleet, prices: Mapping[str, Decimal]) -> list[str]:
    """Return whether a fleet would be refused for its price, in words."""
    try:
        desired.check_budget(prices)
    except BudgetExceededError as error:
        return [text_of(error)]
    return []


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


def as_data(desired: DesiredFleet, plan: FleetPlan, warnings: Iterable[str]) -> dict[str, Any]:
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
        "warnings": list(warnings),
    }
