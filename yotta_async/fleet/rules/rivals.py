"""
Whose pods are they: those of a fleet's own run, of an earlier one that crashed, or of another
program that is at work on the same fleet.

Names hold the run that made a pod. A run that begins takes a word greater than all that it finds
(`names.owner_token`), so of two runs the earlier is less, whatever clocks say; only of two that
begin before either sees the other's pods the clocks decide. What another run made is inherited:
that run crashed, most likely. If it lives after all it shows itself by going on, and of two runs
that live the later yields. `judge` says what a pod that is new in a list means.

A run that is dead cannot go on, but what it had set in motion may turn up late: in lists that
lacked a region, or because a create was carried out late. So one late pod of each key proves
nothing. A second does, and so does the next generation of a key whose pod was well all the time.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from itertools import islice
from math import inf
from typing import Final, Protocol, TypeVar

from attrs import define, field, frozen

from ...errors import FleetConflictError
from ...models._lifecycle import Phase, phase
from .members import ListedPod
from .names import FleetPodName, leftover_command


__all__ = ["Rivals", "Signs", "Standing", "judge", "named"]

# Pods that a dead run can have had under way: as many as a key may have operations at once.
_MOST_LATE: Final = 5
# Pods that a message names; an error's ``pods`` has all of them.
_MOST_NAMED: Final = 20
# Ids of other runs' pods that are remembered; the oldest are judged anew if they are listed again.
_MOST_KNOWN: Final = 10_000


class DatedPod(ListedPod, Protocol):
    """What is looked at of a pod."""

    @property
    def created_at(self) -> datetime | None: ...


P = TypeVar("P", bound=DatedPod)


class Standing(Enum):
    """What a pod of another run is to this one."""

    INHERITED = "the run that made it is dead: it is taken over"
    ELDER = "an earlier run lives, and made it: this one yields"
    FOLLOWER = "a later run lives, and made it: it is the one to yield"


@frozen(kw_only=True)
class Signs:
    """
    What is known of a pod of another run that is new in a list.

    Attributes:
        earlier: Whether that run is the earlier one.
        in_window: Whether the list was asked for while this run still takes over what it finds.
        older: Whether the pod was made before those that this run made in the window, or no later
            than one that it took over then, by the server's dates; None where that is not known.
        continues: Whether that run, or one before it, had a pod for the key that was well.
        late: How many pods of that run have turned up late before it.
        again: Whether one of them was for the same key.
    """

    earlier: bool
    in_window: bool
    older: bool | None = None
    continues: bool = False
    late: int = 0
    again: bool = False


def judge(signs: Signs) -> Standing:
    """
    Return what a pod of another run is; the first line that applies counts.

    1. It was made before what this run made, or found, first: no sign of life.
    2. It is of a later run: that lives, and yields.
    3. It is of an earlier run, in the window: taken over.
    4. It is the next for a key whose pod was well, or the second late one for a key, or one more
       than a dead run can have had under way: that run lives.
    5. It was under way when that run died: taken over.
    """
    if signs.older:
        return Standing.INHERITED
    if not signs.earlier:
        return Standing.FOLLOWER
    if signs.in_window:
        return Standing.INHERITED
    lives = signs.continues or signs.again or signs.late >= _MOST_LATE
    return Standing.ELDER if lives else Standing.INHERITED


@define(eq=False)
class Rivals:
    """
    Tells a fleet's pods from those of its rivals.

    Attributes:
        fleet: The fleet's name.
        owner: The run that asks.
        inherits_until: The instant until which pods of another run are taken over.
        made: The names under which this run has made pods, by id: a server may list others.
        unaltered: Makes of a listed name the one that was sent.
        elder: An earlier run that lives, to which this one yields; None while there is none.
        followers: Later runs that have made pods.
        inherited: The ids of the pods of other runs that were taken over.
        foreign: The fleet's pods in the last list that are not this run's: names by id.
    """

    fleet: str
    owner: str
    inherits_until: float = inf
    made: Mapping[str, str] = field(factory=dict[str, str])
    unaltered: Callable[[str], str] = str
    elder: str | None = None
    followers: set[str] = field(factory=set[str])
    inherited: dict[str, None] = field(factory=dict[str, None])
    foreign: dict[str, str] = field(factory=dict[str, str])
    _following: dict[str, None] = field(factory=dict[str, None])
    _well: dict[str, int] = field(factory=dict[str, int])
    _late: set[tuple[str, str]] = field(factory=set[tuple[str, str]])
    _first: datetime | None = None
    # When the newest of what was taken over in the window was made.
    _newest: datetime | None = None

    def mine(self, pods: Iterable[P], asked_at: float) -> list[tuple[P, FleetPodName]]:
        """
        Return the fleet's pods out of a list of all, with their names read.

        Args:
            asked_at: The instant for which the list was asked.
        """
        named = ((pod, self._read(pod)) for pod in pods)
        ours = [(pod, name) for pod, name in named if name is not None]
        in_window = asked_at <= self.inherits_until
        if in_window:
            self._note_own(ours)
        others = [(pod, name) for pod, name in ours if name.owner != self.owner]
        for pod, name in others:
            if pod.id not in self.inherited and pod.id not in self._following:
                self._note(pod, name, in_window=in_window)
        self._note_well(others)
        taken = self.inherited if self.elder is None else ()  # the elder's pods are left to it
        found = [(p, name) for p, name in ours if name.owner == self.owner or p.id in taken]
        mine = {pod.id for pod, _ in found}
        self.foreign = {pod.id: pod.name for pod, _ in others if pod.id not in mine}
        return found

    def latest(self, pods: Iterable[ListedPod]) -> str:
        """Return the greatest of the runs that have made pods of a list; "" if there are none."""
        names = filter(None, map(self._read, pods))
        return max((name.owner for name in names), default="")

    def conflict(self) -> FleetConflictError:
        """Return the error of a run that yields; it names what is left to the elder."""
        message = (
            f"fleet {self.fleet!r} is run by another program (run {self.elder}). "
            f"Left to it: {named(self.foreign)}."
        )
        command = leftover_command(self.fleet)
        hint = f"Let that one end, or give this fleet another name. If it is dead, run: {command}"
        return FleetConflictError(message, pods=self.foreign, command=command, hint=hint)

    def _read(self, pod: ListedPod) -> FleetPodName | None:
        sent = self.made.get(pod.id)
        text = self.unaltered(pod.name) if sent is None else sent
        # Most pods of an account may be others'; parsing all of their names would cost.
        if not text.startswith(self.fleet):
            return None
        name = FleetPodName.parse(text)
        return name if name is not None and name.fleet == self.fleet else None

    def _note_own(self, pods: Iterable[tuple[P, FleetPodName]]) -> None:
        """Note when the first of this run's own pods was made: little after the run began."""
        dates = [pod.created_at for pod, name in pods if name.owner == self.owner]
        known = [date for date in (*dates, self._first) if date is not None]
        self._first = min(known, default=None)

    def _note(self, pod: DatedPod, name: FleetPodName, *, in_window: bool) -> None:
        """Judge a pod of another run that was not listed before."""
        late = [key for owner, key in self._late if owner == name.owner]
        signs = Signs(
            earlier=name.owner < self.owner,
            in_window=in_window,
            older=self._is_older(pod, in_window=in_window),
            continues=name.generation > self._well.get(name.key, name.generation),
            late=len(late),
            again=name.key in late,
        )
        match judge(signs):
            case Standing.ELDER:
                self.elder = name.owner
            case Standing.FOLLOWER:
                self.followers.add(name.owner)
                _remember(self._following, pod.id)
            case Standing.INHERITED:
                if signs.earlier and not in_window and not signs.older:
                    self._late.add((name.owner, name.key))
                if signs.earlier and in_window:
                    self._newest = max(filter(None, (pod.created_at, self._newest)), default=None)
                _remember(self.inherited, pod.id)

    def _is_older(self, pod: DatedPod, *, in_window: bool) -> bool | None:
        if pod.created_at is None:
            return None
        if self._newest is not None and pod.created_at <= self._newest:
            return True
        if self._first is None:
            return True if in_window else None
        return pod.created_at < self._first

    def _note_well(self, others: Iterable[tuple[P, FleetPodName]]) -> None:
        for pod, name in others:
            if phase(pod.status) in (Phase.STARTING, Phase.UP):
                self._well[name.key] = max(name.generation, self._well.get(name.key, 0))


def named(pods: Mapping[str, str]) -> str:
    """Return pods as a message has them, given their names by id."""
    shown = [f"{name} (id {pod_id})" for pod_id, name in islice(pods.items(), _MOST_NAMED)]
    more = len(pods) - len(shown)
    return "; ".join([*shown, *([f"and {more} more"] if more else [])])


def _remember(ids: dict[str, None], pod_id: str) -> None:
    ids[pod_id] = None
    if len(ids) > _MOST_KNOWN:
        del ids[next(iter(ids))]
