"""
Where a fleet's pods are: places are chosen here, for how much, and judged by what becomes of the
pods.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import anyio
from attrs import define, evolve, field, frozen

from ..errors import BudgetExceededError, OutOfCapacityError, YottaError
from ..models import PodSpec
from .rules.ledger import Ledger
from .rules.money import Budget, Meter
from .rules.placement import Places, Trial
from .rules.places import Place, Placement
from .rules.reasons import Reason, ReasonKind


__all__ = ["Siting", "UnplacedError"]

# Seconds for which a pod waits at least when no place is open to it.
_LEAST_PAUSE: Final = 5.0


class UnplacedError(Exception):
    """When its turn had come no place was open to a pod, or none that could be paid for."""

    def __init__(self, why: YottaError, until: float) -> None:
        super().__init__(str(why))
        self.why, self.until = why, until


@frozen
class _Seat:
    """
    Where a member's pod is, or is being made.

    Attributes:
        trial: The trial of the place that its fate decides; None once that is known.
    """

    place: Place
    gpu_count: int
    trial: Trial | None = None


@define(eq=False)
class Siting:
    """
    Chooses places for one fleet, and shares what it learns of them with the client's others.

    Attributes:
        meter: Knows the prices that the server told.
        placement: Where the pods may be.
        ledger: What there is, or may be; all of it is to be paid.
    """

    budget: Budget
    meter: Meter
    _places: Places
    placement: Placement = field(factory=Placement)
    ledger: Ledger = field(factory=Ledger)
    _seats: dict[str, _Seat] = field(factory=dict[str, _Seat])
    _failed_in: dict[str, Place] = field(factory=dict[str, Place])
    # How many seats there are, by place.
    _load: Counter[Place] = field(factory=Counter[Place])

    def place_of(self, key: str) -> Place | None:
        """Return where a member's pod is, or is being made."""
        seat = self._seats.get(key)
        return None if seat is None else seat.place

    def choose_place(self, key: str, spec: PodSpec) -> Place:
        """
        Choose where a member's next pod is made, now that its turn has come.

        Raises:
            UnplacedError: No place is open to it.
        """
        now, failed_in = anyio.current_time(), self._failed_in.get(key)
        affordable = self._affordable(self.placement.places(spec.regions, spec.gpu_type), spec)
        place = self._places.choose(
            affordable, self.placement, self._load, now, failed_in=failed_in
        )
        if place is None:
            opening = self._places.next_opening(affordable, now)
            until = min(opening, now + max(self.placement.pause, _LEAST_PAUSE))
            raise UnplacedError(self._why_none(spec, affordable), until)
        self._seat(key, _Seat(place, spec.gpu_count, self._places.begin(place, now)))
        return place

    def check_room(self, key: str) -> None:
        """
        Check that the budget has room for one more pod of a member where it was tried already.

        Raises:
            UnplacedError: It has none.
        """
        seat = self._seats[key]
        price = self.budget.price(seat.place.gpu_type, seat.gpu_count, self.meter.prices)
        if not self.budget.allows(price, self._expected_per_hour()):
            until = anyio.current_time() + max(self.placement.pause, _LEAST_PAUSE)
            raise UnplacedError(self._over_budget(), until)

    def adopt(self, key: str, place: Place, gpu_count: int) -> None:
        """Note where a pod is that a member has, and that this run did not make."""
        if key not in self._seats:
            self._seat(key, _Seat(place, gpu_count))

    def leave(self, key: str) -> None:
        """Note that a member has no pod any more."""
        if (seat := self._seats.pop(key, None)) is not None:
            self._load[seat.place] -= 1

    def forget(self, key: str) -> None:
        """Note that a member is not wanted any more."""
        self.leave(key)
        self._failed_in.pop(key, None)

    # What is learnt of the places.

    def note_accepted(self, key: str) -> None:
        """Note that a member's pod was accepted where it was tried."""
        if (trial := self._trial_of(key)) is not None:
            self._places.note_accepted(trial)

    def note_refused(self, key: str, error: YottaError) -> None:
        """Note that no pod was made for a member where it was tried."""
        trial = self._trial_of(key)
        if trial is not None and isinstance(error, OutOfCapacityError):
            self._places.note_full(trial, self.placement, anyio.current_time())
        elif trial is not None:
            self._places.note_no_answer(trial)
        self.leave(key)

    def note_running(self, key: str) -> None:
        """Note that a member's pod runs."""
        if (trial := self._trial_of(key)) is not None:
            self._places.note_running(trial)
            self._seats[key] = evolve(self._seats[key], trial=None)

    def note_lost(self, key: str, reasons: Iterable[Reason]) -> None:
        """Note that a member has lost its pod; the next one goes elsewhere if it can."""
        place = self.place_of(key)
        # A pod that was deleted from outside says nothing of its place.
        blamed = any(reason.kind is not ReasonKind.ENDED for reason in reasons)
        if place is not None and blamed:
            # A pod that ran for long says what the place is like now.
            trial = self._trial_of(key) or self._places.latest(place)
            self._places.note_failed(trial, self.placement, anyio.current_time())
            self._failed_in[key] = place
        self.leave(key)

    def _seat(self, key: str, seat: _Seat) -> None:
        self.leave(key)
        self._seats[key] = seat
        self._load[seat.place] += 1

    def _trial_of(self, key: str) -> Trial | None:
        seat = self._seats.get(key)
        return None if seat is None else seat.trial

    # What it costs.

    def _expected_per_hour(self) -> Decimal:
        """Return USD an hour for all pods that the fleet has, or may have."""
        told = self.meter.prices
        each = (
            (self.budget.price(gpu_type, gpu_count, told), number)
            for (gpu_type, gpu_count), number in self.ledger.kinds.items()
        )
        return sum((price * number for price, number in each if price), Decimal(0))

    def _affordable(self, places: Iterable[Place], spec: PodSpec) -> list[Place]:
        if self.budget.max_per_hour is None:
            return list(places)
        told, others = self.meter.prices, self._expected_per_hour()
        prices = {
            place: self.budget.price(place.gpu_type, spec.gpu_count, told) for place in places
        }
        return [place for place, price in prices.items() if self.budget.allows(price, others)]

    def _why_none(self, spec: PodSpec, affordable: list[Place]) -> YottaError:
        if not affordable:
            return self._over_budget()
        return OutOfCapacityError(
            f"no {spec.gpu_type} was free lately in any place that the fleet may use.",
            operation="createPod",
            status=200,
            hint="Name more regions or GPU types in its Placement.",
        )

    def _over_budget(self) -> YottaError:
        limit, problem = str(self.budget.max_per_hour), "must be enough for another pod"
        return BudgetExceededError("max_per_hour", limit, problem, hint="Raise it, or wait.")
