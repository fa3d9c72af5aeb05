"""
Where a fleet's pods are: places are chosen here, for how much, and judged by what becomes of the
pods.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Final

import anyio
from attrs import define, evolve, field, frozen

from .._call.rules.reach import Reach, reach_of_create
from ..errors import (
    BudgetExceededError,
    InternalServerError,
    OutOfCapacityError,
    RateLimitError,
    YottaError,
)
from ..models import PodSpec
from ..models._gpu_types import likely_meant
from .rules.ledger import Ledger
from .rules.money import Budget, Meter
from .rules.placement import Places, Trial
from .rules.places import Place, Placement
from .rules.reasons import Reason, ReasonKind
from .rules.refusals import Refusals, refused_everywhere


__all__ = ["Siting", "UnplacedError"]

# Seconds for which a pod waits at least when no place is open to it.
_LEAST_PAUSE: Final = 5.0
# In the books of the account's limit: all places as one.
_ACCOUNT: Final = Place(None, "")
# Creates in a row that the server fails; then one tries for all, as where a limit is told so.
_MOST_FAILURES: Final = 3


class UnplacedError(Exception):
    """
    When its turn had come no place was open to a pod, or none that could be paid for.

    Attributes:
        why: What stands in its way.
        until: The instant until which it need not be tried again.
        is_hopeless: Whether all places have refused it.
    """

    def __init__(self, why: YottaError, until: float, *, is_hopeless: bool = False) -> None:
        super().__init__(str(why))
        self.why, self.until, self.is_hopeless = why, until, is_hopeless


@frozen
class _Seat:
    """
    Where a member's pod is, or is being made.

    Attributes:
        mark: Of what it is made from.
        account: The trial of the account's limit that its create decides; None once that is known.
        is_test: Whether its failing says more of its place than of itself: no pod has run there,
            and another place was untried, or better.
        trial: The trial of the place that its fate decides; None once that is known.
    """

    place: Place
    gpu_count: int
    mark: str
    account: Trial | None = None
    trial: Trial | None = None
    is_test: bool = False


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
    _tried: set[Place] = field(factory=set[Place])  # of those that the user names
    _refusals: Refusals = field(factory=Refusals)
    # Whether the account may have more pods: closed after a refusal that can only be a limit.
    _account: Places = field(factory=Places)
    _limit: YottaError | None = None
    _limited_in: Place | None = None
    _failures: int = 0
    _failure: YottaError | None = None  # of the last create without a clear answer
    # How many seats there are, by place.
    _load: Counter[Place] = field(factory=Counter[Place])

    def place_of(self, key: str) -> Place | None:
        """Return where a member's pod is, or is being made."""
        seat = self._seats.get(key)
        return None if seat is None else seat.place

    def choose_place(self, key: str, spec: PodSpec, mark: str) -> Place:
        """
        Choose where a member's next pod is made, now that its turn has come.

        Raises:
            UnplacedError: No place is open to it.
        """
        if (why := self.why_hopeless(spec, mark)) is not None:
            raise UnplacedError(why, anyio.current_time(), is_hopeless=True)
        now, affordable = anyio.current_time(), self._affordable(self._candidates(spec), spec)
        self._check_limit(now)
        place = self._places.choose(
            self._refusals.open_places(affordable, mark, now),
            self.placement,
            self._load,
            now,
            failed_in=self._failed_in.get(key) or self._limited_in,
        )
        if place is None:
            opening = self._places.next_opening(affordable, now)
            until = min(opening, now + max(self.placement.pause, _LEAST_PAUSE))
            raise UnplacedError(self._why_none(spec, affordable), until)
        self._refusals.begin(place, mark, now)
        account, trial = self._account.begin(_ACCOUNT, now), self._places.begin(place, now)
        is_test = self._is_test(place, self._candidates(spec), now)
        self._seat(key, _Seat(place, spec.gpu_count, mark, account, trial, is_test))
        return place

    def _is_test(self, place: Place, candidates: Iterable[Place], now: float) -> bool:
        self._tried.add(place)
        return not self._places.is_proven(place) and any(
            other not in self._tried or self._places.is_good(other, now) for other in candidates
        )

    def is_test(self, key: str) -> bool:
        """Whether the failing of a member's pod is no replacement of it: its place is at fault."""
        seat = self._seats.get(key)
        return seat is not None and seat.is_test

    def why_hopeless(self, spec: PodSpec, mark: str) -> YottaError | None:
        """Return why no place takes a pod, each having refused it; None if one may."""
        reasons = self._refusals.reasons(self._candidates(spec), mark, anyio.current_time())
        return None if reasons is None else refused_everywhere(reasons)

    def check_room(self, key: str, spec: PodSpec) -> None:
        """
        Check that there is room for one more pod of a member where it was tried already.

        Raises:
            UnplacedError: The budget has none, the account was found to be full meanwhile, or its
                place to give no clear answers while another one may.
        """
        seat, now = self._seats[key], anyio.current_time()
        price = self.budget.price(seat.place.gpu_type, seat.gpu_count, self.meter.prices)
        if not self.budget.allows(price, self._expected_per_hour()):
            until = now + max(self.placement.pause, _LEAST_PAUSE)
            raise UnplacedError(self._over_budget(), until)
        if seat.account is not None and self._account.is_outdated(seat.account):
            self._check_limit(now)
        self._check_answers(seat.place, spec, now)

    def _check_answers(self, place: Place, spec: PodSpec, now: float) -> None:
        """Raise UnplacedError if creates get no clear answer in a place, and may in another."""
        avoided = self._places.may_be_ill(place) or self._places.reopening(place) > now
        if self._failure is None or not avoided:
            return
        others = self._affordable(self._candidates(spec), spec)
        if any(self._places.is_sound(each, now) for each in others):
            raise UnplacedError(self._failure, now)

    def withdraw(self, key: str) -> None:
        """Note that a create of a member was not sent, or not once more."""
        seat = self._seats.get(key)
        if seat is not None and seat.trial is not None:
            self._places.note_no_answer(seat.trial)
            if seat.account is not None:
                self._account.note_no_answer(seat.account)
        self.leave(key)

    def adopt(self, key: str, place: Place, gpu_count: int, mark: str) -> None:
        """Note where a pod is that a member has, and that this run did not make."""
        if key not in self._seats:
            self._seat(key, _Seat(place, gpu_count, mark))
            self._refusals.note_accepted(place, mark)

    def move(self, key: str, other: str) -> None:
        """Note that a pod is that of another member from now on."""
        if (seat := self._seats.pop(key, None)) is not None:
            self.leave(other)
            self._seats[other] = seat

    def leave(self, key: str) -> None:
        """Note that a member has no pod any more."""
        if (seat := self._seats.pop(key, None)) is not None:
            self._load[seat.place] -= 1

    def forget(self, key: str) -> None:
        """Note that a member is not wanted any more."""
        self.leave(key)
        self._failed_in.pop(key, None)

    def keep_only(self, marks: Collection[str]) -> None:
        """Forget what was learnt of pods that are not asked for any more."""
        self._refusals.keep_only(marks)

    # What is learnt of the places.

    def note_accepted(self, key: str) -> None:
        """Note that a member's pod was accepted where it was tried."""
        seat = self._seats.get(key)
        if seat is None or seat.trial is None:
            return
        self._places.note_accepted(seat.trial)
        self._places.close_ill(self.placement, anyio.current_time())
        self._refusals.note_accepted(seat.place, seat.mark)
        self._failures, self._limited_in = 0, None
        if seat.account is not None:
            self._account.note_running(seat.account)

    def note_failing(self, key: str, error: YottaError) -> None:
        """Note that one attempt at a create has failed; another one may follow."""
        seat, fails = self._seats.get(key), isinstance(error, InternalServerError)
        self._failures = self._failures + 1 if fails else 0
        if seat is None or seat.trial is None:
            return
        if self._failures >= _MOST_FAILURES:
            self._note_limit(seat, error)
        if reach_of_create(error) is Reach.TRY and not isinstance(error, RateLimitError):
            self._places.note_unanswered(seat.trial)
            self._failure = error

    def note_refused(self, key: str, error: YottaError) -> None:
        """Note that no pod was made for a member where it was tried."""
        seat, reach, now = self._seats.get(key), reach_of_create(error), anyio.current_time()
        if seat is None or seat.trial is None:
            return self.leave(key)
        if isinstance(error, OutOfCapacityError):
            self._places.note_full(seat.trial, self.placement, now)
        elif reach is Reach.KEY:
            self._note_limit(seat, error)
        elif reach is Reach.PLACE:
            if self._refusals.rules_out(seat.place, seat.mark, error, now):
                error.hint = error.hint or likely_meant(seat.place.gpu_type)
            else:
                self._note_limit(seat, error)
                self._places.note_full(seat.trial, self.placement, now)
        return self.withdraw(key)

    def _note_limit(self, seat: _Seat, error: YottaError) -> None:
        """Note that the account may have no more pods now: one create at a time tries again."""
        if seat.account is not None:
            self._account.note_full(seat.account, self.placement, anyio.current_time())
            self._limit, self._limited_in = error, seat.place

    def _check_limit(self, now: float) -> None:
        """Raise UnplacedError if the account has as many pods as it may, as far as is known."""
        account = (_ACCOUNT,)
        if self._account.choose(account, self.placement, {}, now) is None and self._limit:
            soon = now + _LEAST_PAUSE  # one create tries for all: its answer may be there by then
            opening = self._account.reopening(_ACCOUNT)
            raise UnplacedError(self._limit, max(min(opening, now + self.placement.pause), soon))

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

    def _candidates(self, spec: PodSpec) -> tuple[Place, ...]:
        return self.placement.places(spec.regions, spec.gpu_type)

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
