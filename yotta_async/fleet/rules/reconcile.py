"""
What a fleet does next: the pods that were asked for against the pods that a list shows.

Level-triggered: nothing here remembers what was done, only what is wanted, what there is, since
when, and which pods are to be replaced. So every failure - a lost answer, a crash, a pod deleted by
hand - heals alike. What must not be forgotten, the pods that there may be though no list shows
them, is in the `Ledger`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from ...models._lifecycle import Phase, is_ending, phase
from .actions import Action, Create, Delete, GiveUp, Resume, Verify
from .ledger import Ledger
from .members import (
    STARTING_OR_UP,
    UNLISTED,
    ListedPod,
    Member,
    ReplacePolicy,
    Stage,
    fault,
    stage_of,
)
from .names import FleetPodName
from .reasons import Reason, ReasonKind


__all__ = [
    "Action",
    "Create",
    "Delete",
    "GiveUp",
    "Reconciled",
    "Resume",
    "Verify",
    "implausible",
    "reconcile",
]

_FEW: Final = 4  # pods; of fewer all may be gone at once
_MANY: Final = 40  # condemned pods of one member, most of them long gone
_ALIVE: Final = (Phase.UP, Phase.STARTING)
_TWIN: Final = Reason.of(ReasonKind.TWIN)
_OUTDATED: Final = Reason.of(ReasonKind.OUTDATED)
_UNWANTED: Final = Reason.of(ReasonKind.UNWANTED)
_GIVEN_UP: Final = Reason.of(ReasonKind.GIVEN_UP)


@frozen
class Reconciled:
    """
    What `reconcile` says.

    Attributes:
        members: As they stand now, by key.
        actions: What to do next, deletions first.
    """

    members: dict[str, Member]
    actions: tuple[Action, ...] = field(default=())


@frozen
class _Named:
    """A pod of the fleet, and whether it is on its way out."""

    generation: int
    mark: str
    pod: ListedPod
    ending: bool

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Least for the best: the furthest, then the newest; of twins the older, by its id."""
        stage = _RANKS.get(phase(self.pod.status), len(_RANKS))
        return stage, -self.generation, len(self.pod.id), self.pod.id


_RANKS: Final = {
    each: rank
    for rank, each in enumerate(
        (Phase.UP, Phase.STARTING, Phase.RESTING, Phase.MOVING, Phase.UNKNOWN)
    )
}


def reconcile(
    members: Mapping[str, Member],
    pods: Iterable[tuple[ListedPod, FleetPodName]],
    in_flight: Collection[str],
    now: float,
    rules: ReplacePolicy,
    *,
    ledger: Ledger,
) -> Reconciled:
    """
    Compare what is wanted with what there is.

    Args:
        members: What is wanted, by key, in the order of its making.
        pods: The fleet's pods as a list shows them, with their names.
        in_flight: The keys about which something is under way; nothing more is begun for them.
        now: The instant for which the list was asked.
        ledger: What was made for each key, and may be there; it has taken in the list.

    Returns:
        The members as the list shows them, and what is to be done about them.
    """
    mine = _by_key(pods)
    changed: dict[str, Member] = {}
    deletions: list[Action] = []
    actions: list[Action] = []
    for key, member in members.items():
        listed = mine.pop(key, {})
        changed[key] = member
        if key not in in_flight and not _is_as_before(member, listed, now, rules):
            seen = _seen(member, listed, now, rules, ledger)
            changed[key], wanted = _wanted(seen, now, rules, ledger)
            deletions += _deletions(seen.condemned, listed)
            actions += wanted
    for key, listed in mine.items():
        if key not in in_flight:
            deletions += _deletions(dict.fromkeys(listed, _UNWANTED), listed)
    actions += [
        Verify(key, pod_id)
        for key, pod_id in ledger.doubtful(now)
        if key not in in_flight and (key not in changed or changed[key].pod_id != pod_id)
    ]
    return Reconciled(changed, (*deletions, *actions))


def implausible(members: Mapping[str, Member], pods: Iterable[ListedPod]) -> Verify | None:
    """
    Return what to ask the server before a list is believed that more than half of the pods are
    suddenly missing from, or None if it can be believed.

    If the pod is there the list is to be thrown away. Pods that no list has shown yet, or whose
    absence was noted before, are not counted.
    """
    known = [
        member for member in members.values() if member.pod_id and member.stage not in UNLISTED
    ]
    ids = {pod.id for pod in pods}
    missing = [member for member in known if member.pod_id not in ids]
    if len(known) < _FEW or 2 * len(missing) <= len(known):
        return None
    return Verify(missing[0].key, missing[0].pod_id or "")


def _by_key(
    pods: Iterable[tuple[ListedPod, FleetPodName]],
) -> dict[str, dict[str, _Named]]:
    mine: dict[str, dict[str, _Named]] = {}
    for pod, name in pods:
        named = _Named(name.generation, name.mark, pod, is_ending(pod.status))
        mine.setdefault(name.key, {})[pod.id] = named
    return mine


def _deletions(reasons: Mapping[str, Reason], listed: Mapping[str, _Named]) -> list[Action]:
    return [
        Delete(
            each.pod.id,
            each.pod.name,
            reasons[each.pod.id],
            phase(each.pod.status) is not Phase.ENDED,
        )
        for each in listed.values()
        if each.pod.id in reasons and not each.ending
    ]


def _is_as_before(
    member: Member, listed: Mapping[str, _Named], now: float, rules: ReplacePolicy
) -> bool:
    """Whether nothing is new about a member, and nothing to be done: so it is for most, mostly."""
    named = listed.get(member.pod_id or "") if len(listed) == 1 else None
    if named is None or member.stage not in STARTING_OR_UP or named.mark != member.mark:
        return False
    same = named.generation <= member.generation and stage_of(named.pod) is member.stage
    return same and fault(named.pod, member, now, rules) is None


def _seen(
    member: Member, listed: Mapping[str, _Named], now: float, rules: ReplacePolicy, ledger: Ledger
) -> Member:
    """Return a member as a list shows it, with the best of its pods; all others are condemned."""
    if len(member.condemned) > _MANY:
        member = member.only_condemning({*listed, *filter(ledger.is_known, member.condemned)})
    member = member.trying(max((each.generation for each in listed.values()), default=0))
    member = _without_outdated(member, listed.values())
    able = [
        each
        for each in listed.values()
        if each.mark == member.mark and each.pod.id not in member.condemned and not each.ending
    ]
    sound = [each for each in able if phase(each.pod.status) in _ALIVE]
    if sound and _may_do_with(member, listed):
        member = _adopting(member, sound, now)
    if member.stage is Stage.LOST:
        # A paused one costs little, and what is on its volumes may be all there is.
        able = [each for each in able if phase(each.pod.status) is not Phase.RESTING]
        return _without(member, able, _GIVEN_UP)
    if member.pod_id is None and able:
        member = _adopting(member, able, now)
    if member.pod_id is not None:
        member = _judged(member, listed, now, rules)
    if member.pod_id is None:
        # Its pod is to be replaced: a twin can do that.
        able = [each for each in able if each.pod.id not in member.condemned]
        sound = [each for each in able if phase(each.pod.status) is not Phase.ENDED]
        member = _adopting(member, sound, now) if sound else member
    if member.pod_id is not None and member.pod_id not in listed:
        return member  # another may yet be needed
    return _without(member, able, _TWIN)


def _may_do_with(member: Member, listed: Mapping[str, _Named]) -> bool:
    """
    Whether a member takes what is listed for the pod that no list has shown yet, or after it was
    given up because none was to be seen.
    """
    if member.stage is Stage.MADE:
        return member.pod_id not in listed
    vanished = member.reasons[-1:] and member.reasons[-1].kind is ReasonKind.VANISHED
    return member.stage is Stage.LOST and bool(vanished)


def _adopting(member: Member, able: Sequence[_Named], now: float) -> Member:
    best = able[0] if len(able) == 1 else min(able, key=lambda each: each.rank)
    return member.with_pod(best.pod.id, best.generation, now).at(stage_of(best.pod), now)


def _without(member: Member, able: Iterable[_Named], reason: Reason) -> Member:
    for each in able:
        if each.pod.id != member.pod_id and each.pod.id not in member.condemned:
            member = member.condemn(each.pod.id, reason)
    return member


def _without_outdated(member: Member, listed: Iterable[_Named]) -> Member:
    outdated = [each for each in listed if each.mark != member.mark and not member.keeps(each.pod)]
    if any(each.pod.id == member.pod_id for each in outdated):
        member = evolve(member, pod_id=None, stage=Stage.WANTED, entered={})
    return _without(member, outdated, _OUTDATED)


def _judged(
    member: Member, listed: Mapping[str, _Named], now: float, rules: ReplacePolicy
) -> Member:
    """Return a member as its pod stands."""
    named = listed.get(member.pod_id or "")
    if named is None:
        return member if member.stage is Stage.MADE else member.at(Stage.MISSING, now)
    member = member.at(stage_of(named.pod), now)
    reason = fault(named.pod, member, now, rules)
    if reason is None:
        return member
    return member.without_pod(reason, now, rules.healthy).condemn(named.pod.id, reason)


def _wanted(
    member: Member, now: float, rules: ReplacePolicy, ledger: Ledger
) -> tuple[Member, list[Action]]:
    """Return what is to be done for a member, and the member when that is said."""
    pod_id = member.pod_id or ""
    match member.stage:
        case Stage.WANTED if ledger.is_used_up(member) and ledger.may_appear(member.key, now):
            return member, []
        case Stage.WANTED | Stage.PAUSED if _is_hopeless(member, now, rules, ledger):
            return member.given_up(now), [GiveUp(member.key)]
        case Stage.WANTED if not ledger.may_make(member):
            return member.hindered(now, member.not_before), []
        case Stage.WANTED | Stage.PAUSED if member.not_before <= now:
            return member, [_create_or_resume(member)]
        case Stage.MADE | Stage.MISSING if now - member.since >= rules.vanished:
            return member, [Verify(member.key, pod_id)]
        case _:
            return member, []


def _create_or_resume(member: Member) -> Action:
    if member.pod_id is not None:
        return Resume(member.key, member.pod_id)
    return Create(member.key, member.generation + 1)


def _is_hopeless(member: Member, now: float, rules: ReplacePolicy, ledger: Ledger) -> bool:
    if member.stage is Stage.WANTED and ledger.is_used_up(member):
        return True
    since = member.hindered_since
    return since is not None and now - since > rules.patience
