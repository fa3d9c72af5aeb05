"""
Whose is it? The names under which creates were sent, and what lists say about them.

A create has no idempotency key, so the name is the key. After an unclear answer the lists are
searched for it. A twin may still surface later than any wait for it (a list that lags, a server
that was slow): a name with an unclear past stays on the watch list, and every later list is checked
against it.

A name that was made here is random and can be nothing else's. A name that the user chose may be
another thing's, older or of another program: then a thing counts as this create's only if it was
made after the create was sent, by the server's clock, and nothing is deleted for having a name.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from attrs import define, field

from .recipe import Made


__all__ = ["Claim", "Claims"]

T = TypeVar("T", bound=Made)

# The server's clock is read from its Date header, which has no fractions of a second.
CLOCK_ERROR = timedelta(seconds=2)


@define(eq=False)
class Claim:
    """
    One create, over all its attempts.

    Attributes:
        own: Whether the name was made here, and belongs to nothing else.
        shared: Whether another create under this name had, or still has, an unclear outcome.
        first_sent: The instant of the first attempt, or None before it.
        unclear_since: The instant of the last answer that left it open whether a thing was made,
            or None.
        returned_id: The id of the thing that the caller got, once it did.
        over: Whether the create has ended.
        adoptable: Whether a fleet sees to what may yet surface under the name.
        returned: The ids of what creates of this name have returned so far.
    """

    name: str
    own: bool
    returned: set[str] = field(factory=set[str])
    shared: bool = False
    first_sent: float | None = None
    unclear_since: float | None = None
    returned_id: str | None = None
    over: bool = False
    adoptable: bool = False

    def sent(self, now: float) -> None:
        if self.first_sent is None:
            self.first_sent = now

    def matches(self, thing: Made, sent_at: datetime | None) -> bool:
        """
        Whether a thing was made by this create.

        Args:
            sent_at: The server's time when the create was first sent, or None if it is not known.
        """
        if thing.name != self.name or thing.id in self.returned:
            return False
        if self.own:
            return True
        if self.shared or thing.created_at is None or sent_at is None:
            return False
        return thing.created_at >= sent_at - CLOCK_ERROR


@define(eq=False)
class Claims:
    """The creates under way, and those with an unclear past."""

    _open: dict[str, list[Claim]] = field(factory=dict[str, list[Claim]])
    _unclear: dict[str, Claim] = field(factory=dict[str, Claim])
    _returned: dict[str, set[str]] = field(factory=dict[str, set[str]])

    @property
    def unclear(self) -> tuple[str, ...]:
        """The names on the watch list."""
        return tuple(self._unclear)

    def open(self, claim: Claim) -> Claim:
        """Begin a create; two at a time under one chosen name cannot be told apart by it."""
        name, under_way = claim.name, self._open.setdefault(claim.name, [])
        if not claim.own:
            claim.returned = self._returned.setdefault(name, set())
        past = self._unclear.get(name)
        for other in (*under_way, *((past,) if past and past.returned_id is None else ())):
            claim.shared = other.shared = True
        under_way.append(claim)
        return claim

    def note_unclear(self, claim: Claim, now: float) -> None:
        claim.unclear_since = now
        self._unclear[claim.name] = claim

    def close(self, claim: Claim, returned_id: str | None) -> None:
        """End a create: with the thing that was returned, or with none."""
        claim.returned_id, claim.over = returned_id, True
        if returned_id is not None:
            claim.returned.add(returned_id)
        under_way = [each for each in self._open.pop(claim.name, ()) if each is not claim]
        if under_way:
            self._open[claim.name] = under_way

    def twins(self, things: Iterable[T]) -> list[tuple[T, Claim]]:
        """Return the things under unclear names that are not those which their callers got."""
        if not self._unclear:
            return []
        watched = [(thing, self._unclear.get(thing.name or "")) for thing in things]
        return [
            (thing, claim)
            for thing, claim in watched
            if claim and claim.over and not claim.adoptable and thing.id not in claim.returned
        ]
