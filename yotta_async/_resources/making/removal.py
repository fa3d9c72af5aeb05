"""Deleting what has no owner: the things that cancelled creates have made, and late twins."""

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from math import inf
from typing import Final, Generic, TypeVar

import anyio
from attrs import define, field

from ..._call.caller import Caller, CallOptions
from ..._call.rules.retry import may_have_happened
from ...errors import APIError, ConflictError, NotFoundError, YottaError
from ..rules.proof import Evidence, Verdict, proven
from .claims import Claims
from .recipe import Made, Recipe


__all__ = ["Removal"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T", bound=Made)

# Seconds between two deletes of which the first proved nothing; a policy may have no wait at all.
_LEAST_PAUSE: Final = 0.5
# Seconds after which a thing that was deleted, and is listed still, is deleted once more.
DONE_FOR: Final = 600.0
# Names; the oldest are forgotten, and stay in the log.
MOST_LEFT: Final = 10_000
# Why what may be a twin is named and not deleted.
_CHOSEN: Final = "has a name that was chosen, and may be somebody else's"
_ALTERED: Final = "may be listed under a name that the server has altered, or be somebody else's"


@define(eq=False)
class Removal(Generic[T]):
    """
    Deletes things of one noun on the client's own account, and says so when it cannot.

    Attributes:
        left: The things that could not be deleted, or may exist, by name; with their ids where
            these are known. Of several with one name the later ones have their id in the key.
    """

    _caller: Caller
    _recipe: Recipe
    _claims: Claims
    left: dict[str, str | None] = field(factory=dict[str, str | None])
    _under_way: set[str] = field(factory=set[str])
    _done: dict[str, float] = field(factory=dict[str, float])

    async def sweep(
        self,
        listed: Iterable[T],
        options: CallOptions,
        is_over: Callable[[T], bool] = lambda _: False,
    ) -> None:
        """
        Delete the late twins on a list, beside the caller.

        Under a name that the user chose, or that the server has altered past reading, a twin may be
        another program's: it is reported, and not deleted.

        Args:
            is_over: Whether one is deleted, or being deleted, already.
        """
        claims, clock, lag = self._claims, self._caller.server_time, options.retry.settle
        for thing, claim in claims.twins(listed, clock):
            now = anyio.current_time()
            if is_over(thing) or not claims.is_twin(claim, thing, clock, now, lag):
                continue
            if not claim.own:
                self._tell_once(thing, claim.name, _CHOSEN)
            elif claims.is_altered(claim, thing.name or ""):
                self._tell_once(thing, claim.name, _ALTERED)
            else:
                await self._remove_beside(thing, claim.name, options)

    async def remove(self, thing_id: str, name: str, options: CallOptions) -> None:
        """Delete one thing that has no owner; a failure is logged and reported, not raised."""
        now = anyio.current_time()
        if self._knows(thing_id, now):
            return
        self._under_way.add(thing_id)
        patience = options.retry.patience
        try:
            await self.delete(thing_id, options, heard_at=now, patience=patience, name=name)
        except YottaError as error:
            self.tell_left(name, thing_id, error)
            return
        except BaseException as error:
            self.tell_left(name, thing_id, error)
            raise
        finally:
            self._under_way.discard(thing_id)
        self._note_done(thing_id, anyio.current_time())
        self.left.pop(self._left_as(name, thing_id), None)
        logger.info("deleted %s %s (id %s), which has no owner", self._recipe.noun, name, thing_id)
        self._caller.tell(self._recipe.removed(name, thing_id, at=anyio.current_time()))

    async def delete(
        self,
        thing_id: str,
        options: CallOptions,
        *,
        heard_at: float | None = None,
        patience: float | None = None,
        name: str = "",
    ) -> None:
        """
        Delete one thing, again and again while the answers prove nothing.

        Args:
            heard_at: The instant since when a thing that was not made here is known; a 404 to one
                that is older is no error. None for one of the user's, of which it is.
            patience: Seconds for which a delete that is refused for the thing's state is repeated;
                None for as often as the policy has attempts.
            name: Under which it is reported meanwhile; "" for not at all.

        Raises:
            NotFoundError: There is none; or there may be, as it was made here and never shown.
            ConflictError: Its state does not allow it.
        """
        began, retry, failures, lost = anyio.current_time(), options.retry, 0, False
        while True:
            try:
                with self._noting_lost(thing_id):
                    await self._recipe.delete(thing_id, options)
            except NotFoundError as error:
                lost = lost or error.unclear or self._claims.may_be_deleted(thing_id)
                verdict = self.proven_by_404(thing_id, retry.settle, heard_at=heard_at)
                if verdict is Verdict.GONE and (lost or heard_at is not None):
                    return
                if verdict is not Verdict.DOUBTFUL:
                    raise _explained(error, verdict)  # noqa: B904  # it is the same error
            except ConflictError as error:
                lost = lost or error.unclear
                waited = anyio.current_time() - began
                if failures + 1 >= retry.attempts if patience is None else waited >= patience:
                    raise
            else:
                self._claims.note_shown(thing_id)  # the server knew it
                return
            if name:
                self._note_left(name, thing_id)
            failures += 1
            await anyio.sleep(max(_LEAST_PAUSE, retry.ceiling(failures)))

    @contextmanager
    def _noting_lost(self, thing_id: str) -> Generator[None]:
        """Note it when a delete fails so that it may have been done all the same."""
        try:
            yield
        except APIError as error:
            if error.unclear or may_have_happened(error):
                self._claims.note_delete_lost(thing_id)
            raise

    def proven_by_404(self, thing_id: str, lag: float, *, heard_at: float | None = None) -> Verdict:
        """
        Return what a 404 to a thing's id proves now.

        Args:
            lag: Seconds for which a replica may not know it.
            heard_at: The instant since when a thing that was not made here lately is known; None
                for long enough.
        """
        now = anyio.current_time()
        age, seen = self._claims.standing(thing_id, now)
        if age == inf and heard_at is not None:
            age = now - heard_at
        lost = self._claims.may_be_deleted(thing_id)
        evidence = Evidence.NOT_FOUND_AFTER_LOST_DELETE if lost else Evidence.NOT_FOUND
        return proven(evidence, age=age, lag=lag, seen=seen)

    def tell_left(self, name: str, thing_id: str | None, error: BaseException) -> None:
        """Name a thing that is left behind."""
        self._note_left(name, thing_id)
        kind, noun = type(error).__name__, self._recipe.noun
        reason = f"{kind}: {error}" if isinstance(error, YottaError) else kind
        shown = thing_id or "unknown"
        logger.error("a %s may be left, and bill: name %s, id %s (%s)", noun, name, shown, reason)
        self._caller.tell(self._recipe.left(name, thing_id, at=anyio.current_time(), reason=reason))

    def _note_left(self, name: str, thing_id: str | None) -> None:
        self.left[self._left_as(name, thing_id)] = thing_id
        if len(self.left) > MOST_LEFT:
            del self.left[next(iter(self.left))]

    def _left_as(self, name: str, thing_id: str | None) -> str:
        """Return under what a thing is in `left`: its name, unless another of that name is."""
        is_free = thing_id is None or self.left.get(name) in (None, thing_id)
        return name if is_free else f"{name} (id {thing_id})"

    def _note_done(self, thing_id: str, now: float) -> None:
        self._done[thing_id] = now
        while now - self._done[oldest := next(iter(self._done))] > DONE_FOR:
            del self._done[oldest]

    def _knows(self, thing_id: str, now: float) -> bool:
        """Whether a thing is being deleted, or was lately."""
        return thing_id in self._under_way or now - self._done.get(thing_id, -inf) <= DONE_FOR

    async def _remove_beside(self, thing: T, name: str, options: CallOptions) -> None:
        async def work() -> None:
            await self.remove(thing.id, name, options)

        if not self._knows(thing.id, anyio.current_time()):
            await self._caller.owner.tidy(work)

    def _tell_once(self, thing: T, name: str, why: str) -> None:
        is_told = thing.id in self.left.values()
        if not is_told and not self._knows(thing.id, anyio.current_time()):
            error = YottaError(f"a second {self._recipe.noun} {why}")
            self.tell_left(name, thing.id, error)


def _explained(error: NotFoundError, verdict: Verdict) -> NotFoundError:
    if verdict is Verdict.UNSEEN:
        error.hint = "It was made here and never shown: it may exist all the same, and bill."
    return error
