"""
The names under which creates were sent, and what lists say about the things that have them.

A create has no idempotency key, so the name is the key. After an unclear answer the lists are
searched for it. A twin may still appear later than any list lag that was allowed for, or where the
answer was clear: a refusal that was none, a proxy that has sent a create twice. So names are
watched after their creates, and every later list is checked against them; for how long, and how
many, is bounded here.

A name that was made here is random and can be nothing else's. A name that the user chose may be
another thing's, older or of another program: what then tells them apart is in `rules.proof`, and
nothing is deleted for having a name.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from math import inf
from typing import Final, Protocol, TypeVar

from attrs import define, evolve, field

from ..rules.proof import Likeness, Signs, Whose, letters, likeness, whose
from .alteration import Alteration
from .recipe import Made


__all__ = ["Claim", "Claims"]

T = TypeVar("T", bound=Made)

# The server's clock is read from its Date header, which has no fractions of a second.
CLOCK_ERROR = timedelta(seconds=2)
# Seconds after its end for which a create's name is watched: long beyond what a server or a proxy
# may hold a request back; after an unclear answer a day, as something is more likely to come.
WATCHED_FOR: Final = 3600.0
DOUBTED_FOR: Final = 24 * 3600.0
# Names, and ids of one name; the oldest are forgotten first. A claim takes about a kilobyte.
MOST_WATCHED: Final = 10_000
MOST_OF_A_NAME: Final = 1_000
# Creates without a clear answer, the latest, by whose times things of unreadable names are judged.
_MOST_COMPARED: Final = 100

ServerClock = Callable[[float], datetime | None]


class Adopter(Protocol):
    """What takes over the things that may yet appear under a name, while it lives: a fleet."""

    adopts: bool


@define(eq=False)
class Claim:
    """
    One create, over all its attempts.

    Attributes:
        own: Whether the name was made here, and belongs to nothing else.
        shared: Whether another create under this name was under way, or unclear, meanwhile.
        first_sent: The instant of the first attempt, or None before it.
        unclear_since: The instant of the last answer that left it open whether a thing was made,
            or None.
        refused: Whether an attempt was answered with a refusal.
        returned_id: The id of the thing that the caller got, once it did.
        over_at: The instant at which the create has ended, or None before.
        adopter: What takes over things that may yet appear under the name.
        returned: The ids of what creates of this name have returned so far.
        listed_before: The ids that a list had under this name before the create was sent.
        compared_at: The instant for which that list was asked; None if there was none.
        seen: Whether a list has shown the thing that was returned.
        shown: Whether the server has shown in another way that it knows it.
        delete_lost: Whether the answer to a delete of it was lost.
    """

    name: str
    own: bool
    returned: dict[str, None] = field(factory=dict[str, None])
    shared: bool = False
    first_sent: float | None = None
    unclear_since: float | None = None
    refused: bool = False
    returned_id: str | None = None
    over_at: float | None = None
    adopter: Adopter | None = None
    listed_before: frozenset[str] = frozenset()
    compared_at: float | None = None
    seen: bool = False
    shown: bool = False
    delete_lost: bool = False

    @property
    def is_adoptable(self) -> bool:
        """Whether a fleet takes over what may yet appear under the name."""
        return self.adopter is not None and self.adopter.adopts

    def signs(self, thing: Made, name: str, clock: ServerClock, now: float, lag: float) -> Signs:
        """
        Return what is known of a listed thing in the light of this create.

        Args:
            name: The thing's, as it was sent.
            clock: The server's time at an instant; None where it is not known.
            lag: Seconds for which lists lag.
        """
        sent = self.first_sent if self.first_sent is not None else inf
        appeared = self.compared_at is not None and self.compared_at >= sent - lag
        return Signs(
            name=likeness(self.name, name, own=self.own),
            own=self.own,
            returned=thing.id in self.returned,
            listed_before=thing.id in self.listed_before,
            appeared=appeared,
            shared=self.shared,
            within=_is_within(thing.created_at, clock, sent, now),
        )


def _is_within(
    made_at: datetime | None, clock: ServerClock, since: float, until: float
) -> bool | None:
    if made_at is None or since == inf:
        return None
    first, last = clock(since), clock(until)
    if first is None or last is None:
        return None
    return first - CLOCK_ERROR <= made_at <= last + CLOCK_ERROR


def _was_under_way(claim: Claim, thing: Made, clock: ServerClock) -> bool:
    since, until = claim.first_sent, claim.over_at
    if since is None or until is None:
        return False
    return _is_within(thing.created_at, clock, since, until) is True


@define(eq=False)
class _Watched:
    """Claims by a name or an id, as long and as many as it may be; the oldest end first."""

    seconds: float
    most: int
    _claims: dict[str, Claim] = field(factory=dict[str, Claim])

    def __len__(self) -> int:
        return len(self._claims)

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def get(self, key: str) -> Claim | None:
        return self._claims.get(key)

    def values(self) -> Collection[Claim]:
        return self._claims.values()

    def put(self, key: str, claim: Claim, now: float) -> None:
        claims = self._claims
        claims.pop(key, None)
        claims[key] = claim
        while claims:
            oldest = next(iter(claims))
            in_time = _ended(claims[oldest], now) >= now - self.seconds
            if in_time and len(claims) <= self.most:
                break
            del claims[oldest]


def _ended(claim: Claim, now: float) -> float:
    return now if claim.over_at is None else claim.over_at


def _watched_clear() -> _Watched:
    return _Watched(WATCHED_FOR, MOST_WATCHED)


@define(eq=False)
class Claims:
    """
    The creates under way, and those whose names are watched.

    Attributes:
        alteration: A name that the server was seen to alter, or None.
        clocks_agree: Whether the server's Date was seen to agree with the times of things.
        is_watching: Whether there are names to check a list against.
    """

    alteration: Alteration | None = None
    clocks_agree: bool = False
    is_watching: bool = False
    _open: dict[str, list[Claim]] = field(factory=dict[str, list[Claim]])
    _unclear: _Watched = field(factory=lambda: _Watched(DOUBTED_FOR, MOST_WATCHED))
    _clear: _Watched = field(factory=_watched_clear)
    _made: _Watched = field(factory=_watched_clear)
    _returned: dict[str, dict[str, None]] = field(factory=dict[str, dict[str, None]])
    _last_list: tuple[float, Collection[Made]] | None = field(default=None, repr=False)

    @property
    def unclear(self) -> tuple[str, ...]:
        """The names of creates that were unclear."""
        return tuple(self._unclear)

    @property
    def is_doubtful(self) -> bool:
        """Whether twins are to be expected: after an unclear answer, or a refusal."""
        return bool(self._unclear) or any(claim.refused for claim in self._clear.values())

    # A create, from its beginning to its end.

    def open(self, claim: Claim) -> Claim:
        """Begin a create; two at a time under one chosen name cannot be told apart by it."""
        name, under_way = claim.name, self._open.setdefault(claim.name, [])
        if not claim.own:
            claim.returned = self._returned_of(name)
        past = self._unclear.get(name)
        for other in (*under_way, *((past,) if past and past.returned_id is None else ())):
            claim.shared = other.shared = True
        under_way.append(claim)
        return claim

    def note_sent(self, claim: Claim, now: float) -> None:
        """Note that a create is about to be sent, and what had its name until then."""
        if claim.first_sent is not None:
            return
        claim.first_sent = now
        if not claim.own and self._last_list is not None:
            claim.compared_at, things = self._last_list
            claim.listed_before = frozenset(
                thing.id for thing in things if thing.name == claim.name
            )

    def note_unclear(self, claim: Claim, now: float) -> None:
        claim.unclear_since, self.is_watching = now, True
        self._unclear.put(claim.name, claim, now)

    def note_made(self, claim: Claim, thing_id: str, now: float) -> None:
        """Note that a create was answered with an id, or its thing was found."""
        claim.over_at = now
        self._made.put(thing_id, claim, now)

    def note_returned(self, claim: Claim, thing_id: str, now: float) -> None:
        """Note that what a create has made is a caller's, or a fleet's."""
        claim.returned[thing_id] = None
        if len(claim.returned) > MOST_OF_A_NAME:
            del claim.returned[next(iter(claim.returned))]
        self.note_made(claim, thing_id, now)

    def close(self, claim: Claim, returned_id: str | None, now: float) -> None:
        """End a create: with the thing that was returned, or with none."""
        claim.returned_id, claim.over_at = returned_id, now
        if returned_id is not None:
            self.note_returned(claim, returned_id, now)
        under_way = [each for each in self._open.pop(claim.name, ()) if each is not claim]
        if under_way:
            self._open[claim.name] = under_way
        watched = self._clear if claim.unclear_since is None else self._unclear
        if claim.first_sent is not None:
            self.is_watching = True
            watched.put(claim.name, claim, now)

    def _returned_of(self, name: str) -> dict[str, None]:
        returned = self._returned[name] = self._returned.pop(name, {})
        if len(self._returned) > MOST_WATCHED:
            del self._returned[next(iter(self._returned))]
        return returned

    # What a list says.

    def standing(self, thing_id: str, now: float) -> tuple[float, bool]:
        """
        Return the age of a thing in seconds, and whether a list has shown it.

        What was not made here lately counts as old, and as shown.
        """
        claim = self._made.get(thing_id)
        if claim is None:
            return inf, True
        return now - _ended(claim, now), claim.seen or claim.shown

    def note_shown(self, thing_id: str) -> None:
        """Note that the server has shown that it knows a thing."""
        claim = self._made.get(thing_id)
        if claim is not None:
            claim.shown = True

    def note_delete_lost(self, thing_id: str) -> None:
        """Note that a thing may have been deleted, as the answer to that was lost."""
        claim = self._made.get(thing_id)
        if claim is not None:
            claim.delete_lost = True

    def may_be_deleted(self, thing_id: str) -> bool:
        """Whether the answer to a delete of a thing that was made here was lost."""
        claim = self._made.get(thing_id)
        return claim is not None and claim.delete_lost

    def whose(self, claim: Claim, thing: Made, clock: ServerClock, now: float, lag: float) -> Whose:
        """Return whether a listed thing is of a create."""
        signs = claim.signs(thing, self.unaltered(thing.name or ""), clock, now, lag)
        return whose(evolve(signs, clocks_agree=self.clocks_agree))

    def is_twin(
        self, claim: Claim, thing: Made, clock: ServerClock, now: float, lag: float
    ) -> bool:
        """Whether a thing under a watched name may be a create's, beside what it returned."""
        if claim.own:
            return True
        if claim.unclear_since is not None:
            return self.whose(claim, thing, clock, now, lag) is not Whose.OTHERS
        # Its answer was clear: another program may well use the name, but not in the same seconds.
        since, until = claim.first_sent, claim.over_at
        return (
            since is not None and _is_within(thing.created_at, clock, since, until or now) is True
        )

    def take_in(
        self, things: Collection[T], asked_at: float | None, clock: ServerClock
    ) -> Alteration | None:
        """
        Take in things that were read; return a name that was altered, if it is the first such.

        Args:
            asked_at: The instant for which a list of all was asked; None for some of them.
            clock: The server's time at an instant; None where it is not known.
        """
        if asked_at is not None:
            self._last_list = (asked_at, things)
        if not self._made:
            return None
        known = self.alteration
        for thing in things:
            claim = self._made.get(thing.id)
            if claim is not None and not claim.seen:
                self._compare(claim, thing, clock)
        return self.alteration if known is None else None

    def _compare(self, claim: Claim, thing: Made, clock: ServerClock) -> None:
        """Learn from a thing that was made here how the server writes names and times."""
        claim.seen = True
        if thing.name and thing.name != claim.name:
            self.alteration = self.alteration or Alteration(claim.name, thing.name)
        if claim.first_sent is None or claim.over_at is None:
            return
        # It was made between the two. If these are seconds apart that is close to each of them.
        if _is_within(thing.created_at, clock, claim.over_at, claim.first_sent):
            self.clocks_agree = True
        elif _is_within(thing.created_at, clock, claim.first_sent, claim.over_at) is False:
            self.clocks_agree = False

    def unaltered(self, listed: str) -> str:
        """Return a listed name as it was sent, as far as is known of how names are altered."""
        return listed if self.alteration is None else self.alteration.undone(listed)

    def is_altered(self, claim: Claim, name: str) -> bool:
        """Whether a listed name is not a claim's for certain, as others may have it."""
        whole = likeness(claim.name, self.unaltered(name), own=True)
        return whole not in (Likeness.SAME, Likeness.ALIKE)

    def twins(
        self, things: Iterable[T], clock: ServerClock = lambda _: None
    ) -> list[tuple[T, Claim]]:
        """
        Return the things under watched names that no caller got, and no fleet takes over.

        Where the server alters names so that none can be read, what was made while a create
        without a clear answer was under way may be that create's.

        Args:
            clock: The server's time at an instant; None where it is not known.
        """
        if not self.is_watching:
            return []
        known = self.alteration
        find = self._claim_of if known is None else self._finder(known)
        watched = [(thing, find(thing.name or "")) for thing in things]
        if known is not None and not known.is_readable and known.kept is None:
            watched = [(each, claim or self._claim_then(each, clock)) for each, claim in watched]
        return [
            (thing, claim)
            for thing, claim in watched
            if claim
            and claim.over_at is not None
            and not claim.is_adoptable
            and thing.id not in claim.returned
        ]

    def _claim_then(self, thing: Made, clock: ServerClock) -> Claim | None:
        """Return a create without a clear answer that was under way when a thing was made."""
        if self._made.get(thing.id) is not None:
            return None
        latest = [*self._unclear.values()][-_MOST_COMPARED:]
        return next((each for each in reversed(latest) if _was_under_way(each, thing, clock)), None)

    def _claim_of(self, name: str) -> Claim | None:
        return self._unclear.get(name) or self._clear.get(name)

    def _finder(self, alteration: Alteration) -> Callable[[str], Claim | None]:
        """Return what finds claims by names that the server has altered."""
        by_letters = {
            letters(claim.name): claim
            for claim in (*self._clear.values(), *self._unclear.values())
            if claim.own
        }
        by_start = {each[: alteration.kept]: claim for each, claim in by_letters.items()}

        def find(name: str) -> Claim | None:
            found = alteration.letters_of(name)
            return self._claim_of(name) or by_letters.get(found) or by_start.get(found)

        return find
