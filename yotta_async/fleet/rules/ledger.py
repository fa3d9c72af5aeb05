"""
The pods that a fleet has made, or may have made, and that are not known to be gone.

A server may say anything about what was made: a list or a get that lags does not show it, an answer
that is lost leaves it open. So it is counted, key by key, from the moment in which a create is
sent, and until one of these proves that it is gone, or was never made:

1. Its delete was accepted, or a list shows it TERMINATING or TERMINATED.
2. Lists showed it and do so no more, and this lasts: so many lists in a row, over so many times
   `ReplacePolicy.vanished` seconds; and the server, asked by its id, has said as often meanwhile
   that it does not know it.
3. No list ever showed it, for as long, though lists show what was made later; and the server denies
   its id as in 2., if it has one.

Nothing else does: not its absence from a few lists, as these may leave out at random what there is,
nor a 404 or two, as a replica may not know an id for minutes; both at once happen, too. One more is
made only while fewer are counted for its key than a member may have in all, so never more of them
exist than ``wanted * (1 + replacements)``, whatever the server says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import inf
from typing import Final, Protocol, TypeAlias

from attrs import define, field

from ..._call.rules.backoff import Backoff
from ...models._lifecycle import Phase, is_ending, phase
from .members import ListedPod, Member, ReplacePolicy
from .names import FleetPodName


__all__ = ["Kind", "Ledger"]

# Between two questions about one pod, as multiples of `ReplacePolicy.vanished`.
_CHECKS: Final = Backoff(initial=1.0, factor=2.0, maximum=120.0)
# What lasts so long proves that a pod is gone: lists in a row, times `ReplacePolicy.vanished`, and
# denials of its id. Where lists leave out two of five pods, one absence in two million is as long.
_ABSENT_LISTS: Final = 16
_ABSENT_SPANS: Final = 4
_DENIALS: Final = 3
# Of so many pods it is remembered that they are gone; a list that is older than that is not known.
_REMEMBERED: Final = 1024
# Lists lag by no more, as far as is known (`RetryPolicy.settle`).
_LIST_LAG: Final = 15.0

# A GPU type, and how many of them.
Kind: TypeAlias = tuple[str, int]


class KnownPod(ListedPod, Protocol):
    """What is looked at of a pod."""

    @property
    def gpu_type(self) -> str | None: ...

    @property
    def gpu_count(self) -> int | None: ...


@define(eq=False)
class _Entry:
    """
    One pod that there may be.

    Attributes:
        asked_at: When its create was sent; infinitely long ago if this run did not make it.
        ended_at: When its create ended, or None while it is on the wire.
        pod_id: None if it is not known.
        status: As the last list that showed it has it; empty before the first.
        shown_at: The instant of that list.
        missed_since: Since when lists do not show it.
        missed: How many lists in a row.
        denials: How often its id was denied meanwhile.
        is_outrun: Whether lists show what was made later, and never this one.
        checks: How often the server was asked about it by its id, and did not know it.
        checked_at: When it was last asked.
        returned: Whether it is back in a list after it was known to be gone.
    """

    key: str
    name: str
    kind: Kind
    asked_at: float = -inf
    ended_at: float | None = None
    pod_id: str | None = None
    status: str = ""
    shown_at: float | None = None
    missed_since: float = inf
    missed: int = 0
    denials: int = 0
    is_outrun: bool = False
    checks: int = 0
    checked_at: float = -inf
    returned: bool = False

    @property
    def bills(self) -> bool:
        return phase(self.status) is not Phase.ENDED

    @property
    def known_since(self) -> float:
        """The last instant at which there was a sign of it."""
        return self.shown_at if self.shown_at is not None else self.ended_at or self.asked_at

    def note_missed(self, now: float) -> None:
        self.missed += 1
        self.missed_since = min(self.missed_since, now)

    def begin_anew(self) -> None:
        """Forget that lists did not show it."""
        self.missed, self.missed_since, self.denials = 0, inf, 0

    def is_missed_for_good(self, now: float, vanished: float) -> bool:
        lasts = now - self.missed_since >= _ABSENT_SPANS * vanished
        denied = self.pod_id is None or self.denials >= _DENIALS
        return self.missed >= _ABSENT_LISTS and lasts and denied


@define(eq=False)
class Ledger:
    """
    What was made for each key of a fleet, by this run and those before it, and is not gone.

    Attributes:
        rules: How many may be made.
        list_lag: Seconds for which a list may still show what was deleted, and for which a create
            without an answer may still take effect.
        kinds: How many of them may bill, by GPU type and number.
    """

    rules: ReplacePolicy = field(factory=ReplacePolicy)
    list_lag: float = _LIST_LAG
    kinds: Counter[Kind] = field(factory=Counter[Kind])
    _numbers: Counter[str] = field(factory=Counter[str])
    _by_id: dict[str, _Entry] = field(factory=dict[str, _Entry])
    # Those whose ids are not known, by name.
    _nameless: dict[str, list[_Entry]] = field(factory=dict[str, "list[_Entry]"])
    _unseen: dict[_Entry, None] = field(factory=dict[_Entry, None])
    _absent: set[str] = field(factory=set[str])
    _gone: dict[str, float] = field(factory=dict[str, float])
    # Lists show what was made until then.
    _witnessed: float = -inf

    # What may be done.

    def may_make(self, member: Member) -> bool:
        """
        Whether one more pod may be made for a member.

        This is asked whenever a create is decided on, and again when its turn has come, before each
        time that it is sent.
        """
        return not self.is_used_up(member) and self.has_room(member.key)

    def has_room(self, key: str) -> bool:
        """Whether there are fewer pods of a key than there may be."""
        return self._numbers[key] <= self.rules.replacements

    def is_used_up(self, member: Member) -> bool:
        """Whether a member was replaced as often as it may be."""
        return member.replaced > self.rules.replacements

    def count(self, key: str) -> int:
        """Return how many pods of a key there may be."""
        return self._numbers[key]

    def is_known(self, pod_id: str) -> bool:
        """Whether a pod may be there."""
        return pod_id in self._by_id

    def may_appear(self, key: str, now: float) -> bool:
        """Whether a pod of a key that no list has shown may yet come to be seen."""
        least = now - self.rules.patience
        unseen = (*self._unseen, *self._on_the_wire())
        return any(each.key == key and each.asked_at > least for each in unseen)

    def keys_on_the_wire(self) -> set[str]:
        """Return the keys of which a create is under way, or ended without a clear answer."""
        return {each.key for entries in self._nameless.values() for each in entries}

    def doubtful(self, now: float) -> list[tuple[str, str]]:
        """
        Return what the server is to be asked about by id: keys and ids of pods that should be seen,
        and are not.
        """
        absent = (self._by_id[pod_id] for pod_id in self._absent if pod_id in self._by_id)
        return [(each.key, each.pod_id or "") for each in absent if self._is_due(each, now)]

    def _is_due(self, entry: _Entry, now: float) -> bool:
        least = self.rules.vanished
        waited = now - entry.known_since >= least
        return waited and now - entry.checked_at >= least * _CHECKS.after(entry.checks)

    # How creates and deletes end.

    def ask(self, key: str, name: str, kind: Kind, now: float) -> None:
        """Note that a create is being sent."""
        entry = _Entry(key, name, kind, asked_at=now)
        self._add(entry)
        self._nameless.setdefault(name, []).append(entry)

    def note_made(self, name: str, pod_id: str, now: float) -> None:
        """Note which pod a create has made."""
        entry = self._wire(name)
        if entry is None:
            return  # a list was quicker than the answer
        entry.ended_at = now
        self._unseen[entry] = None
        if pod_id not in self._by_id:  # else a list has shown it as that of an earlier attempt
            self._detach(entry)
            entry.pod_id = pod_id
            self._by_id[pod_id] = entry

    def note_ended(self, name: str, unclear_since: float | None) -> None:
        """
        Note that an attempt at a create has ended without a pod that is known.

        Args:
            unclear_since: When an answer to this name last left it open whether a pod was made; it
                may be so now, or a little later. None if none did.
        """
        entry = self._wire(name)
        if entry is None:
            return
        if unclear_since is not None and unclear_since >= entry.asked_at:
            entry.ended_at = unclear_since
            self._unseen[entry] = None
        else:
            self._detach(entry)
            self._drop(entry)

    def note_deleted(self, pod_id: str, now: float) -> None:
        """Note that the server has accepted the deletion of a pod."""
        self._remove(pod_id, now)

    def note_denied(self, pod_id: str, now: float) -> bool:
        """Note that the server does not know a pod's id; return whether that proves it gone."""
        entry = self._by_id.get(pod_id)
        if entry is None:
            return True
        entry.checks, entry.checked_at = entry.checks + 1, now
        entry.denials += entry.missed > 0
        is_gone = entry.shown_at is not None and entry.is_missed_for_good(now, self.rules.vanished)
        if is_gone:
            self._remove(pod_id, now)
        return is_gone

    def note_exists(self, pod_id: str, now: float) -> None:
        """Note that the server knows a pod's id."""
        if (entry := self._by_id.get(pod_id)) is not None:
            entry.checks, entry.checked_at, entry.denials = 0, now, 0

    # What lists show.

    def see(self, pods: Iterable[KnownPod], now: float) -> None:
        """Take in a list of the fleet's pods, which was asked for at an instant."""
        shown = set[str]()
        for pod in pods:
            shown.add(pod.id)
            entry = self._by_id.get(pod.id)
            if entry is None or entry.status != pod.status:
                self._show(pod, entry, now)
            else:
                entry.shown_at = now
        self._note_absent(self._by_id.keys() - shown, now)
        if self._unseen and self._witnessed > -inf:
            self._forget_unmade(now)

    def _note_absent(self, absent: set[str], now: float) -> None:
        for pod_id in self._absent - absent:
            if (entry := self._by_id.get(pod_id)) is not None:
                entry.begin_anew()
        self._absent = absent
        for entry in [self._by_id[pod_id] for pod_id in absent]:
            entry.note_missed(now)
            if entry.returned:
                self._remove(entry.pod_id or "", now)

    def _show(self, pod: KnownPod, entry: _Entry | None, now: float) -> None:
        if is_ending(pod.status):
            self._remove(pod.id, now)
            return
        entry = entry or self._found(pod, now)
        if entry is None:
            return
        if entry.shown_at is None:
            self._unseen.pop(entry, None)
            self._witnessed = max(self._witnessed, entry.asked_at)
        self.kinds[entry.kind] -= entry.bills
        entry.status, entry.shown_at = pod.status, now
        self.kinds[entry.kind] += entry.bills

    def _found(self, pod: KnownPod, now: float) -> _Entry | None:
        """Return the entry of a pod of which only the name may be known yet."""
        name, gone_at = FleetPodName.parse(pod.name), self._gone.get(pod.id)
        if name is None or (gone_at is not None and now - gone_at < self.list_lag):
            return None
        entry = self._take(pod.name)
        if entry is None:
            kind = (pod.gpu_type or "", pod.gpu_count or 1)
            entry = _Entry(name.key, pod.name, kind, ended_at=now, returned=gone_at is not None)
            self._add(entry)
        entry.pod_id, entry.ended_at = pod.id, entry.ended_at or now
        self._by_id[pod.id] = entry
        return entry

    def _forget_unmade(self, now: float) -> None:
        """Forget what lists do not show, though they show what was made later."""
        least = self._witnessed - self.list_lag
        for entry in [each for each in self._unseen if (each.ended_at or inf) < least]:
            if not entry.is_outrun:
                entry.is_outrun = True
                entry.begin_anew()
            if entry.pod_id is None or not entry.missed:
                entry.note_missed(now)
            if entry.is_missed_for_good(now, self.rules.vanished):
                self._detach(entry)
                self._drop(entry)

    # The books.

    def _on_the_wire(self) -> Iterator[_Entry]:
        for entries in self._nameless.values():
            yield from (each for each in entries if each.ended_at is None)

    def _wire(self, name: str) -> _Entry | None:
        """Return the create of a name that is on the wire."""
        found = (each for each in self._nameless.get(name, ()) if each.ended_at is None)
        return next(found, None)

    def _take(self, name: str) -> _Entry | None:
        """Return a create of a name whose pod has become known; of several the first."""
        entries = self._nameless.get(name)
        if not entries:
            return None
        entry = entries[0]
        self._detach(entry)
        return entry

    def _detach(self, entry: _Entry) -> None:
        left = [each for each in self._nameless.pop(entry.name, ()) if each is not entry]
        if left:
            self._nameless[entry.name] = left

    def _add(self, entry: _Entry) -> None:
        self._numbers[entry.key] += 1
        self.kinds[entry.kind] += 1

    def _drop(self, entry: _Entry) -> None:
        self._unseen.pop(entry, None)
        self._by_id.pop(entry.pod_id or "", None)
        self._numbers[entry.key] -= 1
        self.kinds[entry.kind] -= entry.bills
        if not self._numbers[entry.key]:
            del self._numbers[entry.key]

    def _remove(self, pod_id: str, now: float) -> None:
        self._gone.pop(pod_id, None)
        self._gone[pod_id] = now
        if len(self._gone) > _REMEMBERED:
            del self._gone[next(iter(self._gone))]
        if (entry := self._by_id.get(pod_id)) is not None:
            self._drop(entry)
