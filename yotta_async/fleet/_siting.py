"""Where a fleet's pods go, for how much, and what their fate tells of the places."""

from collections.abc import Iterable
from typing import Final

import anyio
from attrs import define

from ..errors import BudgetExceededError, OutOfCapacityError, YottaError
from ..models import PodSpec
from ._roster import Roster
from .rules.members import Member
from .rules.money import Budget
from .rules.placement import Places
from .rules.places import Place
from .rules.reasons import Reason, ReasonKind


__all__ = ["Siting", "UnplacedError"]

# Seconds for which a pod waits at least when no place is open to it.
_LEAST_PAUSE: Final = 5.0


class UnplacedError(Exception):
    """When its turn had come no place was open to a pod, or none that could be paid for."""

    def __init__(self, why: YottaError, until: float) -> None:
        super().__init__(str(why))
        self.why, self.until = why, until


@define(eq=False)
class Siting:
    """Chooses places for one fleet, and shares what it learns with the client's others."""

    roster: Roster
    budget: Budget
    _places: Places

    def settled(self, member: Member) -> PodSpec:
        """
        Say what to make for a member, and where, now that its turn has come.

        Raises:
            UnplacedError: No place is open to it.
            YottaError: Nobody wants it any more.
        """
        key, now = member.key, anyio.current_time()
        current = self.roster.members.get(key)
        if current is None or current.mark != member.mark:
            raise YottaError(f"pod {key!r} is not wanted any more.")
        spec = self.roster.specs[key]
        place = self._place_for(key, spec, now)
        self.roster.seat(key, place, self._places.begin(place, now))
        regions = (place.region,) if place.region else ()
        name = str(self.roster.name_of(member))
        return spec.evolve(name=name, regions=regions, gpu_type=place.gpu_type)

    # What is learnt.

    def took(self, key: str) -> None:
        """A member's pod was accepted where it was tried."""
        if (trial := self.roster.trials.get(key)) is not None:
            self._places.took(trial)

    def refused(self, key: str, error: YottaError) -> None:
        """No pod was made for a member where it was tried."""
        trial, now = self.roster.trials.get(key), anyio.current_time()
        if trial is not None and isinstance(error, OutOfCapacityError):
            self._places.was_full(trial, self.roster.placement, now)
        elif trial is not None:
            self._places.gave_no_answer(trial)
        self.roster.leave(key)

    def ran(self, key: str) -> None:
        """A member's pod runs."""
        if (trial := self.roster.trials.pop(key, None)) is not None:
            self._places.was_free(trial)

    def lost(self, key: str, reasons: Iterable[Reason]) -> None:
        """A member has lost its pod; the next one goes elsewhere if it can."""
        trial, place = self.roster.trials.get(key), self.roster.seats.get(key)
        # Of a pod that somebody deleted the place may be as good as any.
        telling = [reason for reason in reasons if reason.kind is not ReasonKind.ENDED]
        if place is not None and telling:
            # What ran for long tells of the place as it is now.
            trial = trial or self._places.latest(place)
            self._places.failed(trial, self.roster.placement, anyio.current_time())
        if place is not None and telling:
            self.roster.avoided[key] = place
        self.roster.leave(key)

    # What is chosen.

    def _place_for(self, key: str, spec: PodSpec, now: float) -> Place:
        placement, avoided = self.roster.placement, self.roster.avoided.get(key)
        affordable = self._affordable(placement.places(spec.regions, spec.gpu_type), spec)
        load = self.roster.load
        place = self._places.choose(affordable, placement, load, now, failed_in=avoided)
        if place is not None:
            return place
        opening = self._places.next_opening(affordable, now)
        until = min(opening, now + max(placement.pause, _LEAST_PAUSE))
        raise UnplacedError(self._why_none(spec, affordable), until)

    def _affordable(self, places: Iterable[Place], spec: PodSpec) -> list[Place]:
        if self.budget.max_per_hour is None:
            return list(places)
        told, others = self.roster.meter.prices, self.roster.expected_per_hour(self.budget)
        prices = {
            place: self.budget.price(place.gpu_type, spec.gpu_count, told) for place in places
        }
        return [place for place, price in prices.items() if self.budget.allows(price, others)]

    def _why_none(self, spec: PodSpec, affordable: list[Place]) -> YottaError:
        if not affordable:
            limit, problem = str(self.budget.max_per_hour), "leaves no room for another pod"
            return BudgetExceededError("max_per_hour", limit, problem, hint="Raise it, or wait.")
        return OutOfCapacityError(
            f"no {spec.gpu_type} was free lately in any place that the fleet may use.",
            operation="createPod",
            status=200,
            hint="Name more regions or GPU types in its Placement.",
        )
