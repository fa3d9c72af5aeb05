"""What a fleet would take, before anything is sent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Self

from attrs import frozen

from .._checks import check_kind
from .._scheduling.rules.limits import Limits
from ..errors import BudgetExceededError, YottaError
from ..errors._arguments import explained
from ..models import GpuOffer, Pod, PodSpec
from ._specs import Specs, keyed
from .rules.doubts import doubts
from .rules.estimate import least_seconds, likely_requests, likely_seconds
from .rules.money import Budget, Meter
from .rules.placement import Places
from .rules.places import Place, Placement


__all__ = ["FleetPlan", "check_budget", "prices_of"]


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
        warnings: What may be a slip in the names of regions and GPU types, in words.
    """

    pods: int
    requests: int
    least: float
    likely: float
    places: Mapping[Place, int]
    unplaced: int
    price_per_hour: Decimal | None
    unpriced: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    @explained
    def of(
        cls,
        specs: Specs,
        *,
        placement: Placement | None = None,
        budget: Budget | None = None,
        limits: Limits | None = None,
        prices: Mapping[str, Decimal] | None = None,
        offers: Iterable[GpuOffer] = (),
    ) -> Self:
        """
        Plan a fleet; nothing is sent, and no client is needed.

        Args:
            specs: What it is to be of, as for `Fleet.launch`.
            placement: Where its pods may run; None: where each spec says.
            budget: Its own prices count where ``prices`` has none. None for no budget.
            limits: What the key may do; None: 60 requests a minute, 5 pod operations at once.
            prices: USD of one GPU and hour, by GPU type, such as `prices_of` the GPUs on offer.
                None if none is known, but for those of ``offers``.
            offers: What `Gpus.list` has returned, to doubt the names of places by, and for the
                prices. Empty to doubt them by what has been seen in the service's documents.

        Returns:
            The plan, as if all were to begin with a whole window of requests.

        Raises:
            ConfigurationError: One is not a `PodSpec`, a key is not allowed, or two have the same.
        """
        check_kind("placement", placement, Placement, 'regions=["us-east-1"]')
        check_kind("budget", budget, Budget, "max_total=10")
        check_kind("limits", limits, Limits, "requests=120")
        wanted, limits, budget = keyed(specs), limits or Limits(), budget or Budget()
        offered, placement = list(offers), placement or Placement()
        prices = {**prices_of(offered), **(prices or {})}
        number, spread = len(wanted), _spread(wanted.values(), placement)
        costs = [(kind, budget.price(kind.gpu_type, gpus, prices)) for kind, gpus in spread]
        unpriced = dict.fromkeys(kind.gpu_type for kind, cost in costs if cost is None)
        total = sum((cost for _, cost in costs if cost is not None), Decimal(0))
        return cls(
            pods=number,
            requests=likely_requests(number, limits) if number else 0,
            least=least_seconds(number, limits) if number else 0.0,
            likely=likely_seconds(number, limits) if number else 0.0,
            places=dict(Counter(place for place, _ in spread)),
            unplaced=number - len(spread),
            price_per_hour=None if unpriced else total,
            unpriced=tuple(unpriced),
            warnings=doubts(wanted, placement, offered),
        )

    def __str__(self) -> str:
        price = "unknown" if self.price_per_hour is None else f"${self.price_per_hour:.2f} an hour"
        times = f"{self.least:.0f} s at least, {self.likely:.0f} s likely"
        return f"{self.pods} pods: {self.requests} requests, {times}, price {price}"


def _spread(specs: Iterable[PodSpec], placement: Placement) -> list[tuple[Place, int]]:
    """Return where each pod goes if no place is full, and its number of GPUs."""
    memory, load = Places(), Counter[Place]()
    spread: list[tuple[Place, int]] = []
    for spec in specs:
        candidates = placement.places(spec.regions, spec.gpu_type)
        place = memory.choose(candidates, placement, load, 0.0)
        if place is not None:
            load[place] += 1
            spread.append((place, spec.gpu_count))
    return spread


def prices_of(priced: Iterable[Pod | GpuOffer]) -> dict[str, Decimal]:
    """
    Read prices off pods or offers.

    Args:
        priced: What `pods.list` or `gpus.list` has returned.

    Returns:
        USD of one GPU and hour, by GPU type; of several the highest.
    """
    meter = Meter()
    for each in priced:
        meter.tell(each.gpu_type or "", each.single_card_price)
    return meter.prices


def check_budget(
    specs: Mapping[str, PodSpec],
    placement: Placement,
    budget: Budget,
    told: Mapping[str, Decimal],
    *,
    cause: YottaError | None = None,
) -> None:
    """
    Refuse a fleet that cannot be paid for even where it is cheapest.

    Args:
        specs: Its pods, by key.
        placement: Where they may run.
        budget: What it may cost.
        told: USD of one GPU and hour, by GPU type.
        cause: Why the server has told none; None if it has.

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
            raise _unpriced(kinds) from cause
        total += min(known)
    if total > budget.max_per_hour:
        problem = f"must be at least ${total}, which the pods cost an hour"
        hint = "Ask for fewer or cheaper ones, or allow more."
        raise BudgetExceededError("max_per_hour", str(budget.max_per_hour), problem, hint=hint)


def _unpriced(kinds: Iterable[str]) -> BudgetExceededError:
    named, prices = ", ".join(kinds), ", ".join(f"{kind!r}: ..." for kind in kinds)
    hint = f"Give Budget(prices={{{prices}}}), in USD of one GPU and hour."
    return BudgetExceededError("gpu_type", named, "must have a known price", hint=hint)
