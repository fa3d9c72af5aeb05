"""What a fleet does about one of its members, and what it makes of how that ends."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
from attrs import define, field

from .._call.caller import CallOptions
from .._call.rules.backoff import Backoff
from .._call.rules.retry import may_have_happened
from .._resources.gpus import Gpus
from .._resources.making.creation import Making, Order
from .._resources.making.recipe import Request
from .._resources.pods.recipe import PodRecipe
from .._resources.pods.verbs import Pods
from ..errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    ConflictError,
    InsufficientBalanceError,
    NotFoundError,
    OutOfCapacityError,
    PermissionDeniedError,
    YottaError,
)
from ..models import Pod
from ._inventory import Inventory
from ._roster import Roster
from ._siting import Siting, UnplacedError
from .rules.actions import Delete, Resume, Verify
from .rules.members import Member, ReplacePolicy, Stage
from .rules.names import FleetPodName
from .rules.reasons import Reason, ReasonKind


__all__ = ["FATAL", "Executor"]

logger = logging.getLogger("yotta_async")

# Errors that end the whole fleet: nothing can be made, listed or deleted any more.
FATAL: Final = (AuthenticationError, PermissionDeniedError, ClientClosedError)
# Errors of a create that neither another place nor a later try would cure.
_HOPELESS: Final = (BadRequestError, ConfigurationError, InsufficientBalanceError)
# Seconds after a failure that says nothing of the place.
_BACK_OFF: Final = Backoff(initial=5.0, factor=2.0, maximum=60.0)


@define(eq=False)
class Executor:
    """
    Carries out what `reconcile` has decided, one action at a time about one member.

    Attributes:
        owner: The run in whose name pods are made.
        deleted: The instants at which deletes were accepted, by pod id: lists lag.
    """

    roster: Roster
    inventory: Inventory
    siting: Siting
    rules: ReplacePolicy
    owner: str
    _pods: Pods = field(alias="pods")
    _recipe: PodRecipe = field(alias="recipe")
    _making: Making[Pod] = field(alias="making")
    _options: CallOptions = field(alias="options")
    deleted: dict[str, float] = field(factory=dict[str, float])

    async def create(self, key: str) -> None:
        """Make the next pod of a member, wherever it is best when its turn comes."""
        member = self.roster.members.get(key)
        if member is None:
            return
        member = member.trying(member.generation + 1)
        self.roster.set(member)
        name = self._name_of(member)
        order = Order(name, True, self._options, lambda: self._request_for(member, name))
        order.unwanted, order.adopter = self._taker(order), self.inventory.adoption
        try:
            pod = await self._making.make(order)
        except UnplacedError as unplaced:
            self._hinder(member, unplaced.why, unplaced.until)
        except YottaError as error:
            self._note_failure(member, order, error)
        except BaseException:
            if not order.left:
                self._note_outcome(order, None)
            raise
        else:
            self._note_made(member, name, pod)

    async def delete(self, action: Delete) -> None:
        """Delete a pod that is to be replaced, or one too many."""
        try:
            await self._pods.delete(action.pod_id)
        except NotFoundError:
            pass
        except ConflictError:
            return  # the next list shows its status
        self.deleted[action.pod_id] = anyio.current_time()
        self.inventory.forget(action.pod_id)
        logger.info("fleet %s: deleted %s: %s", self.roster.name, action.name, action.reason)

    async def resume(self, action: Resume) -> None:
        """Wake a paused pod."""
        try:
            await self._pods.resume(action.pod_id)
        except ConflictError:
            pass  # it moves already; the next list shows where
        except FATAL:
            raise
        except YottaError as error:
            member = self.roster.members.get(action.key)
            if member is not None:
                self._hinder(member, error, self._back_off(member))
        else:
            self._note_resumed(action)

    def _note_resumed(self, action: Resume) -> None:
        member = self.roster.members.get(action.key)
        if member is not None and member.pod_id == action.pod_id:
            self.roster.set(member.unhindered(anyio.current_time() + _BACK_OFF.initial))

    async def verify(self, action: Verify) -> None:
        """Ask the server about a pod that no list shows."""
        exists = await self.exists(action.pod_id)
        member, now = self.roster.members.get(action.key), anyio.current_time()
        if member is None or member.pod_id != action.pod_id:
            return
        if exists:
            self.roster.set(member.still_there(now))
        else:
            self.inventory.forget(action.pod_id)
            reason = Reason.of(ReasonKind.VANISHED)
            self.siting.note_lost(action.key, [reason])
            self.roster.set(member.without_pod(reason, now))

    async def ask_prices(self, gpus: Gpus) -> None:
        """Ask what GPUs cost, for the pods of which no list tells it."""
        for offer in await gpus.list():
            self.siting.meter.tell(offer.gpu_type, offer.single_card_price)

    def forget_deletions(self, before: float) -> None:
        """Forget what was deleted so long ago that a list which still shows it is right."""
        self.deleted = {pod_id: at for pod_id, at in self.deleted.items() if at >= before}

    async def exists(self, pod_id: str) -> bool:
        """Whether the server knows a pod."""
        try:
            await self._pods.get(pod_id)
        except NotFoundError:
            return False
        return True

    # How a create ends.

    def _name_of(self, member: Member) -> str:
        fleet = self.roster.name
        return str(FleetPodName(fleet, member.key, member.generation, member.mark, self.owner))

    def _request_for(self, member: Member, name: str) -> Request[Pod]:
        """
        Say what to make for a member, now that its turn has come, and where.

        Raises:
            UnplacedError: No place is open to it.
            YottaError: It is not wanted any more.
        """
        current = self.roster.members.get(member.key)
        if current is None or current.mark != member.mark:
            raise YottaError(f"pod {member.key!r} is not wanted any more.")
        spec = self.roster.specs[member.key]
        place = self.siting.choose_place(member.key, spec)
        regions = (place.region,) if place.region else ()
        placed = spec.evolve(name=name, regions=regions, gpu_type=place.gpu_type)
        request = self._recipe.request(name, placed)
        self.inventory.begin(name)
        return request

    def _taker(self, order: Order[Pod]) -> Callable[[Pod | Exception | None], Awaitable[None]]:
        """Return what notes the end of a create after its task was cancelled: the fleet ends."""

        async def take(outcome: Pod | Exception | None) -> None:
            self._note_outcome(order, outcome)

        return take

    def _note_made(self, member: Member, name: str, pod: Pod) -> None:
        self.inventory.finish(name, pod.id)
        now = anyio.current_time()
        self.siting.note_accepted(member.key)
        self.roster.errors.pop(member.key, None)
        self.roster.set(member.with_pod(pod.id, member.generation, now))

    def _note_failure(self, member: Member, order: Order[Pod], error: YottaError) -> None:
        self._note_outcome(order, error)
        self.siting.note_refused(member.key, error)
        if isinstance(error, FATAL):
            raise error
        if isinstance(error, _HOPELESS):
            self._give_up(member, error)
        else:
            full = isinstance(error, OutOfCapacityError)
            now = anyio.current_time()
            self._hinder(member, error, now if full else self._back_off(member))

    def _note_outcome(self, order: Order[Pod], outcome: object) -> None:
        if isinstance(outcome, Pod):
            self.inventory.finish(order.name, outcome.id)
        elif isinstance(outcome, APIError) and may_have_happened(outcome):
            self.inventory.finish_unclear(order.name, order.claim, anyio.current_time())
        else:
            self.inventory.finish_without_pod(order.name, order.claim)

    def _give_up(self, member: Member, error: YottaError) -> None:
        """Make no more pods for a member, nor for those for whom the answer would be the same."""
        broke, now = isinstance(error, InsufficientBalanceError), anyio.current_time()
        for each in list(self.roster.members.values()):
            alike = broke or each.mark == member.mark
            if each.key == member.key or (alike and each.stage is Stage.WANTED):
                self.roster.note_error(each.key, error)
                self.roster.set(each.given_up(now))

    def _hinder(self, member: Member, error: YottaError, until: float) -> None:
        self.roster.note_error(member.key, error)
        current = self.roster.members.get(member.key, member)
        if current.stage in (Stage.WANTED, Stage.PAUSED):
            self.roster.set(current.hindered(anyio.current_time(), until))

    def _back_off(self, member: Member) -> float:
        now = anyio.current_time()
        hindered = now - (member.hindered_since if member.hindered_since is not None else now)
        return now + _BACK_OFF.after_waiting(hindered)
