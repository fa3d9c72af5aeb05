"""
What is believed of a pod, of what is known of it and what the newest list says.

A list may come from a replica that lags: it leaves pods out, has others as they were minutes ago,
or has one that cannot be read. Nothing that was seen is taken back for that:

| known | the list has | taken |
|---|---|---|
| nothing | the pod | as listed |
| nothing | what cannot be read, with an id | a pod whose status is `UNREADABLE` |
| a pod | it, changed since | as listed |
| a pod | it, ended for good or nearer to that | as listed |
| a pod | it, as it was before by its own ``updatedAt`` | as known, for an hour |
| RUNNING | INITIALIZING, of the same date or none | as known, for a while |
| FAILED | what can still change, of the same date or none | as known, for a while |
| TERMINATING, TERMINATED | anything less, of the same date or none | as known, for a while |
| any other | another status, of the same date or none | as listed: it was paused, or resumed |
| either | it twice, and only one of the two has ended, or rests | the further, and not confirmed |
| a pod | what cannot be read, with its id | as known; as ended, if it says that |
| TERMINATING, TERMINATED | nothing | gone |
| any other | nothing | missing: only a 404 to its id proves that it is gone |
| gone | the pod, unless it has changed since | gone, for a while |

An end that a list has said otherwise of is not confirmed for a while, by no list.

"A while" lasts until so many lists in a row, over so many seconds, have said otherwise; the server
is believed then. What the client has done to a pod itself explains any status after it.
"""

from collections.abc import Iterator, Mapping
from math import inf
from types import MappingProxyType
from typing import Final

from attrs import define, evolve, field, frozen

from ..._call.watch import Snapshot, Unread
from ...models import Pod
from ...models._lifecycle import PodStatus, is_ending
from ...models._progress import step_of


__all__ = ["UNREADABLE", "KnownPods", "stand_in"]

# The status of a pod that is listed and cannot be read; like any word that is not known it is
# neither up, nor at rest, nor ended.
UNREADABLE: Final = "UNREADABLE"

_CONTRARY_LISTS: Final = 8  # with two of five pods left out at random, one time in 1500
_CONTRARY_LAGS: Final = 4  # times the lag of lists
_DATED_FOR: Final = 3600.0  # seconds; no replica is known to lag as long
_MOST_GONE: Final = 10_000


def _is_older(was: Pod, now: Pod) -> bool:
    """Whether a list has an older copy of a pod, by its own date; what has ended is none."""
    if was.updated_at is None or now.updated_at is None:
        return False
    has_ended = step_of(now.status)[0] > step_of(was.status)[0]
    return now.updated_at < was.updated_at and not has_ended


def _goes_back(was: Pod, now: Pod) -> bool:
    """Whether a pod would have gone back in its life, and nothing dates it."""
    dated = was.updated_at is not None and now.updated_at is not None
    if dated and was.updated_at != now.updated_at:
        return False
    if step_of(now.status)[0] < step_of(was.status)[0]:
        return True
    return (was.status, now.status) == (PodStatus.RUNNING, PodStatus.INITIALIZING)


@frozen
class _Contrary:
    """Lists in a row that say otherwise."""

    since: float
    lists: int = 1


@frozen
class _Absent:
    """A pod that lists do not show, or no more."""

    pod: Pod
    since: float


@define(eq=False)
class KnownPods:
    """
    What earlier lists have shown.

    Attributes:
        lag: Seconds for which lists may lag.
    """

    lag: float
    _listed: Mapping[str, Pod] = field(factory=dict[str, Pod])
    _missing: dict[str, _Absent] = field(factory=dict[str, _Absent])
    _gone: dict[str, _Absent] = field(factory=dict[str, _Absent])
    _contrary: dict[str, _Contrary] = field(factory=dict[str, _Contrary])
    _disputed: dict[str, float] = field(factory=dict[str, float])
    _acts: dict[str, float] = field(factory=dict[str, float])
    _at: float = -inf

    def take_in(self, snapshot: Snapshot[Pod]) -> Snapshot[Pod]:
        """Return a list as it is to be believed."""
        if snapshot.sent_at < self._at:  # of another loop's clock, or overtaken by a newer one
            self._forget()
        self._at = snapshot.sent_at
        held = self._held(snapshot) | self._unread(snapshot)
        items = snapshot.items
        if held:
            present = {**items, **held}
            items = {key: pod for key, pod in present.items() if key not in self._gone}
        self._note_absent(items)
        self._listed = items
        return evolve(
            snapshot,
            items=MappingProxyType(dict(items)) if held else items,
            unconfirmed=self._unconfirmed(snapshot, held, items),
            missing=MappingProxyType({key: absent.since for key, absent in self._missing.items()}),
        )

    def note_act(self, pod_id: str, now: float) -> None:
        """Note that the client is changing a pod itself."""
        self._acts = {key: at for key, at in self._acts.items() if now - at < self._patience}
        self._acts[pod_id] = now

    def note_there(self, pod: Pod) -> None:
        """Note that the server has shown a pod by its id; no list need show it for a while."""
        if pod.id in self._missing:
            self._missing[pod.id] = _Absent(pod, self._at)

    def note_gone(self, pod_id: str) -> None:
        """Note that the server has denied a pod by its id."""
        if (absent := self._missing.pop(pod_id, None)) is not None:
            self._bury(pod_id, absent.pod)

    def out_of_motion(self) -> Iterator[Pod]:
        """
        Yield the pods that the last list does not show, and that are not on their way to anywhere:
        their end was seen, or they have been missing for longer than lists lag.
        """
        gone = self._gone.values()
        yield from (each.pod for each in gone if each.since == self._at)
        missing = self._missing.values()
        yield from (each.pod for each in missing if self._at - each.since > self.lag)

    @property
    def _patience(self) -> float:
        return _CONTRARY_LAGS * self.lag

    def _forget(self) -> None:
        self._listed = {}
        for each in (self._missing, self._gone, self._contrary, self._disputed, self._acts):
            each.clear()

    def _known(self, pod_id: str) -> Pod | None:
        absent = self._missing.get(pod_id) or self._gone.get(pod_id)
        return self._listed.get(pod_id) or (absent.pod if absent else None)

    def _held(self, snapshot: Snapshot[Pod]) -> dict[str, Pod]:
        """Return the pods of which the list is not believed, as they are known."""
        listed, held, contrary = self._listed, dict[str, Pod](), dict[str, _Contrary]()
        for pod_id, pod in snapshot.items.items():
            # Most are the same objects as in the last list.
            if listed.get(pod_id) is pod or (was := self._known(pod_id)) is None:
                continue
            doubt = self._doubt(pod_id, was, pod)
            if doubt is None:
                self._gone.pop(pod_id, None)
            else:
                held[pod_id], contrary[pod_id] = was, doubt
        self._contrary = contrary
        self._note_disputed(held)
        return held

    def _note_disputed(self, held: Mapping[str, Pod]) -> None:
        """Note the ends that the list says otherwise of."""
        if not held and not self._disputed:
            return
        recent = {key: at for key, at in self._disputed.items() if self._at - at < self._patience}
        ended = (key for key, pod in held.items() if is_ending(pod.status))
        self._disputed = recent | dict.fromkeys(ended, self._at)

    def _doubt(self, pod_id: str, was: Pod, now: Pod) -> _Contrary | None:
        """Return how long a pod has been listed otherwise than it is known; None to believe it."""
        before = self._contrary.get(pod_id)
        doubt = _Contrary(before.since, before.lists + 1) if before else _Contrary(self._at)
        age = self._at - doubt.since
        if _is_older(was, now):
            return doubt if age <= _DATED_FOR else None
        is_dead = pod_id in self._gone and was.updated_at == now.updated_at
        acted_at = self._acts.get(pod_id, -inf)
        if not (is_dead or _goes_back(was, now)) or self._at - acted_at < self._patience:
            return None
        is_lasting = doubt.lists > _CONTRARY_LISTS and age > self._patience
        return None if is_lasting else doubt

    def _unread(self, snapshot: Snapshot[Pod]) -> dict[str, Pod]:
        """Return the pods that the list has and that cannot be read, as far as they are known."""
        unread = dict[str, Pod]()
        for pod in filter(None, map(stand_in, snapshot.unreadable)):
            known = self._known(pod.id)
            if pod.id not in snapshot.items:
                unread[pod.id] = pod if known is None else _outlived(known, pod)
        return unread

    def _unconfirmed(
        self, snapshot: Snapshot[Pod], held: Mapping[str, Pod], items: Mapping[str, Pod]
    ) -> frozenset[str]:
        odd = snapshot.unconfirmed.union(held, self._disputed)
        return odd.intersection(items) if odd else odd

    def _note_absent(self, items: Mapping[str, Pod]) -> None:
        listed, absent_before = self._listed, self._missing
        new = {key: _Absent(listed[key], self._at) for key in listed if key not in items}
        old = {key: absent for key, absent in absent_before.items() if key not in items}
        self._missing = {}
        for pod_id, absent in (new | old).items():
            if is_ending(absent.pod.status):
                self._bury(pod_id, absent.pod)
            elif self._at - absent.since <= _DATED_FOR:
                self._missing[pod_id] = absent

    def _bury(self, pod_id: str, pod: Pod) -> None:
        while self._gone and self._is_forgotten(next(iter(self._gone.values()))):
            del self._gone[next(iter(self._gone))]
        self._gone[pod_id] = _Absent(pod, self._at)

    def _is_forgotten(self, eldest: _Absent) -> bool:
        return self._at - eldest.since > _DATED_FOR or len(self._gone) >= _MOST_GONE


def _outlived(known: Pod, unread: Pod) -> Pod:
    """A pod as it is known, or as ended if what cannot be read says that."""
    return evolve(known, status=unread.status) if is_ending(unread.status) else known


def stand_in(odd: Unread) -> Pod | None:
    """Return the pod that an unreadable item is, as far as it is known; None without an id."""
    if odd.id is None:
        return None
    # An end is an end, whatever else cannot be read.
    status = odd.status if odd.status and is_ending(odd.status) else UNREADABLE
    return Pod(id=odd.id, name=odd.name or "", status=PodStatus.parse(status))
