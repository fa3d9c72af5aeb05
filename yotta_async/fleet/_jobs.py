"""What a fleet does about one of its members, and what it makes of how that ends."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import anyio
from attrs import define, field

from .._caller import CallOptions
from .._core.actions import Delete, Resume, Verify
from .._core.members import Member, ReplacePolicy, Stage
from .._core.money import Budget
from .._core.placement import Places
from .._core.places import Place
from .._core.retry import may_have_happened
from .._resources._creation import Creation, Order
from .._resources.gpus import Gpus
from .._resources.pods import Pods
from ..errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    ClientClosedError,
    ConfigurationError,
    ConflictError,
    InsufficientBalanceError,
    NotFoundError,
    OutOfCapacityError,
    PermissionDeniedError,
    YottaError,
)
from ..models import Pod, PodSpec
from ._roster import Roster
from ._trail import Trail


__all__ = ["FATAL", "Jobs"]

logger = logging.getLogger("yotta_async")

# What ends the whole fleet: nothing can be made, nor looked at, nor deleted any more.
FATAL: Final = (AuthenticationError, PermissionDeniedError, ClientClosedError)
# What no other place and no later try will cure, for the member whose create it answers.
_HOPELESS: Final = (BadRequestError, ConfigurationError, InsufficientBalanceError)
# Seconds after a failure that says nothing of the place: the first pause, and the longest.
_BACK_OFF: Final = 5.0
_LONGEST_BACK_OFF: Final = 60.0


class _UnplacedError(Exception):
    """At the instant of its turn no place was open to a pod, or none that could be paid for."""

    def __init__(self, why: YottaError, until: float) -> None:
        super().__init__(str(why))
        self.why, self.until = why, until


@define(eq=False)
class Jobs:
    """
    Does one thing at a time about one member, on behalf of a fleet.

    Attributes:
        deleted: The instants at which deletes were accepted, by pod id: lists lag.
    """

    roster: Roster
    trail: Trail
    rules: ReplacePolicy
    budget: Budget
    _places: Places
    _pods: Pods
    _creation: Creation
    _options: CallOptions
    deleted: dict[str, float] = field(factory=dict[str, float])

    async def create(self, key: str) -> None:
        """Make the next pod of a member, wherever it is best when its turn comes."""
        member = self.roster.members.get(key)
        if member is None:
            return
        member = member.trying(member.generation + 1)
        self.roster.set(member)
        name = str(self.roster.name_of(member))
        order = Order(name, True, lambda: self._settled(member, name))
        order.unwanted = self._taker(order)
        try:
            pod = await self._creation.make(order, self._options)
        except _UnplacedError as unplaced:
            self._hinder(member, unplaced.why, unplaced.until)
        except YottaError as error:
            self._failed(member, order, error)
        except BaseException:
            if not order.left:
                self._note_outcome(order, None)
            raise
        else:
            self._made(member, name, pod)

    async def delete(self, action: Delete) -> None:
        """Delete a pod that is no good, or one too many."""
        try:
            await self._pods.delete(action.pod_id)
        except NotFoundError:
            pass
        except ConflictError:
            return  # the next list tells what it is in
        self.deleted[action.pod_id] = anyio.current_time()
        self.trail.gone(action.pod_id)
        logger.info("fleet %s: deleted %s: %s", self.roster.name, action.name, action.reason)

    async def resume(self, action: Resume) -> None:
        """Wake a paused pod."""
        try:
            await self._pods.resume(action.pod_id)
        except ConflictError:
            pass  # it moves already; the next list tells
        except FATAL:
            raise
        except YottaError as error:
            member = self.roster.members.get(action.key)
            if member is not None:
                self._hinder(member, error, self._back_off(member))
        else:
            self._resumed(action)

    def _resumed(self, action: Resume) -> None:
        member = self.roster.members.get(action.key)
        if member is not None and member.pod_id == action.pod_id:
            self.roster.set(member.unhindered(anyio.current_time() + _BACK_OFF))

    async def verify(self, action: Verify) -> None:
        """Ask the server about a pod that no list shows."""
        exists = await self.exists(action.pod_id)
        member, now = self.roster.members.get(action.key), anyio.current_time()
        if member is None or member.pod_id != action.pod_id:
            return
        if exists:
            self.roster.set(member.still_there(now))
        else:
            self.trail.gone(action.pod_id)
            self.roster.leave(action.key)
            self.roster.set(member.without_pod("it vanished", now))

    async def ask_prices(self, gpus: Gpus) -> None:
        """Ask what GPUs cost, for the pods of which no list tells it."""
        for offer in await gpus.list():
            self.roster.meter.tell(offer.gpu_type, offer.single_card_price)

    async def exists(self, pod_id: str) -> bool:
        """Whether the server knows a pod."""
        try:
            await self._pods.get(pod_id)
        except NotFoundError:
            return False
        return True

    # Where, and for how much.

    def _settled(self, member: Member, name: str) -> PodSpec:
        """Say what to make, now that its turn has come."""
        current = self.roster.members.get(member.key)
        if current is None or current.mark != member.mark:
            raise YottaError(f"pod {member.key!r} is not wanted any more.")
        spec = self.roster.specs[member.key]
        place = self._place_for(member, spec)
        self.roster.seat(member.key, place, self._places.begin(place, anyio.current_time()))
        self.trail.sent(name)
        regions = (place.region,) if place.region else ()
        return spec.evolve(name=name, regions=regions, gpu_type=place.gpu_type)

    def _place_for(self, member: Member, spec: PodSpec) -> Place:
        placement, now = self.roster.placement, anyio.current_time()
        affordable = self._affordable(placement.places(spec.regions, spec.gpu_type), spec)
        avoided = self.roster.avoided.get(member.key)
        place = self._places.choose(affordable, placement, self.roster.load, now, failed_in=avoided)
        if place is not None:
            return place
        opening = self._places.next_opening(affordable, now)
        until = min(opening, now + max(placement.pause, _BACK_OFF))
        raise _UnplacedError(self._why_none(spec, affordable), until)

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
            limit = self.budget.max_per_hour
            return BudgetExceededError(
                "max_per_hour", limit, "leaves no room for another pod", hint="Raise it, or wait."
            )
        return OutOfCapacityError(
            f"no {spec.gpu_type} was free lately in any place that the fleet may use.",
            operation="createPod",
            status=200,
            hint="Name more regions or GPU types in its Placement.",
        )

    # How it ends.

    def _taker(self, order: Order) -> Callable[[Pod | Exception | None], Awaitable[None]]:
        """Return what notes the end of a create that nobody waits for: the fleet is ending."""

        async def take(outcome: Pod | Exception | None) -> None:
            self._note_outcome(order, outcome)

        return take

    def _made(self, member: Member, name: str, pod: Pod) -> None:
        self.trail.made(name, pod.id)
        now = anyio.current_time()
        if (trial := self.roster.trials.get(member.key)) is not None:
            self._places.took(trial)
        self.roster.errors.pop(member.key, None)
        self.roster.set(member.with_pod(pod.id, member.generation, now))

    def _failed(self, member: Member, order: Order, error: YottaError) -> None:
        self._note_outcome(order, error)
        self._learn(member.key, error)
        if isinstance(error, FATAL):
            raise error
        if isinstance(error, _HOPELESS):
            self._give_up(member, error)
        else:
            full = isinstance(error, OutOfCapacityError)
            now = anyio.current_time()
            self._hinder(member, error, now if full else self._back_off(member))

    def _learn(self, key: str, error: YottaError) -> None:
        """Draw the conclusions about the place where a create failed."""
        trial, now = self.roster.trials.get(key), anyio.current_time()
        if trial is not None and isinstance(error, OutOfCapacityError):
            self._places.was_full(trial, self.roster.placement, now)
        elif trial is not None:
            self._places.gave_no_answer(trial)
        self.roster.leave(key)

    def _note_outcome(self, order: Order, outcome: object) -> None:
        if isinstance(outcome, Pod):
            self.trail.made(order.name, outcome.id)
        elif isinstance(outcome, APIError) and may_have_happened(outcome):
            self.trail.left_open(order.name, order.claim, anyio.current_time())
        else:
            self.trail.made_nothing(order.name, order.claim)

    def _give_up(self, member: Member, error: YottaError) -> None:
        """Make no more pods for a member, nor for those for whom the answer would be the same."""
        broke, now = isinstance(error, InsufficientBalanceError), anyio.current_time()
        for each in list(self.roster.members.values()):
            alike = broke or each.mark == member.mark
            if each.key == member.key or (alike and each.stage is Stage.WANTED):
                self.roster.errors[each.key] = error
                self.roster.set(each.given_up(now))

    def _hinder(self, member: Member, error: YottaError, until: float) -> None:
        self.roster.errors[member.key] = error
        current = self.roster.members.get(member.key, member)
        if current.stage in (Stage.WANTED, Stage.PAUSED):
            self.roster.set(current.hindered(anyio.current_time(), until))

    def _back_off(self, member: Member) -> float:
        now = anyio.current_time()
        hindered = now - (member.hindered_since if member.hindered_since is not None else now)
        return now + min(max(_BACK_OFF, hindered), _LONGEST_BACK_OFF)
