"""
Create exactly once.

A create is repeated only when it cannot have been sent, when the server said no, or when the lists,
asked long enough after the last unclear answer, do not show its name. Whatever it made is returned
to the caller, or deleted if the caller was cancelled, or named in the error or the log.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import anyio
from attrs import define, evolve, frozen

from ..._api.created import created_pod
from ..._api.generation import Generation, given
from ..._call.caller import Caller, CallOptions
from ..._call.ownership import Work
from ..._call.rules.operation import Call
from ..._call.rules.retry import Failure, may_have_happened
from ..._call.watch import ListWatch, Snapshot
from ..._scheduling.turnstile import Admission
from ...errors import APIError, UnresolvedCreateError, YottaError
from ...events import CreateUnclear, PodRecovered
from ...models import Pod, PodSpec
from ..calls import Calls
from .claims import Claim, Claims
from .removal import Removal


__all__ = ["Creation", "Order", "random_name"]

logger = logging.getLogger("yotta_async")

P = TypeVar("P", Pod, Pod | None)


def random_name() -> str:
    """Return a name that nobody else has: 64 random bits."""
    return f"ya-{secrets.token_hex(8)}"


@define(eq=False)
class Order:
    """
    One pod to be made.

    Attributes:
        name: The pod's.
        own: Whether the name was made up here, and is nobody else's.
        fill: Says what to send, once, when the create's turn has come: what was best when it
            joined the queue need not be so any more. Whatever it raises is the create's error, and
            nothing is sent.
        unwanted: Told what came of it when whoever ordered it was cancelled; when None the pod is
            deleted.
        claim: What is known of the name, once the order is being carried out.
        left: Whether whoever ordered it was cancelled while something was on the wire about it:
            then ``unwanted`` is told, sooner or later.
    """

    name: str
    own: bool
    fill: Callable[[], "Filled"]
    unwanted: Callable[[Pod | Exception | None], Awaitable[None]] | None = None
    claim: Claim | None = None
    left: bool = False
    _filled: "Filled | None" = None

    def filled(self) -> "Filled":
        if self._filled is None:
            self._filled = self.fill()
        return self._filled


@frozen
class Filled:
    """What to make, and the call that makes it."""

    spec: PodSpec
    call: Call


@define(eq=False)
class Creation:
    """Makes pods; knows the names of those that are under way or unclear."""

    _caller: Caller
    _api: Generation
    _watch: ListWatch[Pod]
    _claims: Claims
    _removal: Removal

    async def create(self, spec: PodSpec, options: CallOptions) -> Pod:
        """Make one pod, and return it once the server has given it an id."""
        name = spec.name or random_name()
        filled = self.fill(name, spec)  # what cannot be is refused before it waits for its turn
        return await self.make(Order(name, spec.name is None, lambda: filled), options)

    def fill(self, name: str, spec: PodSpec) -> Filled:
        """
        Fill in the create of a pod.

        Raises:
            ConfigurationError: This generation of the API cannot make it.
        """
        fields = given(spec) | {"name": name}
        return Filled(spec, self._api.call("createPod", subject=name, extra=spec.extra, **fields))

    async def make(self, order: Order, options: CallOptions) -> Pod:
        """Carry out an order, and return the pod once the server has given it an id."""
        claim = order.claim = self._claims.open(order.name, own=order.own)
        claim.adoptable = order.unwanted is not None
        try:
            pod = await self._persevere(order, claim, options)
        except BaseException:
            self._claims.close(claim, None)
            raise
        claim.adoptable = False  # whatever else turns up under the name is a twin
        self._claims.close(claim, pod.id)
        if order.unwanted is None:
            self._watch.hasten()  # a fleet looks at its own pace
        return pod

    async def _persevere(self, order: Order, claim: Claim, options: CallOptions) -> Pod:
        async def exchange(admission: Admission) -> Pod:
            try:
                filled = order.filled()
            except BaseException:
                admission.refund()
                raise

            async def work() -> Pod:
                claim.sent(anyio.current_time())
                data = await self._caller.exchange(admission, filled.call, options)
                return created_pod(data, filled.spec, claim.name, filled.call.operation.id)

            return await self._carry(work, order, claim, options, patient=True)

        async def look(failure: Failure) -> Pod | None:
            try:
                return await self._found_after(failure.error, order, claim, options)
            except UnresolvedCreateError as error:
                raise failure.attempts.last(error)  # noqa: B904  # it is the same error

        operation = self._api["createPod"].operation
        return await self._caller.persevere(operation, options, exchange, look)

    async def _found_after(
        self, error: APIError, order: Order, claim: Claim, options: CallOptions
    ) -> Pod | None:
        if not may_have_happened(error):
            return None
        name, now = type(error).__name__, anyio.current_time()
        self._claims.note_unclear(claim, now)
        logger.info("createPod: no clear answer (%s); looking for %s", name, claim.name)
        self._caller.tell(CreateUnclear(at=now, pod_name=claim.name, error=name))
        return await self._carry(
            lambda: self._search(claim, options), order, claim, options, patient=False
        )

    async def _carry(
        self, work: Work[P], order: Order, claim: Claim, options: CallOptions, *, patient: bool
    ) -> P:
        """Do work that a cancelled caller leaves behind, and clean up after it then."""

        async def named() -> P:
            try:
                return await work()
            except anyio.get_cancelled_exc_class() as error:
                self._removal.tell_left(claim.name, None, error)
                raise

        async def discard(outcome: Pod | Exception | None) -> None:
            await self._discard(outcome, claim, evolve(options, lane=None, tidying=True))

        unwanted = order.unwanted or discard
        try:
            return await self._caller.owner.carry(named, unwanted, patient=patient)
        except anyio.get_cancelled_exc_class():
            order.left = True
            raise

    async def _search(self, claim: Claim, options: CallOptions) -> Pod | None:
        """Look for the name until a list that was asked for late enough does not show it."""
        since = claim.unclear_since or 0.0
        certain, asked = since + options.retry.settle, since
        with anyio.move_on_after(options.retry.settle + options.retry.patience):
            while asked < certain:
                snapshot = await self._listed(claim, asked)
                if found := self._oldest(claim, list(snapshot.items.values())):
                    self._note_found(claim, found)
                    return found
                asked = snapshot.sent_at
            return None
        raise _unresolved(claim, "may have been made, and no list could be read to see whether")

    async def _listed(self, claim: Claim, after: float) -> Snapshot[Pod]:
        try:
            return await self._watch.next(after, prompt=True)
        except APIError as error:
            what = f"may have been made, and no list will say whether: {error}"
            raise _unresolved(claim, what) from error

    def _oldest(self, claim: Claim, pods: list[Pod]) -> Pod | None:
        sent_at = self._caller.server_time(claim.first_sent or 0.0)
        named = [pod for pod in pods if pod.name == claim.name]
        found = [pod for pod in named if claim.matches(pod, sent_at)]
        if not found and any(_undated(pod) or claim.shared for pod in named):
            raise _unresolved(claim, "is listed, and nothing tells whether this create made it")
        return min(found, key=_age, default=None)

    def _note_found(self, claim: Claim, pod: Pod) -> None:
        event = PodRecovered(at=anyio.current_time(), pod_name=claim.name, pod_id=pod.id)
        self._caller.tell(event)

    async def _discard(self, outcome: object, claim: Claim, options: CallOptions) -> None:
        """Delete what a cancelled create has made, or may have."""
        if isinstance(outcome, APIError) and may_have_happened(outcome):
            self._claims.note_unclear(claim, anyio.current_time())
            outcome = await self._found_or_told(claim, options)
        if isinstance(outcome, Pod):
            calls = Calls(self._caller, self._api, options)
            await self._removal.remove(outcome.id, claim.name, calls)

    async def _found_or_told(self, claim: Claim, options: CallOptions) -> Pod | None:
        try:
            return await self._search(claim, options)
        except (YottaError, anyio.get_cancelled_exc_class()) as error:
            self._removal.tell_left(claim.name, None, error)
            if not isinstance(error, YottaError):
                raise
        return None


def _unresolved(claim: Claim, what: str) -> UnresolvedCreateError:
    return UnresolvedCreateError(
        f"a pod {claim.name!r} {what}.",
        name=claim.name,
        operation="createPod",
        hint="Look for it by its name before you create it again: it may exist, and bill.",
    )


def _undated(pod: Pod) -> bool:
    return pod.created_at is None


def _age(pod: Pod) -> tuple[datetime, str]:
    return (pod.created_at or datetime.max.replace(tzinfo=UTC), pod.id)
