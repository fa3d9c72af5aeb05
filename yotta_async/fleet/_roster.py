"""What a fleet knows: the pods it was asked for, and those it has. It lives in one event loop."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import anyio
from attrs import define, field

from ..errors import ClientClosedError, PodFailedError, YottaError
from ..events import Event, FleetPodChanged
from ..models import Pod, PodSpec
from ._report import FleetMember, FleetReport, Outcome
from ._specs import mark_of
from .rules.members import Member, Stage
from .rules.money import Budget, Meter
from .rules.names import FleetPodName
from .rules.placement import Trial
from .rules.places import Place, Placement
from .rules.reasons import ReasonKind
from .rules.rivals import Rivals


__all__ = ["Roster"]


@define(eq=False)
class Roster:
    """
    The members of a fleet, and what is known of each.

    Attributes:
        specs: What was asked for, by key.
        members: How far each has come, by key, in the same order.
        pods: The fleet's pods as the last list showed them, by id.
        listed_at: The instant for which that list was asked.
        errors: What last stood in the way of a member.
        asked: Whether anything was asked for yet; until then nothing is done about what is there.
        over: Whether the fleet has ended.
        seats: Where each member's pod is, or is being made.
        trials: Those of them of which it is not known yet whether the place is any good.
        generations: Of the last pods of keys that are not wanted any more: no name is given twice.
        avoided: Where each member's last pod failed.
        busy: How much is under way about a key.
    """

    name: str
    rivals: Rivals
    meter: Meter
    _on_event: Callable[[Event], None]
    placement: Placement = field(factory=Placement)
    specs: dict[str, PodSpec] = field(factory=dict[str, PodSpec])
    members: Mapping[str, Member] = field(factory=dict[str, Member])
    pods: dict[str, Pod] = field(factory=dict[str, Pod])
    listed_at: float = 0.0
    errors: dict[str, YottaError] = field(factory=dict[str, YottaError])
    asked: bool = False
    over: bool = False
    seats: dict[str, Place] = field(factory=dict[str, Place])
    trials: dict[str, Trial] = field(factory=dict[str, Trial])
    avoided: dict[str, Place] = field(factory=dict[str, Place])
    generations: dict[str, int] = field(factory=dict[str, int])
    busy: Counter[str] = field(factory=Counter[str])
    load: Counter[Place] = field(factory=Counter[Place])
    _news: anyio.Event = field(factory=anyio.Event)

    # What is wanted.

    def want(self, specs: Mapping[str, PodSpec]) -> None:
        """
        Let the fleet be of these pods; what is there already is kept where it is the same, and what
        was given up is tried again.
        """
        # Most are the same spec over and over.
        marks = {id(spec): mark_of(spec) for spec in {id(s): s for s in specs.values()}.values()}
        members = {key: self._member(key, marks[id(spec)]) for key, spec in specs.items()}
        for key in self.members.keys() - members.keys():
            self.generations[key] = self.members[key].generation
            self.leave(key)
            self.errors.pop(key, None)
            self.avoided.pop(key, None)
        self.specs, self.members, self.asked = dict(specs), members, True
        self.tell()

    def release(self, keys: Iterable[str]) -> None:
        """Let the fleet do without some of its pods."""
        gone = set(keys)
        kept = {key: member for key, member in self.members.items() if key not in gone}
        self.want({key: self.specs[key] for key in kept})
        self.members = kept  # also what was given up

    def _member(self, key: str, mark: str) -> Member:
        known = self.members.get(key)
        if known is None:
            return Member(key=key, mark=mark, generation=self.generations.get(key, 0))
        if known.mark == mark and known.stage is not Stage.LOST:
            return known
        self.leave(key)
        return Member(key=key, mark=mark, generation=known.generation, condemned=known.condemned)

    def name_of(self, member: Member) -> FleetPodName:
        """Return the name of the pod that a member tries now."""
        owner = self.rivals.owner
        return FleetPodName(self.name, member.key, member.generation, member.mark, owner)

    # What comes of it.

    def set(self, member: Member) -> None:
        """Note how far a member has come, if it is still wanted."""
        before = self.members.get(member.key)
        if before is not None and before.mark == member.mark:
            self.members = {**self.members, member.key: member}
            self.tell_change(before, member)
            self.tell()

    def see(self, pods: Iterable[Pod], asked_at: float) -> None:
        """Take in a list of the fleet's pods."""
        self.pods, self.listed_at = {pod.id: pod for pod in pods}, asked_at
        self.meter.read(self.pods.values(), asked_at)

    def seat(self, key: str, place: Place, trial: Trial | None = None) -> None:
        """Note where a member's pod is, or is being made."""
        self.leave(key)
        self.seats[key] = place
        self.load[place] += 1
        if trial is not None:
            self.trials[key] = trial

    def leave(self, key: str) -> None:
        """Note that a member has no pod any more."""
        self.trials.pop(key, None)
        if (place := self.seats.pop(key, None)) is not None:
            self.load[place] -= 1

    def expected_per_hour(self, budget: Budget) -> Decimal:
        """Return USD an hour for all pods that the fleet has, or is about to have."""
        told = self.meter.prices
        prices = (
            budget.price(place.gpu_type, self.specs[key].gpu_count, told)
            for key, place in self.seats.items()
            if key in self.specs
        )
        return sum(filter(None, prices), Decimal(0))

    # Who wants to know.

    def tell(self) -> None:
        """Wake whoever waits for something to change."""
        self._news.set()
        self._news = anyio.Event()

    def check_open(self) -> None:
        """
        Raises:
            ClientClosedError: The fleet has ended.
        """
        if self.over:
            hint = "Ask inside of its `async with`."
            raise ClientClosedError(f"fleet {self.name!r} has ended.", hint=hint)

    def tell_change(self, before: Member, after: Member) -> None:
        """Tell the client's hook that a member has come to another stage."""
        if before.stage is after.stage:
            return
        pod = self.pods.get(after.pod_id or "")
        reason = after.reasons[-1] if after.reasons else None
        event = FleetPodChanged(
            at=anyio.current_time(),
            fleet=self.name,
            key=after.key,
            stage=after.stage.name.lower(),
            pod_id=after.pod_id,
            pod_name=pod.name if pod else None,
            reason=reason.text if reason else "",
            reason_kind=reason.kind if reason else "",
        )
        self._on_event(event)

    async def changed(self) -> None:
        """Wait until something changes."""
        await self._news.wait()

    @property
    def has_hope(self) -> bool:
        """Whether any pod is, or may become, ready."""
        return not self.asked or any(each.stage is not Stage.LOST for each in self.members.values())

    def outcome(self, key: str) -> Outcome | None:
        """Return what became of a member, or None while it is on its way."""
        member = self.members.get(key)
        if member is None:
            error = YottaError(f"pod {key!r} is not wanted any more.")
            return Outcome(key=key, error=error)
        if member.stage is Stage.READY and (pod := self.pods.get(member.pod_id or "")):
            return Outcome(key=key, pod=pod, reasons=_texts(member), reason_kinds=_kinds(member))
        if member.stage is Stage.LOST:
            error = self._why(member)
            return Outcome(
                key=key, error=error, reasons=_texts(member), reason_kinds=_kinds(member)
            )
        return None

    def member(self, key: str) -> FleetMember:
        """Return a member as others see it."""
        found = self.members[key]
        hindrance = self.errors.get(key) if found.hindered_since is not None else None
        return FleetMember(
            key=key,
            stage=found.stage.name.lower(),
            since=found.since,
            generation=found.generation,
            pod=self.pods.get(found.pod_id or ""),
            place=self.seats.get(key),
            reasons=_texts(found),
            hindrance=str(hindrance or ""),
            reason_kinds=_kinds(found),
            error=self._why(found) if found.stage is Stage.LOST else hindrance,
        )

    def trace(self, key: str) -> tuple[object, ...]:
        """Return what is equal, quickly, while nothing happens to a member but that time passes."""
        found = self.members[key]
        return found, self.errors.get(key), found.pod_id in self.pods

    def report(self) -> FleetReport:
        """Return how the fleet stands."""
        outcomes = filter(None, map(self.outcome, self.members))
        return FleetReport(
            name=self.name,
            at=anyio.current_time(),
            listed_at=self.listed_at,
            members=tuple(map(self.member, self.members)),
            failed=tuple(each for each in outcomes if each.error),
            cost_per_hour=self.meter.per_hour,
            spent=dict(self.meter.spent),
            unpriced=self.meter.unpriced,
        )

    def _why(self, member: Member) -> YottaError:
        """Return why a member was given up: what stood in its way, or what its pods died of."""
        if (error := self.errors.get(member.key)) is not None:
            return error
        history = "; ".join(_texts(member)) or "it was given up"
        message = f"pod {member.key!r} of fleet {self.name!r} did not become ready: {history}."
        hint = "Try other regions or GPU types, or look at the image."
        return PodFailedError(message, subject=member.key, hint=hint)


def _texts(member: Member) -> tuple[str, ...]:
    return tuple(reason.text for reason in member.reasons)


def _kinds(member: Member) -> tuple[ReasonKind, ...]:
    return tuple(reason.kind for reason in member.reasons)
