"""Before anything is made: what a fleet takes, what it costs, and what may be a mistake in it."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..._scheduling.rules.limits import Limits
from ...errors import BudgetExceededError
from ...fleet import FleetPlan, prices_of
from ...models import GpuOffer
from ...simulator.cloud.catalog import GPU_TYPES, PRICES
from .._failures import text_of
from .._words import counted, did_you_mean
from .wish import Wish


__all__ = ["as_data", "budget_doubts", "doubts_about", "last_prices", "plan_for", "told_plan"]

_PLACES = 6
_ENDS = {
    "delete": "deletes its pods",
    "pause": "pauses its pods",
    "keep": "leaves its pods running",
}


def last_prices(offered: Iterable[GpuOffer]) -> Mapping[str, Decimal]:
    """Return USD of one GPU and hour, by GPU type; the last known ones where none is told."""
    return {**PRICES, **prices_of(offered)}


def plan_for(wish: Wish, limits: Limits, prices: Mapping[str, Decimal]) -> FleetPlan:
    """Return the plan of a fleet; prices in its budget count more than those told."""
    budget = wish.settings.budget
    return FleetPlan.of(
        wish.specs,
        placement=wish.placement,
        budget=budget,
        limits=limits,
        prices={**prices, **budget.prices},
    )


def doubts_about(wish: Wish, offers: Iterable[GpuOffer] = ()) -> list[str]:
    """Return what may be a mistake, in words: the lists of GPUs and regions are open."""
    offered, doubts = list(offers), list(wish.doubts)
    kinds = {each.gpu_type for each in offered} or GPU_TYPES
    whence = "is on offer" if offered else "is known here"
    doubts += _unknown("GPU type", _gpu_types(wish), kinds, whence)
    regions = {each.region for each in offered if each.region}
    if regions:
        doubts += _unknown("region", _regions(wish), regions, whence)
    return doubts


def budget_doubts(wish: Wish, prices: Mapping[str, Decimal]) -> list[str]:
    """Return whether a fleet would be refused for its price, in words."""
    try:
        wish.check_budget(prices)
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


def _gpu_types(wish: Wish) -> list[str]:
    return list(wish.placement.gpu_types) or [each.gpu_type for each in wish.specs.values()]


def _regions(wish: Wish) -> list[str]:
    named = wish.placement.regions
    return list(named) or [name for each in wish.specs.values() for name in each.regions]


def told_plan(wish: Wish, plan: FleetPlan, limits: Limits, *, detach: bool) -> str:
    """Return a plan in words."""
    end = "itself, when all are ready or given up; its pods run on" if detach else _end(wish)
    lines = [
        f"fleet {wish.name}: {counted(plan.pods)}, {_kinds(wish)}",
        f"  where     {_where(plan)}",
        f"  requests  {plan.requests}, at {limits.requests} a minute",
        f"  ready in  {plan.least:.0f} s at least, {plan.likely:.0f} s likely",
        f"  price     {_price(plan, wish)}",
        f"  ends by   {end}",
    ]
    return "\n".join(lines)


def _kinds(wish: Wish) -> str:
    found = dict.fromkeys(f"{spec.gpu_count} x {spec.image}" for spec in wish.specs.values())
    images = dict.fromkeys(spec.image for spec in wish.specs.values())
    counts = dict.fromkeys(spec.gpu_count for spec in wish.specs.values())
    gpus = f"{next(iter(counts))} GPU each" if len(counts) == 1 else "of different GPU counts"
    return f"{gpus}, {next(iter(images))}" if len(images) == 1 else f"of {len(found)} kinds"


def _where(plan: FleetPlan) -> str:
    places = [f"{number} x {place}" for place, number in plan.places.items()]
    shown = ", ".join(places[:_PLACES])
    more = f", and {len(places) - _PLACES} places more" if len(places) > _PLACES else ""
    unplaced = f"; the quotas have no room for {plan.unplaced}" if plan.unplaced else ""
    return f"{shown}{more}{unplaced}"


def _price(plan: FleetPlan, wish: Wish) -> str:
    budget, known = wish.settings.budget, plan.price_per_hour
    price = f"${known:.2f} an hour" if known is not None else "unknown"
    if plan.unpriced:
        price += f" (none is known for {', '.join(plan.unpriced)})"
    hourly = f"; at most ${budget.max_per_hour} an hour" if budget.max_per_hour is not None else ""
    total = f"; ends at ${budget.max_total} in all" if budget.max_total is not None else ""
    return f"{price}{hourly}{total}"


def _end(wish: Wish) -> str:
    after = wish.settings.max_lifetime
    when = "Ctrl-C" if after is None else f"Ctrl-C, or after {after:g} s"
    return f"{when}, which {_ENDS[wish.settings.on_exit]}"


def as_data(wish: Wish, plan: FleetPlan) -> dict[str, Any]:
    """Return a plan for programs."""
    places = [
        {"region": place.region, "gpu_type": place.gpu_type, "pods": number}
        for place, number in plan.places.items()
    ]
    return {
        "name": wish.name,
        "pods": plan.pods,
        "requests": plan.requests,
        "least_seconds": round(plan.least, 1),
        "likely_seconds": round(plan.likely, 1),
        "price_per_hour": plan.price_per_hour,
        "unpriced": list(plan.unpriced),
        "places": places,
        "unplaced": plan.unplaced,
    }
