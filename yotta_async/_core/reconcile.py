"""
What a fleet does next: the pods that were asked for against the pods that a list shows.

Level-triggered: nothing here remembers what was done, only what is wanted, what there is, and since
when. So every failure - a lost answer, a crash, a pod that somebody deleted - heals alike.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol, TypeAlias

from attrs import evolve, field, frozen

from .fleet_names import FleetPodName
from .lifecycle import Phase, PodStatus, phase
from .members import Member, Rules, Stage


__all__ = [
    "Action",
    "Create",
    "Delete",
    "GiveUp",
    "Resume",
    "Verify",
    "reconcile",
]


class ListedPod(Protocol):
    """What is looked at of a pod."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def is_ready(self) -> bool: ...


@frozen
class Create:
    """Make a pod."""

    key: str
    generation: int


@frozen
class Delete:
    """Delete a pod: it failed, or is one too many."""

    pod_id: str
    name: str
    reason: str


@frozen
class Resume:
    """Wake a paused pod."""

    key: str
    pod_id: str


@frozen
class Verify:
    """Ask the server about a pod that the lists have not shown for too long."""

    key: str
    pod_id: str


@frozen
class GiveUp:
    """Make no more pods for this one; its reasons say why."""

    key: str


Action: TypeAlias = Create | Delete | Resume | Verify | GiveUp


@frozen
class Outlook:
    """
    What `reconcile` says.

    Attributes:
        members: As they stand now, by key.
        actions: What to do next, deletions first.
    """

    members: Mapping[str, Member]
    actions: tuple[Action, ...] = field(default=())


def reconcile(
    members: Mapping[str, Member],
    pods: Iterable[ListedPod],
    in_flight: Collection[str],
    now: float,
    *,
    fleet: str,
    rules: Rules,
) -> Outlook:
    """
    Compare what is wanted with what there is.

    Args:
        members: What is wanted, by key, in the order of its making.
        pods: The list of all pods of the account.
        in_flight: The keys about which something is under way; nothing more is begun for them.
        now: The instant for which the list was asked.

    Returns:
        The members as the list shows them, and what is to be done about them.
    """
    mine = _of_fleet(fleet, pods)
    changed: dict[str, Member] = {}
    deletions: list[Action] = []
    actions: list[Action] = []
    for key, member in members.items():
        listed = mine.pop(key, [])
        if key in in_flight:
            changed[key] = member
            continue
        seen, surplus = _matched(member, listed, now)
        seen, bad = _judged(seen, {pod.id: pod for _, pod in listed}, now, rules)
        changed[key] = seen
        deletions += [Delete(pod.id, pod.name, "a twin") for pod in surplus]
        deletions += bad
        actions += _wanted(seen, now, rules)
    deletions += [
        Delete(pod.id, pod.name, "not wanted any more")
        for key, listed in mine.items()
        if key not in in_flight
        for _, pod in listed
        if _lives(pod)
    ]
    return Outlook(changed, (*deletions, *actions))


def _of_fleet(
    fleet: str, pods: Iterable[ListedPod]
) -> dict[str, list[tuple[FleetPodName, ListedPod]]]:
    mine: dict[str, list[tuple[FleetPodName, ListedPod]]] = {}
    for pod in pods:
        # Most pods of an account may be others'; parsing all of their names would cost.
        if pod.name.startswith(fleet):
            name = FleetPodName.parse(pod.name)
            if name is not None and name.fleet == fleet:
                mine.setdefault(name.key, []).append((name, pod))
    return mine


def _lives(pod: ListedPod) -> bool:
    return pod.status not in (PodStatus.TERMINATING, PodStatus.TERMINATED)


_RANKS: Final = {Phase.UP: 0, Phase.STARTING: 1, Phase.RESTING: 2, Phase.MOVING: 3}


def _matched(
    member: Member, listed: list[tuple[FleetPodName, ListedPod]], now: float
) -> tuple[Member, list[ListedPod]]:
    """Return the member with the best of its pods, and the others."""
    generation = max((name.generation for name, _ in listed), default=0)
    if generation > member.generation:
        member = evolve(member, generation=generation)
    living = [(name, pod) for name, pod in listed if _lives(pod)]
    if not living:
        return member, []
    known = [pair for pair in living if pair[1].id == member.pod_id]
    name, best = known[0] if known else min(living, key=_rank)
    others = [pod for _, pod in living if pod.id != best.id]
    if best.id != member.pod_id and member.stage is not Stage.LOST:
        member = member.with_pod(best.id, name.generation, now)
    return member, others


def _rank(pair: tuple[FleetPodName, ListedPod]) -> tuple[int, int, int, str]:
    name, pod = pair
    # The newest generation of the furthest; of twins the older, whose id is smaller.
    return _RANKS.get(phase(pod.status), 4), -name.generation, len(pod.id), pod.id


def _judged(
    member: Member, pods: Mapping[str, ListedPod], now: float, rules: Rules
) -> tuple[Member, list[Action]]:
    """Return the member as its pod stands, and what is to be deleted for it."""
    if member.pod_id is None:
        return member, []
    pod = pods.get(member.pod_id)
    if pod is None:
        # A list that was asked for before the pod was made cannot show it.
        return (member.at(Stage.MISSING, now) if now > member.since else member), []
    member = member.at(_stage_of(pod), now)
    reason = _fault(pod, member, now, rules)
    if not reason:
        return member, []
    gone = member.without_pod(reason, now)
    return gone, [Delete(pod.id, pod.name, reason)] if _lives(pod) else []


def _stage_of(pod: ListedPod) -> Stage:
    match phase(pod.status):
        case Phase.STARTING:
            return Stage.STARTING
        case Phase.UP:
            return Stage.READY if pod.is_ready else Stage.UNHEALTHY
        case Phase.RESTING:
            return Stage.PAUSED
        case _:
            return Stage.MOVING


def _fault(pod: ListedPod, member: Member, now: float, rules: Rules) -> str:
    """Return why a pod is no good any more, or an empty text."""
    waited = now - member.since
    if phase(pod.status) is Phase.ENDED or pod.status == PodStatus.TERMINATING:
        return f"it became {pod.status}"
    if member.stage is Stage.STARTING and waited > rules.starting:
        return f"it was not running within {rules.starting:g} s"
    if member.stage is Stage.UNHEALTHY and waited > rules.health:
        return f"its ports did not answer within {rules.health:g} s"
    return ""


def _wanted(member: Member, now: float, rules: Rules) -> list[Action]:
    match member.stage:
        case Stage.WANTED if len(member.reasons) > rules.replacements:
            return [GiveUp(member.key)]
        case Stage.WANTED if member.not_before <= now:
            return [Create(member.key, member.generation + 1)]
        case Stage.PAUSED if member.pod_id:
            return [Resume(member.key, member.pod_id)]
        case Stage.MISSING if member.pod_id and now - member.since >= rules.vanished:
            return [Verify(member.key, member.pod_id)]
        case _:
            return []
