"""What a fleet does about one of its members, and what it makes of how that ends."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

import anyio
from attrs import define, field

from .._call.caller import CallOptions
from .._call.rules.backoff import Backoff
from .._call.rules.reach import Reach, is_from_in_between, reach_of, reach_of_create
from .._call.rules.retry import may_have_happened
from .._resources.gpus import Gpus
from .._resources.making.creation import Making, Order
from .._resources.making.recipe import Request
from .._resources.pods.recipe import PodRecipe
from .._resources.pods.verbs import Pods
from ..errors import APIError, ConflictError, NotFoundError, UnexpectedError, YottaError
from ..models import Pod
from ._inventory import Inventory
from ._roster import Roster
from ._siting import Siting, UnplacedError
from ._tasks import classified
from .rules.actions import Delete, Resume, Verify
from .rules.ledger import Ledger
from .rules.members import Member, ReplacePolicy, Stage
from .rules.names import FleetPodName
from .rules.reasons import Reason, ReasonKind


__all__ = ["Executor"]

logger = logging.getLogger("yotta_async")

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

    @property
    def ledger(self) -> Ledger:
        """What there is of the fleet, or may be."""
        return self.siting.ledger

    async def create(self, key: str) -> None:
        """Make the next pod of a member, wherever it is best when its turn comes."""
        member = self.roster.members.get(key)
        if member is None:
            return
        member = member.trying(member.generation + 1)
        self.roster.set(member)
        name = self._name_of(member)
        order = Order(name, True, self._options, lambda: self._request_for(member, name))
        order.on_failure = partial(self.siting.note_failing, key)
        order.admit = partial(self._admit, member, order)
        order.unwanted, order.adopter = self._taker(order), self.inventory.adoption
        try:
            pod = await self._making.make(order)
        except UnplacedError as unplaced:
            self._note_outcome(order, None)
            self.siting.withdraw(key)
            self._note_unplaced(member, unplaced)
        except Exception as error:  # noqa: BLE001  # also what this package has no error for
            self._note_failure(member, order, classified(error, f"making pod {name}"))
        except BaseException:
            if not order.left:
                self._note_outcome(order, None)
            raise
        else:
            self._note_outcome(order, pod)
            self._note_made(member, pod)

    async def delete(self, action: Delete) -> None:
        """Delete a pod that is to be replaced, or one too many."""
        try:
            await self._pods.delete(action.pod_id)
        except NotFoundError as error:
            if is_from_in_between(error):
                raise
            # Of what a list has just shown that proves nothing yet.
            self.ledger.note_denied(action.pod_id, anyio.current_time())
        except ConflictError:
            return  # the next list shows its status
        else:
            self.ledger.note_deleted(action.pod_id, anyio.current_time())
        self.deleted[action.pod_id] = anyio.current_time()
        self.inventory.forget(action.pod_id)
        logger.info("fleet %s: deleted %s: %s", self.roster.name, action.name, action.reason)

    async def resume(self, action: Resume) -> None:
        """Wake a paused pod."""
        try:
            await self._pods.resume(action.pod_id)
        except ConflictError:
            pass  # it moves already; the next list shows where
        except YottaError as error:
            if reach_of(error) in (Reach.CLIENT, Reach.KEY):
                raise
            member = self.roster.members.get(action.key)
            if member is not None:
                self._hinder(member, error, self._back_off(member))
        else:
            self._note_resumed(action)

    async def rest(self, key: str) -> None:
        """Pause the pod of a parked member; if lists go on to show it running, that is repeated."""
        member = self.roster.members.get(key)
        if member is None or member.pod_id is None:
            return
        with suppress(ConflictError, NotFoundError):  # the next list shows its status
            await self._pods.pause(member.pod_id)
        if self.roster.is_parked(key):
            self.roster.parked[key] = anyio.current_time() + self._options.retry.settle

    def _note_resumed(self, action: Resume) -> None:
        member = self.roster.members.get(action.key)
        if member is not None and member.pod_id == action.pod_id:
            self.roster.set(member.unhindered(anyio.current_time() + _BACK_OFF.initial))

    async def verify(self, action: Verify) -> None:
        """Ask the server about a pod that no list shows."""
        exists = await self.exists(action.pod_id)
        now = anyio.current_time()
        if exists:
            self.ledger.note_exists(action.pod_id, now)
        elif self.ledger.note_denied(action.pod_id, now):
            self.inventory.forget(action.pod_id)
        member = self.roster.members.get(action.key)
        if member is None or member.pod_id != action.pod_id:
            return
        if not exists:
            self._replace(member, Reason.of(ReasonKind.VANISHED))
        elif member.is_overdue(now, self.rules):
            reason = Reason.of(ReasonKind.NEVER_LISTED, self.rules.starting)
            self._replace(member, reason)
            name = self.inventory.ids.get(action.pod_id, "")
            await self.delete(Delete(action.pod_id, name, reason))  # no list will ask for it
        else:
            self.roster.set(member.still_there(now))

    def _replace(self, member: Member, reason: Reason) -> None:
        self.siting.note_lost(member.key, [reason])
        self.roster.set(member.without_pod(reason, anyio.current_time(), self.rules.healthy))

    async def ask_prices(self, gpus: Gpus) -> None:
        """Ask what GPUs cost, for the pods of which no list tells it."""
        for offer in await gpus.list():
            self.siting.meter.tell(offer.gpu_type, offer.single_card_price)

    def forget_deletions(self, before: float) -> None:
        """Forget what was deleted so long ago that a list which still shows it is right."""
        self.deleted = {pod_id: at for pod_id, at in self.deleted.items() if at >= before}

    async def exists(self, pod_id: str) -> bool:
        """
        Whether the server knows a pod.

        Raises:
            NotFoundError: It was not the API that said no, which proves nothing.
        """
        try:
            await self._pods.get(pod_id)
        except NotFoundError as error:
            if is_from_in_between(error):
                raise
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
        self._wanted(member)
        spec = self.roster.specs[member.key]
        place = self.siting.choose_place(member.key, spec, member.mark)
        regions = (place.region,) if place.region else ()
        placed = spec.evolve(name=name, regions=regions, gpu_type=place.gpu_type)
        request = self._recipe.request(name, placed)
        self.inventory.begin(name)
        return request

    def _wanted(self, member: Member) -> Member:
        current = self.roster.members.get(member.key)
        if current is None or current.mark != member.mark or current.stage is Stage.LOST:
            raise YottaError(f"pod {member.key!r} is not wanted any more.")
        return current

    def _admit(self, member: Member, order: Order[Pod]) -> None:
        """
        Let a create be sent, once more perhaps, and note that.

        Raises:
            UnplacedError: There are, or may be, as many pods for its key as there may.
            YottaError: It is not wanted any more.
        """
        name, claim, now = order.name, order.claim, anyio.current_time()
        self.ledger.note_ended(name, claim.unclear_since)  # the attempt before this one
        if not self.ledger.may_make(self._wanted(member)):
            raise UnplacedError(_one_too_many(member.key), self._back_off(member))
        spec = self.roster.specs[member.key]
        self.siting.check_room(member.key, spec)
        place = self.siting.place_of(member.key)
        gpu_type = place.gpu_type if place else spec.gpu_type
        self.ledger.ask(member.key, name, (gpu_type, spec.gpu_count), now)

    def _taker(self, order: Order[Pod]) -> Callable[[Pod | Exception | None], Awaitable[None]]:
        """Return what notes the end of a create after its task was cancelled: the fleet ends."""

        async def take(outcome: Pod | Exception | None) -> None:
            self._note_outcome(order, outcome)

        return take

    def _note_made(self, member: Member, pod: Pod) -> None:
        now = anyio.current_time()
        self.siting.note_accepted(member.key)
        self.roster.errors.pop(member.key, None)
        is_test = self.siting.is_test(member.key)
        self.roster.set(member.with_pod(pod.id, member.generation, now, is_test=is_test))

    def _note_unplaced(self, member: Member, unplaced: UnplacedError) -> None:
        if unplaced.is_hopeless:
            self._give_up(member, unplaced.why, Reach.PLACE)
        else:
            self._hinder(member, unplaced.why, unplaced.until)

    def _note_failure(self, member: Member, order: Order[Pod], error: YottaError) -> None:
        self._note_outcome(order, error)
        self.siting.note_refused(member.key, error)
        match reach := reach_of_create(error):
            case Reach.FLEET | Reach.MEMBER:
                self._give_up(member, error, reach)
            case Reach.PLACE:
                self._hinder(member, error, anyio.current_time())  # at once elsewhere, if it can
            case _:
                self._hinder(member, error, self._back_off(member))
        if reach in (Reach.CLIENT, Reach.KEY):
            raise error

    def _note_outcome(self, order: Order[Pod], outcome: object) -> None:
        name, claim, now = order.name, order.claim, anyio.current_time()
        if isinstance(outcome, Pod):
            self.inventory.finish(name, outcome.id)
            self.ledger.note_made(name, outcome.id, now)
        elif _may_have_made(outcome, order):
            self.inventory.finish_unclear(name, now)
            self.ledger.note_ended(name, now)
        else:
            self.inventory.finish_without_pod(name, claim)
            self.ledger.note_ended(name, claim.unclear_since)

    def _give_up(self, member: Member, error: YottaError, reach: Reach) -> None:
        """Make no more pods for a member, nor for those for whom the answer would be the same."""
        now = anyio.current_time()
        # What is on the wire may succeed yet, and else gives itself up.
        under_way = self.ledger.keys_on_the_wire()
        for each in list(self.roster.members.values()):
            waits = each.stage is Stage.WANTED and each.key not in under_way
            if each.key == member.key or (waits and self._is_concerned(each, member, reach)):
                self.roster.note_error(each.key, error)
                self.roster.set(each.given_up(now))

    def _is_concerned(self, other: Member, member: Member, reach: Reach) -> bool:
        """Whether an error of a member is that of another one, too."""
        if reach is Reach.FLEET or other.mark != member.mark:
            return reach is Reach.FLEET
        spec = self.roster.specs[other.key]
        return reach is Reach.MEMBER or self.siting.why_hopeless(spec, other.mark) is not None

    def _hinder(self, member: Member, error: YottaError, until: float) -> None:
        current = self.roster.members.get(member.key, member)
        if current.stage in (Stage.WANTED, Stage.PAUSED):
            self.roster.note_error(member.key, error)
            self.roster.set(current.hindered(anyio.current_time(), until))

    def _back_off(self, member: Member) -> float:
        now = anyio.current_time()
        hindered = now - (member.hindered_since if member.hindered_since is not None else now)
        return now + _BACK_OFF.after_waiting(hindered)


def _may_have_made(outcome: object, order: Order[Pod]) -> bool:
    """Whether a create may have made a pod, although this is how it ended."""
    if isinstance(outcome, UnexpectedError):
        return order.claim.first_sent is not None
    return isinstance(outcome, APIError) and may_have_happened(outcome)


def _one_too_many(key: str) -> YottaError:
    hint = "Another is made when one of them is known to be gone."
    return YottaError(f"pod {key!r} has, or may have, as many pods as it may.", hint=hint)
