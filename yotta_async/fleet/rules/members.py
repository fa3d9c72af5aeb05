"""The pods that a fleet was asked for, each with the pod it has and how far that has come."""

from collections.abc import Collection, Mapping
from enum import Enum
from math import inf
from typing import Final, Protocol

from attrs import evolve, field, frozen

from ..._checks import is_whole
from ...errors import ConfigurationError
from ...errors._arguments import explains
from ...models._lifecycle import Phase, PodStatus, is_ending, phase
from .reasons import Reason, ReasonKind


__all__ = [
    "AT_REST",
    "STARTING_OR_UP",
    "UNLISTED",
    "UP",
    "ListedPod",
    "Member",
    "ReplacePolicy",
    "Stage",
    "face_of",
    "fault",
    "stage_of",
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


class Stage(Enum):
    """How far one of the pods that were asked for has come."""

    WANTED = "has no pod"
    MADE = "its pod was made, and no list has shown it yet"
    STARTING = "its pod is on its way up"
    UNHEALTHY = "its pod runs, and not all of its ports answer"
    READY = "its pod is ready"
    PAUSED = "its pod is paused"
    MOVING = "its pod is between two states, or in one that is not known"
    MISSING = "the last list did not show its pod"
    LOST = "it was given up"


UP: Final = (Stage.UNHEALTHY, Stage.READY)
STARTING_OR_UP: Final = (Stage.STARTING, *UP)
UNLISTED: Final = (Stage.MADE, Stage.MISSING)
# What a pod that was ready passes through when it is lost, and when lists are out of date.
_PASSING: Final = (Stage.MISSING, Stage.MOVING)
# Nothing is waited for.
AT_REST: Final = (Stage.READY, Stage.LOST)
# What a place without room does to pods that it has accepted.
_FAULTS_OF_PLACES: Final = (ReasonKind.FAILED, ReasonKind.NOT_STARTED)
# So many of the reasons why a member's pods were replaced are kept.
_REASONS_KEPT: Final = 20
# As far as a pod is to get: from here on its deadlines begin anew.
_ARRIVED: Final = (Stage.READY, Stage.PAUSED)

_ENDS: Final[Mapping[str, ReasonKind]] = {
    PodStatus.FAILED: ReasonKind.FAILED,
    **{status: ReasonKind.ENDED for status in PodStatus if is_ending(status)},
}


@explains
@frozen(kw_only=True)
class ReplacePolicy:
    """
    When a fleet's pods are replaced, and how often.

    Nothing is done about a status that is not known, nor about one between two others: only what is
    understood has a deadline.

    Attributes:
        replacements: How often each of the pods that were asked for may be replaced before it is
            given up; so of each there are never more than ``1 + replacements`` pods at an instant.
        healthy: Seconds for which a pod must have been ready for its replacements to count anew
            when it is lost; `math.inf` if they are to count over the whole life of the fleet.
        starting: Seconds from the list that first shows it, or shows it resumed, until RUNNING.
        health: Seconds from RUNNING until all ports answer.
        vanished: Seconds for which a list may not show a pod that exists.
        patience: Seconds for which attempts go on to make a pod that cannot be made: every place is
            full, the service does not answer, the budget leaves no room.

    Raises:
        ConfigurationError: A number is not allowed; `math.inf` is for no deadline.
    """

    replacements: int = 3
    healthy: float = 3600.0
    starting: float = 900.0
    health: float = 300.0
    vanished: float = 30.0
    patience: float = 600.0

    def __attrs_post_init__(self) -> None:
        if not is_whole(self.replacements) or self.replacements < 0:
            problem = "must be a whole number of pods, 0 or more"
            hint = "So many are made for each that was asked for, after the first."
            raise ConfigurationError("replacements", self.replacements, problem, hint=hint)
        for name in ("healthy", "starting", "health", "vanished", "patience"):
            value: object = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                problem, hint = "must be seconds, 0 or more", "math.inf is for no deadline."
                raise ConfigurationError(name, value, problem, hint=hint)


@frozen(kw_only=True)
class Member:
    """
    One of the pods that were asked for.

    Attributes:
        mark: Of what its pods are made from; a pod with another mark is not its own.
        generation: Of the last pod that was tried, or 0 before the first.
        pod_id: The pod it has, or None.
        since: The instant since when it is in its stage.
        entered: The instants at which its pod first came to each stage on its way up.
        ready_since: The instant since when its pod is ready, or None while it is not; that a list
            leaves it out does not count.
        replaced: How often its pods were replaced since one was ready for long.
        is_test: Whether its pod is where no pod has run yet, while other places are untried: its
            failing counts for nothing.
        reasons: Why its pods were replaced, oldest first; the last of them, if there were many.
        condemned: The pods it shall not have, by id, and why; lists may show them for a while.
        not_before: The instant until which no pod is made, or resumed, for it.
        hindered_since: The instant since when none could be, or None while nothing is in the way.
        predecessor: It as it was with a pod of another mark, which serves until its own is ready.
        beside: How many pods of its key there may be while one is made; None for as many as there
            are replacements.
    """

    key: str
    mark: str = ""
    generation: int = 0
    pod_id: str | None = None
    stage: Stage = Stage.WANTED
    since: float = -inf
    entered: Mapping[Stage, float] = field(factory=dict[Stage, float])
    ready_since: float | None = None
    replaced: int = 0
    is_test: bool = False
    reasons: tuple[Reason, ...] = ()
    condemned: Mapping[str, Reason] = field(factory=dict[str, Reason])
    not_before: float = -inf
    hindered_since: float | None = None
    predecessor: "Member | None" = None
    beside: int | None = None

    @property
    def serves(self) -> bool:
        """Whether its pod is ready, as far as lists that leave pods out tell."""
        return self.ready_since is not None

    @property
    def serving_id(self) -> str | None:
        """The pod that serves, or is to: of its predecessor, until its own is ready."""
        old = self.predecessor
        return self.pod_id if old is None or self.stage is Stage.READY else old.pod_id

    def keeps(self, pod: ListedPod) -> bool:
        """Whether a pod of another mark is its predecessor's, and still serves in its place."""
        kept = self.predecessor is not None and self.serving_id == pod.id
        return kept and phase(pod.status) is Phase.UP

    def succeeding(self, mark: str, *, beside: bool) -> "Member":
        """Return what takes its place, with pods of another mark: beside its pod, or after it."""
        return Member(
            key=self.key,
            mark=mark,
            generation=self.generation,
            condemned=self.condemned,
            predecessor=self if beside else None,
            beside=int(beside),
        )

    def at(self, stage: Stage, now: float) -> "Member":
        """Return it in a stage, which counts from when it came there."""
        if stage is self.stage:
            return self
        # The first time counts: a pod that goes back and forth, or that a list leaves out now and
        # then, would never be late else.
        entered = {} if stage in _ARRIVED else {stage: now, **self.entered}
        hindered = None if stage in STARTING_OR_UP else self.hindered_since
        return evolve(
            self,
            stage=stage,
            since=now,
            entered=entered,
            hindered_since=hindered,
            ready_since=self._ready_since(stage, now),
        )

    def _ready_since(self, stage: Stage, now: float) -> float | None:
        if stage is Stage.READY:
            return now if self.ready_since is None else self.ready_since
        return self.ready_since if stage in _PASSING else None

    def trying(self, generation: int) -> "Member":
        """Return it as it is when a pod of a generation is about to be asked for."""
        return evolve(self, generation=generation) if generation > self.generation else self

    def with_pod(
        self, pod_id: str, generation: int, now: float, *, is_test: bool = False
    ) -> "Member":
        """Return it as it is when it has a pod."""
        return evolve(
            self,
            generation=max(generation, self.generation),
            pod_id=pod_id,
            stage=Stage.MADE,
            since=now,
            entered={Stage.MADE: now},
            hindered_since=None,
            ready_since=None,
            is_test=is_test,
        )

    def without_pod(self, reason: Reason, now: float, healthy: float = inf) -> "Member":
        """
        Return it as it is when its pod has to be replaced.

        Args:
            healthy: Seconds for which a pod must have been ready for the count to start anew.
        """
        lasted = self.ready_since is not None and now - self.ready_since >= healthy
        counts = not (self.is_test and reason.kind in _FAULTS_OF_PLACES)
        return evolve(
            self,
            pod_id=None,
            stage=Stage.WANTED,
            since=now,
            ready_since=None,
            replaced=1 if lasted else self.replaced + counts,
            reasons=(*(() if lasted else self.reasons[1 - _REASONS_KEPT :]), reason),
        )

    def hindered(self, now: float, not_before: float) -> "Member":
        """Return it as it is when no pod could be made, or resumed, and none can before long."""
        since = now if self.hindered_since is None else self.hindered_since
        return evolve(self, not_before=not_before, hindered_since=since)

    def unhindered(self, not_before: float) -> "Member":
        """Return it as it is when its pod was resumed; lists show that a little later."""
        return evolve(self, not_before=not_before, hindered_since=None)

    def parked(self) -> "Member":
        """Return it as it is when no pod is to be made, or resumed, for it."""
        return evolve(self, not_before=inf, hindered_since=None)

    def condemn(self, pod_id: str, reason: Reason) -> "Member":
        """Return it with a pod that it shall not have."""
        return evolve(self, condemned={**self.condemned, pod_id: reason})

    def is_overdue(self, now: float, rules: ReplacePolicy) -> bool:
        """Whether no list has shown its pod for longer than a pod may take to start."""
        made_at = self.entered.get(Stage.MADE, now)
        return self.stage is Stage.MADE and now - made_at > rules.starting

    def still_there(self, now: float) -> "Member":
        """Return it as it is when the server knows its pod, though no list shows it."""
        return evolve(self, since=now)

    def only_condemning(self, pod_ids: Collection[str]) -> "Member":
        """Return it without those of its condemned pods that are long gone; the last are kept."""
        kept = {*list(self.condemned)[-_REASONS_KEPT:], *pod_ids}
        condemned = {each: why for each, why in self.condemned.items() if each in kept}
        return evolve(self, condemned=condemned)

    def given_up(self, now: float) -> "Member":
        """Return it as it is when no more pods are made for it."""
        return evolve(self, pod_id=None, stage=Stage.LOST, since=now)


def face_of(member: Member) -> Stage:
    """How far a member is to be seen to have come: ready as long as its predecessor serves."""
    return Stage.READY if member.serving_id != member.pod_id else member.stage


def stage_of(pod: ListedPod) -> Stage:
    """How far a member with this pod has come."""
    match phase(pod.status):
        case Phase.STARTING:
            return Stage.STARTING
        case Phase.UP:
            return Stage.READY if pod.is_ready else Stage.UNHEALTHY
        case Phase.RESTING:
            return Stage.PAUSED
        case _:
            return Stage.MOVING


def fault(pod: ListedPod, member: Member, now: float, rules: ReplacePolicy) -> Reason | None:
    """Return why a member's pod has to be replaced, or None if it has not."""
    kind = _ENDS.get(PodStatus.parse(pod.status))
    if kind is not None:
        return Reason.of(kind, pod.status)
    waited = now - member.entered.get(member.stage, now)
    if member.stage is Stage.STARTING and waited > rules.starting:
        return Reason.of(ReasonKind.NOT_STARTED, rules.starting)
    if member.stage is Stage.UNHEALTHY and waited > rules.health:
        return Reason.of(ReasonKind.UNHEALTHY, rules.health)
    return None
