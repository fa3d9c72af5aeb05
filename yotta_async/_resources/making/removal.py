"""Deleting what has no owner: the things that cancelled creates have made, and late twins."""

import logging
from collections.abc import Iterable
from typing import Generic, TypeVar

import anyio
from attrs import define, field

from ..._call.caller import Caller, CallOptions
from ...errors import NotFoundError, YottaError
from .claims import Claims
from .recipe import Made, Recipe


__all__ = ["Removal"]

logger = logging.getLogger("yotta_async")

T = TypeVar("T", bound=Made)


@define(eq=False)
class Removal(Generic[T]):
    """
    Deletes things of one noun on the client's own account, and says so when it cannot.

    Attributes:
        left: The things that could not be deleted, or may exist, by name; with their ids where
            these are known.
    """

    _caller: Caller
    _recipe: Recipe
    _claims: Claims
    left: dict[str, str | None] = field(factory=dict[str, str | None])
    _under_way: set[str] = field(factory=set[str])
    _done: set[str] = field(factory=set[str])

    async def sweep(self, listed: Iterable[T], options: CallOptions) -> None:
        """
        Delete the late twins on a list, beside the caller.

        Under a name that the user chose a twin may be another program's: it is only reported.
        """
        for thing, claim in self._claims.twins(listed):
            if claim.own:
                await self._remove_beside(thing, options)
            elif claim.matches(thing, self._caller.server_time(claim.first_sent or 0.0)):
                self._tell_once(thing)

    async def remove(self, thing_id: str, name: str, options: CallOptions) -> None:
        """Delete one thing that has no owner; a failure is logged and reported, not raised."""
        if self._knows(thing_id):
            return
        self._under_way.add(thing_id)
        try:
            await self._recipe.delete(thing_id, options)
        except NotFoundError:
            pass
        except YottaError as error:
            self.tell_left(name, thing_id, error)
            return
        except BaseException as error:
            self.tell_left(name, thing_id, error)
            raise
        finally:
            self._under_way.discard(thing_id)
        self._done.add(thing_id)
        self.left.pop(name, None)
        logger.info("deleted %s %s (id %s), which has no owner", self._recipe.noun, name, thing_id)
        self._caller.tell(self._recipe.removed(name, thing_id, at=anyio.current_time()))

    def tell_left(self, name: str, thing_id: str | None, error: BaseException) -> None:
        """Name a thing that is left behind."""
        self.left[name] = thing_id
        kind, noun = type(error).__name__, self._recipe.noun
        reason = f"{kind}: {error}" if isinstance(error, YottaError) else kind
        shown = thing_id or "unknown"
        logger.error("a %s may be left, and bill: name %s, id %s (%s)", noun, name, shown, reason)
        self._caller.tell(self._recipe.left(name, thing_id, at=anyio.current_time(), reason=reason))

    def _knows(self, thing_id: str) -> bool:
        """Whether a thing is being deleted, or was."""
        return thing_id in self._under_way or thing_id in self._done

    async def _remove_beside(self, thing: T, options: CallOptions) -> None:
        async def work() -> None:
            await self.remove(thing.id, thing.name or "", options)

        if not self._knows(thing.id):
            await self._caller.owner.tidy(work)

    def _tell_once(self, thing: T) -> None:
        if thing.name and thing.name not in self.left:
            why = "has a name that was chosen, and may be somebody else's"
            error = YottaError(f"a second {self._recipe.noun} {why}")
            self.tell_left(thing.name, thing.id, error)
