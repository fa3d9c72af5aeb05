"""
Create exactly once.

A create is repeated only when it cannot have been sent, when the server said no, or when the lists,
asked long enough after the last unclear answer, do not show its name. What it made is returned to
the caller, or deleted if the caller was cancelled, or named in the error or the log.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Generic, TypeVar, cast

import anyio
from attrs import define, evolve, field

from ..._call.caller import Caller, CallOptions
from ..._call.ownership import Unwanted, Work
from ..._call.rules.retry import Failure, may_have_happened
from ..._call.watch import ListWatch, Snapshot
from ..._scheduling.turnstile import Admission
from ...errors import APIError, APIStatusError, UnresolvedCreateError, YottaError
from ..rules.proof import Whose
from .alteration import Alteration
from .claims import Adopter, Claim, Claims
from .recipe import Made, Recipe, Request
from .removal import Removal


__all__ = ["Making", "Order", "random_name"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T", bound=Made)
R = TypeVar("R")


def random_name(entropy: Callable[[int], bytes]) -> str:
    """Return a name that nothing else has: 64 random bits."""
    return f"ya-{entropy(8).hex()}"


@define(eq=False)
class Order(Generic[T]):
    """
    One thing to be made, over all attempts at it.

    Attributes:
        name: The thing's.
        own: Whether the name was made up here, and belongs to nothing else.
        prepare: Says what to send, once, when the create's turn has come: what was best when it
            joined the queue need not be so any more. What it raises is the create's error, and
            nothing is sent.
        on_failure: Told of each attempt that fails, at once; another one may follow.
        admit: Asked before each attempt is sent, what it is being known by then; what it raises is
            the create's error.
        unwanted: Told the outcome if the caller was cancelled; when None what was made is deleted.
        claim: What is known of the name.
        adopter: What takes over what may yet appear under the name, beside ``unwanted``.
        left: Whether the caller was cancelled while something was on the wire about it: then
            ``unwanted`` is told, sooner or later.
    """

    name: str
    own: bool
    options: CallOptions
    prepare: Callable[[], Request[T]]
    admit: Callable[[], None] | None = None
    unwanted: Callable[[T | Exception | None], Awaitable[None]] | None = None
    on_failure: Callable[[APIError], None] | None = None
    adopter: Adopter | None = None
    claim: Claim = field(init=False)
    left: bool = False
    _request: Request[T] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.claim = Claim(self.name, own=self.own)

    def request(self) -> Request[T]:
        """Return what to send; the same for each attempt, each of which must be admitted."""
        if self._request is None:
            self._request = self.prepare()
        if self.admit is not None:
            self.admit()
        return self._request


@define(eq=False)
class Making(Generic[T]):
    """Makes the things of one noun; knows the names of those that are under way or unclear."""

    _caller: Caller
    _recipe: Recipe
    _watch: ListWatch[T]
    _claims: Claims
    _removal: Removal[T]

    async def create(
        self, name: str | None, prepare: Callable[[str], Request[T]], options: CallOptions
    ) -> T:
        """
        Make one thing, and return it once the server has given it an id.

        Args:
            name: As the user chose it; None for a random one.
            prepare: Fills in the create for a name.

        Raises:
            ConfigurationError: It cannot be; nothing was sent.
            UnresolvedCreateError: It was not found out whether it was made.
            APIError: It was not made.
        """
        chosen = name or random_name(self._caller.entropy)
        request = prepare(chosen)  # what cannot be is refused before it waits for its turn
        return await self.make(Order(chosen, not name, options, lambda: request))

    async def make(self, order: Order[T]) -> T:
        """Carry out an order, and return the thing once the server has given it an id."""
        claim = order.claim
        claim.adopter = order.adopter
        self._claims.open(claim)
        try:
            made = await self._caller.persevere(
                self._recipe.operation,
                order.options,
                partial(self._exchange, order),
                partial(self._look, order),
            )
        except BaseException:
            self._claims.close(claim, None, anyio.current_time())
            raise
        claim.adopter = None  # other things of that name are twins
        self._claims.close(claim, made.id, anyio.current_time())
        if order.unwanted is None and (self._watch.led or self._watch.quiet):
            self._watch.hasten()  # a fleet looks at its own pace
        return made

    async def _exchange(self, order: Order[T], admission: Admission) -> T:
        try:
            request = order.request()
        except BaseException:
            admission.refund()
            raise

        async def work() -> T:
            self._claims.note_sent(order.claim, anyio.current_time())
            try:
                data = await self._caller.exchange(request.call, order.options, admission)
            except APIStatusError:
                order.claim.refused = True  # by what it says
                raise
            return request.read(data)

        return await self._carry(order, work, patient=True)

    async def _look(self, order: Order[T], failure: Failure) -> T | None:
        """Look for the thing after an unclear answer."""
        if order.on_failure is not None:
            order.on_failure(failure.error)
        if not may_have_happened(failure.error):
            return None
        name, error, now = order.name, type(failure.error).__name__, anyio.current_time()
        self._claims.note_unclear(order.claim, now)
        operation = self._recipe.operation.id
        logger.info("%s: no clear answer (%s); looking for the name %s", operation, error, name)
        self._caller.tell(self._recipe.unclear(name, at=now, error=error))
        try:
            return await self._carry(order, lambda: self._search(order), patient=False)
        except UnresolvedCreateError as unresolved:
            raise failure.attempts.last(unresolved)  # noqa: B904  # it is the same error

    async def _carry(self, order: Order[T], work: Work[R], *, patient: bool) -> R:
        """Do work that a cancelled caller leaves behind, and clean up after it then."""

        async def named() -> R:
            try:
                return await work()
            except anyio.get_cancelled_exc_class() as error:
                self._removal.tell_left(order.name, None, error)
                raise

        # The work makes a thing, or looks for one and may find none.
        unwanted = cast("Unwanted[R]", partial(self._hand_over, order))
        try:
            return await self._caller.owner.carry(named, unwanted, patient=patient)
        except anyio.get_cancelled_exc_class():
            order.left = True
            raise

    async def _search(self, order: Order[T]) -> T | None:
        """Look for the name until a list that was asked for late enough does not show it."""
        claim, retry = order.claim, order.options.retry
        self._check_findable(claim)
        since = claim.unclear_since or 0.0
        certain, asked = since + retry.settle, since
        with anyio.move_on_after(retry.settle + retry.patience):
            while asked < certain:
                snapshot = await self._listed(claim, asked)
                found = self._oldest(claim, snapshot.items.values(), retry.settle)
                if found is not None:
                    now = anyio.current_time()
                    self._caller.tell(self._recipe.recovered(claim.name, found.id, at=now))
                    return found
                asked = snapshot.sent_at
                if asked >= certain and snapshot.hides_name(claim.name):
                    what = "may have been made: the list has an item that cannot be read"
                    raise self._unresolved(claim, what)
            return None
        raise self._unresolved(claim, "may have been made, and no list could be read to see")

    async def _listed(self, claim: Claim, after: float) -> Snapshot[T]:
        try:
            return await self._watch.next(after, prompt=True)
        except APIError as error:
            what = f"may have been made, and no list can be read to see: {error}"
            raise self._unresolved(claim, what) from error

    def _check_findable(self, claim: Claim) -> None:
        altered = self._claims.alteration
        if altered is not None and not altered.is_readable:
            what = f"may have been made, and cannot be found: {_told(altered)}"
            raise self._unresolved(claim, what)

    def _oldest(self, claim: Claim, things: Iterable[T], lag: float) -> T | None:
        """Return the oldest of the things that the create has made, or None if it has made none."""
        now, clock = anyio.current_time(), self._caller.server_time
        ours, doubtful = list[T](), list[T]()
        for thing in things:
            match self._claims.whose(claim, thing, clock, now, lag):
                case Whose.OURS:
                    ours.append(thing)
                case Whose.DOUBTFUL:
                    doubtful.append(thing)
                case Whose.OTHERS:
                    pass
        if doubtful and not ours:
            what = "is listed, and nothing tells whether this create made it"
            raise self._unresolved(claim, what, doubtful)
        return min(ours, key=_age, default=None)

    def _unresolved(
        self, claim: Claim, what: str, candidates: Iterable[T] = ()
    ) -> UnresolvedCreateError:
        known = {thing.id: thing.name or "" for thing in candidates}
        ids = f" It may be {' or '.join(known)}." if known else ""
        return UnresolvedCreateError(
            f"a {self._recipe.noun} {claim.name!r} {what}.{ids}",
            name=claim.name,
            candidates=known,
            operation=self._recipe.operation.id,
            hint="Look for it by its name before you create it again: it may exist, and bill.",
        )

    async def _hand_over(self, order: Order[T], outcome: T | Exception | None) -> None:
        """Give what a cancelled create has made, or may have, to whom it may concern."""
        if outcome is not None and not isinstance(outcome, Exception):
            note = self._claims.note_returned if order.unwanted else self._claims.note_made
            note(order.claim, outcome.id, anyio.current_time())
        if order.unwanted is not None:
            await order.unwanted(outcome)
        else:
            await self._discard(order, outcome)

    async def _discard(self, order: Order[T], outcome: T | Exception | None) -> None:
        """Delete what a cancelled create has made, or may have."""
        if isinstance(outcome, APIError) and may_have_happened(outcome):
            self._claims.note_unclear(order.claim, anyio.current_time())
            outcome = await self._found_or_told(order)
        if outcome is not None and not isinstance(outcome, Exception):
            options = evolve(order.options, lane=None, tidying=True)
            await self._removal.remove(outcome.id, order.name, options)

    async def _found_or_told(self, order: Order[T]) -> T | None:
        try:
            return await self._search(order)
        except (YottaError, anyio.get_cancelled_exc_class()) as error:
            self._removal.tell_left(order.name, None, error)
            if not isinstance(error, YottaError):
                raise
        return None


def _age(thing: Made) -> tuple[datetime, str]:
    return (thing.created_at or datetime.max.replace(tzinfo=UTC), thing.id)


def _told(altered: Alteration) -> str:
    return f"this server lists {altered.sent!r} as {altered.listed!r}"
