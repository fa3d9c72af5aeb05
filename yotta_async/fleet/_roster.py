"""What a fleet knows: the pods it was asked for, and those it has. It lives in one event loop."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final
from weakref import WeakSet

import anyio
from attrs import define, field

from .._backend import current_time
from ..errors import ClientClosedError, PodFailedError, YottaError
from ..events import Event, FleetPodChanged
from ..models import Pod, PodSpec
from ..models._lifecycle import Phase, phase
from ._report import FleetMember, FleetReport, Outcome
from ._siting import Siting
from ._specs import mark_of
from .rules.clock import ServerClock
from .rules.members import AT_REST, Member, Stage
from .rules.reasons import ReasonKind


__all__ = ["Changes", "Roster"]

# Of so many keys that are not wanted any more it is known which names they had.
_REMEMBERED: Final = 1024


def _silent(_: float) -> datetime | None:
    return None


@define(eq=False)
class Changes:
    """
    Which members have changed since they were last looked at: most have not, when one has.

    Attributes:
        keys: The members' keys, in the order of their changes.
    """

    keys: dict[str, None]

    def add(self, key: str) -> None:
        """Note that a member has changed, or is to be looked at for another reason."""
        self.keys[key] = None

    def take(self) -> tuple[str, ...]:
        """Return them; from now on the next ones are collected."""
        taken = tuple(self.keys)
        self.keys.clear()
        return taken


@define(eq=False)
class Roster:
    """
    The members of a fleet, and the pods that the last list showed.

    Attributes:
        siting: Where their pods are, and what they cost.
        specs: What was asked for, by key.
        members: How far each has come, by key, in the same order.
        pods: The fleet's pods as the last list showed them, by id.
        listed_at: The instant for which that list was asked.
        errors: What last stood in the way of a member.
        server_time: Tells what the server's clock showed at an instant; None where it does not say.
        wall: Tells what this machine's clock shows.
        clock: Tells how much time has passed for the server.
        asked: Whether anything was asked for yet; until then nothing is done about what is there.
        over: Whether the fleet has ended.
        warnings: What may be a slip in the names of its places, in words.
        generations: Of the last pods of keys that are not wanted any more, the latest of them.
        least_generation: Of the last pods of all other such keys, the highest: no name is given
            twice.
    """

    name: str
    siting: Siting
    _on_event: Callable[[Event], None]
    specs: dict[str, PodSpec] = field(factory=dict[str, PodSpec])
    members: dict[str, Member] = field(factory=dict[str, Member])
    pods: dict[str, Pod] = field(factory=dict[str, Pod])
    listed_at: float = 0.0
    errors: dict[str, YottaError] = field(factory=dict[str, YottaError])
    asked: bool = False
    over: bool = False
    generations: dict[str, int] = field(factory=dict[str, int])
    least_generation: int = 0
    server_time: Callable[[float], datetime | None] = _silent
    wall: Callable[[], datetime] = field(default=partial(datetime.now, UTC))
    clock: ServerClock = field(factory=ServerClock)
    warnings: tuple[str, ...] = ()
    _stages: Counter[Stage] = field(factory=Counter[Stage])
    _followed: "WeakSet[Changes]" = field(factory=WeakSet["Changes"])
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
        self.specs, self.asked = dict(specs), True
        self.siting.keep_only(set(marks.values()))
        self._become(members)

    def release(self, keys: Iterable[str]) -> None:
        """Let the fleet do without some of its pods."""
        gone = set(keys)
        self.specs = {key: spec for key, spec in self.specs.items() if key not in gone}
        self._become({key: each for key, each in self.members.items() if key not in gone})

    def _member(self, key: str, mark: str) -> Member:
        known = self.members.get(key)
        if known is None:
            generation = self.generations.pop(key, self.least_generation)
            return Member(key=key, mark=mark, generation=generation)
        if known.mark == mark and known.stage is not Stage.LOST:
            return known
        self.siting.leave(key)
        return Member(key=key, mark=mark, generation=known.generation, condemned=known.condemned)

    def _become(self, members: dict[str, Member]) -> None:
        for key in self.members.keys() - members.keys():
            self.generations[key] = self.members[key].generation
            if len(self.generations) > _REMEMBERED:
                forgotten = self.generations.pop(next(iter(self.generations)))
                self.least_generation = max(self.least_generation, forgotten)
            self.siting.forget(key)
            self.errors.pop(key, None)
            self._mark(key)
        self.replace(members)
        self.tell()

    # What comes of it.

    def set(self, member: Member) -> None:
        """Note how far a member has come, if it is still wanted."""
        before = self.members.get(member.key)
        if before is not None and before.mark == member.mark:
            self.members[member.key] = member
            self._stages[before.stage] -= 1
            self._stages[member.stage] += 1
            self._mark(member.key)
            self.tell_change(before, member)
            self.tell()

    def replace(self, members: dict[str, Member]) -> list[tuple[Member, Member]]:
        """Note how far all have come; return those that have changed, before and after."""
        before, self.members = self.members, members
        self._stages = Counter(each.stage for each in members.values())
        changed: list[tuple[Member, Member]] = []
        for key, after in members.items():
            earlier = before.get(key)
            if after is not earlier:
                self._mark(key)
                changed += [(earlier, after)] if earlier else []
        return changed

    def see(self, pods: Iterable[Pod], asked_at: float) -> None:
        """Take in a list of the fleet's pods."""
        before, self.pods = self.pods, {pod.id: pod for pod in pods}
        self.listed_at = asked_at
        self.siting.ledger.see(self.pods.values(), asked_at)
        # Without a Date, this machine's clock tells better than one that stands while it sleeps.
        told = self.server_time(asked_at) or self.wall()
        self.siting.meter.read(self.pods.values(), self.clock.read(asked_at, told), told)
        if changed := before.keys() ^ self.pods.keys():
            for key, member in self.members.items():
                if member.pod_id in changed:
                    self._mark(key)

    def note_error(self, key: str, error: YottaError) -> None:
        """Note what stands in a member's way, if it is still wanted."""
        if key in self.members:
            self.errors[key] = error
            self._mark(key)

    # Followers.

    def follow(self) -> Changes:
        """Return what collects the members' changes from now on; at first all have changed."""
        changes = Changes(dict.fromkeys(self.members))
        self._followed.add(changes)
        return changes

    def _mark(self, key: str) -> None:
        for changes in self._followed:
            changes.add(key)

    def tell(self) -> None:
        """Wake all that wait for a change."""
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
            at=current_time(),
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

    def count(self, *stages: Stage) -> int:
        """Return how many members are in some stages."""
        return sum(self._stages[stage] for stage in stages)

    @property
    def is_at_rest(self) -> bool:
        """Whether each member is ready or given up, and waits for nothing."""
        return self.count(*AT_REST) == len(self.members)

    @property
    def has_hope(self) -> bool:
        """Whether any pod is, or may become, ready."""
        return not self.asked or self.count(Stage.LOST) < len(self.members)

    def why_lost(self) -> YottaError | None:
        """Return why the first of its members that were given up was; None if none was."""
        lost = (each for each in self.members.values() if each.stage is Stage.LOST)
        return next(map(self._why, lost), None)

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
            place=self.siting.place_of(key),
            reasons=_texts(found),
            hindrance=str(hindrance or self.strangeness(found)),
            reason_kinds=_kinds(found),
            error=self._why(found) if found.stage is Stage.LOST else hindrance,
        )

    def strangeness(self, member: Member) -> str:
        """Say that a member's pod is in a status about which nothing can be done; else nothing."""
        pod = self.pods.get(member.pod_id or "")
        if pod is None or phase(pod.status) is not Phase.UNKNOWN:
            return ""
        return f"its status is {pod.status}, which this version does not know"

    def report(self) -> FleetReport:
        """Return how the fleet stands."""
        outcomes, meter = filter(None, map(self.outcome, self.members)), self.siting.meter
        return FleetReport(
            name=self.name,
            at=current_time(),
            listed_at=self.listed_at,
            members=tuple(map(self.member, self.members)),
            failed=tuple(each for each in outcomes if each.error),
            cost_per_hour=meter.per_hour,
            spent=dict(meter.spent),
            unpriced=meter.unpriced,
            warnings=self.warnings,
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
